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

export function rowsOf(
  profiles: readonly ProfileView[],
  choice: ListChoice,
  textsOf: TextsOf = textReader(),
): readonly ListRow[] {
  const words = wordsOf(choice.search)
  const shown = sorted(
    profiles.filter((profile) => fits(profile, choice.state) && matches(textsOf(profile), words)),
    choice.sort,
    textsOf,
  )
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

/** What of a profile is searched and sorted by. */
interface Texts {
  readonly names: string
  readonly ids: string
  readonly org: string
}

type TextsOf = (profile: ProfileView) => Texts

/** Reads each profile once: main pushes a new object only for one that changed. */
export function textReader(): TextsOf {
  const known = new WeakMap<ProfileView, Texts>()
  return (profile) => {
    const before = known.get(profile)
    if (before !== undefined) return before
    const { name, orgName, targetOrgId, appId, clientId } = profile
    const texts = {
      names: `${name}\n${orgName ?? ''}`.toLowerCase(),
      ids: `${orgWords(null, targetOrgId)}\n${targetOrgId}\n${appId}\n${clientId}`.toLowerCase(),
      org: `${orgWords(orgName, targetOrgId)}\n${name}`,
    }
    known.set(profile, texts)
    return texts
  }
}

/** Digits of an id are found by this many; fewer would find half of all ids. */
const SHORTEST_ID_PART = 4

export const wordsOf = (search: string): readonly string[] =>
  search.toLowerCase().split(/\s+/).filter(Boolean)

/** Every word of the search stands somewhere in the profile's names or ids. */
export function matches({ names, ids }: Texts, words: readonly string[]): boolean {
  return words.every(
    (word) => names.includes(word) || (word.length >= SHORTEST_ID_PART && ids.includes(word)),
  )
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })

/** Each key is made once, not once per comparison. */
function sorted(profiles: readonly ProfileView[], sort: Sort, textsOf: TextsOf): readonly ProfileView[] {
  const keyed = profiles.map((profile) => ({
    profile,
    end: endOf(profile),
    text: sort === 'org' ? textsOf(profile).org : profile.name,
  }))
  const byText = (a: (typeof keyed)[number], b: (typeof keyed)[number]) => collator.compare(a.text, b.text)
  const order =
    sort === 'expiry'
      ? (a: (typeof keyed)[number], b: (typeof keyed)[number]) => a.end - b.end || byText(a, b)
      : byText
  return keyed.sort(order).map(({ profile }) => profile)
}

/** A token that does not exist yet, or whose end nobody knows, comes first: it is the one to look at. */
const endOf = ({ accessToken }: ProfileView) => accessToken?.expiresAt ?? 0
