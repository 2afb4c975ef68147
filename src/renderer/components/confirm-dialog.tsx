// Asks before something cannot be taken back.
import { type ReactNode, useState } from 'react'
import { Button, FormButtons } from './button.tsx'
import { Dialog } from './dialog.tsx'
import layout from './layout.module.css'
import { Refusal } from './notice.tsx'

interface ConfirmProps {
  readonly title: string
  /** What it does, and what it leaves alone. */
  readonly children: ReactNode
  /** What else can be done. */
  readonly before?: ReactNode
  /** The button that does it. */
  readonly words: string
  readonly act: () => Promise<
    { readonly ok: true } | { readonly ok: false; readonly error: { readonly message: string } }
  >
  readonly onDone: () => void
  readonly onClose: () => void
}

export function ConfirmDialog({ title, children, before, words, act, onDone, onClose }: ConfirmProps) {
  const [refusal, setRefusal] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const confirm = async () => {
    setBusy(true)
    const reply = await act()
    setBusy(false)
    if (!reply.ok) return setRefusal(reply.error.message)
    onClose()
    onDone()
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <div className={layout.form}>
        <Refusal>{refusal}</Refusal>
        <p>{children}</p>
        {before}
        <FormButtons>
          <span className="spring" />
          <Button onPress={onClose}>Cancel</Button>
          <Button kind="primary" danger disabled={busy} onPress={() => void confirm()}>
            {words}
          </Button>
        </FormButtons>
      </div>
    </Dialog>
  )
}
