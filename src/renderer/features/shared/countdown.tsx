import { countdown } from '#base/common/duration.ts'
import { useNow } from '#renderer/app/context.tsx'
import { relative } from './moments.ts'

/** The time left until `until` (epoch ms). Not announced: a screen reader would otherwise speak every second. */
export function Countdown({ until, label }: { readonly until: number; readonly label: string }) {
  const words = useNow((now) => (until > now ? countdown(until - now) : 'expired'))
  return (
    <span role="timer" aria-live="off" aria-label={label} className="countdown figures">
      {words}
    </span>
  )
}

/** "3 h ago", "in 2 d"; changes by itself. */
export function Relative({ at }: { readonly at: number }) {
  return <span className="figures">{useNow((now) => relative(at, now))}</span>
}
