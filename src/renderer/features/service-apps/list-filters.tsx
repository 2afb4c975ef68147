// Above the list: search, states, what else is wanted, order, and how the rows are shown.
import type { Incident, ProfileState } from '#contract/contract.ts'
import {
  type Condition,
  type Grouping,
  type ListState,
  LONGEST_SEARCH,
  type Sort,
  type StateFilter,
} from '#contract/view-state.ts'
import { Picker, Pill } from '#renderer/components/choice.tsx'
import { SearchField } from '#renderer/components/field.tsx'
import { Icon } from '#renderer/components/icon.tsx'
import layout from '#renderer/components/layout.module.css'
import { MenuButton, type MenuEntry } from '#renderer/components/menu.tsx'
import { stateOrder, stateWords } from '#renderer/features/shared/words.ts'
import styles from './list-filters.module.css'

const sorts: readonly (readonly [Sort, string])[] = [
  ['problems', 'Problems first'],
  ['expiry', 'Soonest to expire'],
  ['name', 'Service app'],
  ['customer', 'Customer'],
  ['refresh-token', 'Refresh token'],
  ['last', 'Last refresh'],
]

const conditions: readonly (readonly [Condition, string])[] = [
  ['any', 'Everything'],
  ['expiring', 'Expires within 48 h'],
  ['undelivered', 'Delivery failing'],
  ['tier-1-lost', 'Tier 1 lost'],
  ['untested', 'Not tested since the start'],
]

const groupings: readonly (readonly [Grouping, string])[] = [
  ['service-app', 'Group by service app'],
  ['customer', 'Group by customer'],
  ['none', 'No groups'],
]

interface FiltersProps {
  readonly state: ListState
  /** Whose customers are shown; null: all. */
  readonly incident: Incident | null
  /** Of the whole fleet, so that a chip stays where it is while something is searched. */
  readonly counts: Readonly<Record<ProfileState, number>>
  /** What a chip would show: what search and filters leave. */
  readonly found: Readonly<Record<ProfileState, number>>
  /** There is room for it beside the list. */
  readonly canPreview: boolean
  readonly onChange: (patch: Partial<ListState>) => void
}

export function ListFilters({ state, incident, counts, found, canPreview, onChange }: FiltersProps) {
  const present = stateOrder.filter((each) => counts[each] > 0 || each === state.state)
  const all = stateOrder.reduce((sum, each) => sum + found[each], 0)
  return (
    <div className={`${layout.filters} ${styles.filters}`}>
      <SearchField
        type="search"
        aria-label="Search"
        placeholder="App, customer or ID"
        maxLength={LONGEST_SEARCH}
        value={state.search}
        onChange={(event) => onChange({ search: event.target.value })}
      />
      <span className={styles.choices}>
        <Picker
          label="Show"
          value={state.condition}
          options={conditions}
          onChange={(condition) => onChange({ condition })}
        />
        <Picker
          label="Sort by"
          value={state.sort}
          options={sorts}
          onChange={(sort) => onChange({ sort, isDescending: false })}
        />
        <MenuButton label="View" icon="view" entries={viewEntries(state, canPreview, onChange)}>
          View
        </MenuButton>
      </span>
      {(present.length > 1 || incident !== null || state.state !== 'all') && (
        <fieldset className={styles.states} aria-label="States shown">
          {incident !== null && (
            <IncidentChip incident={incident} onRemove={() => onChange({ incident: null })} />
          )}
          {(['all', ...present] as const).map((each: StateFilter) => (
            <Pill
              key={each}
              pressed={state.state === each}
              onPress={() => onChange({ state: state.state === each ? 'all' : each })}
            >
              {each === 'all' ? 'All' : stateWords[each]}
              <span className="quiet figures">{(each === 'all' ? all : found[each]).toLocaleString()}</span>
            </Pill>
          ))}
        </fieldset>
      )}
    </div>
  )
}

function viewEntries(
  { grouping, isCompact, hasPreview }: ListState,
  canPreview: boolean,
  onChange: FiltersProps['onChange'],
): readonly MenuEntry[] {
  return [
    ...groupings.map(([each, words]) => ({
      words,
      checked: grouping === each,
      act: () => onChange({ grouping: each }),
    })),
    {
      words: 'Compact rows',
      checked: isCompact,
      separated: true,
      act: () => onChange({ isCompact: !isCompact }),
    },
    {
      words: 'Preview beside the list',
      checked: hasPreview && canPreview,
      ...(canPreview ? {} : { disabled: true, note: 'Needs a wider window' }),
      act: () => onChange({ hasPreview: !hasPreview }),
    },
  ]
}

/** Whose customers are shown, and the button that shows all again. */
function IncidentChip(props: { readonly incident: Incident; readonly onRemove: () => void }) {
  const { title } = props.incident
  return (
    <span className={styles.incident}>
      <span className="cut" title={title}>
        {title}
      </span>
      <button type="button" aria-label={`Show all, not only: ${title}`} onClick={props.onRemove}>
        <Icon name="close" size={0.75} />
      </button>
    </span>
  )
}
