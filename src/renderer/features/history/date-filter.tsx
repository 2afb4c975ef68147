// Which days: quick choices, or two dates. Both are the local calendar's.
import { useId } from 'react'
import { useNow } from '#renderer/app/context.tsx'
import { Pill } from '#renderer/components/choice.tsx'
import fieldStyles from '#renderer/components/field.module.css'
import { dateFieldOf } from '#renderer/features/shared/axis.ts'
import styles from './date-filter.module.css'
import { allDates, type DateChoice, spanOf } from './history-filter.ts'

const quick: readonly (readonly [string, DateChoice])[] = [
  ['Today', { kind: 'last', days: 1 }],
  ['7 d', { kind: 'last', days: 7 }],
  ['30 d', { kind: 'last', days: 30 }],
  ['All', allDates],
]

interface DateFilterProps {
  readonly choice: DateChoice
  readonly onChange: (choice: DateChoice) => void
}

export function DateFilter({ choice, onChange }: DateFilterProps) {
  const today = useNow((now) => dateFieldOf(now))
  // A quick choice shows the day it begins with.
  const from = useNow((now) =>
    choice.kind === 'last' ? dateFieldOf(spanOf(choice, now).from ?? now) : choice.from,
  )
  const to = choice.kind === 'last' ? '' : choice.to
  return (
    <fieldset className={styles.dates} aria-label="Dates">
      {quick.map(([words, one]) => (
        <Pill key={words} pressed={isSame(choice, one)} onPress={() => onChange(one)}>
          {words}
        </Pill>
      ))}
      <DateField
        label="From"
        value={from}
        max={today}
        onChange={(date) => onChange({ kind: 'dates', from: date, to })}
      />
      <DateField
        label="To"
        value={to}
        max={today}
        onChange={(date) => onChange({ kind: 'dates', from, to: date })}
      />
    </fieldset>
  )
}

interface DateFieldProps {
  readonly label: string
  /** As the field has it; empty for none. */
  readonly value: string
  readonly max: string
  readonly onChange: (date: string) => void
}

function DateField({ label, value, max, onChange }: DateFieldProps) {
  const id = useId()
  return (
    <span className={styles.field}>
      <label htmlFor={id} className="quiet small">
        {label}
      </label>
      <input
        id={id}
        type="date"
        className={fieldStyles.control}
        value={value}
        max={max}
        onChange={(event) => onChange(event.target.value)}
      />
    </span>
  )
}

function isSame(a: DateChoice, b: DateChoice): boolean {
  if (a.kind === 'last') return b.kind === 'last' && a.days === b.days
  return b.kind === 'dates' && a.from === b.from && a.to === b.to
}
