// Adds a delivery target, or changes one.
import type { TargetView } from '#contract/contract.ts'
import { useView } from '#renderer/app/context.tsx'
import { Dialog } from '#renderer/components/dialog.tsx'
import { Name } from '#renderer/components/name.tsx'
import { nameWithOrg } from '#renderer/features/shared/words.ts'
import { TargetForms } from './target-forms.tsx'
import { useSaveTarget } from './use-save-target.ts'

interface DeliveryDialogProps {
  readonly profileId: string
  /** null: a new one. */
  readonly target: TargetView | null
  readonly onClose: () => void
}

export default function DeliveryDialog({ profileId, target, onClose }: DeliveryDialogProps) {
  const { fleet } = useView()
  const saving = useSaveTarget(profileId, target?.id ?? null, onClose)
  const profile = fleet.profiles.find(({ id }) => id === profileId)
  const name = profile === undefined ? 'the service app' : nameWithOrg(profile)
  return (
    <Dialog title={target === null ? 'Add delivery' : 'Edit delivery'} onClose={onClose}>
      <TargetForms
        legend={
          <>
            Deliver new tokens of <Name>{name}</Name> to
          </>
        }
        initial={target?.spec ?? null}
        targetId={target?.id ?? null}
        template={null}
        saving={saving}
        saveWords={target === null ? 'Add and deliver' : 'Save and deliver'}
        onClose={onClose}
      />
    </Dialog>
  )
}
