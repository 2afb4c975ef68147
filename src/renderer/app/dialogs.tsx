// The dialog that is open. The code of each is loaded when it is first wanted.
import { lazy, type ReactNode, Suspense } from 'react'
import { type DialogRequest, useDialogs } from './dialog-context.tsx'

const confirmations = () => import('#renderer/features/settings/confirmations.tsx')
const sharedVaultForms = () => import('#renderer/features/shared-vault/begin-forms.tsx')
const memberDialogs = () => import('#renderer/features/shared-vault/member-dialogs.tsx')
const PaletteDialog = lazy(() => import('#renderer/features/command-palette/palette-dialog.tsx'))
const KeysDialog = lazy(() => import('#renderer/features/shell/keys-dialog.tsx'))
const ConnectDialog = lazy(() => import('#renderer/features/connect/connect-dialog.tsx'))
const AddDialog = lazy(() => import('#renderer/features/add-service-app/add-dialog.tsx'))
const EditDialog = lazy(() => import('#renderer/features/add-service-app/edit-dialog.tsx'))
const RepairDialog = lazy(() => import('#renderer/features/vault/repair-dialog.tsx'))
const ImportDialog = lazy(() => import('#renderer/features/import/import-dialog.tsx'))
const PassphraseDialog = lazy(() => import('#renderer/features/vault/passphrase-dialog.tsx'))
const BackupDialog = lazy(() => import('#renderer/features/vault/backup-dialog.tsx'))
const CopiesDialog = lazy(() => import('#renderer/features/vault/copies-dialog.tsx'))
const RestoreDialog = lazy(() => import('#renderer/features/vault/restore-dialog.tsx'))
const DeleteDataDialog = lazy(() => import('#renderer/features/vault/delete-data-dialog.tsx'))
const DeliveryDialog = lazy(() => import('#renderer/features/delivery/delivery-dialog.tsx'))
const RemoveDeliveryDialog = lazy(() => import('#renderer/features/delivery/remove-delivery-dialog.tsx'))
const fleetCustomers = () => import('#renderer/features/delivery/fleet-customers-dialog.tsx')
const FleetCustomersDialog = lazy(fleetCustomers)
const RemoveFleetDialog = lazy(async () => ({ default: (await fleetCustomers()).RemoveFleetDialog }))
const FleetDialog = lazy(() => import('#renderer/features/delivery/fleet-dialog.tsx'))
const ConsumerDialog = lazy(() => import('#renderer/features/settings/consumer-dialog.tsx'))
const RevokeDialog = lazy(async () => ({ default: (await confirmations()).RevokeDialog }))
const RenewSecretDialog = lazy(async () => ({ default: (await confirmations()).RenewSecretDialog }))
const RemoveWebhookDialog = lazy(async () => ({ default: (await confirmations()).RemoveWebhookDialog }))
const RemoveSignInDialog = lazy(async () => ({ default: (await confirmations()).RemoveSignInDialog }))
const DisconnectDialog = lazy(async () => ({ default: (await confirmations()).DisconnectDialog }))
const CloudDialog = lazy(() => import('#renderer/features/settings/cloud-dialog.tsx'))
const ProxyDialog = lazy(() => import('#renderer/features/settings/proxy-dialog.tsx'))
const OtherCopyDialog = lazy(() => import('#renderer/features/service-apps/other-copy-dialog.tsx'))
const DrillDialog = lazy(() => import('#renderer/features/service-app/drill-dialog.tsx'))
const RehearseDialog = lazy(() => import('#renderer/features/overview/rehearse-dialog.tsx'))
const RemoveManyDialog = lazy(() => import('#renderer/features/service-apps/remove-many-dialog.tsx'))
const ReplaceDialog = lazy(() => import('#renderer/features/problems/replace-dialog.tsx'))
const SnoozeDialog = lazy(() => import('#renderer/features/problems/snooze-dialog.tsx'))
const RemoveDialog = lazy(() => import('#renderer/features/service-app/remove-dialog.tsx'))
const MakeDialog = lazy(async () => ({ default: (await sharedVaultForms()).MakeDialog }))
const JoinDialog = lazy(async () => ({ default: (await sharedVaultForms()).JoinDialog }))
const AddMemberDialog = lazy(async () => ({ default: (await memberDialogs()).AddMemberDialog }))
const RemoveMemberDialog = lazy(async () => ({ default: (await memberDialogs()).RemoveMemberDialog }))
const LeaveDialog = lazy(async () => ({ default: (await memberDialogs()).LeaveDialog }))

