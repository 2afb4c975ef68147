// Text fields to Momentum's measures. They are native: Momentum's input mirrors what is typed into an attribute of the
// page, which must not happen to a secret. Uncontrolled: what a person types lives in the input alone.
import { type ReactNode, type Ref, useId, useState } from 'react'
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
  readonly ref?: Ref<HTMLInputElement>
}

const remarkIcons = { error: 'critical', warning: 'warning', good: 'good' } as const

export function Field(props: FieldProps) {
  const { label, name, secret = false, optional = false, hint, remark = null, mono = false } = props
  const id = useId()
  const [shown, show] = useState(false)
  const described = [hint === undefined ? '' : `${id}-hint`, remark === null ? '' : `${id}-remark`]
  return (
    <div className={`field ${remark?.level ?? ''}`}>
      <label htmlFor={id}>{label}</label>
      {optional && <span className="optional quiet small">Optional</span>}
      <div className="field-box">
        <input
          ref={props.ref}
          id={id}
          name={name}
          type={secret && !shown ? 'password' : 'text'}
          className={mono || secret ? 'mono' : undefined}
          defaultValue={props.initial}
          placeholder={props.placeholder}
          inputMode={props.inputMode}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          aria-invalid={remark?.level === 'error'}
          aria-describedby={described.filter(Boolean).join(' ') || undefined}
        />
        {secret && (
          <button
            type="button"
            className="icon-button inset"
            aria-label={`${shown ? 'Hide' : 'Show'} ${label.toLowerCase()}`}
            onClick={() => show(!shown)}
          >
            <Icon name={shown ? 'hide' : 'show'} />
          </button>
        )}
      </div>
      {remark !== null && (
        <p id={`${id}-remark`} className="remark small">
          <Icon name={remarkIcons[remark.level]} size={0.875} />
          <span>{remark.sentence}</span>
        </p>
      )}
      {hint !== undefined && remark === null && (
        <p id={`${id}-hint`} className="hint quiet small">
          {hint}
        </p>
      )}
    </div>
  )
}

interface ChoiceProps<T extends string> {
  readonly label: string
  readonly name: string
  readonly options: readonly (readonly [T, string])[]
  readonly value: T
  readonly hint?: string
  readonly onChange: (value: T) => void
}

/** One of a few values; the system's own list. */
export function Choice<T extends string>({ label, name, options, value, hint, onChange }: ChoiceProps<T>) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="field-box choice">
        <select
          id={id}
          name={name}
          value={value}
          aria-describedby={hint === undefined ? undefined : `${id}-hint`}
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
      </div>
      {hint !== undefined && (
        <p id={`${id}-hint`} className="hint quiet small">
          {hint}
        </p>
      )}
    </div>
  )
}
