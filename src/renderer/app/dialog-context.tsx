// Which dialog is open: one at a time, opened from anywhere by what it is about.
import { createContext, type ReactNode, useContext, useMemo, useState } from 'react'
import type {
  ConsumerView,
  FleetDeliveryView,
  ImportDryRun,
  ManagerView,
  RecordTable,
  SharedVaultMembers,
  TargetView,
} from '#contract/contract.ts'

export type DialogRequest =
  | { readonly kind: 'connect'; readonly managerId: string | null }
  | { readonly kind: 'paste-personal-token' }
  | { readonly kind: 'end-other-copy' }
  /** `likeProfileId`: the same service app in another org. */
  | { readonly kind: 'add'; readonly likeProfileId: string | null }
  | { readonly kind: 'edit'; readonly profileId: string; readonly field: string | null }
  /** Of the profile's service app, for all its customers. */
  | { readonly kind: 'replace-secret' | 'replace-app-id'; readonly profileId: string }
  /** Until a date. `key`: of the incident. */
  | { readonly kind: 'snooze'; readonly key: string }
  | { readonly kind: 'remove'; readonly profileId: string }
  /** Test of all tiers. */
  | { readonly kind: 'drill'; readonly profileId: string }
  | { readonly kind: 'remove-many'; readonly profileIds: readonly string[] }
  /** A stored record that cannot be read. */
  | { readonly kind: 'repair'; readonly table: RecordTable; readonly id: string }
  /** `dryRun`: of what was read already. */
  | { readonly kind: 'import'; readonly dryRun?: ImportDryRun }
  | { readonly kind: 'passphrase'; readonly change: 'set' | 'change' | 'remove' }
  | { readonly kind: 'backup' | 'move' }
  | { readonly kind: 'copies' }
  | { readonly kind: 'restore' }
  | { readonly kind: 'delete-data' }
  | { readonly kind: 'add-delivery'; readonly profileId: string }
  | { readonly kind: 'edit-delivery'; readonly target: TargetView }
  | { readonly kind: 'remove-delivery'; readonly target: TargetView }
  | { readonly kind: 'add-fleet-delivery'; readonly appId: string | null }
  | { readonly kind: 'edit-fleet-delivery'; readonly delivery: FleetDeliveryView }
  | { readonly kind: 'remove-fleet-delivery'; readonly delivery: FleetDeliveryView }
  | { readonly kind: 'fleet-customers'; readonly delivery: FleetDeliveryView }
  | { readonly kind: 'add-consumer' }
  | { readonly kind: 'revoke-consumer'; readonly consumer: ConsumerView }
  | { readonly kind: 'renew-webhook-secret' }
  | { readonly kind: 'remove-webhook' }
  | { readonly kind: 'disconnect'; readonly manager: ManagerView }
  | { readonly kind: 'change-cloud' }
  /** `atSignIn`: the focus goes to user name or password. */
  | { readonly kind: 'change-proxy'; readonly atSignIn: boolean }
  | { readonly kind: 'remove-sign-in'; readonly proxy: string }
  | { readonly kind: 'make-shared-vault' | 'join-shared-vault' | 'add-member' | 'leave-shared-vault' }
  | { readonly kind: 'remove-member'; readonly member: SharedVaultMembers['members'][number] }
  | { readonly kind: 'rehearse' }
  | { readonly kind: 'palette' }
  /** The keyboard shortcuts. */
  | { readonly kind: 'keys' }

interface Dialogs {
  readonly current: DialogRequest | null
  readonly open: (request: DialogRequest) => void
  readonly close: () => void
}

const DialogsContext = createContext<Dialogs | null>(null)

export function DialogsProvider({ children }: { readonly children: ReactNode }) {
  const [current, setCurrent] = useState<DialogRequest | null>(null)
  const dialogs = useMemo(() => ({ current, open: setCurrent, close: () => setCurrent(null) }), [current])
  return <DialogsContext value={dialogs}>{children}</DialogsContext>
}

export function useDialogs(): Dialogs {
  const dialogs = useContext(DialogsContext)
  if (dialogs === null) throw new Error('A screen was drawn outside <DialogsProvider>')
  return dialogs
}
