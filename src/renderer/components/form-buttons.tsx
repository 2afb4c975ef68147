// The buttons below a form.
import type { ReactNode } from 'react'
import { Button } from './button.tsx'
import styles from './form.module.css'

export function FormButtons({ children }: { readonly children: ReactNode }) {
  return (
    <div className={styles.buttons} data-form-buttons>
      {children}
    </div>
  )
}

interface SendButtonsProps {
  /** On the button that sends the form. */
  readonly words: string
  readonly busy: boolean
  /** Shown at the left while it is busy. */
  readonly busyWords?: string
  readonly danger?: boolean
  readonly onCancel: () => void
}

/** Cancel, and the button that sends the form. */
export function SendButtons({ words, busy, busyWords, danger = false, onCancel }: SendButtonsProps) {
  return (
    <FormButtons>
      {busy && busyWords !== undefined && <output className="quiet small">{busyWords}</output>}
      <span className="spring" />
      <Button onPress={onCancel}>Cancel</Button>
      <Button kind="primary" submit danger={danger} disabled={busy}>
        {words}
      </Button>
    </FormButtons>
  )
}
