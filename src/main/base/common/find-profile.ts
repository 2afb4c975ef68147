// Finds the profile that a reference names, typed or in a URL: its id, its name, or `name@org`.
import { foldText } from './fold-text.ts'
import { isNear } from './near-text.ts'

interface Named {
  readonly id: string
  readonly name: string
  readonly orgName: string | null
  readonly targetOrgId: string
}

export type Found<P> =
  | { readonly kind: 'found'; readonly profile: P }
  /** References of profiles that come close; of any where none does. */
  | { readonly kind: 'none'; readonly isClose: boolean; readonly near: References }
  | { readonly kind: 'ambiguous'; readonly candidates: References }

/** As many as are worth reading, and how many there are besides. */
export interface References {
  readonly shown: readonly string[]
  readonly more: number
}

/** Not what is printed as something else or not at all, as names were that were stored earlier; nor an option. */
const CAN_BE_TYPED = /^(?!-)(?:[\u200c\u200d]|[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}])*$/u

/** Shown at most: a message is to be read. */
const CANDIDATES = 10

export function findProfile<P extends Named>(profiles: ReadonlyMap<string, P>, asked: string): Found<P> {
  const [profile, ...others] = meantBy(profiles, asked)
  const all = [...profiles.values()]
  if (profile !== undefined) {
    if (others.length === 0) return { kind: 'found', profile }
    return { kind: 'ambiguous', candidates: listed([profile, ...others], all) }
  }
  const close = all.filter(({ name }) => comesClose(name, asked))
  const isClose = close.length > 0
  return { kind: 'none', isClose, near: listed(isClose ? close : all, all) }
}

/**
 * All that `asked` may mean among those that `counts` lets in; more than one is for the asker to decide. What is written
 * exactly goes before what differs in its case or in Unicode's spelling of it, and a name before `name@org`.
 */
export function meantBy<P extends Named>(
  profiles: ReadonlyMap<string, P>,
  asked: string,
  counts: (profile: P) => boolean = () => true,
): readonly P[] {
  const byId = profiles.get(asked)
  if (byId !== undefined && counts(byId)) return [byId]
  const folded = foldText(asked)
  const ways: readonly ((profile: Named) => boolean)[] = [
    ({ name }) => name === asked,
    withNameAndOrg(asked),
    ({ name }) => foldText(name) === folded,
    (profile) => withOrgs(profile).some((text) => foldText(text) === folded),
  ]
  for (const matches of ways) {
    const found: P[] = []
    for (const profile of profiles.values()) {
      if (matches(profile) && counts(profile)) found.push(profile)
    }
    if (found.length > 0) return found
  }
  return []
}

/** The shortest reference of each that means it and no other: its name, `name@org`, or its id. */
export function references(profiles: Iterable<Named>): ReadonlyMap<string, string> {
  const all = [...profiles]
  const ids = new Set(all.map(({ id }) => id))
  const names = counted(all.map(({ name }) => name))
  const full = counted(all.flatMap(withOrgs))
  const means = (profile: Named) => {
    if (!CAN_BE_TYPED.test(profile.name)) return profile.id
    if (names.get(profile.name) === 1 && !ids.has(profile.name)) return profile.name
    // What is found in the order of `findProfile` must be this one.
    const own = withOrgs(profile).find((text) => full.get(text) === 1 && !names.has(text) && !ids.has(text))
    return own ?? profile.id
  }
  return new Map(all.map((profile) => [profile.id, means(profile)]))
}

/** "Queue@Acme, Queue@Beta … and 30 more". */
export function inOneLine({ shown, more }: References): string {
  return `${shown.join(', ')}${more === 0 ? '' : ` … and ${more} more`}`
}

function listed(some: readonly Named[], all: readonly Named[]): References {
  const known = references(all)
  const shown = some.slice(0, CANDIDATES).map((profile) => known.get(profile.id) ?? profile.id)
  return { shown, more: some.length - shown.length }
}

/** The org's name first, each once. */
function withOrgs({ name, orgName, targetOrgId }: Named): readonly string[] {
  const orgs = new Set([orgName, targetOrgId].filter((org) => org !== null))
  return [...orgs].map((org) => `${name}@${org}`)
}

/**
 * Names and orgs may have an `@` of their own: the length of a name says which one would part it from its org. The reference
 * is parted once for each length, not for each profile: the local endpoint resolves a thousand a second, and a text of
 * nothing but `@` would otherwise be copied as often as it is long.
 */
function withNameAndOrg(asked: string): (profile: Named) => boolean {
  const parted = new Map<number, readonly [name: string, org: string]>()
  const partedAt = (index: number) => {
    const parts = parted.get(index) ?? ([asked.slice(0, index), asked.slice(index + 1)] as const)
    parted.set(index, parts)
    return parts
  }
  return ({ name, orgName, targetOrgId }) => {
    if (asked[name.length] !== '@') return false
    const [askedName, askedOrg] = partedAt(name.length)
    return askedName === name && (askedOrg === targetOrgId || askedOrg === orgName)
  }
}

function comesClose(name: string, asked: string): boolean {
  const [wanted = ''] = foldText(asked).split('@')
  const folded = foldText(name)
  return wanted !== '' && (folded.includes(wanted) || wanted.includes(folded) || isNear(wanted, folded))
}

function counted(texts: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1)
  return counts
}
