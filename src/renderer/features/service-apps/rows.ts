// From profiles to the rows of the list: searched, filtered, sorted, and grouped where one service app serves many orgs.

import { commonName } from '#base/common/common-name.ts'
import { foldText } from '#base/common/fold-text.ts'
import type { ProfileState, ProfileView } from '#contract/contract.ts'
import { countStates } from '#contract/view-changes.ts'
import { stateOrder } from '#renderer/features/shared/words.ts'
import { type Entry, entryReader, orderKeeper, type ProfileRow, type Sort } from './entries.ts'

export type StateFilter = 'all' | 'trouble' | ProfileState

export interface ListChoice {
  readonly search: string
  readonly state: StateFilter
  readonly sort: Sort
  /** App IDs whose orgs are folded away. */
  readonly folded: ReadonlySet<string>
}

export type ListRow =
  | ProfileRow
  | {
      readonly kind: 'group'
      readonly key: string
      readonly appId: string
      readonly name: string
      readonly folded: boolean
      readonly orgs: number
      readonly counts: Readonly<Record<ProfileState, number>>
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
  state === 'needs-attention' || state === 'expired' || state === 'retrying'

type RowsOf = (profiles: readonly ProfileView[], choice: ListChoice) => readonly ListRow[]

/** Remembers what it made of the profiles it has seen, so that a change of one costs little among ten thousand. */
export function rowReader(): RowsOf {
  const entryOf = entryReader()
  const keepers = { expiry: orderKeeper('expiry'), name: orderKeeper('name'), org: orderKeeper('org') }
  const groupOf = groupMaker()
  return (profiles, choice) => {
    const ordered = keepers[choice.sort](profiles.map(entryOf))
    const words = wordsOf(choice.search)
    const isFiltered = choice.state !== 'all' || words.length > 0
    const groups = new Map<string, Entry[]>()
    for (const entry of ordered) {
      if (isFiltered && !(fits(entry.profile, choice.state) && matches(entry, words))) continue
      const members = groups.get(entry.appId)
      if (members === undefined) groups.set(entry.appId, [entry])
      else members.push(entry)
    }
    const rows: ListRow[] = []
    for (const [appId, members] of groups) {
      const group = members.length > 1 ? groupOf(appId, members, choice) : null
      if (group !== null) rows.push(group)
      if (group?.folded) continue
      for (const entry of members) rows.push(entry.row(group !== null))
    }
    return rows
  }
}

/** For one look. */
export const rowsOf: RowsOf = (profiles, choice) => rowReader()(profiles, choice)

type GroupRow = Extract<ListRow, { kind: 'group' }>

/** Looks at the members only when one of them has changed, and gives the same row again while it says the same. */
function groupMaker(): (appId: string, members: readonly Entry[], choice: ListChoice) => GroupRow {
  const known = new Map<string, { readonly members: readonly Entry[]; readonly row: GroupRow }>()
  return (appId, members, choice) => {
    const before = known.get(appId)
    const folded = choice.folded.has(appId) && choice.search === ''
    if (before?.row.folded === folded && isSameList(before.members, members)) return before.row
    const made = groupOf(appId, members, folded)
    const row = before !== undefined && isSameGroup(before.row, made) ? before.row : made
    known.set(appId, { members, row })
    return row
  }
}

const isSameList = (one: readonly Entry[], other: readonly Entry[]) =>
  one.length === other.length && one.every((entry, place) => entry === other[place])

const isSameGroup = (one: GroupRow, other: GroupRow) =>
  one.name === other.name &&
  one.folded === other.folded &&
  one.orgs === other.orgs &&
  stateOrder.every((state) => one.counts[state] === other.counts[state])

function groupOf(appId: string, members: readonly Entry[], folded: boolean): GroupRow {
  return {
    kind: 'group',
    key: `group ${appId}`,
    appId,
    name: commonName(members.map(({ profile }) => profile.name)),
    folded,
    orgs: members.length,
    counts: countStates(members.map(({ profile }) => profile)),
  }
}

function fits({ state }: ProfileView, wanted: StateFilter): boolean {
  if (wanted === 'all') return true
  if (wanted === 'trouble') return isTrouble(state)
  return state === wanted
}

/** Digits of an id are found by this many; fewer would find half of all ids. */
const SHORTEST_ID_PART = 4

export const wordsOf = (search: string): readonly string[] => foldText(search).split(/\s+/).filter(Boolean)

/** Whether every word of the search is in the profile's names or IDs. */
export function matches(entry: Entry, words: readonly string[]): boolean {
  return words.every(
    (word) => entry.names.includes(word) || (word.length >= SHORTEST_ID_PART && entry.ids().includes(word)),
  )
}
