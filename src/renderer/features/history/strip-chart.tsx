// Outcomes per day at a glance, with the same as a table behind it.
import { useEffect, useState } from 'react'
import type { DayCounts, Outcome } from '#contract/contract.ts'
import { useAsk, useNow, useTimeZone } from '#renderer/app/context.tsx'
import { type Moments, useMoments } from '#renderer/features/shared/moments.ts'
import { outcomeWords, plural } from '#renderer/features/shared/words.ts'
import { type Column, type Day, midnight, type Strip, stripOf } from './days.ts'
import type { AttemptFilter } from './history-filter.ts'
import styles from './strip-chart.module.css'

const HEIGHT = 56
/** A few days are drawn as columns, not as walls. */
const FEWEST_COLUMNS = 30
/** ms. What is new may wait a little: the table below shows it at once. */
const RENEWED_EACH = 30_000
const outcomes: readonly Outcome[] = ['failed', 'unchanged', 'renewed']

export function StripChart({ filter }: { readonly filter: AttemptFilter }) {
  const moments = useMoments()
  const counted = useDays(filter)
  const today = useNow((now) => midnight(now, 0))
  const strip = stripOf(counted, filter, today)
  if (strip.total === 0) return null
  const failed = strip.counts.failed.toLocaleString()
  const words = `${plural(strip.total, 'attempt')} ${spanWords(strip, filter, moments)}, ${failed} failed`
  return (
    <figure className={styles.strip}>
      <StripPicture strip={strip} words={words} />
      <figcaption className="small quiet">
        <span>{words}</span>
        <details>
          <summary>As a table</summary>
          <DaysTable days={strip.days.filter((day) => day.total > 0)} />
        </details>
      </figcaption>
    </figure>
  )
}

function spanWords({ days }: Strip, { to }: AttemptFilter, { dayWords }: Moments): string {
  const [first] = days
  const last = days.at(-1)
  if (first === undefined || last === undefined) return ''
  if (to === null) return days.length === 1 ? 'today' : `in the last ${days.length} days`
  if (first === last) return `on ${dayWords(first.start)}`
  return `from ${dayWords(first.start)} to ${dayWords(last.start)}`
}

function StripPicture({ strip, words }: { readonly strip: Strip; readonly words: string }) {
  const { columns } = strip
  const most = Math.max(1, ...columns.map(({ total }) => total))
  const slots = Math.max(FEWEST_COLUMNS, columns.length)
  const each = columns.some(({ days }) => days > 1) ? 'Each week' : 'Each day'
  return (
    <svg className={styles.picture} height={HEIGHT} role="img" aria-label={`${each}: ${words}.`}>
      {columns.map((column, i) => (
        <Bar
          key={column.start}
          column={column}
          left={((slots - columns.length + i) / slots) * 100}
          width={100 / slots}
          most={most}
        />
      ))}
      <line x1="0" x2="100%" y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} className={styles.axis} />
    </svg>
  )
}

interface BarProps {
  readonly column: Column
  /** Percent. */
  readonly left: number
  readonly width: number
  /** The total of the highest column. */
  readonly most: number
}

function Bar({ column, left, width, most }: BarProps) {
  const { dayWords } = useMoments()
  let y = HEIGHT
  return (
    <g>
      <title>
        {column.days > 1 ? 'Week of ' : ''}
        {dayWords(column.start)}:{' '}
        {outcomes.map((one) => `${column.counts[one]} ${outcomeWords[one].toLowerCase()}`).join(', ')}
      </title>
      {/* Catches the pointer for the whole column. */}
      <rect x={`${left}%`} y={0} width={`${width}%`} height={HEIGHT} className={styles.space} />
      {outcomes.toReversed().map((outcome) => {
        const height = (column.counts[outcome] / most) * (HEIGHT - 4)
        y -= height
        return (
          <rect
            key={outcome}
            x={`${left + width * 0.15}%`}
            y={y}
            width={`${width * 0.7}%`}
            height={height}
            className={styles[outcome]}
          />
        )
      })}
    </g>
  )
}

function DaysTable({ days }: { readonly days: readonly Day[] }) {
  const { dayWords } = useMoments()
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

/** What main counted; those of the filter before until the new ones are here. */
function useDays({ profileId, managerId, outcome, tier, from, to }: AttemptFilter): readonly DayCounts[] {
  const ask = useAsk()
  const timeZone = useTimeZone()
  const turn = useNow((now) => Math.floor(now / RENEWED_EACH))
  const [days, setDays] = useState<readonly DayCounts[]>([])
  useEffect(() => {
    let wanted = turn >= 0
    const fetchDays = async () => {
      const reply = await ask('history.days', { profileId, managerId, outcome, tier, from, to, timeZone })
      if (wanted && reply.ok) setDays(reply.value.days)
    }
    void fetchDays()
    return () => {
      wanted = false
    }
  }, [ask, turn, profileId, managerId, outcome, tier, from, to, timeZone])
  return days
}
