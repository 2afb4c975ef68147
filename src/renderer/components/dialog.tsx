// A modal dialog on the native element: its focus trap, its Escape and its top layer are the browser's own.
import { createContext, type ReactNode, type Ref, use, useEffect, useId, useRef, useState } from 'react'
import { IconButton } from './button.tsx'
import styles from './dialog.module.css'

const FIRST = 'input, select, textarea, [data-form-buttons] button'

/**
 * Not the Close button, which the browser would choose: the first thing to fill in, or else to press. Only once the
 * dialog is shown: until then what opened it has the focus, and is to get it back.
 */
function focusFirst(within: HTMLElement | null): void {
  if (within?.closest('dialog')?.open !== true) return
  within.querySelector<HTMLElement>(FIRST)?.focus()
}

type Host = HTMLDivElement | null

/** The place in the open dialog for what lies outside of it, and the ref that a dialog gives to that place. */
const HostContext = createContext<readonly [Host, Ref<HTMLDivElement>]>([null, null])

export function DialogHost({ children }: { readonly children: ReactNode }) {
  const [host, setHost] = useState<Host>(null)
  return <HostContext value={[host, setHost]}>{children}</HostContext>
}

/** A modal dialog covers everything outside of it and makes it inert: what is to be seen and used moves in here. */
export const useDialogHost = (): Host => use(HostContext)[0]

interface DialogProps {
  readonly title: string
  readonly children: ReactNode
  readonly footer?: ReactNode
  readonly wide?: boolean
  /** Names the content: when it changes, the new content begins afresh and takes the focus. */
  readonly step?: string
  readonly onClose: () => void
}

export function Dialog({ title, children, footer, wide = false, step, onClose }: DialogProps) {
  const id = useId()
  const dialog = useRef<HTMLDialogElement>(null)
  const [, host] = use(HostContext)

  useEffect(() => {
    const shown = dialog.current
    const before = document.activeElement
    shown?.showModal()
    focusFirst(shown)
    return () => {
      shown?.close()
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [])

  return (
    <dialog
      ref={dialog}
      className={wide ? `${styles.dialog} ${styles.wide}` : styles.dialog}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
    >
      <header>
        <h2 id={id}>{title}</h2>
        <IconButton icon="close" label="Close" onPress={onClose} />
      </header>
      <div className={styles.body} key={step} ref={focusFirst}>
        {children}
      </div>
      {footer !== undefined && <footer>{footer}</footer>}
      <div ref={host} />
    </dialog>
  )
}
