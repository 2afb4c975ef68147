// From profiles to the rows of the list: searched, filtered, sorted and grouped.
import type { MouseEvent } from 'react'
import { commonName } from '#base/common/common-name.ts'
import { foldText } from '#base/common/fold-text.ts'
import type { FleetView, ProfileState, ProfileView } from '#contract/contract.ts'
import { countStates } from '#contract/view-changes.ts'
import { type Condition, type ListState, SORTS, type Sort } from '#contract/view-state.ts'
import type { Point } from '#renderer/components/menu.tsx'
import { orgWords, stateOrder } from '#renderer/features/shared/words.ts'
import {
  changeReader,
  type Entry,
  entryReader,
  type Group,
  orderKeeper,
  type ProfileRow,
  tallyKeeper,
} from './entries.ts'

export interface ListChoice
  extends Pick<ListState, 'search' | 'state' | 'condition' | 'sort' | 'isDescending' | 'grouping'> {
  /** Keys of the groups whose rows are folded away. */
  readonly folded: ReadonlySet<string>
  /** IDs of the profiles among which is chosen, those that an incident affects; null: all. */
  readonly among: ReadonlySet<string> | null
  /** By the IDs of the profiles that something is not delivered of. */
  readonly undelivered: Pick<ReadonlySet<string>, 'has'>
  /** What expires soon is reckoned from here. */
  readonly now: number
}

export interface GroupRow {
  readonly kind: 'group'
  readonly key: string
  readonly of: Exclude<Group, null>
  readonly name: string
  readonly folded: boolean
  /** Of those that the filters leave. */
  readonly profileIds: readonly string[]
  readonly counts: Readonly<Record<ProfileState, number>>
}

export type ListRow = ProfileRow | GroupRow

/** The place of a row in the list, and whether the Tab key reaches it. */
export interface RowPlace {
  readonly index: number
  /** px from the top of the list. */
  readonly start: number
  readonly active: boolean
  readonly events: RowEvents
}

/** What a row calls; the same from one drawing to the next. */
export interface RowEvents {
  focus(key: string): void
  /** Opens, shows or folds it; with Shift or Ctrl it selects. */
  press(row: ListRow, event: MouseEvent): void
  check(row: ListRow, event: MouseEvent): void
  /** `anchor`: gets the focus back. `at`: of the pointer. */
  menu(row: ListRow, anchor: HTMLElement, at: Point | undefined): void
}

interface Reading {
  readonly rows: readonly ListRow[]
  /** Orgs of all profiles, whatever is shown of them. */
  readonly customers: number
  /** What search and filters leave, whatever state is chosen. */
  readonly found: Readonly<Record<ProfileState, number>>
}

type RowsOf = (profiles: readonly ProfileView[], choice: ListChoice) => Reading

/** Remembers what it made of the profiles it has seen, so that a change of one costs little among ten thousand. */
export function rowReader(): RowsOf {
  const entryOf = entryReader()
  const keepers = Object.fromEntries(SORTS.map((sort) => [sort, orderKeeper(sort)])) as Record<
    Sort,
    ReturnType<typeof orderKeeper>
  >
  const changesOf = changeReader()
  const namesOf = tallyKeeper(({ profile }) => profile.name)
  const orgsOf = tallyKeeper(({ profile }) => profile.targetOrgId)
  const groupOf = groupMaker()
  return (profiles, choice) => {
    const entries = profiles.map(entryOf)
    const changes = changesOf(entries)
    const names = namesOf(changes)
    const customers = orgsOf(changes).size
    const ordered = keepers[choice.sort](entries)
    const isFound = filterOf(choice)
    const found = countStates([])
    const groups = new Map<string, Entry[]>()
    for (const entry of choice.isDescending ? ordered.toReversed() : ordered) {
      if (!isFound(entry)) continue
      const { state } = entry.profile
      found[state] += 1
      if (choice.state !== 'all' && choice.state !== state) continue
      const key = groupKeyOf(entry, choice)
      const members = groups.get(key)
      if (members === undefined) groups.set(key, [entry])
      else members.push(entry)
    }
    const rows: ListRow[] = []
    for (const [key, members] of groups) {
      const group = members.length > 1 ? groupOf(key, members, choice) : null
      if (group !== null) rows.push(group)
      if (group?.folded) continue
      for (const entry of members)
        rows.push(entry.row(group?.of ?? null, (names.get(entry.profile.name) ?? 0) > 1))
    }
    return { rows, customers, found }
  }
}

