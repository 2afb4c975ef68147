// One of a few values, inline: for filters and orders above a list.
import { Icon } from './icon.tsx'

interface PickerProps<T extends string> {
  readonly label: string
  readonly value: T
  readonly options: readonly (readonly [T, string])[]
  readonly onChange: (value: T) => void
}

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
