// Every call of an attempt, in Webex's own words.
import type { ShownAttempt } from '#contract/contract.ts'
import { TrackingId } from '#renderer/features/shared/copy-text.tsx'
import { whoMends } from '#renderer/features/shared/explain.ts'
import { tierNames } from '#renderer/features/shared/words.ts'

export function AttemptDetail({ attempt }: { readonly attempt: ShownAttempt }) {
  const failed = attempt.calls.findLast(({ result }) => result !== 'ok' && result !== 'unchanged')
  const who = failed === undefined ? null : whoMends(failed.result)
  return (
    <div className="detail">
      {attempt.sentence !== null && <p className="selectable">{attempt.sentence}</p>}
      {who !== null && attempt.outcome === 'failed' && (
        <p>
          <strong>Who can fix it:</strong> {who}.
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
