// Passphrase fields. Blanks count, so a passphrase is read as typed; it exists in the inputs alone.
import { type ReactNode, useRef, useState } from 'react'
import { Field } from '#renderer/components/field.tsx'

interface PassphraseField {
  readonly field: ReactNode
  /** null: nothing was typed, and the field says so. */
  read(): string | null
  clear(): void
  refuse(sentence: string | null): void
}

/** A passphrase that exists already. */
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

/** As the vault has it. */
const SHORTEST = 8

interface NewPassphrase {
  readonly fields: ReactNode
  /** null: it does not do yet, and the field says why. */
  read(): string | null
  clear(): void
  refuse(sentence: string): void
}

/** A new passphrase, typed twice. */
export function useNewPassphrase(label: string, hint: string): NewPassphrase {
  const first = useRef<HTMLInputElement>(null)
  const again = useRef<HTMLInputElement>(null)
  const [wrong, setWrong] = useState<string | null>(null)
  return {
    fields: (
      <>
        <Field
          ref={first}
          label={label}
          name="passphrase"
          secret
          hint={`At least ${SHORTEST} characters.`}
          remark={wrong === null ? null : { level: 'error', sentence: wrong }}
        />
        <Field ref={again} label="Once more" name="again" secret hint={hint} />
      </>
    ),
    read() {
      const text = first.current?.value ?? ''
      const flaw =
        [...text].length < SHORTEST
          ? `At least ${SHORTEST} characters, please.`
          : text === again.current?.value
            ? null
            : 'The two are not the same.'
      setWrong(flaw)
      return flaw === null ? text : null
    },
    clear() {
      for (const field of [first.current, again.current]) if (field !== null) field.value = ''
    },
    refuse: setWrong,
  }
}
