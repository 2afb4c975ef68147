// View state: the screen the window was left on, and how its list was searched, filtered, sorted, grouped and scrolled.
// The window changes it, main stores it with the preferences. Imports nothing that runs.
import type { ProfileState } from '#engine/domain/view-model.ts'

export const SORTS = ['problems', 'expiry', 'name', 'customer', 'refresh-token', 'last'] as const
export const GROUPINGS = ['service-app', 'customer', 'none'] as const
export const CONDITIONS = ['any', 'expiring', 'undelivered', 'tier-1-lost', 'untested'] as const
const STATES = [
  'all',
  'expired',
  'needs-attention',
  'retrying',
  'not-yet-issued',
  'refreshing',
  'paused',
  'healthy',
] as const satisfies readonly (ProfileState | 'all')[]

export type Sort = (typeof SORTS)[number]
export type Grouping = (typeof GROUPINGS)[number]
/** What else a row has to meet to be shown. */
export type Condition = (typeof CONDITIONS)[number]
export type StateFilter = ProfileState | 'all'

export interface ListState {
  readonly search: string
  readonly state: StateFilter
  readonly condition: Condition
  /** Key of the incident whose customers are shown. */
  readonly incident: string | null
  readonly sort: Sort
  readonly isDescending: boolean
  readonly grouping: Grouping
  readonly isCompact: boolean
  /** A click shows the row in the panel beside the list. */
  readonly hasPreview: boolean
  /** Keys of the groups whose rows are folded away. */
  readonly folded: readonly string[]
  /** IDs of profiles. */
  readonly selected: readonly string[]
  /** px */
  readonly scrollTop: number
}

export interface ViewState {
  /** The fragment of the window's address; empty: never left. */
  readonly route: string
  readonly list: ListState
}

/** Characters and entries; a text that is longer, or a list that is, counts as missing. */
export const LONGEST_SEARCH = 200
const LONGEST_TEXT = 300
const MOST_KEPT = 1_000
/** px: the height of the longest list that Chromium can lay out. */
const FARTHEST = 30_000_000

const FIRST_LIST: ListState = {
  search: '',
  state: 'all',
  condition: 'any',
  incident: null,
  sort: 'problems',
  isDescending: false,
  grouping: 'service-app',
  isCompact: false,
  hasPreview: false,
  folded: [],
  selected: [],
  scrollTop: 0,
}

/** Never fails: each part that is missing or cannot be is as it was at first. */
export function readViewState(stored: unknown): ViewState {
  const { route, list } = objectOf(stored)
  const { search, state, condition, incident, sort, isDescending, grouping, ...rest } = objectOf(list)
  const { isCompact, hasPreview, folded, selected, scrollTop } = rest
  return {
    route: textOf(route, LONGEST_TEXT) ?? '',
    list: {
      search: textOf(search, LONGEST_SEARCH) ?? FIRST_LIST.search,
      state: oneOf(STATES, state) ?? FIRST_LIST.state,
      condition: oneOf(CONDITIONS, condition) ?? FIRST_LIST.condition,
      incident: textOf(incident, LONGEST_TEXT),
      sort: oneOf(SORTS, sort) ?? FIRST_LIST.sort,
      isDescending: isDescending === true,
      grouping: oneOf(GROUPINGS, grouping) ?? FIRST_LIST.grouping,
      isCompact: isCompact === true,
      hasPreview: hasPreview === true,
      folded: textsOf(folded),
      // Half of a selection would be another one.
      selected: textsOf(selected),
      scrollTop:
        typeof scrollTop === 'number' && scrollTop >= 0 && scrollTop <= FARTHEST ? Math.round(scrollTop) : 0,
    },
  }
}

function oneOf<T extends string>(choices: readonly T[], value: unknown): T | null {
  return choices.find((choice) => choice === value) ?? null
}

function textOf(value: unknown, longest: number): string | null {
  return typeof value === 'string' && value.length <= longest ? value : null
}

function textsOf(value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length > MOST_KEPT) return []
  const texts = value.filter((each) => textOf(each, LONGEST_TEXT) !== null)
  return texts.length === value.length ? texts : []
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}
