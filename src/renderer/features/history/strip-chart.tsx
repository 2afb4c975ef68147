// Outcomes per day at a glance, with the same as a table behind it. A press on a day shows its attempts.
import { type PointerEvent, useEffect, useRef, useState } from 'react'
import type { DayCounts, Outcome } from '#contract/contract.ts'
import { useAsk, useNow, useTimeZone } from '#renderer/app/context.tsx'
import { Button } from '#renderer/components/button.tsx'
import { useWidth } from '#renderer/components/use-width.ts'
import { midnight, ticksIn } from '#renderer/features/shared/axis.ts'
import chart from '#renderer/features/shared/chart.module.css'
import { type Moments, useMoments } from '#renderer/features/shared/moments.ts'
import { outcomeWords, plural } from '#renderer/features/shared/words.ts'
import { type Column, type Day, type Strip, stripOf } from './days.ts'
import { type AttemptFilter, type DaySpan, isCostly } from './history-filter.ts'
import styles from './strip-chart.module.css'

/** Pixels: the columns, the dates below them, and the numbers left of them. */
const HEIGHT = 64
const TOP = 8
const DATES = 18
const SCALE = 36
const DATE_LABEL = 72
/** A few days are drawn as columns, not as walls. */
const FEWEST_COLUMNS = 30
/** ms. What is new may wait a little: the table below shows it at once. */
const RENEWED_EACH = 30_000
const outcomes: readonly Outcome[] = ['failed', 'unchanged', 'renewed']
const fills = { failed: chart.full, unchanged: chart.grey, renewed: chart.outline }

interface StripChartProps {
  readonly filter: AttemptFilter
  /** Changes when there may be new attempts. */
  readonly news: number
  readonly picked: DaySpan | null
  readonly onPick: (span: DaySpan | null) => void
}

export function StripChart({ filter, news, picked, onPick }: StripChartProps) {
  const moments = useMoments()
  const counted = useDays(filter, news)
  const today = useNow((now) => midnight(now, 0))
  const strip = stripOf(counted, filter, today)
  if (strip.total === 0 && picked === null) return null
  const failed = strip.counts.failed.toLocaleString()
  const words = `${plural(strip.total, 'attempt')} ${spanWords(strip, filter, moments)}, ${failed} failed`
  const pick = (column: Column) => {
    const span = spanOfColumn(column)
    onPick(picked?.from === span.from ? null : span)
  }
  return (
    <figure className={`${chart.figure} ${styles.strip}`}>
      <StripPicture strip={strip} words={words} picked={picked} onPick={pick} />
      <figcaption className="small quiet">
        <span>{words}</span>
        {picked?.from != null && (
          <Button size={28} label="Show all days" icon="close" onPress={() => onPick(null)}>
            {pickedWords(picked, moments)}
          </Button>
        )}
        <details>
          <summary>As a table</summary>
          <DaysTable
            days={strip.days.filter((day) => day.total > 0)}
            onPick={(day) => onPick(spanOfColumn({ ...day, days: 1 }))}
          />
        </details>
      </figcaption>
    </figure>
  )
}

function spanOfColumn({ start, days }: Column): DaySpan {
  return { from: start, to: midnight(start, days) }
}

function pickedWords({ from, to }: DaySpan, { dayWords }: Moments): string {
  if (from === null || to === null) return ''
  const last = midnight(to, -1)
  return last <= from ? `Only ${dayWords(from)}` : `Only ${dayWords(from)} – ${dayWords(last)}`
}

function spanWords({ days }: Strip, { to }: AttemptFilter, { dayWords }: Moments): string {
  const [first] = days
  const last = days.at(-1)
  if (first === undefined || last === undefined) return ''
  if (to === null) return days.length === 1 ? 'today' : `in the last ${days.length} days`
  if (first === last) return `on ${dayWords(first.start)}`
  return `from ${dayWords(first.start)} to ${dayWords(last.start)}`
}

interface PictureProps {
  readonly strip: Strip
  readonly words: string
  readonly picked: DaySpan | null
  readonly onPick: (column: Column) => void
}

function StripPicture({ strip, words, picked, onPick }: PictureProps) {
  const { columns } = strip
  const picture = useRef<SVGSVGElement>(null)
  const width = useWidth(picture, 720)
  const most = scaleOf(Math.max(1, ...columns.map(({ total }) => total)))
  const slots = Math.max(FEWEST_COLUMNS, columns.length)
  const each = (width - SCALE) / slots
  const left = (i: number) => SCALE + (slots - columns.length + i) * each
  const unit = columns.some(({ days }) => days > 1) ? 'Each week' : 'Each day'
  const press = (event: PointerEvent<SVGSVGElement>) => {
    const x = event.clientX - event.currentTarget.getBoundingClientRect().left
    const column = columns[Math.floor((x - left(0)) / each)]
    if (column !== undefined) onPick(column)
  }
  return (
    // The table behind it has the same for the keyboard.
    <svg
      ref={picture}
      className={`${chart.picture} ${styles.picture}`}
      height={TOP + HEIGHT + DATES}
      role="img"
      aria-label={`${unit}: ${words}.`}
      onPointerUp={press}
    >
      <Scale most={most} width={width} />
      {columns.map((column, i) => (
        <Bar
          key={column.start}
          column={column}
          left={left(i)}
          width={each}
          most={most}
          isPicked={picked?.from === column.start}
        />
      ))}
      <Dates columns={columns} width={width} left={left} each={each} />
    </svg>
  )
}

