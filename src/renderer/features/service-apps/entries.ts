// What the list knows of each profile beside the profile itself: read once, since main pushes a new object only for one
// that changed.
import { foldText } from '#base/common/fold-text.ts'
import type { ProfileView } from '#contract/contract.ts'
import { orgWords } from '#renderer/features/shared/words.ts'

export type Sort = 'expiry' | 'name' | 'org'

export interface Entry {
  readonly profile: ProfileView
  /** One text for all of an app, which a map finds without comparing its characters. */
  readonly appId: string
  /** Lower case, for the search. */
  readonly names: string
  /** Lower case; made when a search first gets to it. */
  ids(): string
  /** What a token that ends later has more of; 0 for one that does not exist yet or whose end nobody knows. */
  readonly end: number
  /** Its row of the list, on its own or in a group; the same one each time. */
  row(grouped: boolean): ProfileRow
  /** What is sorted by, made when it first is. */
  nameKey(): string
  orgKey(): string
}

export interface ProfileRow {
  readonly kind: 'profile'
  readonly key: string
  readonly profile: ProfileView
  readonly grouped: boolean
}

function rowMaker(profile: ProfileView): (grouped: boolean) => ProfileRow {
  let row: ProfileRow | null = null
  return (grouped) => {
    if (row?.grouped !== grouped) row = { kind: 'profile', key: profile.id, profile, grouped }
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
  const { name, orgName, targetOrgId, appId, clientId, accessToken } = profile
  return {
    profile,
    appId: sameAppId,
    row: rowMaker(profile),
    names: foldText(`${name}\n${orgName ?? ''}`),
    ids: once(() => `${orgWords(null, targetOrgId)}\n${targetOrgId}\n${appId}\n${clientId}`.toLowerCase()),
    end: accessToken?.expiresAt ?? 0,
    nameKey: once(() => sortKey(name)),
    orgKey: once(() => sortKey(`${orgWords(orgName, targetOrgId)}\n${name}`)),
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

/** Keeps what it was given last in order: of ten thousand only those that changed are sorted, and merged in. */
export function orderKeeper(sort: Sort): (entries: readonly Entry[]) => readonly Entry[] {
  const compare = comparisons[sort]
  let before: readonly Entry[] = []
  let ordered: readonly Entry[] = []
  return (entries) => {
    const gone = new Set(before.filter((entry, place) => entry !== entries[place]))
    // What only changed its place is in both.
    const fresh = entries.filter((entry, place) => entry !== before[place] && !gone.delete(entry))
    before = entries
    if (gone.size > 0) ordered = ordered.filter((entry) => !gone.has(entry))
    if (fresh.length > 0) ordered = merged(ordered, fresh.sort(compare), compare)
    return ordered
  }
}

type Compare = (one: Entry, other: Entry) => number

const byText = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0)

const comparisons: Readonly<Record<Sort, Compare>> = {
  expiry: (one, other) => one.end - other.end || byText(one.nameKey(), other.nameKey()),
  name: (one, other) => byText(one.nameKey(), other.nameKey()),
  org: (one, other) => byText(one.orgKey(), other.orgKey()),
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
