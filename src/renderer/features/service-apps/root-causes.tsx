// Trouble by its cause: one line for one dead integration, however many profiles it hit.
import { useCallback, useState, useSyncExternalStore } from 'react'
import type { RootCause } from '#contract/contract.ts'
import { useView } from '#renderer/app/context.tsx'
import { Button } from '#renderer/components/button.tsx'
import { Notice } from '#renderer/components/notice.tsx'
import { FixButton } from '#renderer/features/shared/actions.tsx'
import { TrackingId } from '#renderer/features/shared/copy-text.tsx'
import { plural } from '#renderer/features/shared/words.ts'
import styles from './root-causes.module.css'

/** A low window keeps its height for the list. */
const LOW = '(height < 45rem)'
const urgency = { critical: 0, warning: 1, information: 2 } as const

/** `unfolded`: all of them to begin with, where there is room. */
export function RootCauses({ unfolded }: { readonly unfolded: boolean }) {
  const { fleet } = useView()
  const low = useMedia(LOW)
  const [all, showAll] = useState(unfolded && !low)
  const few = low ? 1 : 2
  const causes = [...fleet.rootCauses].sort(
    (a, b) => urgency[a.level] - urgency[b.level] || a.since - b.since,
  )
  const shown = all ? causes : causes.slice(0, few)
  if (causes.length === 0) return null
  return (
    <section
      className={all ? `${styles.causes} ${styles.all}` : styles.causes}
      aria-label="What needs someone"
    >
      {shown.map((cause) => (
        <Cause key={cause.key} cause={cause} />
      ))}
      {causes.length > few && (
        <Button kind="quiet" size={24} onPress={() => showAll(!all)}>
          {all ? 'Show fewer' : `Show ${plural(causes.length - few, 'more cause', 'more causes')}`}
        </Button>
      )}
    </section>
  )
}

function Cause({ cause }: { readonly cause: RootCause }) {
  const affected = cause.profileIds.length
  const saysHowMany = cause.key.startsWith('unreadable-')
  return (
    <Notice
      level={cause.level}
      title={
        affected > 1 && !saysHowMany ? `${cause.title} (affects ${affected.toLocaleString()})` : cause.title
      }
      action={cause.fix !== null && <FixButton fix={cause.fix} />}
    >
      <p>{cause.sentence}</p>
      {cause.trackingId !== null && <TrackingId id={cause.trackingId} />}
    </Notice>
  )
}

/** Whether a media query fits now. */
function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (listener: () => void) => {
      const list = window.matchMedia(query)
      list.addEventListener('change', listener)
      return () => list.removeEventListener('change', listener)
    },
    [query],
  )
  return useSyncExternalStore(subscribe, () => window.matchMedia(query).matches)
}
