// Time left, as words that change on their own and as a bar.
import { countdown } from '#base/common/duration.ts'
import type { ProfileState, ProfileView } from '#contract/contract.ts'
import { useNow } from '#renderer/app/context.tsx'
import { type UnattendedWords, unattendedWords } from './explain.ts'
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

/** "Dec 12, 2026, 3:04 PM"; the seconds in the tooltip. */
export function DateAndTime({ at }: { readonly at: number }) {
  const { dateOf, exactly } = useMoments()
  return (
    <span className="figures" title={exactly(at)}>
      {dateOf(at, at)}
    </span>
  )
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
  /** Of the profile whose token it is: what needs somebody does not look well, nor over while it lasts. */
  readonly state?: ProfileState
}

/** Share of the lifetime that is left when it becomes urgent. */
const URGENT = 0.1

/** The fill is the lifetime that is left; it drains to the left and is renewed when it reaches the mark. */
export function LifeBar({ issuedAt, expiresAt, refreshAt, state = 'healthy' }: LifeBarProps) {
  const lifetime = Math.max(1, expiresAt - issuedAt)
  const left = useNow((now) => Math.round(share(expiresAt - now, lifetime) * 200) / 2)
  const tone = useNow((now) => {
    const isUrgent = expiresAt - now < lifetime * URGENT
    if (now >= expiresAt || (state === 'needs-attention' && isUrgent)) return 'bad'
    if (state === 'paused') return 'idle'
    const isLate = refreshAt !== null && now > refreshAt + lifetime * 0.05
    return isUrgent || isLate || state === 'retrying' || state === 'needs-attention' ? 'caution' : 'good'
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

/** In place of the time left of an access token that Webex is known to reject. */
export function Rejected({ at }: { readonly at: number }) {
  const { exactly } = useMoments()
  return (
    <span className="bad-words" title={`Webex rejected this token at ${exactly(at)}`}>
      Rejected (401)
    </span>
  )
}

/** For how long it can be left alone; changes when its token expires. */
export function useUnattended(profile: ProfileView): UnattendedWords {
  const ends = profile.accessToken?.expiresAt ?? Number.POSITIVE_INFINITY
  return unattendedWords(
    profile,
    useNow((now) => ends <= now),
  )
}
