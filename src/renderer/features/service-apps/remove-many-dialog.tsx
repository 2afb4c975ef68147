import { useState } from 'react'
import { useAsk, useToaster, useView, useViewStateStore } from '#renderer/app/context.tsx'
import { ConfirmDialog } from '#renderer/components/confirm-dialog.tsx'
import { Name } from '#renderer/components/name.tsx'
import { fullNameOf } from '#renderer/features/shared/profile-name.ts'
import { plural } from '#renderer/features/shared/words.ts'
import styles from './remove-many-dialog.module.css'
import { selectedAmong } from './selection.ts'

interface RemoveManyProps {
  readonly profileIds: readonly string[]
  readonly onClose: () => void
}

/** Asks before the stored tokens of many are deleted, and names each of them. */
export default function RemoveManyDialog({ profileIds, onClose }: RemoveManyProps) {
  const { fleet } = useView()
  const { change } = useViewStateStore()
  const ask = useAsk()
  const toaster = useToaster()
  // The names stay while they are removed.
  const [names] = useState(() =>
    selectedAmong(fleet.profiles, new Set(profileIds)).map((profile) => ({
      id: profile.id,
      words: fullNameOf(profile, fleet.profiles),
    })),
  )
  const tokens = plural(profileIds.length, 'token')
  return (
    <ConfirmDialog
      title={`Remove ${tokens}?`}
      words="Remove"
      act={() => ask('fleet.remove', { profileIds: [...profileIds] })}
      before={
        <ul className={styles.names}>
          {names.map(({ id, words }) => (
            <li key={id}>
              <Name>{words}</Name>
            </li>
          ))}
        </ul>
      }
      onDone={() => {
        change({ selected: [] })
        toaster.say({ level: 'information', text: `${tokens} removed.` })
      }}
      onClose={onClose}
    >
      Tokens are deleted here but not revoked at Webex; they work until they expire. The history stays.
    </ConfirmDialog>
  )
}
