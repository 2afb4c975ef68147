// Waiting to be added: this computer's public key, and what another member does with it.
import type { SharedVaultView } from '#contract/contract.ts'
import { useAsk, useToaster } from '#renderer/app/context.tsx'
import { Button, FormButtons } from '#renderer/components/button.tsx'
import { Notice } from '#renderer/components/notice.tsx'
import { PublicKey } from './public-key.tsx'

export function Waiting({ view }: { readonly view: Extract<SharedVaultView, { kind: 'waiting' }> }) {
  const ask = useAsk()
  const toaster = useToaster()
  const { recipient, problem } = view
  const cancel = async () => {
    const reply = await ask('shared-vault.cancel', {})
    toaster.tell(reply, 'Canceled.')
  }
  const tryAgain = async () => {
    const reply = await ask('shared-vault.go-on', {})
    toaster.tell(reply, 'Joined the shared vault.')
  }
  return (
    <>
      <p role="status">
        <strong>Waiting to be added.</strong> On a member: <em>Settings → Shared vault → Add member</em>, or{' '}
        <code>satm vault add-member NAME KEY</code>. Compare the key over a different channel: its owner can
        read everything. This computer joins as soon as it is added.
      </p>
      <PublicKey recipient={recipient} />
      {problem !== null && <Notice level="warning">{problem}</Notice>}
      <FormButtons>
        {problem !== null && <Button onPress={() => void tryAgain()}>Try again</Button>}
        <Button onPress={() => void cancel()}>Cancel joining</Button>
      </FormButtons>
    </>
  )
}
