// The next 14 days as bars, with the same as a table behind them.
import type { ForecastDay } from '#contract/contract.ts'
import chart from '#renderer/features/shared/chart.module.css'
import { type Moments, useMoments } from '#renderer/features/shared/moments.ts'
import { plural } from '#renderer/features/shared/words.ts'
import styles from './forecast-chart.module.css'

/** Today, and the days that follow. */
export const DRAWN = 1 + 14
/** px */
const BARS = 132
const COUNT = 20
const MARKS = 26
const LABELS = 40
const HEIGHT = COUNT + BARS + MARKS + LABELS

const SERIES = [
  { key: 1, words: 'Refreshes by tier 1', style: `${chart.outline} ${styles.one}` },
  { key: 2, words: 'Refreshes by tier 2', style: `${chart.grey} ${styles.two}` },
  { key: 3, words: 'Integration renewed', style: `${chart.full} ${styles.three}` },
] as const
const ENDS = `${chart.full} ${styles.ends}`

export function ForecastChart({ days }: { readonly days: readonly ForecastDay[] }) {
  const { dayWords } = useMoments()
  const drawn = days.slice(0, DRAWN)
  const most = Math.max(1, ...drawn.map(totalOf))
  return (
    <figure className={`${chart.figure} ${styles.chart}`}>
      <svg
        className={chart.picture}
        height={HEIGHT}
        role="img"
        aria-label={`The next ${drawn.length - 1} days: ${wordsOf(drawn, dayWords)}.`}
      >
        {drawn.map((day, i) => (
          <Column
            key={day.start}
            day={day}
            isToday={i === 0}
            left={(i * 100) / drawn.length}
            width={100 / drawn.length}
            most={most}
          />
        ))}
        <line x1="0" x2="100%" y1={COUNT + BARS + 0.5} y2={COUNT + BARS + 0.5} className={chart.axis} />
      </svg>
      <figcaption className="small quiet">
        <ul className={chart.legend}>
          {legendOf(drawn).map(([words, style]) => (
            <li key={words}>
              <Swatch style={style} /> {words}
            </li>
          ))}
        </ul>
        <details>
          <summary>As a table</summary>
          <DaysTable days={days} />
        </details>
      </figcaption>
    </figure>
  )
}

/** What is drawn, and no more. */
function legendOf(days: readonly ForecastDay[]): readonly (readonly [string, string | undefined])[] {
  const has = (count: (day: ForecastDay) => number) => days.some((day) => count(day) > 0)
  return [
    ...SERIES.flatMap(({ key, words, style }) =>
      has(({ renewals }) => renewals[key]) ? [[words, style] as const] : [],
    ),
    ...(has(({ ends }) => ends) ? [['Tokens end', ENDS] as const] : []),
    ...(has(({ integrationEnds }) => integrationEnds)
      ? [['Integration ends', styles.integration] as const]
      : []),
  ]
}

const totalOf = ({ renewals }: ForecastDay) => renewals[1] + renewals[2] + renewals[3]

function wordsOf(days: readonly ForecastDay[], dayWords: Moments['dayWords']): string {
  const sum = (count: (day: ForecastDay) => number) => days.reduce((all, day) => all + count(day), 0)
  const ends = sum((day) => day.ends)
  const integration = days.find(({ integrationEnds }) => integrationEnds > 0)
  return [
    `${plural(sum(totalOf), 'refresh', 'refreshes')} planned`,
    ends === 0 ? 'no token ends' : `${plural(ends, 'token')} ${ends === 1 ? 'ends' : 'end'}`,
    ...(integration === undefined ? [] : [`the integration ends on ${dayWords(integration.start)}`]),
  ].join(', ')
}

function Swatch({ style }: { readonly style: string | undefined }) {
  return (
    <svg width="12" height="12" aria-hidden="true">
      <rect x="0.5" y="0.5" width="11" height="11" className={style} />
    </svg>
  )
}

interface ColumnProps {
  readonly day: ForecastDay
  readonly isToday: boolean
  /** Percent. */
  readonly left: number
  readonly width: number
  /** Refreshes of the fullest day. */
  readonly most: number
}

function Column({ day, isToday, left, width, most }: ColumnProps) {
  const { dayWords, weekday } = useMoments()
  const total = totalOf(day)
  const middle = `${left + width / 2}%`
  const bar = { x: `${left + width * 0.14}%`, width: `${width * 0.72}%` }
  let y = COUNT + BARS
  return (
    <g className={isToday ? styles.today : undefined}>
      <title>
        {dayWords(day.start)}: {wordsOf([day], dayWords)}
      </title>
      {/* Catches the pointer for the whole column. */}
      <rect x={`${left}%`} y={0} width={`${width}%`} height={HEIGHT} className={chart.space} />
      {SERIES.map(({ key, style }) => {
        const height = (day.renewals[key] / most) * BARS
        y -= height
        return height === 0 ? null : <rect key={key} {...bar} y={y} height={height} className={style} />
      })}
      {total > 0 && (
        <text x={middle} y={y - 6} className={styles.count}>
          {total.toLocaleString()}
        </text>
      )}
      {day.ends > 0 && (
        <>
          <rect {...bar} y={COUNT + BARS + 4} height={MARKS - 6} rx={4} className={ENDS} />
          <text x={middle} y={COUNT + BARS + 19} className={styles.endsCount}>
            {day.ends.toLocaleString()}
          </text>
        </>
      )}
      {day.integrationEnds > 0 && (
        <rect {...bar} y={2} height={COUNT + BARS - 2} className={styles.integration}>
          <title>Integration ends</title>
        </rect>
      )}
      <text x={middle} y={COUNT + BARS + MARKS + 14} className={`${chart.label} ${styles.label}`}>
        {weekday(day.start)}
      </text>
      <text x={middle} y={COUNT + BARS + MARKS + 31} className={`${chart.label} ${styles.label}`}>
        {new Date(day.start).getDate()}
      </text>
    </g>
  )
}

function DaysTable({ days }: { readonly days: readonly ForecastDay[] }) {
  const { dayWords } = useMoments()
  const shown = days.filter(
    (day, i) => i < DRAWN || totalOf(day) > 0 || day.ends > 0 || day.integrationEnds > 0,
  )
  return (
    <table className="figures">
      <thead>
        <tr>
          <th scope="col">Day</th>
          <th scope="col">Tier 1</th>
          <th scope="col">Tier 2</th>
          <th scope="col">Integration renewed</th>
          <th scope="col">Tokens end</th>
          <th scope="col">Integration ends</th>
        </tr>
      </thead>
      <tbody>
        {shown.map((day) => (
          <tr key={day.start}>
            <th scope="row">{dayWords(day.start)}</th>
            <td>{day.renewals[1].toLocaleString()}</td>
            <td>{day.renewals[2].toLocaleString()}</td>
            <td>{day.renewals[3].toLocaleString()}</td>
            <td>{day.ends.toLocaleString()}</td>
            <td>{day.integrationEnds > 0 ? 'Yes' : ''}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
