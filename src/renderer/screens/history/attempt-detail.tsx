// Every call of an attempt, in Webex's own words.
import type { ShownAttempt } from '#contract/contract.ts'
import { TrackingId } from '../../parts/copy-text.tsx'
import { tierNames } from '../../words.ts'

export function AttemptDetail({ attempt }: { readonly attempt: ShownAttempt }) {
  return (
    <div className="detail">
      {attempt.sentence !== null && <p className="selectable">{attempt.sentence}</p>}
      {attempt.owner !== null && (
        <p>
          <strong>Who can fix it:</strong> {attempt.owner}.
        </p>
      )}
      {attempt.reasonMessage !== null && (
        <p className="selectable">
          <strong>Why:</strong> {attempt.reasonMessage}
        </p>
      )}
      <ol className="calls">
        {attempt.calls.map((call) => (
          <li key={`${call.tier} ${call.startedAt}`}>
            <strong>
              Tier {call.tier}, {tierNames[call.tier]}
            </strong>
            <span className="figures">
              {call.status === null ? 'no answer' : `HTTP ${call.status}`}, {Math.round(call.duration)} ms,{' '}
              {call.result}
            </span>
            {call.detail !== null && <span className="quiet selectable">{call.detail}</span>}
            {call.trackingId !== null && <TrackingId id={call.trackingId} />}
          </li>
        ))}
      </ol>
    </div>
  )
}
