// Choices: one of a few values, in a form or above a list, and a switch.
import { useId } from 'react'
import { Icon } from './icon.tsx'

interface PickerProps<T extends string> {
  readonly label: string
  readonly value: T
  readonly options: readonly (readonly [T, string])[]
  readonly onChange: (value: T) => void
}

/** One of a few values, inline: for filters and orders above a list. */
export function Picker<T extends string>({ label, value, options, onChange }: PickerProps<T>) {
  return (
    <label className="picker">
      <span className="quiet small">{label}</span>
      <span className="picker-box">
        <select
          value={value}
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
      </span>
    </label>
  )
}

interface ToggleProps {
  readonly label: string
  readonly checked: boolean
  readonly hint?: string
  readonly disabled?: boolean
  readonly onChange: (checked: boolean) => void
}

/** A switch: a native checkbox to the measures of Momentum's, whose own would load its menu as well. */
export function Toggle({ label, checked, hint, disabled = false, onChange }: ToggleProps) {
  const id = useId()
  return (
    <div className="toggle-row">
      <input
        id={id}
        type="checkbox"
        className="toggle"
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
