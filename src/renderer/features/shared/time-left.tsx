// Time left, as words that change on their own and as a bar.
import { countdown } from '#base/common/duration.ts'
import type { ProfileState } from '#contract/contract.ts'
import { useNow } from '#renderer/app/context.tsx'
import { relative, useMoments } from './moments.ts'
import styles from './time-left.module.css'

/** The time left until `until` (epoch ms). Not announced: a screen reader would otherwise speak every second. */
export function Countdown({ until, label }: { readonly until: number; readonly label: string }) {
  const words = useNow((now) => (until > now ? countdown(until - now) : 'expired'))
  return (
    <span role="timer" aria-live="off" aria-label={label} className="figures">
      {words}
    </span>
  )
}

/** "3 h ago", "in 2 d"; changes with the clock. */
export function Relative({ at }: { readonly at: number }) {
  return <span className="figures">{useNow((now) => relative(at, now))}</span>
}

/** "Dec 12"; date and time to the second in the tooltip. */
export function ShortDate({ at }: { readonly at: number }) {
  const { dayWords, exactly } = useMoments()
  return (
    <span className="figures" title={exactly(at)}>
      {dayWords(at)}
    </span>
  )
}

interface LifeBarProps {
  readonly issuedAt: number
  readonly expiresAt: number
  /** When the next refresh is planned; its mark is where the fill will end then. */
  readonly refreshAt: number | null
  /** Of the profile whose token it is: what needs somebody does not look well, however long it lasts. */
  readonly state?: ProfileState
}

/** Share of the lifetime that is left when it becomes urgent. */
const URGENT = 0.1

/** The fill is the lifetime that is left; it drains to the left and is renewed when it reaches the mark. */
export function LifeBar({ issuedAt, expiresAt, refreshAt, state = 'healthy' }: LifeBarProps) {
  const lifetime = Math.max(1, expiresAt - issuedAt)
  const left = useNow((now) => Math.round(share(expiresAt - now, lifetime) * 200) / 2)
  const tone = useNow((now) => {
    if (state === 'needs-attention' || state === 'expired' || now >= expiresAt) return 'bad'
    if (state === 'paused') return 'idle'
    const isLate = refreshAt !== null && now > refreshAt + lifetime * 0.05
    return state === 'retrying' || isLate || expiresAt - now < lifetime * URGENT ? 'caution' : 'good'
  })
  const mark = refreshAt === null ? null : share(expiresAt - refreshAt, lifetime) * 100
  return (
    <span className={styles.bar} data-tone={tone} aria-hidden="true">
      <span className={styles.left} style={{ width: `${left}%` }} />
      {mark !== null && mark > 0 && <span className={styles.mark} style={{ left: `${mark}%` }} />}
    </span>
  )
}

const share = (part: number, whole: number) => Math.min(1, Math.max(0, part / whole))
