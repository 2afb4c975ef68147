// Asks before what Undo cannot bring back: a revoked consumer, a renewed signing secret, a removed webhook or sign-in, a
// disconnected token manager.
import { isolated } from '#base/common/display-text.ts'
import type { ConsumerView, ManagerView } from '#contract/contract.ts'
import { useAsk, useToaster } from '#renderer/app/context.tsx'
import { ConfirmDialog } from '#renderer/components/confirm-dialog.tsx'
import { visible } from '#renderer/features/shared/words.ts'

interface Closing {
  readonly onClose: () => void
}

/** Asks before a program gets no more tokens. */
export function RevokeDialog({ consumer, onClose }: Closing & { readonly consumer: ConsumerView }) {
  const ask = useAsk()
  const toaster = useToaster()
  const { id } = consumer
  const name = isolated(visible(consumer.name))
  return (
    <ConfirmDialog
      title={`Revoke ${name}?`}
      words="Revoke"
      act={() => ask('endpoint.revoke', { consumerId: id })}
      onDone={() => toaster.say({ level: 'information', text: `${name} revoked.` })}
      onClose={onClose}
    >
      Its secret is rejected from now on. Tokens it already has work until they expire.
    </ConfirmDialog>
  )
}

/** Asks before whoever checks the signatures needs another secret. */
export function RenewSecretDialog({ onClose }: Closing) {
  const ask = useAsk()
  const toaster = useToaster()
  return (
    <ConfirmDialog
      title="Renew the signing secret?"
      words="Renew"
      act={() => ask('webhook.renew-secret', {})}
      onDone={() => toaster.say({ level: 'success', text: 'New signing secret copied.' })}
      onClose={onClose}
    >
      The new secret signs all messages from now on and is copied to the clipboard. Set it at the receiver.
    </ConfirmDialog>
  )
}

/** Asks before a webhook that came with a backup is gone with its signing secret. */
export function RemoveWebhookDialog({ onClose }: Closing) {
  const ask = useAsk()
  const toaster = useToaster()
  return (
    <ConfirmDialog
      title="Remove the webhook?"
      words="Remove"
      act={() => ask('webhook.save', { url: null })}
      onDone={() => toaster.say({ level: 'information', text: 'Webhook removed.' })}
      onClose={onClose}
    >
      Its address is deleted here. The backup still contains it.
    </ConfirmDialog>
  )
}

/** Asks before the password for a proxy is gone. */
export function RemoveSignInDialog({ proxy, onClose }: Closing & { readonly proxy: string }) {
  const ask = useAsk()
  const toaster = useToaster()
  return (
    <ConfirmDialog
      title="Remove the proxy sign-in?"
      words="Remove"
      act={() => ask('proxy.forget-sign-in', {})}
      onDone={() => toaster.say({ level: 'information', text: 'Proxy sign-in removed.' })}
      onClose={onClose}
    >
      User name and password for {proxy} are deleted here. If the proxy requires a sign-in, no token can be
      renewed until you enter them again.
    </ConfirmDialog>
  )
}

/** Asks before the credentials of a token manager are gone. */
export function DisconnectDialog({ manager, onClose }: Closing & { readonly manager: ManagerView }) {
  const ask = useAsk()
  const toaster = useToaster()
  const name = isolated(manager.name)
  return (
    <ConfirmDialog
      title={`Disconnect ${name}?`}
      words="Disconnect"
      act={() => ask('manager.remove', { managerId: manager.id })}
      onDone={() => toaster.say({ level: 'information', text: `${name} disconnected.` })}
      onClose={onClose}
    >
      Its credentials are deleted here but not revoked at Webex. Service apps that use it then use the default
      token manager; where no other one is connected, they can only be renewed with their own refresh tokens.
    </ConfirmDialog>
  )
}
