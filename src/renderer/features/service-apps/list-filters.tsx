// Search, states, order.
import type { ProfileState } from '#contract/contract.ts'
import { Picker, Pill } from '#renderer/components/choice.tsx'
import { SearchField } from '#renderer/components/field.tsx'
import layout from '#renderer/components/layout.module.css'
import { stateOrder, stateWords } from '#renderer/features/shared/words.ts'
import type { Sort } from './entries.ts'
import styles from './list-filters.module.css'
import { isTrouble, type ListChoice, type StateFilter } from './rows.ts'

const sorts: readonly (readonly [Sort, string])[] = [
  ['expiry', 'Soonest to expire'],
  ['name', 'Name'],
  ['org', 'Org'],
]

interface FiltersProps {
  readonly choice: ListChoice
  /** Profiles before any filter. */
  readonly total: number
  readonly counts: Readonly<Record<ProfileState, number>>
  readonly onChange: (choice: ListChoice) => void
}

export function ListFilters({ choice, total, counts, onChange }: FiltersProps) {
  const present = stateOrder.filter((state) => counts[state] > 0)
  const troubled = present.filter(isTrouble)
  const states: readonly StateFilter[] = [
    'all',
    ...(troubled.length > 1 || choice.state === 'trouble' ? ['trouble' as const] : []),
    ...present,
  ]
  const countOf = (state: StateFilter) => {
    if (state === 'all') return total
    if (state !== 'trouble') return counts[state]
    return troubled.reduce((sum, one) => sum + counts[one], 0)
  }
  return (
    <div className={`${layout.filters} ${styles.filters}`}>
      <SearchField
        type="search"
        aria-label="Search"
        placeholder="Search name, org or ID"
        value={choice.search}
        onChange={(event) => onChange({ ...choice, search: event.target.value })}
      />
      <fieldset className={styles.states} aria-label="States shown">
        {states.length > 2 &&
          states.map((state) => (
            <Pill
              key={state}
              pressed={choice.state === state}
              onPress={() => onChange({ ...choice, state: choice.state === state ? 'all' : state })}
            >
              {filterWords(state)}
              <span className="quiet figures">{countOf(state).toLocaleString()}</span>
            </Pill>
          ))}
      </fieldset>
      <Picker
        label="Sort by"
        value={choice.sort}
        options={sorts}
        onChange={(sort) => onChange({ ...choice, sort })}
      />
    </div>
  )
}

function filterWords(state: StateFilter): string {
  if (state === 'all') return 'All'
  return state === 'trouble' ? 'In trouble' : stateWords[state]
}
