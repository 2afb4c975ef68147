// The whole window while the app is locked.
import { useEffect, useRef, useState } from 'react'
import { useAsk } from '#renderer/app/context.tsx'
import { Button } from '#renderer/components/button.tsx'
import { Form } from '#renderer/components/form.tsx'
import { Icon } from '#renderer/components/icon.tsx'
import layout from '#renderer/components/layout.module.css'
import styles from './closed-window.module.css'
import { usePassphraseField } from './passphrase-fields.tsx'

export function LockScreen() {
  const ask = useAsk()
  const passphrase = usePassphraseField('Passphrase')
  const card = useRef<HTMLElement>(null)
  const [busy, setBusy] = useState(false)

  useEffect(() => card.current?.querySelector('input')?.focus(), [])

  const open = async () => {
    const text = passphrase.read()
    if (text === null) return
    setBusy(true)
    const reply = await ask('lock.open', { passphrase: text })
    setBusy(false)
    if (reply.ok) return
    passphrase.clear()
    passphrase.refuse(reply.error.message)
    card.current?.querySelector('input')?.focus()
  }

  return (
    <main className={styles.screen}>
      <section ref={card} className={styles.card} aria-labelledby="lock-title">
        <Icon name="key" size={2.5} />
        <h1 id="lock-title">Locked</h1>
        <p>Enter your passphrase to see and copy tokens. They are still being renewed.</p>
        <Form className={`${layout.form} ${styles.passphrase}`} onSend={() => void open()}>
          {passphrase.field}
          <Button kind="primary" submit disabled={busy}>
            Unlock
          </Button>
        </Form>
      </section>
    </main>
  )
}
