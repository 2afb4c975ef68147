// A whole number with its unit, taken over when the field is left or Enter is pressed.
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react'
import { Icon } from './icon.tsx'

interface NumberFieldProps {
  readonly label: string
  readonly value: number
  readonly range: { readonly least: number; readonly most: number; readonly unit: string }
  readonly hint: string
  /** Answers whether it was taken; what was not gives way to the value there was. */
  readonly onChange: (value: number) => Promise<boolean>
}

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
    const typed = /^\s*\d+\s*$/.test(text) ? Number(text) : Number.NaN
    const fits = typed >= least && typed <= most
    setWrong(fits ? null : `A whole number from ${least} to ${most}, please. It is still ${value}.`)
    if (!fits || typed === taken.current) return
    taken.current = typed
    if (await onChange(typed)) return
    taken.current = value
    if (input.current !== null) input.current.value = String(value)
  }
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === 'Enter') void take(event.currentTarget.value)
  }

  return (
    <div className={wrong === null ? 'field' : 'field error'}>
      <label htmlFor={id}>{label}</label>
      <div className="field-box number-box">
        <input
          ref={input}
          id={id}
          type="text"
          inputMode="numeric"
          className="figures"
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
        <p id={`${id}-hint`} className="hint quiet small">
          {hint}
        </p>
      ) : (
        <p id={`${id}-hint`} className="remark small" role="alert">
          <Icon name="critical" size={0.875} />
          <span>{wrong}</span>
        </p>
      )}
    </div>
  )
}
