// Time left, as words that change on their own and as a bar.
import { countdown } from '#base/common/duration.ts'
import { useNow } from '#renderer/app/context.tsx'
import { relative } from './moments.ts'
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

interface LifeBarProps {
  readonly issuedAt: number
  readonly expiresAt: number
  /** When the next refresh is planned; its mark is where the fill will end then. */
  readonly refreshAt: number | null
}

/** The fill is the lifetime that is left; it drains to the left and is renewed when it reaches the mark. */
export function LifeBar({ issuedAt, expiresAt, refreshAt }: LifeBarProps) {
  const lifetime = Math.max(1, expiresAt - issuedAt)
  const left = useNow((now) => Math.round(share(expiresAt - now, lifetime) * 200) / 2)
  const late = useNow((now) => now > expiresAt || (refreshAt !== null && now > refreshAt + lifetime * 0.05))
  const mark = refreshAt === null ? null : share(expiresAt - refreshAt, lifetime) * 100
  return (
    <span className={late ? `${styles.bar} ${styles.late}` : styles.bar} aria-hidden="true">
      <span className={styles.left} style={{ width: `${left}%` }} />
      {mark !== null && mark > 0 && <span className={styles.mark} style={{ left: `${mark}%` }} />}
    </span>
  )
}

const share = (part: number, whole: number) => Math.min(1, Math.max(0, part / whole))
