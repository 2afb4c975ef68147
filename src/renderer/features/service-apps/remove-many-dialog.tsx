import { useState } from 'react'
import { commonName } from '#base/common/common-name.ts'
import { isolated } from '#base/common/display-text.ts'
import type { ProfileView } from '#contract/contract.ts'
import { useAsk, useToaster, useView, useViewStateStore } from '#renderer/app/context.tsx'
import { ConfirmDialog } from '#renderer/components/confirm-dialog.tsx'
import { Name } from '#renderer/components/name.tsx'
import { fullNameOf } from '#renderer/features/shared/profile-name.ts'
import { fleetOf, plural } from '#renderer/features/shared/words.ts'
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
  const [{ whom, names }] = useState(() => {
    const profiles = selectedAmong(fleet.profiles, new Set(profileIds))
    const words = (profile: ProfileView) => fullNameOf(profile, fleet.profiles)
    return { whom: whomOf(profiles), names: profiles.map((one) => ({ id: one.id, words: words(one) })) }
  })
  return (
    <ConfirmDialog
      title={`Remove ${whom}?`}
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
        toaster.say({ level: 'information', text: `Removed: ${whom}.` })
      }}
      onClose={onClose}
    >
      Tokens are deleted here but not revoked at Webex; they work until they expire. The history stays.
    </ConfirmDialog>
  )
}

/** "Contact sync for 40 customers", "3 service apps for 12 customers". */
function whomOf(profiles: readonly ProfileView[]): string {
  const isOneApp = new Set(profiles.map(({ appId }) => appId)).size === 1
  if (!isOneApp) return fleetOf(profiles)
  const customers = new Set(profiles.map(({ targetOrgId }) => targetOrgId)).size
  return `${isolated(commonName(profiles.map(({ name }) => name)))} for ${plural(customers, 'customer')}`
}
