// Search, states, order.
import { Icon } from '../../parts/icon.tsx'
import { Picker } from '../../parts/picker.tsx'
import { useView } from '../../window-parts.tsx'
import { stateOrder, stateWords } from '../../words.ts'
import type { ListChoice, Sort, StateFilter } from './rows.ts'

const sorts: readonly (readonly [Sort, string])[] = [
  ['expiry', 'Soonest to expire'],
  ['name', 'Name'],
  ['org', 'Org'],
]

interface FiltersProps {
  readonly choice: ListChoice
  readonly onChange: (choice: ListChoice) => void
}

export function ListFilters({ choice, onChange }: FiltersProps) {
  const { fleet } = useView()
  const counts = new Map<string, number>()
  for (const { state } of fleet.profiles) counts.set(state, (counts.get(state) ?? 0) + 1)
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
                {(state === 'all' ? fleet.profiles.length : (counts.get(state) ?? 0)).toLocaleString()}
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
