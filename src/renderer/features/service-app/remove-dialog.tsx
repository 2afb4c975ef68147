import { useState } from 'react'
import { useAsk, useToaster, useView } from '#renderer/app/context.tsx'
import { goTo } from '#renderer/app/route.ts'
import { ConfirmDialog } from '#renderer/components/confirm-dialog.tsx'
import { fullNameOf } from '#renderer/features/shared/profile-name.ts'

interface RemoveProps {
  readonly profileId: string
  readonly onClose: () => void
}

/** Asks before the stored tokens of a service app are deleted. */
export default function RemoveDialog({ profileId, onClose }: RemoveProps) {
  const { fleet } = useView()
  const ask = useAsk()
  const toaster = useToaster()
  // Its name stays in the title while it is removed.
  const [name] = useState(() => {
    const profile = fleet.profiles.find(({ id }) => id === profileId)
    return profile === undefined ? 'service app' : fullNameOf(profile, fleet.profiles)
  })
  return (
    <ConfirmDialog
      title={`Remove ${name}?`}
      words="Remove"
      act={() => ask('profile.remove', { profileId })}
      onDone={() => {
        goTo({ screen: 'service-apps' })
        toaster.say({ level: 'information', text: `${name} removed.` })
      }}
      onClose={onClose}
    >
      Tokens are deleted here but not revoked at Webex; they work until they expire. The history stays.
    </ConfirmDialog>
  )
}
