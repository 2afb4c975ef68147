// From profiles to the rows of the list: searched, filtered, sorted, and grouped where one service app serves many orgs.
import type { ProfileState, ProfileView } from '../../../preload/contract.ts'
import { orgWords } from '../../webex-ids.ts'

export type Sort = 'expiry' | 'name' | 'org'
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

export const isTroubled = (state: ProfileState) => state === 'needs-you' || state === 'expired'

export function rowsOf(profiles: readonly ProfileView[], choice: ListChoice): readonly ListRow[] {
  const shown = profiles
    .filter((profile) => fits(profile, choice.state) && matches(profile, choice.search))
    .sort(orders[choice.sort])
  const groups = new Map<string, ProfileView[]>()
  for (const profile of shown) {
    const members = groups.get(profile.appId)
    if (members === undefined) groups.set(profile.appId, [profile])
    else members.push(profile)
  }
  return [...groups].flatMap(([appId, members]) => rowsOfApp(appId, members, choice))
}

function rowsOfApp(appId: string, members: readonly ProfileView[], choice: ListChoice): readonly ListRow[] {
  const grouped = members.length > 1
  const rows = members.map((profile): ListRow => ({ kind: 'profile', key: profile.id, profile, grouped }))
  if (!grouped) return rows
  const folded = choice.folded.has(appId) && choice.search === ''
  const group: ListRow = {
    kind: 'group',
    key: `group ${appId}`,
    appId,
    name: commonName(members.map(({ name }) => name)),
    folded,
    orgs: members.length,
    healthy: members.filter(({ state }) => state === 'healthy').length,
    troubled: members.filter(({ state }) => state === 'needs-you').length,
    expired: members.filter(({ state }) => state === 'expired').length,
  }
  return folded ? [group] : [group, ...rows]
}

/** What the names of one app's profiles begin with, cut at a word; the first name where they share nothing. */
export function commonName(names: readonly string[]): string {
  const [first = ''] = names
  let shared = first
  for (const name of names) {
    while (!name.startsWith(shared)) shared = shared.slice(0, -1)
  }
  if (shared === first) return first
  const words = shared.replace(/[\s\-–—·:/(,]*[^\s\-–—·:/(,]*$/u, '')
  return words === '' ? first : words
}

function fits({ state }: ProfileView, wanted: StateFilter): boolean {
  if (wanted === 'all') return true
  if (wanted === 'trouble') return isTroubled(state) || state === 'retrying'
  return state === wanted
}

/** Digits of an id are found by this many; fewer would find half of all ids. */
const SHORTEST_ID_PART = 4

/** Every word of the search stands somewhere in the profile's names or ids. */
export function matches(profile: ProfileView, search: string): boolean {
  if (search === '') return true
  const { name, orgName, targetOrgId, appId, clientId } = profile
  const names = `${name}\n${orgName ?? ''}`.toLowerCase()
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  const rest = words.filter((word) => !names.includes(word))
  if (rest.length === 0) return true
  if (rest.some((word) => word.length < SHORTEST_ID_PART)) return false
  const ids = `${orgWords(null, targetOrgId)}\n${targetOrgId}\n${appId}\n${clientId}`.toLowerCase()
  return rest.every((word) => ids.includes(word))
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })
const byName = (a: ProfileView, b: ProfileView) => collator.compare(a.name, b.name)

/** A token that does not exist yet, or whose end nobody knows, comes first: it is the one to look at. */
const end = ({ accessToken }: ProfileView) => accessToken?.expiresAt ?? 0

const orders: Readonly<Record<Sort, (a: ProfileView, b: ProfileView) => number>> = {
  expiry: (a, b) => end(a) - end(b) || byName(a, b),
  name: byName,
  org: (a, b) => collator.compare(a.orgName ?? a.targetOrgId, b.orgName ?? b.targetOrgId) || byName(a, b),
}
