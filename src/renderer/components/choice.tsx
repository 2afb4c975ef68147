// Choices: one of a few values, in a form or above a list, pills, and a switch.
import { type KeyboardEvent, type ReactNode, useId, useRef } from 'react'
import styles from './choice.module.css'
import fieldStyles from './field.module.css'
import { Hint } from './field.tsx'
import { Icon } from './icon.tsx'
import { indexTyped, NOTHING_TYPED, typedWith } from './type-ahead.ts'

interface SelectProps<T extends string> {
  readonly id?: string
  readonly name?: string
  readonly value: T
  readonly options: readonly (readonly [T, string])[]
  /** ID of the hint. */
  readonly describedBy?: string | undefined
  readonly 'aria-label'?: string
  readonly disabled?: boolean
  readonly onChange: (value: T) => void
}

function Select<T extends string>({ options, describedBy, onChange, ...rest }: SelectProps<T>) {
  const onKeyDown = useTypeAhead(rest.value, options, onChange)
  return (
    <>
      <select
        {...rest}
        onKeyDown={onKeyDown}
        className={`${fieldStyles.control} ${styles.select}`}
        aria-describedby={describedBy}
        onChange={(event) => {
          const chosen = options.find(([option]) => option === event.target.value)
          if (chosen !== undefined) onChange(chosen[0])
        }}
      >
        {options.map(([option, words]) => (
          <option key={option} value={option}>
            {words}
          </option>
        ))}
      </select>
      <Icon name="down" />
    </>
  )
}

/**
 * In place of the browser's: typed text that no option begins with chooses nothing, also where its first letters chose
 * one, and a letter that none begins with is left to the shortcuts of the window.
 */
function useTypeAhead<T extends string>(
  value: T,
  options: SelectProps<T>['options'],
  onChange: (value: T) => void,
) {
  const typed = useRef({ ...NOTHING_TYPED, before: value })
  return (event: KeyboardEvent<HTMLSelectElement>) => {
    // It closes the open list, and does nothing else here.
    if (event.key === 'Escape') return event.stopPropagation()
    const now = typedWith(event, typed.current)
    if (now === null) return
    const before = now.text.length === 1 ? value : typed.current.before
    const at = options.findIndex(([option]) => option === value)
    const words = options.map(([, each]) => each)
    const [found] = options[indexTyped(now.text, at, words)] ?? []
    if (found === undefined && now.text.length === 1) return
    event.preventDefault()
    event.stopPropagation()
    typed.current = { ...now, before }
    const chosen = found ?? before
    if (chosen !== value) onChange(chosen)
  }
}

interface ChoiceProps<T extends string>
  extends Pick<SelectProps<T>, 'value' | 'options' | 'disabled' | 'onChange'> {
  readonly label: string
  readonly name: string
  readonly hint?: string
}

/** One of a few values in a form; the system's own list. */
export function Choice<T extends string>({ label, hint, ...select }: ChoiceProps<T>) {
  const id = useId()
  const hintId = hint === undefined ? undefined : `${id}-hint`
  return (
    <div className={fieldStyles.field}>
      <label htmlFor={id}>{label}</label>
      <div className={fieldStyles.box}>
        <Select {...select} id={id} describedBy={hintId} />
      </div>
      {hint !== undefined && <Hint id={hintId}>{hint}</Hint>}
    </div>
  )
}

interface PickerProps<T extends string> extends Pick<SelectProps<T>, 'value' | 'options' | 'onChange'> {
  readonly label: string
  /** Whose it is, where several of that label are in sight. */
  readonly of?: string
}

/** One of a few values, inline: for filters and orders above a list, and in the rows of one. */
export function Picker<T extends string>({ label, of, ...select }: PickerProps<T>) {
  const id = useId()
  const named = of === undefined ? {} : { 'aria-label': `${label} of ${of}` }
  return (
    <label className={styles.picker} htmlFor={id}>
      <span className="quiet small">{label}</span>
      <span className={styles.pickerBox}>
        <Select {...select} {...named} id={id} />
      </span>
    </label>
  )
}

interface PillProps {
  readonly children: ReactNode
  readonly pressed: boolean
  readonly onPress: () => void
}

/** One of several values side by side. */
export function Pill({ children, pressed, onPress }: PillProps) {
  return (
    <button type="button" className={styles.pill} aria-pressed={pressed} onClick={onPress}>
      {children}
    </button>
  )
}

interface ToggleProps {
  readonly label: string
  readonly checked: boolean
  readonly hint?: string
  readonly disabled?: boolean
  readonly onChange: (checked: boolean) => void
}

/** A switch: a native checkbox to Momentum's measures. */
export function Toggle({ label, checked, hint, disabled = false, onChange }: ToggleProps) {
  const id = useId()
  return (
    <div className={styles.toggleRow}>
      <input
        id={id}
        type="checkbox"
        className={styles.toggle}
        checked={checked}
        disabled={disabled}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        onChange={(event) => onChange(event.target.checked)}
      />
      <label htmlFor={id}>{label}</label>
      {hint !== undefined && (
        <span id={`${id}-hint`} className="quiet small">
          {hint}
        </span>
      )}
    </div>
  )
}
