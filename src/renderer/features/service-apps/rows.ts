// From profiles to the rows of the list: searched, filtered, sorted, and grouped where one service app serves many orgs.
import type { ProfileState, ProfileView } from '#contract/contract.ts'
import { type Entry, entryReader, orderKeeper, type Sort } from './entries.ts'

export type StateFilter = 'all' | 'trouble' | ProfileState

export interface ListChoice {
  readonly search: string
  readonly state: StateFilter
  readonly sort: Sort
  /** App IDs whose orgs are folded away. */
  readonly folded: ReadonlySet<string>
}

export type ListRow =
  | {
      readonly kind: 'profile'
      readonly key: string
      readonly profile: ProfileView
      readonly grouped: boolean
    }
  | {
      readonly kind: 'group'
      readonly key: string
      readonly appId: string
      readonly name: string
      readonly folded: boolean
      readonly orgs: number
      readonly healthy: number
      readonly troubled: number
      readonly expired: number
    }

/** The place of a row in the list, and whether the Tab key reaches it. */
export interface RowPlace {
  readonly index: number
  /** px from the top of the list. */
  readonly start: number
  readonly active: boolean
  readonly onFocus: (key: string) => void
}

/** What a person is to look at, though the token may still be good. */
export const isTrouble = (state: ProfileState) =>
  state === 'needs-you' || state === 'expired' || state === 'retrying'

type RowsOf = (profiles: readonly ProfileView[], choice: ListChoice) => readonly ListRow[]

/** Remembers what it made of the profiles it has seen, so that a change of one costs little among ten thousand. */
export function rowReader(): RowsOf {
  const entryOf = entryReader()
  const keepers = { expiry: orderKeeper('expiry'), name: orderKeeper('name'), org: orderKeeper('org') }
  const rowOf = rowMaker()
  return (profiles, choice) => {
    const ordered = keepers[choice.sort](profiles.map(entryOf))
    const words = wordsOf(choice.search)
    const groups = new Map<string, ProfileView[]>()
    for (const entry of ordered) {
      const { profile } = entry
      if (!fits(profile, choice.state) || !matches(entry, words)) continue
      const members = groups.get(profile.appId)
      if (members === undefined) groups.set(profile.appId, [profile])
      else members.push(profile)
    }
    const rows: ListRow[] = []
    for (const [appId, members] of groups) {
      const group = members.length > 1 ? groupOf(appId, members, choice) : null
      if (group !== null) rows.push(group)
      if (group?.folded) continue
      for (const profile of members) rows.push(rowOf(profile, group !== null))
    }
    return rows
  }
}

/** For one look. */
export const rowsOf: RowsOf = (profiles, choice) => rowReader()(profiles, choice)

type ProfileRow = Extract<ListRow, { kind: 'profile' }>
type GroupRow = Extract<ListRow, { kind: 'group' }>

function rowMaker(): (profile: ProfileView, grouped: boolean) => ProfileRow {
  const known = new WeakMap<ProfileView, ProfileRow>()
  return (profile, grouped) => {
    const before = known.get(profile)
    if (before?.grouped === grouped) return before
    const row = { kind: 'profile', key: profile.id, profile, grouped } as const
    known.set(profile, row)
    return row
  }
}

function groupOf(appId: string, members: readonly ProfileView[], choice: ListChoice): GroupRow {
  const count = (wanted: ProfileState) =>
    members.reduce((sum, { state }) => (state === wanted ? sum + 1 : sum), 0)
  return {
    kind: 'group',
    key: `group ${appId}`,
    appId,
    name: commonName(members.map(({ name }) => name)),
    folded: choice.folded.has(appId) && choice.search === '',
    orgs: members.length,
    healthy: count('healthy'),
    troubled: count('needs-you'),
    expired: count('expired'),
  }
}

/** What the names of one app's profiles begin with, cut at a word; the first name where they share nothing. */
export function commonName(names: readonly string[]): string {
  const [first = ''] = names
  let length = first.length
  for (const name of names) {
    let same = 0
    while (same < length && name[same] === first[same]) same += 1
    length = same
  }
  if (length === first.length) return first
  const words = first.slice(0, length).replace(LAST_WORD, '').replace(LAST_SEPARATORS, '')
  return words === '' ? first : words
}

/** Each begins where the run it ends with begins, so that it is tried once for a run, not for each character of it. */
const LAST_WORD = /(?<![^\s\-–—·:/(,])[^\s\-–—·:/(,]+$/
const LAST_SEPARATORS = /(?<![\s\-–—·:/(,])[\s\-–—·:/(,]+$/

function fits({ state }: ProfileView, wanted: StateFilter): boolean {
  if (wanted === 'all') return true
  if (wanted === 'trouble') return isTrouble(state)
  return state === wanted
}

/** Digits of an id are found by this many; fewer would find half of all ids. */
const SHORTEST_ID_PART = 4

export const wordsOf = (search: string): readonly string[] =>
  search.toLowerCase().split(/\s+/).filter(Boolean)

/** Whether every word of the search is in the profile's names or IDs. */
export function matches(entry: Entry, words: readonly string[]): boolean {
  return words.every(
    (word) => entry.names.includes(word) || (word.length >= SHORTEST_ID_PART && entry.ids().includes(word)),
  )
}
