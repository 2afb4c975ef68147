// Text fields to Momentum's measures. They are native: Momentum's input mirrors what is typed into an attribute of the
// page, which must not happen to a secret. Uncontrolled: what a person types lives in the input alone.
import {
  type ComponentProps,
  type KeyboardEvent,
  type ReactNode,
  type Ref,
  useEffect,
  useId,
  useRef,
  useState,
} from 'react'
import buttonStyles from './button.module.css'
import styles from './field.module.css'
import { Icon } from './icon.tsx'

/** What is thought of a field's content, in words. */
export interface Remark {
  readonly level: 'error' | 'warning' | 'good'
  readonly sentence: string
}

interface FieldProps {
  /** Its accessible name. */
  readonly label: string
  readonly name: string
  readonly secret?: boolean
  readonly optional?: boolean
  readonly hint?: ReactNode
  readonly remark?: Remark | null
  readonly initial?: string
  readonly placeholder?: string
  readonly mono?: boolean
  readonly inputMode?: 'numeric' | 'text'
  /** ID of the `datalist` with what is offered. */
  readonly list?: string
  readonly onInput?: (text: string) => void
  readonly ref?: Ref<HTMLInputElement>
}

const remarkIcons = { error: 'critical', warning: 'warning', good: 'good' } as const

export function Field(props: FieldProps) {
  const { label, name, secret = false, optional = false, hint, remark = null, mono = false } = props
  const id = useId()
  const [shown, show] = useState(false)
  const isCode = mono || secret
  const described = [hint === undefined ? '' : `${id}-hint`, remark === null ? '' : `${id}-remark`]
  return (
    <div className={styles.field} data-level={remark?.level}>
      <label htmlFor={id}>{label}</label>
      {optional && <span className="quiet small">Optional</span>}
      <div className={styles.box}>
        <input
          ref={props.ref}
          id={id}
          name={name}
          type={secret && !shown ? 'password' : 'text'}
          className={isCode ? `${styles.control} mono` : styles.control}
          dir={isCode ? 'ltr' : 'auto'}
          defaultValue={props.initial}
          placeholder={props.placeholder}
          inputMode={props.inputMode}
          list={props.list}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          onInput={(event) => props.onInput?.(event.currentTarget.value)}
          aria-invalid={remark?.level === 'error'}
          aria-describedby={described.filter(Boolean).join(' ') || undefined}
        />
        {secret && (
          <button
            type="button"
            className={`${buttonStyles.iconButton} ${styles.inset}`}
            aria-label={`${shown ? 'Hide' : 'Show'} ${label.toLowerCase()}`}
            onClick={() => show(!shown)}
          >
            <Icon name={shown ? 'hide' : 'show'} />
          </button>
        )}
      </div>
      {remark !== null && (
        <p id={`${id}-remark`} className={`${styles.remark} small`}>
          <Icon name={remarkIcons[remark.level]} size={0.875} />
          <span>{remark.sentence}</span>
        </p>
      )}
      {hint !== undefined && remark === null && <Hint id={`${id}-hint`}>{hint}</Hint>}
    </div>
  )
}

/** What helps to fill in a field, below it. */
export function Hint({ id, children }: { readonly id: string | undefined; readonly children: ReactNode }) {
  return (
    <p id={id} className={`${styles.hint} quiet small`}>
      {children}
    </p>
  )
}

/** What an arrow key adds. */
const steps: Readonly<Record<string, number>> = { ArrowUp: 1, ArrowDown: -1 }

/** The whole number in a text, in the digits of any script and the wide ones of an input method; NaN for anything else. */
function numberIn(text: string): number {
  const plain = text
    .normalize('NFKC')
    .trim()
    .replaceAll(/\p{Nd}/gu, digitValue)
  return /^\d+$/.test(plain) ? Number(plain) : Number.NaN
}

/** Of a digit. In Unicode those of a script follow each other from 0 to 9. */
function digitValue(digit: string): string {
  let value = 0
  while (/\p{Nd}/u.test(String.fromCodePoint((digit.codePointAt(0) ?? 0) - value - 1))) value += 1
  return String(value % 10)
}

interface NumberFieldProps {
  readonly label: string
  readonly value: number
  readonly range: { readonly least: number; readonly most: number; readonly unit: string }
  readonly hint: string
  /** Answers whether it was taken; what was not gives way to the value there was. */
  readonly onChange: (value: number) => Promise<boolean>
}

/** A whole number with its unit, saved when the field loses the focus or Enter is pressed. */
export function NumberField({ label, value, range, hint, onChange }: NumberFieldProps) {
  const { least, most, unit } = range
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  // Enter and leaving the field take the same number once.
  const taken = useRef(value)
  const [wrong, setWrong] = useState<string | null>(null)

  // What is set elsewhere is shown here, and the field keeps the focus.
  useEffect(() => {
    if (input.current !== null) input.current.value = String(value)
    taken.current = value
    setWrong(null)
  }, [value])

  const take = async (text: string) => {
    const typed = numberIn(text)
    const fits = typed >= least && typed <= most
    setWrong(fits ? null : `A whole number from ${least} to ${most}, please. It is still ${value}.`)
    if (!fits || typed === taken.current) return
    taken.current = typed
    if (input.current !== null) input.current.value = String(typed)
    if (await onChange(typed)) return
    taken.current = value
    if (input.current !== null) input.current.value = String(value)
  }
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    const field = event.currentTarget
    if (event.key === 'Enter') void take(field.value)
    const step = steps[event.key]
    const typed = numberIn(field.value)
    if (step === undefined || Number.isNaN(typed)) return
    event.preventDefault()
    field.value = String(Math.min(most, Math.max(least, typed + step)))
  }

  return (
    <div className={styles.field} data-level={wrong === null ? undefined : 'error'}>
      <label htmlFor={id}>{label}</label>
      <div className={`${styles.box} ${styles.number}`}>
        <input
          ref={input}
          id={id}
          type="text"
          inputMode="numeric"
          className={`${styles.control} figures`}
          defaultValue={value}
          autoComplete="off"
          aria-invalid={wrong !== null}
          aria-describedby={`${id}-unit ${id}-hint`}
          onBlur={(event) => void take(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        <span id={`${id}-unit`} className="quiet">
          {unit}
        </span>
      </div>
      {wrong === null ? (
        <Hint id={`${id}-hint`}>{hint}</Hint>
      ) : (
        <p id={`${id}-hint`} className={`${styles.remark} small`} role="alert">
          <Icon name="critical" size={0.875} />
          <span>{wrong}</span>
        </p>
      )}
    </div>
  )
}

/** A field with a magnifying glass, for what is searched while it is typed. `className`: of the box around it. */
export function SearchField({ className, ...input }: ComponentProps<'input'>) {
  return (
    <div className={className === undefined ? styles.search : `${styles.search} ${className}`}>
      <Icon name="search" />
      <input className={styles.searchInput} dir="auto" {...input} />
    </div>
  )
}
