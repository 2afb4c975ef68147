// Timeline of a service app: tokens as bars, attempts as marks, plans right of "now"; and the same as a table. SVG by hand: a
// chart library takes longer to load than this page does.
import { type ReactNode, useEffect, useRef, useState } from 'react'
import type { Attempt, Input, ProfileView, ShownAttempt } from '#contract/contract.ts'
import { useAsk, useNow } from '#renderer/app/context.tsx'
import { Pill } from '#renderer/components/choice.tsx'
import { useWidth } from '#renderer/components/use-width.ts'
import { allOf } from '#renderer/features/history/history-filter.ts'
import chart from '#renderer/features/shared/chart.module.css'
import { type Moments, useMoments } from '#renderer/features/shared/moments.ts'
import { outcomeWords, plural } from '#renderer/features/shared/words.ts'
import styles from './timeline.module.css'
import {
  fittingZoom,
  layOut,
  type Mark,
  type MarkKind,
  markKind,
  outcomesIn,
  type Span,
  type TimelineLayout,
  zooms,
} from './timeline-layout.ts'
import { kindWords, TimelineTable } from './timeline-table.tsx'

/** Pixels from the top: the lanes, and the axis. */
const FAILURES = 30
const TOKEN = 54
const PLAN = 78
const REFRESH = 98
const AXIS = 114
const HEIGHT = 134
const BAR = 14

/** Attempts asked for at once, and at most. */
const PAGE = 200
const PAGES = 5

export function Timeline({ profile }: { readonly profile: ProfileView }) {
  const [chosen, choose] = useState<number | null>(null)
  const length = chosen ?? fittingZoom(profile)
  // A picture of weeks need not move each second: it moves by a thousandth of its width.
  const step = Math.max(1000, length / 1000)
  const now = useNow((time) => Math.floor(time / step) * step)
  const picture = useRef<SVGSVGElement>(null)
  const width = useWidth(picture, 720)
  const { attempts, isCut } = useAttemptsSince(profile, now - length)
  const layout = layOut(profile, attempts, { now, length, width })
  const { from, to } = layout.span
  const seen = attempts.filter(({ endedAt }) => endedAt >= from && endedAt <= to)
  const failed = layout.failures.reduce((sum, mark) => sum + mark.attempts.length, 0)
  return (
    <figure className={`${chart.figure} ${styles.timeline}`}>
      <fieldset className={styles.zooms} aria-label="Zoom">
        {zooms.map(([zoom, words]) => (
          <Pill key={zoom} pressed={zoom === length} onPress={() => choose(zoom)}>
            {words}
          </Pill>
        ))}
      </fieldset>
      <svg
        ref={picture}
        className={chart.picture}
        height={HEIGHT}
        role="img"
        aria-label={`Timeline: ${plural(seen.length, 'attempt')}, ${failed} failed. The same is in the table below.`}
      >
        <Drawing layout={layout} width={width} />
      </svg>
      <figcaption className="small quiet">
        <Legend />
        {isCut && <p>Older attempts are in the history below.</p>}
        <details>
          <summary>As a table</summary>
          <TimelineTable profile={profile} attempts={seen} now={now} />
        </details>
      </figcaption>
    </figure>
  )
}

function Drawing({ layout, width }: { readonly layout: TimelineLayout; readonly width: number }) {
  const { now, used, current, refreshToken, renewals, failures, planned, expiry, refreshExpiry } = layout
  return (
    <>
      <Axis layout={layout} width={width} />
      {used.map((span) => (
        <Bar key={span.from} span={span} y={TOKEN} className={styles.used} />
      ))}
      {current !== null && <Bar span={current} y={TOKEN} className={styles.current} />}
      {refreshToken !== null && <Bar span={refreshToken} y={REFRESH} className={styles.refreshToken} />}
      <line x1={now} x2={now} y1={16} y2={AXIS} className={styles.now} />
      <text x={Math.max(14, Math.min(width - 14, now))} y={12} textAnchor="middle" className={styles.nowWord}>
        Now
      </text>
      {expiry !== null && <End x={expiry} y={TOKEN} words="The access token expires" />}
      {refreshExpiry !== null && <End x={refreshExpiry} y={REFRESH} words="The refresh token expires" />}
      {renewals.map((mark) => (
        <MarkShape key={keyOf(mark)} mark={mark} y={TOKEN} />
      ))}
      {failures.map((mark) => (
        <MarkShape key={keyOf(mark)} mark={mark} y={FAILURES} />
      ))}
      {planned !== null && (
        <g>
          <title>Next refresh</title>
          <line x1={planned} x2={planned} y1={TOKEN + BAR / 2} y2={PLAN - 5} className={styles.stem} />
          <circle cx={planned} cy={PLAN} r={5} className={styles.planned} />
        </g>
      )}
    </>
  )
}

const keyOf = ({ attempts }: Mark) => attempts[0]?.id ?? ''

function Axis({ layout, width }: { readonly layout: TimelineLayout; readonly width: number }) {
  const { tickWords } = useMoments()
  const { ticks, step } = layout
  return (
    <g>
      <line x1={0} x2={width} y1={AXIS} y2={AXIS} className={chart.axis} />
      {ticks.map(({ x, when }) => (
        <g key={when}>
          <line x1={x} x2={x} y1={20} y2={AXIS + 4} className={chart.grid} />
          {x > 20 && x < width - 20 && (
            <text x={x} y={HEIGHT - 4} textAnchor="middle" className={chart.label}>
              {tickWords(when, step)}
            </text>
          )}
        </g>
      ))}
    </g>
  )
}

interface BarProps {
  readonly span: Span
  readonly y: number
  readonly className: string | undefined
}

