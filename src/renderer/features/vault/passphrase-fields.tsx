// Passphrase fields. Blanks count, so a passphrase is read as typed; it exists in the inputs alone.
import { type ReactNode, useRef, useState } from 'react'
import {
  backupPassphraseProblem,
  SHORTEST_PASSPHRASE,
  type Strength,
  strengthOf,
} from '#base/common/passphrase-strength.ts'
import { Field } from '#renderer/components/field.tsx'
import styles from './passphrase-fields.module.css'

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
      setWrong(text === '' ? 'Enter the passphrase.' : null)
      return text === '' ? null : text
    },
    clear() {
      if (input.current !== null) input.current.value = ''
    },
    refuse: setWrong,
  }
}

interface NewPassphrase {
  readonly fields: ReactNode
  /** null: it does not do yet, and the field says why. */
  read(): string | null
  clear(): void
  refuse(sentence: string): void
}

/** Why it does not do, and what to do; null: it does. A backup is made to be copied, so an easy one is refused as well. */
const PROBLEMS: Readonly<Record<'vault' | 'backup', (text: string) => string | null>> = {
  vault: (text) =>
    [...text].length < SHORTEST_PASSPHRASE ? `Use at least ${SHORTEST_PASSPHRASE} characters.` : null,
  backup: backupPassphraseProblem,
}

const STRENGTH = {
  weak: { value: 1, words: 'Weak: easy to guess. Add unrelated words.' },
  fair: { value: 2, words: 'Fair. Add one or two words to make it strong.' },
  strong: { value: 3, words: 'Strong.' },
} as const satisfies Readonly<Record<Strength, object>>

/** A new passphrase, typed twice. Only how strong it is leaves the input while it is typed. */
export function useNewPassphrase(label: string, hint: string, of: keyof typeof PROBLEMS): NewPassphrase {
  const first = useRef<HTMLInputElement>(null)
  const again = useRef<HTMLInputElement>(null)
  const [wrong, setWrong] = useState<string | null>(null)
  const [strength, setStrength] = useState<Strength | null>(null)
  return {
    fields: (
      <>
        <Field
          ref={first}
          label={label}
          name="passphrase"
          secret
          hint={`At least ${SHORTEST_PASSPHRASE} characters.`}
          remark={wrong === null ? null : { level: 'error', sentence: wrong }}
          onInput={(text) => setStrength(text === '' ? null : strengthOf(text))}
        />
        <output className={`${styles.strength} quiet small`}>
          {strength !== null && (
            <>
              <meter
                aria-label="Strength"
                min={0}
                max={3}
                low={2}
                high={3}
                optimum={3}
                value={STRENGTH[strength].value}
              />
              {STRENGTH[strength].words}
            </>
          )}
        </output>
        <Field ref={again} label="Repeat passphrase" name="again" secret hint={hint} />
      </>
    ),
    read() {
      const text = first.current?.value ?? ''
      const flaw =
        PROBLEMS[of](text) ?? (text === again.current?.value ? null : 'The passphrases do not match.')
      setWrong(flaw)
      return flaw === null ? text : null
    },
    clear() {
      for (const field of [first.current, again.current]) if (field !== null) field.value = ''
      setStrength(null)
    },
    refuse: setWrong,
  }
}
