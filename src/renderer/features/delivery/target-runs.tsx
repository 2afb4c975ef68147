// What became of the last deliveries to a target, and what its command said.
import { Fragment, useState } from 'react'
import { printable } from '#base/common/display-text.ts'
import { elapsed } from '#base/common/duration.ts'
import type { RunView, TargetView } from '#contract/contract.ts'
import { Notice } from '#renderer/components/notice.tsx'
import { useMoments } from '#renderer/features/shared/moments.ts'
import { Outcome, RowDetail, RowOpener } from '#renderer/features/shared/outcome.tsx'
import { Relative } from '#renderer/features/shared/time-left.tsx'
import styles from './target-runs.module.css'
import { shortPlaceOf, wordsOf } from './target-words.ts'
import { useRuns } from './use-deliveries.ts'

interface RunsProps {
  readonly id: string
  readonly target: TargetView
}

export function TargetRuns({ id, target }: RunsProps) {
  const known = useRuns(target.id)
  return (
    <section id={id} className={styles.runs} aria-label={historyOf(target)}>
      {known.kind === 'loading' && <p className="quiet small">Loading…</p>}
      {known.kind === 'refused' && <Notice level="critical">{known.sentence}</Notice>}
      {known.kind === 'known' && known.runs.length === 0 && (
        <p className="quiet small">
          Nothing yet. What is delivered from now on is listed here, the last 20 times.
        </p>
      )}
      {known.kind === 'known' && known.runs.length > 0 && <RunsTable runs={known.runs} target={target} />}
    </section>
  )
}

/** What opens it, and it itself. */
export function historyOf(target: TargetView): string {
  return `Delivery history of ${shortPlaceOf(target)}`
}

function RunsTable({ runs, target }: { readonly runs: readonly RunView[]; readonly target: TargetView }) {
  const isHook = wordsOf(target.spec).runsCommand
  // Until somebody chooses, the newest one is what this was opened for.
  const [chosen, setChosen] = useState<number | 'newest' | null>('newest')
  const open = chosen === 'newest' ? runs[0]?.number : chosen
  const columns = isHook ? 6 : 5
  return (
    <>
      <table aria-label="Deliveries" className={runs.some(hasDetail) ? styles.opens : undefined}>
        <thead>
          <tr className="small">
            <th scope="col">Time</th>
            <th scope="col">Why</th>
            <th scope="col">Outcome</th>
            {isHook && <th scope="col">Exit code</th>}
            <th scope="col">Took</th>
            <th scope="col">Token</th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <Fragment key={run.number}>
              <RunRow
                run={run}
                isHook={isHook}
                open={open === run.number}
                onToggle={() => setChosen(open === run.number ? null : run.number)}
              />
              {open === run.number && hasDetail(run) && (
                <tr className={styles.detailRow}>
                  <td colSpan={columns}>
                    <RunDetail run={run} label={`Output of ${shortPlaceOf(target)}`} />
                  </td>
                </tr>
              )}
            </Fragment>
          ))}
        </tbody>
      </table>
      <p className="quiet small">
        The last 20 are kept, on this computer alone.{isHook && ' Secrets are taken out of the output.'}
      </p>
    </>
  )
}

interface RowProps {
  readonly run: RunView
  readonly isHook: boolean
  readonly open: boolean
  readonly onToggle: () => void
}

function RunRow({ run, isHook, open, onToggle }: RowProps) {
  const { exactly } = useMoments()
  const time = (
    <span title={exactly(run.startedAt)}>
      <Relative at={run.startedAt} />
    </span>
  )
  return (
    <tr>
      <td>
        {hasDetail(run) ? (
          <RowOpener open={open} onToggle={onToggle}>
            {time}
          </RowOpener>
        ) : (
          <span className={styles.time}>{time}</span>
        )}
      </td>
      <td>{runTriggerWords[run.trigger]}</td>
      <td>
        <Outcome outcome={run.outcome}>{outcomeWords(run)}</Outcome>
      </td>
      {isHook && <td className="figures">{run.exitCode ?? '–'}</td>}
      <td className="figures quiet">{elapsed(run.duration)}</td>
      <td className="mono small">{run.fingerprint}</td>
    </tr>
  )
}

/** What scrolls can be reached by the keyboard too, or nobody without a mouse could read its end. */
const scrollable = { tabIndex: 0 }

interface DetailProps {
  readonly run: RunView
  /** Of what scrolls. */
  readonly label: string
}

function RunDetail({ run: { sentence, output }, label }: DetailProps) {
  return (
    <RowDetail>
      {sentence !== null && <p className="selectable">{printable(sentence)}</p>}
      {output === '' && <p className="quiet">No output.</p>}
      {output !== null && output !== '' && (
        <section aria-label={label} {...scrollable}>
          <pre className="mono small selectable">{output}</pre>
        </section>
      )}
    </RowDetail>
  )
}

const runTriggerWords: Readonly<Record<RunView['trigger'], string>> = {
  'set-up': 'Set up',
  'new-token': 'New token',
  retry: 'Tried again',
  asked: 'Manual',
}

/** A sentence beside a delivery says why it is not proven. */
function outcomeWords({ outcome, sentence }: RunView): string {
  if (outcome === 'delivered' && sentence !== null) return 'Written, not verified'
  return runOutcomeWords[outcome]
}

const runOutcomeWords: Readonly<Record<RunView['outcome'], string>> = {
  delivered: 'Delivered',
  failed: 'Failed',
  'broken-off': 'Interrupted',
}

/** What is to be read of it beyond its row: a sentence, what its command said, or that it said nothing. */
function hasDetail({ sentence, output }: RunView): boolean {
  return sentence !== null || output !== null
}
