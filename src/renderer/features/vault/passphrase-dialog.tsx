// Sets, changes or removes the passphrase.
import { useState } from 'react'
import type { RequestError } from '#contract/contract.ts'
import { useAsk, useToaster, useView } from '#renderer/app/context.tsx'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import { SendButtons } from '#renderer/components/button.tsx'
import { Dialog } from '#renderer/components/dialog.tsx'
import { Form } from '#renderer/components/form.tsx'
import layout from '#renderer/components/layout.module.css'
import { Refusal } from '#renderer/components/notice.tsx'
import { useNewPassphrase, usePassphraseField } from './passphrase-fields.tsx'

type Change = 'set' | 'change' | 'remove'

const words = {
  set: { title: 'Set a passphrase', send: 'Set passphrase', said: 'Passphrase set.' },
  change: { title: 'Change the passphrase', send: 'Change passphrase', said: 'Passphrase changed.' },
  remove: { title: 'Remove the passphrase', send: 'Remove passphrase', said: 'Passphrase removed.' },
} as const

const FORGOTTEN = 'It cannot be recovered. Keep it with your other passphrases.'

interface PassphraseProps {
  readonly change: Change
  readonly onClose: () => void
}

export default function PassphraseDialog({ change, onClose }: PassphraseProps) {
  const ask = useAsk()
  const toaster = useToaster()
  const { open } = useDialogs()
  const keychain = useView().storage.level === 'protected'
  const current = usePassphraseField(change === 'change' ? 'Current passphrase' : 'Passphrase')
  const next = useNewPassphrase(change === 'change' ? 'New passphrase' : 'Passphrase', FORGOTTEN, 'vault')
  const [mode, setMode] = useState<'beside' | 'alone'>(keychain ? 'beside' : 'alone')
  const [refusal, setRefusal] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)

  /** The person decides about the copies that did not follow. */
  const leave = async () => {
    toaster.say({ level: 'success', text: words[change].said })
    const reply = await ask('copies.list', {})
    if (reply.ok && reply.value.copies.some(({ opens }) => opens !== 'as-the-vault')) open({ kind: 'copies' })
    else onClose()
  }
  const settle = (error: RequestError | null) => {
    if (error === null) return void leave()
    setBusy(false)
    if (error.field === 'passphrase' && change !== 'set') {
      current.clear()
      current.refuse(error.message)
    } else if (error.field === 'next' || error.field === 'passphrase') next.refuse(error.message)
    else setRefusal(error.message)
  }
  const send = async () => {
    setRefusal(null)
    const old = change === 'set' ? '' : current.read()
    const fresh = change === 'remove' ? '' : next.read()
    if (old === null || fresh === null) return
    setBusy(true)
    const reply =
      change === 'set'
        ? await ask('security.set-passphrase', { passphrase: fresh, mode })
        : change === 'change'
          ? await ask('security.change-passphrase', { passphrase: old, next: fresh })
          : await ask('security.remove-passphrase', { passphrase: old })
    settle(reply.ok ? null : reply.error)
  }

  return (
    <Dialog title={words[change].title} onClose={onClose}>
      <Form onSend={() => void send()}>
        <Refusal>{refusal}</Refusal>
        {change === 'remove' && <p>Only the keychain then protects tokens and secrets.</p>}
        {change !== 'set' && current.field}
        {change !== 'remove' && next.fields}
        {change === 'set' && keychain && <Modes mode={mode} onChange={setMode} />}
        <SendButtons
          words={words[change].send}
          busy={busy}
          busyWords="Working…"
          danger={change === 'remove'}
          onCancel={onClose}
        />
      </Form>
    </Dialog>
  )
}

const modes = [
  [
    'beside',
    'Beside the keychain',
    'The app starts without the passphrase. It unlocks the window, and the data if the keychain is lost.',
  ],
  ['alone', 'Instead of the keychain', 'Required at every start. Nothing is renewed until it is entered.'],
] as const

interface ModesProps {
  readonly mode: 'beside' | 'alone'
  readonly onChange: (mode: 'beside' | 'alone') => void
}

function Modes({ mode, onChange }: ModesProps) {
  return (
    <fieldset className={layout.group}>
      <legend>When it is required</legend>
      {modes.map(([value, label, hint]) => (
        <label key={value} className={layout.option}>
          <input type="radio" name="mode" checked={mode === value} onChange={() => onChange(value)} />
          <span>
            {label}
            <span className="quiet small">{hint}</span>
          </span>
        </label>
      ))}
    </fieldset>
  )
}
