// Which profile is meant by what was typed or stands in an address: its id, its name, or `name@org`.
import type { Profile, ProfileId } from '../../engine/model.ts'

export type Found =
  | { readonly kind: 'found'; readonly profile: Profile }
  /** References of profiles that come close. */
  | { readonly kind: 'none'; readonly near: readonly string[] }
  | { readonly kind: 'ambiguous'; readonly candidates: readonly string[] }

/** Shown at most: a message is to be read. */
const CANDIDATES = 10

export function findProfile(profiles: ReadonlyMap<ProfileId, Profile>, asked: string): Found {
  const [profile, ...others] = meantBy(profiles, asked)
  const all = [...profiles.values()]
  if (profile !== undefined) {
    if (others.length === 0) return { kind: 'found', profile }
    return { kind: 'ambiguous', candidates: listed([profile, ...others], all) }
  }
  const close = all.filter(({ name }) => comesClose(name, asked))
  return { kind: 'none', near: listed(close.length > 0 ? close : all, all) }
}

/**
 * All that `asked` may mean among those that `counts` lets in; more than one is for the asker to decide. What is written
 * exactly goes before what differs in its case, and a name before `name@org`.
 */
export function meantBy(
  profiles: ReadonlyMap<ProfileId, Profile>,
  asked: string,
  counts: (profile: Profile) => boolean = () => true,
): readonly Profile[] {
  const byId = profiles.get(asked)
  if (byId !== undefined && counts(byId)) return [byId]
  for (const same of [exactly, inAnyCase]) {
    for (const matches of [hasName, hasNameAndOrg]) {
      const found: Profile[] = []
      for (const profile of profiles.values()) {
        if (matches(profile, asked, same) && counts(profile)) found.push(profile)
      }
      if (found.length > 0) return found
    }
  }
  return []
}

/** The shortest reference of each that means it and no other: its name, `name@org`, or its id. */
export function references(profiles: Iterable<Profile>): ReadonlyMap<string, string> {
  const all = [...profiles]
  const ids = new Set(all.map(({ id }) => id))
  const names = counted(all.map(({ name }) => name))
  const full = counted(all.flatMap(withOrgs))
  const means = (profile: Profile) => {
    if (names.get(profile.name) === 1 && !ids.has(profile.name)) return profile.name
    // What is found in the order of `findProfile` must be this one.
    const own = withOrgs(profile).find((text) => full.get(text) === 1 && !names.has(text) && !ids.has(text))
    return own ?? profile.id
  }
  return new Map(all.map((profile) => [profile.id, means(profile)]))
}

function listed(some: readonly Profile[], all: readonly Profile[]): readonly string[] {
  const known = references(all)
  return some.slice(0, CANDIDATES).map((profile) => known.get(profile.id) ?? profile.id)
}

/** The org's name first, each once. */
function withOrgs({ name, orgName, targetOrgId }: Profile): readonly string[] {
  const orgs = new Set([orgName, targetOrgId].filter((org) => org !== null))
  return [...orgs].map((org) => `${name}@${org}`)
}

type Same = (one: string, other: string) => boolean
const exactly: Same = (one, other) => one === other
const inAnyCase: Same = (one, other) => one.toLowerCase() === other.toLowerCase()

const hasName = ({ name }: Profile, asked: string, same: Same) => same(name, asked)

/** Without making `name@org` of every profile: the local endpoint looks a thousand times a second. */
function hasNameAndOrg({ name, orgName, targetOrgId }: Profile, asked: string, same: Same): boolean {
  if (asked[name.length] !== '@' || !same(name, asked.slice(0, name.length))) return false
  const org = asked.slice(name.length + 1)
  return same(targetOrgId, org) || (orgName !== null && same(orgName, org))
}

function comesClose(name: string, asked: string): boolean {
  const [wanted = ''] = asked.toLowerCase().split('@')
  return wanted !== '' && (name.toLowerCase().includes(wanted) || wanted.includes(name.toLowerCase()))
}

function counted(texts: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1)
  return counts
}
