// Making a shared vault and joining one: the connection string goes to main and is never shown again.
import { useRef, useState } from 'react'
import type { RequestError } from '#contract/contract.ts'
import { useAsk, useToaster, useView } from '#renderer/app/context.tsx'
import { SendButtons } from '#renderer/components/button.tsx'
import { Dialog } from '#renderer/components/dialog.tsx'
import { Field } from '#renderer/components/field.tsx'
import { Form, textOf } from '#renderer/components/form.tsx'
import { Notice, Refusal } from '#renderer/components/notice.tsx'
import { fleetOf } from '#renderer/features/shared/words.ts'

interface Closing {
  readonly onClose: () => void
}

interface FormProps {
  readonly onCancel: () => void
  readonly onDone: () => void
}

/** Of this computer; null: it has none. */
function useOwnFleet(): string | null {
  const { profiles, managers } = useView().fleet
  if (profiles.length + managers.length === 0) return null
  return profiles.length === 0 ? 'the token manager' : fleetOf(profiles)
}

function DatabaseField({ remark }: { readonly remark: string | null }) {
  return (
    <Field
      label="Connection string"
      name="database"
      secret
      hint="postgresql://user:password@host/database. The connection is encrypted and the server’s certificate is checked."
      remark={remark === null ? null : { level: 'error', sentence: remark }}
    />
  )
}

const sentenceAt = (refusal: RequestError | null, field: string) =>
  refusal?.field === field ? refusal.message : null

/** What is wrong with none of the fields. */
const elsewhere = (refusal: RequestError | null) =>
  refusal === null || refusal.field === 'database' || refusal.field === 'name' ? null : refusal.message

export function MakeDialog({ onClose }: Closing) {
  const ask = useAsk()
  const toaster = useToaster()
  const form = useRef<HTMLFormElement>(null)
  const own = useOwnFleet()
  const [refusal, setRefusal] = useState<RequestError | null>(null)
  const [busy, setBusy] = useState(false)

  const make = async () => {
    if (busy) return
    setBusy(true)
    const reply = await ask('shared-vault.make', {
      database: textOf(form.current, 'database'),
      name: textOf(form.current, 'name'),
    })
    setBusy(false)
    if (!reply.ok) return setRefusal(reply.error)
    onClose()
    toaster.say({ level: 'success', text: 'Shared vault created. This computer is its first member.' })
  }
  return (
    <Dialog title="Create a shared vault" onClose={onClose}>
      <Form ref={form} onSend={() => void make()}>
        <Refusal>{elsewhere(refusal)}</Refusal>
        <p>
          You need an empty PostgreSQL database (14 or later) and a user that may create tables in it. Tokens
          and secrets are encrypted there: whoever runs the database cannot read them. Names, IDs and the
          history can be read.
        </p>
        <DatabaseField remark={sentenceAt(refusal, 'database')} />
        <Field
          label="Name of this computer"
          name="name"
          placeholder="Ada’s laptop"
          hint="Other members see it."
          remark={nameRemark(refusal)}
        />
        {own !== null && (
          <Notice level="information" title="Your data moves into the shared vault">
            The shared vault takes over {own} and the history. Deliveries stay on this computer. Consumers and
            the webhook are held until you confirm them.
          </Notice>
        )}
        <SendButtons
          words={own === null ? 'Create shared vault' : 'Create and move in'}
          busy={busy}
          busyWords={own === null ? 'Connecting …' : 'Moving …'}
          onCancel={onClose}
        />
      </Form>
    </Dialog>
  )
}

function nameRemark(refusal: RequestError | null) {
  const sentence = sentenceAt(refusal, 'name')
  return sentence === null ? null : { level: 'error' as const, sentence }
}

export function JoinDialog({ onClose }: Closing) {
  return (
    <Dialog title="Join a shared vault" onClose={onClose}>
      <JoinForm onCancel={onClose} onDone={onClose} />
    </Dialog>
  )
}

/** Also where there is no window yet for a dialog. */
export function JoinForm({ onCancel, onDone }: FormProps) {
  const ask = useAsk()
  const form = useRef<HTMLFormElement>(null)
  const own = useOwnFleet()
  const [refusal, setRefusal] = useState<RequestError | null>(null)
  const [busy, setBusy] = useState(false)

  const join = async () => {
    if (busy) return
    setBusy(true)
    const reply = await ask('shared-vault.join', { database: textOf(form.current, 'database') })
    setBusy(false)
    if (!reply.ok) return setRefusal(reply.error)
    onDone()
  }
  return (
    <Form ref={form} onSend={() => void join()}>
      <Refusal>{elsewhere(refusal)}</Refusal>
      <p>This computer then shows its public key, which another member adds.</p>
      <DatabaseField remark={sentenceAt(refusal, 'database')} />
      {own !== null && (
        <Notice level="information" title="This computer has service apps">
          If the shared vault is empty, {own} and the history move into it. If it has service apps of its own,
          this computer cannot join and nothing changes.
        </Notice>
      )}
      <SendButtons words="Join" busy={busy} busyWords="Connecting …" onCancel={onCancel} />
    </Form>
  )
}
