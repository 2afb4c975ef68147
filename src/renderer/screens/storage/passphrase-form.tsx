import { useRef, useState } from 'react'
import { Button } from '../../parts/button.tsx'
import { Field } from '../../parts/field.tsx'
import { Form } from '../../parts/form.tsx'

interface PassphraseProps {
  readonly words: 'set' | 'enter'
  readonly busy: boolean
  readonly onSend: (passphrase: string) => void
}

/** Blanks count in a passphrase, so it is sent as typed. */
export function PassphraseForm({ words, busy, onSend }: PassphraseProps) {
  const input = useRef<HTMLInputElement>(null)
  const again = useRef<HTMLInputElement>(null)
  const [wrong, setWrong] = useState<string | null>(null)
  const setting = words === 'set'

  const send = () => {
    const text = input.current?.value ?? ''
    if (text === '') return setWrong('Type a passphrase first.')
    if (setting && text !== again.current?.value) return setWrong('The two are not the same.')
    setWrong(null)
    onSend(text)
    for (const field of [input.current, again.current]) if (field !== null) field.value = ''
  }

  return (
    <Form className="form passphrase-form" onSend={send}>
      <Field
        ref={input}
        label="Passphrase"
        name="passphrase"
        secret
        remark={wrong === null ? null : { level: 'error', sentence: wrong }}
      />
      {setting && (
        <Field
          ref={again}
          label="Once more"
          name="again"
          secret
          hint="It cannot be recovered: without it the stored tokens are lost."
        />
      )}
      <Button kind="primary" submit disabled={busy}>
        {setting ? 'Protect with a passphrase' : 'Unlock'}
      </Button>
    </Form>
  )
}
