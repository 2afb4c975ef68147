import { useEffect, useRef, useState } from 'react'
import { Button } from '#renderer/components/button.tsx'
import { Form } from '#renderer/components/form.tsx'
import { useNewPassphrase } from './new-passphrase.tsx'
import { usePassphraseField } from './passphrase-field.tsx'

interface PassphraseProps {
  readonly words: 'set' | 'enter'
  readonly busy: boolean
  /** The best way on; otherwise one of several. */
  readonly primary: boolean
  readonly onSend: (passphrase: string) => void
}

/** A new passphrase is typed twice, an existing one once; both are gone from the page once they are sent. */
export function PassphraseForm({ words, busy, primary, onSend }: PassphraseProps) {
  const form = useRef<HTMLFormElement>(null)
  const fresh = useNewPassphrase(
    'Passphrase',
    'It cannot be recovered: without it the stored tokens are lost.',
  )
  const existing = usePassphraseField('Passphrase')
  const [sent, setSent] = useState(0)
  const setting = words === 'set'

  // At first, and after each try.
  useEffect(() => {
    if (primary && !busy && sent >= 0) form.current?.querySelector('input')?.focus()
  }, [primary, busy, sent])

  const send = () => {
    const text = setting ? fresh.read() : existing.read()
    if (text === null) return
    onSend(text)
    fresh.clear()
    existing.clear()
    setSent(sent + 1)
  }

  return (
    <Form ref={form} className="form passphrase-form" onSend={send}>
      {setting ? fresh.fields : existing.field}
      <Button kind={primary ? 'primary' : 'secondary'} submit disabled={busy}>
        {setting ? 'Protect with a passphrase' : 'Unlock'}
      </Button>
    </Form>
  )
}
