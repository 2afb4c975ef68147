// A form: its layout, how it is sent, and the text of its fields.
import type {
  ClipboardEventHandler,
  DragEventHandler,
  FormEventHandler,
  ReactNode,
  Ref,
  RefObject,
} from 'react'
import layout from './layout.module.css'

interface FormProps {
  readonly children: ReactNode
  readonly onSend: () => void
  readonly onInput?: FormEventHandler<HTMLFormElement>
  readonly onPaste?: ClipboardEventHandler<HTMLFormElement>
  readonly onDrop?: DragEventHandler<HTMLFormElement>
  readonly className?: string | undefined
  readonly ref?: Ref<HTMLFormElement>
}

export function Form({ children, onSend, className = layout.form, ...rest }: FormProps) {
  return (
    <form
      {...rest}
      className={className}
      noValidate
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
  return typedIn(form, name).trim()
}

/** The same as it was typed: blanks count in a password. */
export function typedIn(form: HTMLFormElement | null, name: string): string {
  const field = form?.elements.namedItem(name)
  return isText(field) ? field.value : ''
}

export function putText(form: RefObject<HTMLFormElement | null>, name: string, text: string): void {
  const field = form.current?.elements.namedItem(name)
  if (isText(field)) field.value = text
}

function isText(
  field: Element | RadioNodeList | null | undefined,
): field is HTMLInputElement | HTMLTextAreaElement {
  return field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement
}