/** The next number that a person reads as a whole: 1, 2, 5, 10, 20, … */
function scaleOf(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most))
  return ([1, 2, 5, 10].find((one) => one * power >= most) ?? 10) * power
}

const heightOf = (count: number, most: number) => (count / most) * HEIGHT

function Scale({ most, width }: { readonly most: number; readonly width: number }) {
  const marks = most % 2 === 0 ? [0, most / 2, most] : [0, most]
  return (
    <g>
      {marks.map((mark) => {
        const y = TOP + HEIGHT - heightOf(mark, most)
        return (
          <g key={mark}>
            <line x1={SCALE} x2={width} y1={y} y2={y} className={mark === 0 ? chart.axis : chart.grid} />
            <text x={SCALE - 6} y={y + 4} textAnchor="end" className={chart.label}>
              {mark.toLocaleString()}
            </text>
          </g>
        )
      })}
    </g>
  )
}

interface DatesProps {
  readonly columns: readonly Column[]
  readonly width: number
  readonly left: (index: number) => number
  readonly each: number
}

function Dates({ columns, width, left, each }: DatesProps) {
  const { tickWords } = useMoments()
  const [first] = columns
  const last = columns.at(-1)
  if (first === undefined || last === undefined) return null
  const room = columns.length * each
  const { step, times } = ticksIn(first.start, last.start, Math.max(1, Math.floor(room / DATE_LABEL)))
  const labels = times.length === 0 ? [first.start] : times
  return (
    <g>
      {labels.map((at) => {
        const index = columns.findLastIndex(({ start }) => start <= at)
        const x = left(index) + each / 2
        return (
          <text
            key={at}
            x={Math.min(x, width - 20)}
            y={TOP + HEIGHT + DATES - 4}
            textAnchor="middle"
            className={chart.label}
          >
            {tickWords(at, Math.max(step, DAY))}
          </text>
        )
      })}
    </g>
  )
}

const DAY = 86_400_000

interface BarProps {
  readonly column: Column
  readonly left: number
  readonly width: number
  readonly most: number
  readonly isPicked: boolean
}

function Bar({ column, left, width, most, isPicked }: BarProps) {
  const { dayWords } = useMoments()
  let y = TOP + HEIGHT
  return (
    <g>
      <title>
        {column.days > 1 ? 'Week of ' : ''}
        {dayWords(column.start)}:{' '}
        {outcomes.map((one) => `${column.counts[one]} ${outcomeWords[one].toLowerCase()}`).join(', ')}
      </title>
      {/* Catches the pointer for the whole column. */}
      <rect
        x={left}
        y={TOP}
        width={width}
        height={HEIGHT}
        className={`${chart.space} ${isPicked ? styles.picked : styles.space}`}
      />
      {outcomes.toReversed().map((outcome) => {
        const height = heightOf(column.counts[outcome], most)
        y -= height
        return (
          <rect
            key={outcome}
            x={left + width * 0.15}
            y={y}
            width={width * 0.7}
            height={height}
            className={`${fills[outcome]} ${styles[outcome]}`}
          />
        )
      })}
    </g>
  )
}

function DaysTable({ days, onPick }: { readonly days: readonly Day[]; readonly onPick: (day: Day) => void }) {
  const { dayWords } = useMoments()
  return (
    <table className="figures" aria-label="Attempts per day">
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
            <td>
              <Button
                kind="quiet"
                size={28}
                label={`Show ${dayWords(day.start)}`}
                onPress={() => onPick(day)}
              >
                {dayWords(day.start)}
              </Button>
            </td>
            {outcomes.map((outcome) => (
              <td key={outcome}>{day.counts[outcome].toLocaleString()}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** History is kept for a year. */
const OLDEST = 366
const WEEK = 7

/** What main counted; those of the filter before until the new ones are here. */
function useDays(filter: AttemptFilter, news: number): readonly DayCounts[] {
  const ask = useAsk()
  const timeZone = useTimeZone()
  const turn = useNow((now) => Math.floor(now / RENEWED_EACH))
  const today = useNow((now) => midnight(now, 0))
  const [days, setDays] = useState<readonly DayCounts[]>([])
  const key = JSON.stringify(filter)
  // New attempts are counted once in a while.
  const looked = useRef({ turn, news })
  if (looked.current.turn !== turn) looked.current = { turn, news }
  const seen = looked.current.news
  useEffect(() => {
    let isWanted = seen >= 0
    const wanted: AttemptFilter = JSON.parse(key)
    const fetchDays = async () => {
      let counted: readonly DayCounts[] = []
      for (const span of isCostly(wanted) ? weeksOf(wanted, today) : [wanted]) {
        const { from, to } = span
        const reply = await ask('history.days', { ...wanted, from, to, timeZone })
        if (!isWanted) return
        if (!reply.ok) break
        counted = [...reply.value.days, ...counted]
      }
      setDays(counted)
    }
    void fetchDays()
    return () => {
      isWanted = false
    }
  }, [ask, seen, key, today, timeZone])
  return days
}

/** Newest first. */
function weeksOf({ from, to }: DaySpan, today: number): readonly DaySpan[] {
  const oldest = from ?? midnight(today, -OLDEST)
  const weeks: DaySpan[] = []
  for (let end = to ?? midnight(today, 1); end > oldest; end = midnight(end, -WEEK))
    weeks.push({ from: Math.max(oldest, midnight(end, -WEEK)), to: end })
  return weeks
}
