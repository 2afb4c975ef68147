// A switch. A native checkbox, to the measures of Momentum's, whose own would bring a menu's worth of code.
import { useId } from 'react'

interface ToggleProps {
  readonly label: string
  readonly checked: boolean
  readonly hint?: string
  readonly disabled?: boolean
  readonly onChange: (checked: boolean) => void
}

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
