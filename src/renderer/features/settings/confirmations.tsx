// Asks before a consumer is revoked or the signing secret of the webhook is renewed.
import { isolated } from '#base/common/display-text.ts'
import type { ConsumerView } from '#contract/contract.ts'
import { useAsk, useToaster } from '#renderer/app/context.tsx'
import { ConfirmDialog } from '#renderer/components/confirm-dialog.tsx'
import { visible } from '#renderer/features/shared/words.ts'

interface RevokeProps {
  readonly consumer: ConsumerView
  readonly onClose: () => void
}

/** Asks before a program gets no more tokens. */
export function RevokeDialog({ consumer, onClose }: RevokeProps) {
  const ask = useAsk()
  const toaster = useToaster()
  const { id } = consumer
  const name = isolated(visible(consumer.name))
  return (
    <ConfirmDialog
      title={`Revoke ${name}?`}
      words="Revoke"
      act={() => ask('endpoint.revoke', { consumerId: id })}
      onDone={() => toaster.say({ level: 'information', text: `${name} is revoked.` })}
      onClose={onClose}
    >
      Its secret is refused from now on. A token it got before lives until it expires.
    </ConfirmDialog>
  )
}

/** Asks before whoever checks the signatures needs another secret. */
export function RenewSecretDialog({ onClose }: { readonly onClose: () => void }) {
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