function Bar({ span: { from, to }, y, className }: BarProps) {
  return <rect x={from} y={y - BAR / 2} width={to - from} height={BAR} rx={3} className={className} />
}

/** The end of a token: a line with a foot, whose shape differs from the grid. */
function End({ x, y, words }: { readonly x: number; readonly y: number; readonly words: string }) {
  return (
    <path d={`M${x - 3} ${y - 11}h6M${x} ${y - 11}v22M${x - 3} ${y + 11}h6`} className={styles.expiry}>
      <title>{words}</title>
    </path>
  )
}

const kindStyles: Readonly<Record<MarkKind, string | undefined>> = {
  'tier-1': styles.tier1,
  'tier-2': styles.tier2,
  integration: styles.integration,
  unchanged: styles.unchanged,
  failed: styles.failed,
}

function MarkShape({ mark, y }: { readonly mark: Mark; readonly y: number }) {
  const moments = useMoments()
  const { x, width, kind, attempts } = mark
  const [first] = attempts
  if (first === undefined) return null
  const words = attempts.length === 1 ? attemptWords(first, moments) : groupWords(attempts, moments)
  return (
    <g className={kind === null ? styles.mixed : kindStyles[kind]}>
      <title>{words}</title>
      {attempts.length > 1 ? (
        <>
          <rect
            x={x - width / 2 + 1}
            y={y - 9}
            width={width - 2}
            height={18}
            rx={9}
            className={styles.group}
          />
          <text x={x} y={y + 4} textAnchor="middle" className={styles.count}>
            {attempts.length}
          </text>
        </>
      ) : (
        <Shape kind={kind ?? 'failed'} x={x} y={y} />
      )}
    </g>
  )
}

/** Told apart by shape as well as by colour. */
function Shape({
  kind,
  x,
  y,
}: {
  readonly kind: MarkKind
  readonly x: number
  readonly y: number
}): ReactNode {
  switch (kind) {
    case 'tier-1':
      return <circle cx={x} cy={y} r={5.5} />
    case 'tier-2':
      return <rect x={x - 5} y={y - 5} width={10} height={10} />
    case 'integration':
      return <path d={`M${x} ${y - 6.5}l6.5 6.5l-6.5 6.5l-6.5 -6.5z`} />
    case 'unchanged':
      return <circle cx={x} cy={y} r={3.5} />
    case 'failed':
      return <path d={`M${x - 4.5} ${y - 4.5}l9 9M${x + 4.5} ${y - 4.5}l-9 9`} />
  }
}

/** The time is that of the history: of the start. */
function attemptWords(attempt: Attempt, { exactly }: Moments): string {
  return `${kindWords[markKind(attempt)]}, ${exactly(attempt.startedAt)}`
}

function groupWords(attempts: readonly Attempt[], { exactly }: Moments): string {
  const counts = outcomesIn(attempts).map(
    ([outcome, count]) => `${count} ${outcomeWords[outcome].toLowerCase()}`,
  )
  const ends = [attempts[0], attempts.at(-1)].map((attempt) =>
    attempt === undefined ? '' : exactly(attempt.startedAt),
  )
  return `${counts.join(', ')}: ${ends.join(' – ')}`
}

const SAMPLE = { x: 8, y: 8 }

function Legend() {
  const samples: readonly (readonly [string, ReactNode])[] = [
    ['Access token', <rect key="a" y="4" width="16" height="9" rx="2" className={styles.current} />],
    ['Refresh token', <rect key="r" y="4" width="16" height="9" rx="2" className={styles.refreshToken} />],
    ...(['tier-1', 'tier-2', 'integration', 'failed'] as const).map(
      (kind) =>
        [
          kindWords[kind],
          <g key={kind} className={kindStyles[kind]}>
            <Shape kind={kind} {...SAMPLE} />
          </g>,
        ] as const,
    ),
    ['Next refresh', <circle key="p" cx="8" cy="8" r="5" className={styles.planned} />],
    ['Expires', <path key="e" d="M5 1h6M8 1v14M5 15h6" className={styles.expiry} />],
  ]
  return (
    <ul className={chart.legend} aria-hidden="true">
      {samples.map(([words, sample]) => (
        <li key={words}>
          <svg width="16" height="16" aria-hidden="true">
            {sample}
          </svg>
          {words}
        </li>
      ))}
    </ul>
  )
}

const NONE: { readonly attempts: readonly ShownAttempt[]; readonly isCut: boolean } = {
  attempts: [],
  isCut: false,
}

/** Of the profile, from this day on; `isCut`: there are older ones. Asked again when something new happened. */
function useAttemptsSince({ id, last }: ProfileView, from: number): typeof NONE {
  const ask = useAsk()
  const news = last?.at ?? 0
  const [known, setKnown] = useState(NONE)
  // The picture moves more often than there is anything older to be seen.
  const since = Math.floor(from / 3_600_000) * 3_600_000
  useEffect(() => {
    let isWanted = news >= 0
    const fetchAll = async () => {
      let attempts: readonly ShownAttempt[] = []
      let cursor: string | null = null
      for (let page = 0; page < PAGES; page++) {
        const query: Input<'history.page'> = {
          ...allOf(id),
          cause: 'kind:token',
          from: since,
          cursor,
          limit: PAGE,
        }
        const reply: Awaited<ReturnType<typeof ask<'history.page'>>> = await ask('history.page', query)
        if (!isWanted || !reply.ok) return
        attempts = [...attempts, ...reply.value.attempts]
        cursor = reply.value.next
        if (cursor === null) break
      }
      setKnown({ attempts, isCut: cursor !== null })
    }
    void fetchAll()
    return () => {
      isWanted = false
    }
  }, [ask, id, news, since])
  return known
}
