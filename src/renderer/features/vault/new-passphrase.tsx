// A new passphrase, typed twice. Blanks count in it, so it is read as typed; it lives in the two inputs alone.
import { type ReactNode, useRef, useState } from 'react'
import { Field } from '#renderer/components/field.tsx'

/** As the vault has it. */
const SHORTEST = 8

export interface NewPassphrase {
  readonly fields: ReactNode
  /** null: it does not do yet, and the field says why. */
  read(): string | null
  clear(): void
  refuse(sentence: string): void
}

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