export function OpenDialog() {
  const { current, close } = useDialogs()
  if (current === null) return null
  return <Suspense fallback={null}>{drawn(current, close)}</Suspense>
}

function drawn(request: DialogRequest, close: () => void): ReactNode {
  switch (request.kind) {
    case 'connect':
      return <ConnectDialog managerId={request.managerId} onClose={close} />
    case 'paste-personal-token':
      return <ConnectDialog managerId={null} begins="personal-token" onClose={close} />
    case 'end-other-copy':
      return <OtherCopyDialog onClose={close} />
    case 'add':
      return <AddDialog key={request.likeProfileId} likeProfileId={request.likeProfileId} onClose={close} />
    case 'edit':
      return <EditDialog profileId={request.profileId} field={request.field} onClose={close} />
    case 'drill':
      return <DrillDialog profileId={request.profileId} onClose={close} />
    case 'replace-secret':
      return <ReplaceDialog field="clientSecret" profileId={request.profileId} onClose={close} />
    case 'replace-app-id':
      return <ReplaceDialog field="appId" profileId={request.profileId} onClose={close} />
    case 'snooze':
      return <SnoozeDialog incidentKey={request.key} onClose={close} />
    case 'remove':
      return <RemoveDialog profileId={request.profileId} onClose={close} />
    case 'repair':
      return <RepairDialog table={request.table} id={request.id} onClose={close} />
    case 'import':
      return <ImportDialog read={request.dryRun ?? null} onClose={close} />
    case 'passphrase':
      return <PassphraseDialog change={request.change} onClose={close} />
    case 'backup':
    case 'move':
      return <BackupDialog isMove={request.kind === 'move'} onClose={close} />
    case 'copies':
      return <CopiesDialog onClose={close} />
    case 'restore':
      return <RestoreDialog onClose={close} />
    case 'delete-data':
      return <DeleteDataDialog onClose={close} />
    case 'add-delivery':
      return <DeliveryDialog profileId={request.profileId} target={null} onClose={close} />
    case 'edit-delivery':
      return <DeliveryDialog profileId={request.target.profileId} target={request.target} onClose={close} />
    case 'remove-delivery':
      return <RemoveDeliveryDialog target={request.target} onClose={close} />
    case 'add-fleet-delivery':
      return <FleetDialog delivery={null} forAppId={request.appId} onClose={close} />
    case 'edit-fleet-delivery':
      return <FleetDialog delivery={request.delivery} onClose={close} />
    case 'remove-fleet-delivery':
      return <RemoveFleetDialog delivery={request.delivery} onClose={close} />
    case 'fleet-customers':
      return <FleetCustomersDialog delivery={request.delivery} onClose={close} />
    case 'add-consumer':
      return <ConsumerDialog onClose={close} />
    case 'revoke-consumer':
      return <RevokeDialog consumer={request.consumer} onClose={close} />
    case 'renew-webhook-secret':
      return <RenewSecretDialog onClose={close} />
    case 'remove-webhook':
      return <RemoveWebhookDialog onClose={close} />
    case 'disconnect':
      return <DisconnectDialog manager={request.manager} onClose={close} />
    case 'change-cloud':
      return <CloudDialog onClose={close} />
    case 'change-proxy':
      return <ProxyDialog atSignIn={request.atSignIn} onClose={close} />
    case 'remove-sign-in':
      return <RemoveSignInDialog proxy={request.proxy} onClose={close} />
    case 'make-shared-vault':
      return <MakeDialog onClose={close} />
    case 'join-shared-vault':
      return <JoinDialog onClose={close} />
    case 'add-member':
      return <AddMemberDialog onClose={close} />
    case 'remove-member':
      return <RemoveMemberDialog member={request.member} onClose={close} />
    case 'leave-shared-vault':
      return <LeaveDialog onClose={close} />
    case 'rehearse':
      return <RehearseDialog onClose={close} />
    case 'remove-many':
      return <RemoveManyDialog profileIds={request.profileIds} onClose={close} />
    case 'keys':
      return <KeysDialog onClose={close} />
    case 'palette':
      return <PaletteDialog onClose={close} />
  }
}
