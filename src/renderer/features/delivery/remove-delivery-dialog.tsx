import type { TargetView } from '#contract/contract.ts'
import { useAsk, useToaster } from '#renderer/app/context.tsx'
import { ConfirmDialog } from '#renderer/components/confirm-dialog.tsx'
import { shortPlaceOf, wordsOf } from './target-words.ts'

interface RemoveProps {
  readonly target: TargetView
  readonly onClose: () => void
}

/** Asks before a place gets no more tokens. */
export default function RemoveDeliveryDialog({ target, onClose }: RemoveProps) {
  const ask = useAsk()
  const toaster = useToaster()
  return (
    <ConfirmDialog
      title={`Remove delivery to ${shortPlaceOf(target)}?`}
      words="Remove"
      act={() => ask('delivery.remove', { targetId: target.id })}
      onDone={() => toaster.say({ level: 'information', text: 'Delivery removed.' })}
      onClose={onClose}
    >
      {wordsOf(target.spec).whenRemoved}
    </ConfirmDialog>
  )
}