const reasonsOf = new WeakMap<FleetView['incidents'], ReadonlyMap<string, string>>()

/** Why the tokens of profiles are not delivered, by ID: made anew only when an incident has changed. */
export function undeliveredOf({ incidents }: FleetView): ReadonlyMap<string, string> {
  const known = reasonsOf.get(incidents)
  if (known !== undefined) return known
  const reasons = new Map<string, string>()
  for (const { code, profileIds, sentence } of incidents) {
    if (code !== 'undelivered' && code !== 'delivery-held') continue
    for (const id of profileIds) reasons.set(id, sentence)
  }
  reasonsOf.set(incidents, reasons)
  return reasons
}

/** For one look. */
export const rowsOf = (profiles: readonly ProfileView[], choice: ListChoice): readonly ListRow[] =>
  rowReader()(profiles, choice).rows

/** The order within a group is the order of the list, so the group stands where its first row would. */
function groupKeyOf(entry: Entry, { grouping }: ListChoice): string {
  switch (grouping) {
    case 'service-app':
      return entry.appId
    case 'customer':
      return entry.org()
    case 'none':
      return entry.profile.id
  }
}

/** Looks at the members only when one of them has changed, and gives the same row again while it says the same. */
function groupMaker(): (key: string, members: readonly Entry[], choice: ListChoice) => GroupRow {
  const known = new Map<string, { readonly members: readonly Entry[]; readonly row: GroupRow }>()
  return (name, members, { grouping, folded: allFolded, search }) => {
    const of = grouping === 'customer' ? 'customer' : 'service-app'
    const key = `${of} ${name}`
    const before = known.get(key)
    const folded = allFolded.has(key) && search === ''
    if (before?.row.folded === folded && isSameList(before.members, members)) return before.row
    const made = groupOf(key, of, members, folded)
    const row = before !== undefined && isSameGroup(before.row, made) ? before.row : made
    known.set(key, { members, row })
    return row
  }
}

const isSameList = <T>(one: readonly T[], other: readonly T[]) =>
  one.length === other.length && one.every((entry, place) => entry === other[place])

const isSameGroup = (one: GroupRow, other: GroupRow) =>
  one.name === other.name &&
  one.folded === other.folded &&
  isSameList(one.profileIds, other.profileIds) &&
  stateOrder.every((state) => one.counts[state] === other.counts[state])

function groupOf(key: string, of: GroupRow['of'], members: readonly Entry[], folded: boolean): GroupRow {
  const profiles = members.map(({ profile }) => profile)
  return {
    kind: 'group',
    key,
    of,
    name: of === 'customer' ? customerName(profiles) : commonName(profiles.map(({ name }) => name)),
    folded,
    profileIds: profiles.map(({ id }) => id),
    counts: countStates(profiles),
  }
}

function customerName(profiles: readonly ProfileView[]): string {
  const named = profiles.find(({ orgName }) => orgName !== null) ?? profiles[0]
  return named === undefined ? '' : orgWords(named.orgName, named.targetOrgId)
}

/** ms */
const SOON = 48 * 60 * 60 * 1000

/** All that is chosen by but the state. */
function filterOf({ search, condition, among, undelivered, now }: ListChoice) {
  const words = wordsOf(search)
  const meets: Readonly<Record<Condition, (profile: ProfileView) => boolean>> = {
    any: () => true,
    expiring: ({ accessToken }) =>
      accessToken !== null && accessToken.expiresAt !== null && accessToken.expiresAt < now + SOON,
    undelivered: ({ id }) => undelivered.has(id),
    'tier-1-lost': isTierOneLost,
    untested: ({ lastTest }) => lastTest === undefined,
  }
  return (entry: Entry): boolean =>
    (among === null || among.has(entry.profile.id)) &&
    meets[condition](entry.profile) &&
    matches(entry, words)
}

/** It had a token, and its refresh token gives no other. */
function isTierOneLost({ accessToken, ladder }: ProfileView): boolean {
  return accessToken !== null && ladder.some(({ tier, canRenew }) => tier === 1 && !canRenew)
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
