// Attempts as a table: when, who, why, by which tiers, how it went.
import { Fragment, useState } from 'react'
import { elapsed } from '#base/common/duration.ts'
import type { ShownAttempt } from '#contract/contract.ts'
import { Button } from '#renderer/components/button.tsx'
import { Name } from '#renderer/components/name.tsx'
import { Notice } from '#renderer/components/notice.tsx'
import { CopyText, TrackingId } from '#renderer/features/shared/copy-text.tsx'
import { tierSteps } from '#renderer/features/shared/explain.ts'
import { useMoments } from '#renderer/features/shared/moments.ts'
import { Outcome, RowDetail, RowOpener } from '#renderer/features/shared/outcome.tsx'
import { orgWords, outcomeWords, tierNames, triggerWords } from '#renderer/features/shared/words.ts'
import styles from './attempts-table.module.css'
import type { Attempts } from './use-attempts.ts'

interface TableProps {
  readonly attempts: Attempts
  /** Not on a profile's own page, where every row has the same name. */
  readonly withNames: boolean
  /** What is said where there is none. */
  readonly nothing?: string
}

export function AttemptsTable({ attempts, withNames, nothing = 'Nothing yet.' }: TableProps) {
  const [open, setOpen] = useState<string | null>(null)
  const { rows, state, more } = attempts
  if (typeof state === 'object') return <Notice level="critical">{state.refused}</Notice>
  if (rows.length === 0)
    return (
      <p className={`${styles.none} quiet`} role="status">
        {state === 'loading' ? 'Loading…' : state === 'searching' ? 'Searching…' : nothing}
      </p>
    )
  return (
    <div className={styles.attempts}>
      <table aria-label="Attempts">
        <thead>
          <tr className="small">
            <th scope="col">Time</th>
            {withNames && <th scope="col">Service app · customer</th>}
            <th scope="col" className={styles.trigger}>
              Trigger
            </th>
            <th scope="col">Tiers</th>
            <th scope="col">Outcome</th>
            <th scope="col" className={styles.duration}>
              Took
            </th>
            <th scope="col" className={styles.token}>
              Fingerprint
            </th>
            <th scope="col" className={styles.trackingId}>
              Tracking ID
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((attempt) => (
            <Fragment key={attempt.id}>
              <AttemptRow
                attempt={attempt}
                withNames={withNames}
                open={open === attempt.id}
                onToggle={() => setOpen(open === attempt.id ? null : attempt.id)}
              />
              {open === attempt.id && (
                <tr className={styles.detailRow}>
                  <td colSpan={withNames ? 8 : 7}>
                    <AttemptDetail attempt={attempt} />
                  </td>
                </tr>
              )}
            </Fragment>
          ))}
        </tbody>
      </table>
      {state === 'searching' && (
        <p className="quiet" role="status">
          Searching older entries…
        </p>
      )}
      {more !== null && (
        <Button kind="quiet" onPress={more}>
          Show older
        </Button>
      )}
    </div>
  )
}

/** What was renewed where that is no token, or what began it. */
function kindWords({ reason, trigger }: ShownAttempt): string {
  if (reason?.code === 'drill') return 'Test of all tiers'
  return reason?.code === 'data-source' ? 'Data source' : triggerWords[trigger]
}

/** A data source is read, then renewed; everything else goes by tiers. */
function stepsOf({ reason, calls }: ShownAttempt): readonly string[] {
  if (reason?.code !== 'data-source') return tierSteps(calls)
  return calls.map(
    ({ result, resultName }, n) => `${stepName(n)} ${result === 'ok' ? '✓' : `✗ ${resultName}`}`,
  )
}

const stepName = (n: number) => (n === 0 ? 'read' : 'renew')

interface RowProps {
  readonly attempt: ShownAttempt
  readonly withNames: boolean
  readonly open: boolean
  readonly onToggle: () => void
}

function AttemptRow({ attempt, withNames, open, onToggle }: RowProps) {
  const { outcome, trackingId } = attempt
  const { exactly, moment } = useMoments()
  return (
    <tr>
      <td>
        <RowOpener open={open} onToggle={onToggle}>
          <span title={exactly(attempt.startedAt)}>{moment(attempt.startedAt)}</span>
        </RowOpener>
      </td>
      {withNames && (
        <td className={styles.name}>
          <span className={styles.subject}>
            <span className={styles.part}>
              <Name cut>{attempt.name}</Name>
              {attempt.orgId !== null && <span aria-hidden="true">·</span>}
            </span>
            {attempt.orgId !== null && (
              <Name cut title={attempt.orgId}>
                {orgWords(attempt.orgName, attempt.orgId)}
              </Name>
            )}
          </span>
        </td>
      )}
      <td className={styles.trigger}>{kindWords(attempt)}</td>
      <td className={styles.tiers}>
        {attempt.calls.length === 0 && '–'}
        {stepsOf(attempt).map((step, i) => (
          <Fragment key={`${attempt.calls[i]?.startedAt} ${step}`}>
            <span>{step}</span>{' '}
          </Fragment>
        ))}
      </td>
      <td>
        <Outcome outcome={outcome} title={attempt.sentence ?? undefined}>
          {outcomeWords[outcome]}
        </Outcome>
      </td>
      <td className={`${styles.duration} figures quiet`}>{elapsed(attempt.endedAt - attempt.startedAt)}</td>
      <td
        className={`${styles.token} mono small`}
        title="Of the access token, before and after: the first 8 digits of its SHA-256"
      >
        {attempt.before ?? '–'} → {attempt.after ?? '–'}
      </td>
      <td className={styles.trackingId}>
        {trackingId === null ? (
          <span className="quiet">–</span>
        ) : (
          <span className={styles.tracking}>
            <span className="mono small cut" title={trackingId}>
              {trackingId}
            </span>
            <CopyText text={trackingId} label="Copy tracking ID" said="Tracking ID copied." />
          </span>
        )}
      </td>
    </tr>
  )
}

function AttemptDetail({ attempt }: { readonly attempt: ShownAttempt }) {
  return (
    <RowDetail>
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
      {attempt.computer !== undefined && (
        <p className="selectable">
          <strong>{attempt.outcome === 'renewed' ? 'Renewed by:' : 'Tried by:'}</strong>{' '}
          <Name>{attempt.computer}</Name>
        </p>
      )}
      <ol className={styles.calls}>
        {attempt.calls.map((call, n) => (
          <li key={`${call.tier} ${call.startedAt}`}>
            <strong>
              {attempt.reason?.code === 'data-source'
                ? `Data source, ${stepName(n)}`
                : `Tier ${call.tier}, ${tierNames[call.tier]}`}
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
    </RowDetail>
  )
}
