// Restores a backup over the open list.

import { useToaster, useView } from '#renderer/app/context.tsx'
import { goTo } from '#renderer/app/route.ts'
import { Dialog } from '#renderer/components/dialog.tsx'
import { fleetOf, fleetWords } from '#renderer/features/shared/words.ts'
import { RestoreSteps } from './restore-steps.tsx'

export default function RestoreDialog({ onClose }: { readonly onClose: () => void }) {
  const { fleet } = useView()
  const toaster = useToaster()
  const isEmpty = fleet.profiles.length + fleet.managers.length === 0
  return (
    <Dialog title="Restore a backup" onClose={onClose}>
      <RestoreSteps
        replaces={
          isEmpty
            ? 'Nothing is replaced: no service apps are stored here yet.'
            : `The ${fleetOf(fleet.profiles)} stored here will be replaced. A copy is kept in the data folder.`
        }
        onCancel={onClose}
        onRestored={({ serviceApps, customers, acting }, kept) => {
          onClose()
          goTo({ screen: 'service-apps' })
          const where = kept === null ? '' : ` The previous data is kept: ${kept}`
          const held = acting.filter((one) => one.held).length
          toaster.say({
            level: 'success',
            text: `${fleetWords(serviceApps, customers)} restored.${held === 0 ? '' : ` Held until you confirm: ${held}.`}${where}`,
          })
        }}
      />
    </Dialog>
  )
}
