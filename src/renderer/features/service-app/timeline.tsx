// A profile's life as a picture: tokens as bars, refreshes as marks, what is planned right of "now".
// The table behind it is the history below, which tells the same.
import { useState } from 'react'
import type { Attempt, ProfileView } from '#contract/contract.ts'
import { useNow } from '#renderer/app/context.tsx'
import { exactly, tickWords } from '#renderer/features/shared/moments.ts'
import { outcomeWords } from '#renderer/features/shared/words.ts'
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
    <figure className="timeline">
      <fieldset className="zooms" aria-label="Zoom">
        {zooms.map(([zoom, words]) => (
          <button
            key={zoom}
            type="button"
            className="filter-pill"
            aria-pressed={zoom === length}
            onClick={() => choose(zoom)}
          >
            {words}
          </button>
        ))}
      </fieldset>
      <svg
        className="timeline-picture"
        height={HEIGHT}
        role="img"
        aria-label={`Timeline: ${layout.marks.length} refreshes in sight, ${layout.marks.filter(({ kind }) => kind === 'failed').length} of them failed. The same stands in the table below.`}
      >
        <Axis layout={layout} length={length} />
        {layout.used.map((span) => (
          <Bar key={span.from} span={span} y={TOP} className="tl-used" />
        ))}
        {layout.current !== null && <Bar span={layout.current} y={TOP} className="tl-current" />}
        {layout.refreshToken !== null && (
          <Bar span={layout.refreshToken} y={LOW} className="tl-refresh-token" />
        )}
        <line x1={percent(layout.now)} x2={percent(layout.now)} y1={8} y2={HEIGHT - 22} className="tl-now" />
        {layout.expiry !== null && (
          <line
            x1={percent(layout.expiry)}
            x2={percent(layout.expiry)}
            y1={TOP - 6}
            y2={TOP + 18}
            className="tl-expiry"
          >
            <title>The access token expires</title>
          </line>
        )}
        {layout.marks.map((mark) => (
          <MarkShape key={`${mark.when} ${mark.kind}`} mark={mark} />
        ))}
        {layout.planned !== null && (
          <circle cx={percent(layout.planned)} cy={TOP + 6} r={5} className="tl-planned">
            <title>Planned refresh</title>
          </circle>
        )}
      </svg>
      <figcaption className="legend small quiet">
        {legend.map(([className, words]) => (
          <span key={words}>
            <svg width="12" height="12" aria-hidden="true">
              {className === 'tl-failed' ? (
                <path d="M2 2l8 8M10 2l-8 8" className={className} />
              ) : className.startsWith('tl-bar') ? (
                <rect y="2" width="12" height="8" rx="2" className={className.slice(7)} />
              ) : (
                <circle cx="6" cy="6" r="4.5" className={className} />
              )}
            </svg>
            {words}
          </span>
        ))}
      </figcaption>
    </figure>
  )
}

const legend = [
  ['tl-bar tl-current', 'Access token'],
  ['tl-bar tl-refresh-token', 'Refresh token'],
  ['tl-tier-1', 'Renewed by tier 1'],
  ['tl-tier-2', 'by tier 2'],
  ['tl-tier-3', 'by tier 3'],
  ['tl-failed', 'Failed'],
  ['tl-planned', 'Planned'],
] as const

function Axis({ layout, length }: { readonly layout: TimelineLayout; readonly length: number }) {
  return (
    <g>
      <line x1="0" x2="100%" y1={HEIGHT - 22} y2={HEIGHT - 22} className="tl-axis" />
      {layout.ticks.map(({ at, when }) => (
        <text key={at} x={percent(at)} y={HEIGHT - 6} textAnchor="middle" className="tl-tick">
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
  readonly className: string
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
  const title = (
    <title>
      {outcomeWords[mark.kind]}
      {mark.tier === null ? '' : ` by tier ${mark.tier}`}, {exactly(mark.when)}
    </title>
  )
  if (mark.kind === 'failed') {
    return (
      <svg x={percent(mark.at)} y={TOP + 6} overflow="visible" aria-hidden="true">
        <path d="M-4 -4l8 8M4 -4l-8 8" className="tl-failed">
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
      className={mark.kind === 'unchanged' ? 'tl-unchanged' : `tl-tier-${mark.tier ?? 1}`}
    >
      {title}
    </circle>
  )
}
