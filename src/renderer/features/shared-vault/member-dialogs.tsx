// Adds and removes a member of the shared vault, and leaves it.
import { useRef, useState } from 'react'
import { isolated } from '#base/common/display-text.ts'
import type { RequestError } from '#contract/contract.ts'
import { useAsk, useToaster } from '#renderer/app/context.tsx'
import { SendButtons } from '#renderer/components/button.tsx'
import { ConfirmDialog } from '#renderer/components/confirm-dialog.tsx'
import { Dialog } from '#renderer/components/dialog.tsx'
import { Field } from '#renderer/components/field.tsx'
import { Form, textOf } from '#renderer/components/form.tsx'
import { Notice, Refusal } from '#renderer/components/notice.tsx'
import { visible } from '#renderer/features/shared/words.ts'
import type { MemberView } from './members.tsx'

interface Closing {
  readonly onClose: () => void
}

export function AddMemberDialog({ onClose }: Closing) {
  const ask = useAsk()
  const toaster = useToaster()
  const form = useRef<HTMLFormElement>(null)
  const [refusal, setRefusal] = useState<RequestError | null>(null)
  const [busy, setBusy] = useState(false)

  const add = async () => {
    if (busy) return
    const name = textOf(form.current, 'name')
    setBusy(true)
    const reply = await ask('shared-vault.add-member', { name, recipient: textOf(form.current, 'recipient') })
    setBusy(false)
    if (!reply.ok) return setRefusal(reply.error)
    onClose()
    toaster.say({ level: 'success', text: `${isolated(visible(name))} added.` })
  }
  const at = (field: string) =>
    refusal?.field === field ? ({ level: 'error', sentence: refusal.message } as const) : null
  return (
    <Dialog title="Add member" onClose={onClose}>
      <Form ref={form} onSend={() => void add()}>
        <Refusal>{refusal !== null && refusal.field === undefined ? refusal.message : null}</Refusal>
        <Field label="Name of the member" name="name" placeholder="server 1" remark={at('name')} />
        <Field
          label="Public key"
          name="recipient"
          mono
          placeholder="age1…"
          hint="Shown on the computer that joins, and by satm vault join."
          remark={at('recipient')}
        />
        <Notice level="warning" title="Is it the right key?">
          Compare it over a different channel. Its owner can read and change everything in the shared vault.
        </Notice>
        <SendButtons words="Add" busy={busy} onCancel={onClose} />
      </Form>
    </Dialog>
  )
}

export function RemoveMemberDialog({ member, onClose }: Closing & { readonly member: MemberView }) {
  const ask = useAsk()
  const toaster = useToaster()
  const name = isolated(visible(member.name))
  return (
    <ConfirmDialog
      title={`Remove ${name}?`}
      words="Remove"
      act={() => ask('shared-vault.remove-member', { recipient: member.recipient })}
      onDone={() =>
        toaster.say({ level: 'success', text: `${name} removed. Everything is encrypted with a new key.` })
      }
      onClose={onClose}
    >
      The data key is replaced, so it cannot read anything stored from now on. It may have kept what it read
      before: also change the password of its database user, and refresh all tokens.
    </ConfirmDialog>
  )
}

export function LeaveDialog({ onClose }: Closing) {
  const ask = useAsk()
  return (
    <ConfirmDialog
      title="Leave the shared vault?"
      words="Leave"
      act={() => ask('shared-vault.leave', {})}
      onDone={() => undefined}
      onClose={onClose}
    >
      Nothing is moved: the service apps stay in the shared vault, where the other members renew them. The
      connection and this computer’s key are deleted here, and the copy on this computer is no longer renewed,
      delivered or given out. Afterwards you can join again or restore a backup. Have another member remove
      this computer.
    </ConfirmDialog>
  )
}
