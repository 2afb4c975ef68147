// A form that is sent by Enter in any of its fields. The browser does that only for its own submit buttons.
import type { ClipboardEventHandler, FormEventHandler, KeyboardEvent, ReactNode, Ref } from 'react'
import layout from './layout.module.css'

interface FormProps {
  readonly children: ReactNode
  readonly onSend: () => void
  readonly onInput?: FormEventHandler<HTMLFormElement>
  readonly onPaste?: ClipboardEventHandler<HTMLFormElement>
  readonly className?: string | undefined
  readonly ref?: Ref<HTMLFormElement>
}

export function Form({ children, onSend, className = layout.form, ...rest }: FormProps) {
  const onKeyDown = (event: KeyboardEvent<HTMLFormElement>) => {
    if (event.key !== 'Enter' || !(event.target instanceof HTMLInputElement)) return
    event.preventDefault()
    event.currentTarget.requestSubmit()
  }
  return (
    <form
      {...rest}
      className={className}
      noValidate
      onKeyDown={onKeyDown}
      onSubmit={(event) => {
        event.preventDefault()
        onSend()
      }}
    >
      {children}
    </form>
  )
}

/** The trimmed text of a form's field, read when it is needed so that it need not be kept. */
export function textOf(form: HTMLFormElement | null, name: string): string {
  const field = form?.elements.namedItem(name)
  return field instanceof HTMLInputElement ? field.value.trim() : ''
}
