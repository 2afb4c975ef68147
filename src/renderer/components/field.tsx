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
  /** Announced when it appears. */
  readonly alert?: true
}

interface FieldProps {
  /** Its accessible name. */
  readonly label: string
  readonly name: string
  readonly secret?: boolean
  readonly optional?: boolean
  readonly hint?: ReactNode
  readonly remark?: Remark | null
  /** Remarks come and go while it is typed in: their line is there from the start, so that nothing moves under the pointer. */
  readonly hasRemarks?: boolean
  readonly initial?: string
  readonly placeholder?: string
  readonly mono?: boolean
  /** Of several lines: how many are shown. */
  readonly lines?: number
  readonly inputMode?: 'numeric' | 'text'
  /** Follows the field, which is then as wide as a number. */
  readonly unit?: string
  /** ID of the `datalist` with what is offered. */
  readonly list?: string
  readonly onInput?: (text: string) => void
  readonly onBlur?: () => void
  readonly onKeyDown?: (event: KeyboardEvent<HTMLInputElement>) => void
  readonly ref?: Ref<HTMLInputElement>
}

const remarkIcons = { error: 'critical', warning: 'warning', good: 'good' } as const

export function Field(props: FieldProps) {
  const { label, name, secret = false, optional = false, hint, remark = null, mono = false, unit } = props
  const id = useId()
  const [shown, show] = useState(false)
  const isCode = mono || secret
  const described = [
    unit === undefined ? '' : `${id}-unit`,
    hint === undefined ? '' : `${id}-hint`,
    remark === null ? '' : `${id}-remark`,
  ]
  const control = {
    id,
    name,
    className: `${styles.control} ${isCode ? 'mono' : unit === undefined ? '' : 'figures'}`,
    dir: isCode ? 'ltr' : 'auto',
    defaultValue: props.initial,
    placeholder: props.placeholder,
    autoComplete: 'off',
    autoCapitalize: 'off',
    spellCheck: false,
    onBlur: props.onBlur,
    'aria-invalid': remark?.level === 'error',
    'aria-describedby': described.filter(Boolean).join(' ') || undefined,
  }
  return (
    <div className={styles.field} data-level={remark?.level}>
      <label htmlFor={id}>{label}</label>
      {optional && <span className="quiet small">Optional</span>}
      <div className={unit === undefined ? styles.box : `${styles.box} ${styles.number}`}>
        {props.lines === undefined ? (
          <input
            {...control}
            ref={props.ref}
            type={secret && !shown ? 'password' : 'text'}
            inputMode={props.inputMode}
            list={props.list}
            onInput={(event) => props.onInput?.(event.currentTarget.value)}
            onKeyDown={props.onKeyDown}
          />
        ) : (
          <textarea
            {...control}
            rows={props.lines}
            onInput={(event) => props.onInput?.(event.currentTarget.value)}
          />
        )}
        {unit !== undefined && (
          <span id={`${id}-unit`} className="quiet">
            {unit}
          </span>
        )}
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
        <p
          id={`${id}-remark`}
          className={`${styles.remark} small`}
          role={remark.alert === true ? 'alert' : undefined}
        >
          <Icon name={remarkIcons[remark.level]} size={0.875} />
          <span>{remark.sentence}</span>
        </p>
      )}
      {hint !== undefined && remark === null && <Hint id={`${id}-hint`}>{hint}</Hint>}
      {props.hasRemarks === true && hint === undefined && remark === null && (
        <Hint id={undefined}>&nbsp;</Hint>
      )}
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

interface SavedFieldProps
  extends Pick<
    FieldProps,
    'label' | 'name' | 'hint' | 'mono' | 'placeholder' | 'inputMode' | 'unit' | 'onKeyDown'
  > {
  readonly value: string
  /** How a text is written when it is saved. */
  readonly tidy?: (text: string) => string
  /** Answers what is wrong with the text; null: it is saved. */
  readonly onSave: (text: string) => Promise<string | null>
}

/**
 * A text that is saved when Enter is pressed or the field loses the focus. What cannot be saved stays in the field with the
 * reason below it, and the saved value stays in force.
 */
export function SavedField({ value, tidy = asItIs, onSave, onKeyDown, ...field }: SavedFieldProps) {
  const input = useRef<HTMLInputElement>(null)
  const saved = useRef(value)
  // Enter and then leaving the field save the same text once.
  const tried = useRef(value)
  const [wrong, setWrong] = useState<string | null>(null)

  // What is set elsewhere is shown here, and the field keeps the focus.
  useEffect(() => {
    if (input.current !== null) input.current.value = value
    saved.current = value
    tried.current = value
    setWrong(null)
  }, [value])

  const save = async (isRetry: boolean) => {
    const typed = () => tidy(input.current?.value.trim() ?? '')
    const text = typed()
    if (text === tried.current && !(isRetry && wrong !== null)) return
    tried.current = text
    const refusal = text === saved.current ? null : await onSave(text)
    if (refusal === null) saved.current = text
    if (typed() !== text) return
    setWrong(refusal)
    if (refusal === null && input.current !== null) input.current.value = text
  }

  return (
    <Field
      {...field}
      ref={input}
      initial={value}
      remark={wrong === null ? null : { level: 'error', sentence: wrong, alert: true }}
      onBlur={() => void save(false)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') void save(true)
        onKeyDown?.(event)
      }}
    />
  )
}

const asItIs = (text: string) => text

interface NumberFieldProps {
  readonly label: string
  readonly name: string
  readonly value: number
  readonly range: { readonly least: number; readonly most: number; readonly unit: string }
  readonly hint: ReactNode
  /** Answers why it was not saved; null: it is. */
  readonly onSave: (value: number) => Promise<string | null>
}

/** A whole number with its unit, saved as a `SavedField` is. */
export function NumberField({ value, range, onSave, ...field }: NumberFieldProps) {
  const { least, most, unit } = range
  const save = async (text: string) => {
    const typed = numberIn(text)
    if (typed >= least && typed <= most) return onSave(typed)
    return `Enter a whole number from ${least} to ${most}.`
  }
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    const input = event.currentTarget
    const step = steps[event.key]
    const typed = numberIn(input.value)
    if (step === undefined || Number.isNaN(typed)) return
    event.preventDefault()
    input.value = String(Math.min(most, Math.max(least, typed + step)))
  }
  return (
    <SavedField
      {...field}
      value={String(value)}
      unit={unit}
      inputMode="numeric"
      tidy={tidyNumber}
      onSave={save}
      onKeyDown={onKeyDown}
    />
  )
}

function tidyNumber(text: string): string {
  const typed = numberIn(text)
  return Number.isNaN(typed) ? text : String(typed)
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
