// Why a form could not be saved, with the way to what is there already.
import type { RequestError } from '#contract/contract.ts'
import { useView } from '#renderer/app/context.tsx'
import { goTo } from '#renderer/app/route.ts'
import { Button } from '#renderer/components/button.tsx'
import { Notice } from '#renderer/components/notice.tsx'
import { TrackingId } from './copy-text.tsx'

interface RefusalProps {
  readonly error: RequestError | null
  /** Closes the form, when the person goes there. */
  readonly onLeave: () => void
}

export function RequestRefusal({ error, onLeave }: RefusalProps) {
  const { fleet } = useView()
  if (error === null) return null
  const { message, trackingId } = error
  const there = fleet.profiles.find(({ id }) => id === error.profileId)
  const open = (profileId: string) => {
    onLeave()
    goTo({ screen: 'service-app', profileId })
  }
  return (
    <Notice
      level="critical"
      alert
      action={
        there !== undefined && (
          <Button size={28} label={`Open it: ${there.name}`} onPress={() => open(there.id)}>
            Open it
          </Button>
        )
      }
    >
      <p>{message}</p>
      {trackingId !== undefined && <TrackingId id={trackingId} />}
    </Notice>
  )
}
