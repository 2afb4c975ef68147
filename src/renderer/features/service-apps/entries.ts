// What the list knows of each profile beside the profile itself: read once, since main pushes a new object only for one
// that changed.
import { foldText } from '#base/common/fold-text.ts'
import { orgKey } from '#base/common/webex-id.ts'
import type { ProfileView } from '#contract/contract.ts'
import type { Grouping, Sort } from '#contract/view-state.ts'
import { orgWords } from '#renderer/features/shared/words.ts'

export interface Entry {
  readonly profile: ProfileView
  /** One text for all of an app, which a map finds without comparing its characters. */
  readonly appId: string
  /** Lower case, for the search. */
  readonly names: string
  /** Lower case; made when a search first gets to it. */
  ids(): string
  /** The same for an org in every spelling of its ID; made when it is first grouped by. */
  org(): string
  /** How soon somebody should look at it; 0 first. */
  readonly urgency: number
  /** What a token that ends later has more of; 0 for one that does not exist yet or whose end nobody knows. */
  readonly end: number
  /** Its row of the list; the same one each time. */
  row(group: Group, isNamesake: boolean): ProfileRow
  /** What is sorted by, made when it first is. */
  nameKey(): string
  customerKey(): string
}

/** What the group is of that the row is in; null: it stands alone. */
export type Group = Exclude<Grouping, 'none'> | null

export interface ProfileRow {
  readonly kind: 'profile'
  readonly key: string
  readonly profile: ProfileView
  readonly group: Group
  /** Another profile has the same name, so its own does not tell which one it is. */
  readonly isNamesake: boolean
}

function rowMaker(profile: ProfileView): Entry['row'] {
  let row: ProfileRow | null = null
  return (group, isNamesake) => {
    if (row?.group !== group || row.isNamesake !== isNamesake)
      row = { kind: 'profile', key: profile.id, profile, group, isNamesake }
    return row
  }
}

export function entryReader(): (profile: ProfileView) => Entry {
  const known = new WeakMap<ProfileView, Entry>()
  const appIds = new Map<string, string>()
  const sameText = (appId: string) => {
    const first = appIds.get(appId) ?? appId
    appIds.set(first, first)
    return first
  }
  return (profile) => {
    const before = known.get(profile)
    if (before !== undefined) return before
    const entry = entryOf(profile, sameText(profile.appId))
    known.set(profile, entry)
    return entry
  }
}

function entryOf(profile: ProfileView, sameAppId: string): Entry {
  const { name, orgName, targetOrgId, appId, clientId, accessToken, last } = profile
  return {
    profile,
    appId: sameAppId,
    row: rowMaker(profile),
    names: foldText(`${name}\n${orgName ?? ''}`),
    ids: once(() =>
      [orgWords(null, targetOrgId), targetOrgId, appId, clientId, last?.trackingId ?? '']
        .join('\n')
        .toLowerCase(),
    ),
    org: once(() => orgKey(targetOrgId)),
    urgency: urgencyOf(profile),
    end: accessToken?.expiresAt ?? 0,
    nameKey: once(() => sortKey(name)),
    customerKey: once(() => sortKey(`${orgWords(orgName, targetOrgId)}\n${name}`)),
  }
}

/**
 * Keys that compare as plain text the way a person counts: "Org 9" before "Org 10", case and accents aside. Ten thousand
 * texts sort by them in a few milliseconds, where the language's own rules take a tenth of a second.
 */
export function sortKey(text: string): string {
  // Marks go first: normalising puts those in a row in order, which takes time with the square of their number.
  const plain = ASCII.test(text) ? text : withoutMarks(withoutMarks(text).normalize('NFD'))
  return plain.toLowerCase().replace(/\d+/g, (digits) => digits.padStart(DIGITS, '0'))
}

const withoutMarks = (text: string) => text.replace(/\p{M}+/gu, '')
const ASCII = /^[ -~\n]*$/
const DIGITS = 12

/** What needs a person stays in its place while it is tried once more. */
function urgencyOf({ state, isUnattended, last }: ProfileView): number {
  if (state === 'expired') return 0
  const isTriedAgain = state === 'refreshing' && last?.outcome === 'failed'
  if (state === 'needs-attention' || (isTriedAgain && !isUnattended)) return 1
  return state === 'retrying' || isTriedAgain ? 2 : 3
}

interface Changes {
  readonly gone: ReadonlySet<Entry>
  readonly fresh: readonly Entry[]
}

/** What came and went since it was asked last. */
export function changeReader(): (entries: readonly Entry[]) => Changes {
  let before: readonly Entry[] = []
  return (entries) => {
    const gone = new Set<Entry>()
    const came: Entry[] = []
    const length = Math.max(before.length, entries.length)
    for (let place = 0; place < length; place += 1) {
      const was = before[place]
      const is = entries[place]
      if (was === is) continue
      if (was !== undefined) gone.add(was)
      if (is !== undefined) came.push(is)
    }
    before = entries
    // What only changed its place is in both.
    return { fresh: came.filter((entry) => !gone.delete(entry)), gone }
  }
}

/** How many entries have each key: of ten thousand only those that changed are counted again. */
export function tallyKeeper(
  keyOf: (entry: Entry) => string,
): (changes: Changes) => ReadonlyMap<string, number> {
  const tally = new Map<string, number>()
  const add = (entry: Entry, count: number) => {
    const key = keyOf(entry)
    const next = (tally.get(key) ?? 0) + count
    if (next === 0) tally.delete(key)
    else tally.set(key, next)
  }
  return ({ gone, fresh }) => {
    for (const entry of gone) add(entry, -1)
    for (const entry of fresh) add(entry, 1)
    return tally
  }
}

/** Keeps what it was given last in order: of ten thousand only those that changed are sorted, and merged in. */
export function orderKeeper(sort: Sort): (entries: readonly Entry[]) => readonly Entry[] {
  const compare = comparisons[sort]
  const changesOf = changeReader()
  let ordered: readonly Entry[] = []
  return (entries) => {
    const { gone, fresh } = changesOf(entries)
    if (gone.size > 0) ordered = ordered.filter((entry) => !gone.has(entry))
    if (fresh.length > 0) ordered = merged(ordered, fresh.toSorted(compare), compare)
    return ordered
  }
}

type Compare = (one: Entry, other: Entry) => number

const byText = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0)

const byName: Compare = (one, other) =>
  byText(one.nameKey(), other.nameKey()) || byText(one.customerKey(), other.customerKey())

const byNumber =
  (numberOf: (entry: Entry) => number): Compare =>
  (one, other) =>
    numberOf(one) - numberOf(other) || byName(one, other)

const byEnd = byNumber(({ end }) => end)

const comparisons: Readonly<Record<Sort, Compare>> = {
  problems: (one, other) => one.urgency - other.urgency || byEnd(one, other),
  expiry: byEnd,
  name: byName,
  customer: (one, other) => byText(one.customerKey(), other.customerKey()),
  'refresh-token': byNumber(({ profile: { refreshToken } }) =>
    refreshToken === null || refreshToken.dead ? 0 : (refreshToken.expiresAt ?? 0),
  ),
  last: byNumber(({ profile: { last } }) => last?.at ?? 0),
}

function merged(stayed: readonly Entry[], fresh: readonly Entry[], compare: Compare): readonly Entry[] {
  const all: Entry[] = []
  let next = 0
  for (const entry of stayed) {
    for (let early = fresh[next]; early !== undefined && compare(early, entry) < 0; early = fresh[next]) {
      all.push(early)
      next += 1
    }
    all.push(entry)
  }
  return all.concat(fresh.slice(next))
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
