// Timeline of a service app: tokens as bars, refreshes as marks, plans right of "now". The history below has the same as a
// table.
import { useState } from 'react'
import type { Attempt, ProfileView } from '#contract/contract.ts'
import { useNow } from '#renderer/app/context.tsx'
import { Pill } from '#renderer/components/choice.tsx'
import { useMoments } from '#renderer/features/shared/moments.ts'
import { outcomeWords } from '#renderer/features/shared/words.ts'
import styles from './timeline.module.css'
import { fittingZoom, layOut, type Mark, type Span, type TimelineLayout, zooms } from './timeline-layout.ts'

const TOP = 26
const LOW = 58
const HEIGHT = 104
const percent = (share: number) => `${(share * 100).toFixed(3)}%`

interface TimelineProps {
  readonly profile: ProfileView
  readonly attempts: readonly Attempt[]
}

export function Timeline({ profile, attempts }: TimelineProps) {
  const [chosen, choose] = useState<number | null>(null)
  const length = chosen ?? fittingZoom(profile)
  // A picture of weeks need not move each second: it moves by a thousandth of its width.
  const step = Math.max(1000, length / 1000)
  const now = useNow((time) => Math.floor(time / step) * step)
  const layout = layOut(profile, attempts, now, length)
  return (
    <figure className={styles.timeline}>
      <fieldset className={styles.zooms} aria-label="Zoom">
        {zooms.map(([zoom, words]) => (
          <Pill key={zoom} pressed={zoom === length} onPress={() => choose(zoom)}>
            {words}
          </Pill>
        ))}
      </fieldset>
      <svg
        className={styles.picture}
        height={HEIGHT}
        role="img"
        aria-label={`Timeline: ${layout.marks.length} refreshes, ${layout.marks.filter(({ kind }) => kind === 'failed').length} of them failed. The same is in the table below.`}
      >
        <Axis layout={layout} length={length} />
        {layout.used.map((span) => (
          <Bar key={span.from} span={span} y={TOP} className={styles.used} />
        ))}
        {layout.current !== null && <Bar span={layout.current} y={TOP} className={styles.current} />}
        {layout.refreshToken !== null && (
          <Bar span={layout.refreshToken} y={LOW} className={styles.refreshToken} />
        )}
        <line
          x1={percent(layout.now)}
          x2={percent(layout.now)}
          y1={8}
          y2={HEIGHT - 22}
          className={styles.now}
        />
        {layout.expiry !== null && (
          <line
            x1={percent(layout.expiry)}
            x2={percent(layout.expiry)}
            y1={TOP - 6}
            y2={TOP + 18}
            className={styles.expiry}
          >
            <title>The access token expires</title>
          </line>
        )}
        {layout.marks.map((mark) => (
          <MarkShape key={`${mark.when} ${mark.kind}`} mark={mark} />
        ))}
        {layout.planned !== null && (
          <circle cx={percent(layout.planned)} cy={TOP + 6} r={5} className={styles.planned}>
            <title>Planned refresh</title>
          </circle>
        )}
      </svg>
      <figcaption className={`${styles.legend} small quiet`}>
        {legend.map(([kind, style, words]) => (
          <span key={words}>
            <svg width="12" height="12" aria-hidden="true">
              {kind === 'bar' && <rect y="2" width="12" height="8" rx="2" className={style} />}
              {kind === 'dot' && <circle cx="6" cy="6" r="4.5" className={style} />}
              {kind === 'cross' && <path d="M2 2l8 8M10 2l-8 8" className={style} />}
            </svg>
            {words}
          </span>
        ))}
      </figcaption>
    </figure>
  )
}

const tierStyles = { 1: styles.tier1, 2: styles.tier2, 3: styles.tier3 }

const legend = [
  ['bar', styles.current, 'Access token'],
  ['bar', styles.refreshToken, 'Refresh token'],
  ['dot', styles.tier1, 'Renewed by tier 1'],
  ['dot', styles.tier2, 'by tier 2'],
  ['dot', styles.tier3, 'by tier 3'],
  ['cross', styles.failed, 'Failed'],
  ['dot', styles.planned, 'Planned'],
] as const

function Axis({ layout, length }: { readonly layout: TimelineLayout; readonly length: number }) {
  const { tickWords } = useMoments()
  return (
    <g>
      <line x1="0" x2="100%" y1={HEIGHT - 22} y2={HEIGHT - 22} className={styles.axis} />
      {layout.ticks.map(({ at, when }) => (
        <text key={at} x={percent(at)} y={HEIGHT - 6} textAnchor="middle" className={styles.tick}>
          {at === layout.now ? 'now' : tickWords(when, length)}
        </text>
      ))}
    </g>
  )
}

function Bar({
  span,
  y,
  className,
}: {
  readonly span: Span
  readonly y: number
  readonly className: string | undefined
}) {
  return (
    <rect
      x={percent(span.from)}
      y={y}
      width={percent(span.to - span.from)}
      height={12}
      rx={3}
      className={className}
    />
  )
}

function MarkShape({ mark }: { readonly mark: Mark }) {
  const { exactly } = useMoments()
  const title = (
    <title>
      {outcomeWords[mark.kind]}
      {mark.tier === null ? '' : ` by tier ${mark.tier}`}, {exactly(mark.when)}
    </title>
  )
  if (mark.kind === 'failed') {
    return (
      <svg x={percent(mark.at)} y={TOP + 6} overflow="visible" aria-hidden="true">
        <path d="M-4 -4l8 8M4 -4l-8 8" className={styles.failed}>
          {title}
        </path>
      </svg>
    )
  }
  return (
    <circle
      cx={percent(mark.at)}
      cy={TOP + 6}
      r={mark.kind === 'unchanged' ? 3.5 : 5}
      className={mark.kind === 'unchanged' ? styles.unchanged : tierStyles[mark.tier ?? 1]}
    >
      {title}
    </circle>
  )
}
