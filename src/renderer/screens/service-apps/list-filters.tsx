// Search, states, order.
import type { ProfileState } from '../../../preload/contract.ts'
import { Icon } from '../../parts/icon.tsx'
import { Picker } from '../../parts/picker.tsx'
import { stateOrder, stateWords } from '../../words.ts'
import type { ListChoice, Sort, StateFilter } from './rows.ts'

const sorts: readonly (readonly [Sort, string])[] = [
  ['expiry', 'Soonest to expire'],
  ['name', 'Name'],
  ['org', 'Org'],
]

interface FiltersProps {
  readonly choice: ListChoice
  /** Profiles before any filter. */
  readonly total: number
  readonly counts: ReadonlyMap<ProfileState, number>
  readonly onChange: (choice: ListChoice) => void
}

export function ListFilters({ choice, total, counts, onChange }: FiltersProps) {
  const states: readonly StateFilter[] = ['all', ...stateOrder.filter((state) => counts.has(state))]
  return (
    <div className="list-filters">
      <div className="search-box">
        <Icon name="search" />
        <input
          type="search"
          className="search-input"
          aria-label="Search"
          placeholder="Search name, org or ID"
          value={choice.search}
          onChange={(event) => onChange({ ...choice, search: event.target.value })}
        />
      </div>
      <fieldset className="state-filters" aria-label="States shown">
        {states.length > 2 &&
          states.map((state) => (
            <button
              key={state}
              type="button"
              className="filter-pill"
              aria-pressed={choice.state === state}
              onClick={() => onChange({ ...choice, state: choice.state === state ? 'all' : state })}
            >
              {state === 'all' || state === 'trouble' ? 'All' : stateWords[state]}
              <span className="quiet figures">
                {(state === 'all' || state === 'trouble' ? total : (counts.get(state) ?? 0)).toLocaleString()}
              </span>
            </button>
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
