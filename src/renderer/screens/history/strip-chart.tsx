// Outcomes per day at a glance, with the same as a table behind it.
import { useEffect, useState } from 'react'
import type { Attempt, Outcome, Reply } from '../../../preload/contract.ts'
import { dayWords } from '../../duration.ts'
import { useAsk, useNow } from '../../window-parts.tsx'
import { outcomeWords, plural } from '../../words.ts'
import { type Day, daysOf } from './days.ts'
import type { AttemptFilter } from './use-attempts.ts'

const DAYS = 30
const HEIGHT = 56
const PAGE = 200
const PAGES = 5
/** ms. What is new may wait a little: the table below shows it at once. */
const RENEWED_EACH = 30_000
const outcomes: readonly Outcome[] = ['failed', 'unchanged', 'renewed']

export function StripChart({ filter }: { readonly filter: AttemptFilter }) {
  const { attempts, complete } = useRecent(filter)
  const today = useNow((now) => Math.floor(now / RENEWED_EACH) * RENEWED_EACH)
  const days = daysOf(attempts, today, DAYS)
  const most = Math.max(1, ...days.map(({ total }) => total))
  const failed = days.reduce((sum, { counts }) => sum + counts.failed, 0)
  const total = days.reduce((sum, day) => sum + day.total, 0)
  if (total === 0) return null
  const reach = complete
    ? `in the last ${DAYS} days`
    : `among the newest ${(PAGE * PAGES).toLocaleString()} attempts`
  return (
    <figure className="strip">
      <svg
        className="strip-picture"
        height={HEIGHT}
        role="img"
        aria-label={`Each day: ${plural(total, 'attempt')} ${reach}, ${failed.toLocaleString()} failed.`}
      >
        {days.map((day, i) => (
          <Column key={day.start} day={day} index={i} most={most} />
        ))}
        <line x1="0" x2="100%" y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} className="tl-axis" />
      </svg>
      <figcaption className="small quiet">
        <span>
          {plural(total, 'attempt')} {reach}, {failed.toLocaleString()} failed
        </span>
        <details>
          <summary>As a table</summary>
          <DaysTable days={days.filter((day) => day.total > 0)} />
        </details>
      </figcaption>
    </figure>
  )
}

function Column({ day, index, most }: { readonly day: Day; readonly index: number; readonly most: number }) {
  const width = 100 / DAYS
  let y = HEIGHT
  return (
    <g>
      <title>
        {dayWords(day.start)}:{' '}
        {outcomes.map((one) => `${day.counts[one]} ${outcomeWords[one].toLowerCase()}`).join(', ')}
      </title>
      {/* Catches the pointer for the whole column. */}
      <rect x={`${index * width}%`} y={0} width={`${width}%`} height={HEIGHT} className="strip-space" />
      {outcomes.toReversed().map((outcome) => {
        const height = (day.counts[outcome] / most) * (HEIGHT - 4)
        y -= height
        return (
          <rect
            key={outcome}
            x={`${(index + 0.15) * width}%`}
            y={y}
            width={`${width * 0.7}%`}
            height={height}
            className={`strip-${outcome}`}
          />
        )
      })}
    </g>
  )
}

function DaysTable({ days }: { readonly days: readonly Day[] }) {
  return (
    <table className="figures">
      <thead>
        <tr>
          <th scope="col">Day</th>
          {outcomes.map((outcome) => (
            <th scope="col" key={outcome}>
              {outcomeWords[outcome]}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {days.toReversed().map((day) => (
          <tr key={day.start}>
            <td>{dayWords(day.start)}</td>
            {outcomes.map((outcome) => (
              <td key={outcome}>{day.counts[outcome].toLocaleString()}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** The newest attempts that fit the filter, up to a thousand; `complete` when they reach back far enough. */
function useRecent(filter: AttemptFilter): {
  readonly attempts: readonly Attempt[]
  readonly complete: boolean
} {
  const ask = useAsk()
  const { profileId, outcome, tier } = filter
  const turn = useNow((now) => Math.floor(now / RENEWED_EACH))
  const [recent, setRecent] = useState<{ attempts: readonly Attempt[]; complete: boolean }>({
    attempts: [],
    complete: true,
  })

  useEffect(() => {
    let wanted = true
    const oldest = turn * RENEWED_EACH - DAYS * 24 * 3_600_000
    const fetchAll = async () => {
      const attempts: Attempt[] = []
      let cursor: string | null = null
      for (let page = 0; page < PAGES; page += 1) {
        const reply: Reply<'history.page'> = await ask('history.page', {
          profileId,
          managerId: null,
          outcome,
          tier,
          cursor,
          limit: PAGE,
        })
        if (!wanted || !reply.ok) return
        attempts.push(...reply.value.attempts)
        cursor = reply.value.next
        if (cursor === null || (attempts.at(-1)?.startedAt ?? 0) < oldest) {
          return setRecent({ attempts, complete: true })
        }
      }
      setRecent({ attempts, complete: false })
    }
    void fetchAll()
    return () => {
      wanted = false
    }
  }, [ask, profileId, outcome, tier, turn])

  return recent
}
