// A passphrase that exists already: read as typed, emptied once it was sent.
import { type ReactNode, useRef, useState } from 'react'
import { Field } from '#renderer/components/field.tsx'

export interface PassphraseField {
  readonly field: ReactNode
  /** null: nothing was typed, and the field says so. */
  read(): string | null
  clear(): void
  refuse(sentence: string | null): void
}

export function usePassphraseField(label: string, hint?: string): PassphraseField {
  const input = useRef<HTMLInputElement>(null)
  const [wrong, setWrong] = useState<string | null>(null)
  return {
    field: (
      <Field
        ref={input}
        label={label}
        name="current"
        secret
        {...(hint === undefined ? {} : { hint })}
        remark={wrong === null ? null : { level: 'error', sentence: wrong }}
      />
    ),
    read() {
      const text = input.current?.value ?? ''
      setWrong(text === '' ? 'Type the passphrase first.' : null)
      return text === '' ? null : text
    },
    clear() {
      if (input.current !== null) input.current.value = ''
    },
    refuse: setWrong,
  }
}
