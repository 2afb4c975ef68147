import { useAsk, useToaster } from '#renderer/app/context.tsx'
import { ConfirmDialog } from '#renderer/components/confirm-dialog.tsx'

/** Asks before whoever checks the signatures needs another secret. */
export default function RenewSecretDialog({ onClose }: { readonly onClose: () => void }) {
  const ask = useAsk()
  const toaster = useToaster()
  return (
    <ConfirmDialog
      title="Renew the signing secret?"
      words="Renew"
      act={() => ask('webhook.renew-secret', {})}
      onDone={() => toaster.say({ level: 'success', text: 'The new signing secret is on the clipboard.' })}
      onClose={onClose}
    >
      The old one signs nothing any more: whoever checks the signatures needs the new one. It is put on the
      clipboard.
    </ConfirmDialog>
  )
}
