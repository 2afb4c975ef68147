// Fleet summary: how many profiles are in each state, how many customers they are of, and which are the most urgent. Kept up to date with what changes, so
// the menu of a fleet of thousands costs what the menu of a small one does.
import { listChanges } from '#base/common/list-changes.ts'
import { orgKey } from '#base/common/webex-id.ts'
import { countStates, type ProfileState, type ProfileView } from '#engine/domain/view-model.ts'

/** Lower comes first. */
const RANK: Readonly<Record<ProfileState, number>> = {
  expired: 0,
  'needs-attention': 1,
  'not-yet-issued': 2,
  retrying: 3,
  refreshing: 4,
  healthy: 4,
  paused: 5,
}
/** Changes; with more of them sorting the fleet is faster than finding the place of each. */
const MANY_CHANGES = 100

export type StateCounts = Readonly<Record<ProfileState, number>>

export class FleetSummary {
  #profiles: readonly ProfileView[] = []
  /** Most urgent first. */
  #ranked: ProfileView[] = []
  #counts = countStates([])
  /** Profiles of each org. */
  #orgs = new Map<string, number>()

  get counts(): StateCounts {
    return this.#counts
  }

  get customers(): number {
    return this.#orgs.size
  }

  mostUrgent(most: number): readonly ProfileView[] {
    return this.#ranked.slice(0, most)
  }

  /** `profiles`: the fleet as it is now. */
  update(profiles: readonly ProfileView[]): void {
    const before = this.#profiles
    const { removed, changed } = listChanges(before, profiles)
    this.#profiles = profiles
    if (removed.length > 0 || changed.length > MANY_CHANGES) {
      this.#ranked = profiles.toSorted(byUrgency)
      this.#counts = countStates(profiles)
      this.#orgs = new Map()
      for (const profile of profiles) this.#countOrg(profile, 1)
      return
    }
    for (const [place, profile] of changed) {
      const old = before[place]
      if (old !== undefined) {
        this.#ranked.splice(this.#rankOf(old), 1)
        this.#counts[old.state] -= 1
      }
      this.#ranked.splice(this.#rankOf(profile), 0, profile)
      this.#counts[profile.state] += 1
      if (old?.targetOrgId === profile.targetOrgId) continue
      if (old !== undefined) this.#countOrg(old, -1)
      this.#countOrg(profile, 1)
    }
  }

  #countOrg({ targetOrgId }: ProfileView, by: 1 | -1): void {
    const key = orgKey(targetOrgId)
    const count = (this.#orgs.get(key) ?? 0) + by
    if (count === 0) this.#orgs.delete(key)
    else this.#orgs.set(key, count)
  }

  /** Its index in the ranking, or where it belongs. */
  #rankOf(profile: ProfileView): number {
    let low = 0
    let high = this.#ranked.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const other = this.#ranked[middle]
      if (other !== undefined && byUrgency(other, profile) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** A total order: no two profiles have one id. */
function byUrgency(one: ProfileView, other: ProfileView): number {
  const expiry = (profile: ProfileView) => profile.accessToken?.expiresAt ?? Number.MAX_SAFE_INTEGER
  return (
    RANK[one.state] - RANK[other.state] ||
    expiry(one) - expiry(other) ||
    one.name.localeCompare(other.name) ||
    (one.id === other.id ? 0 : one.id < other.id ? -1 : 1)
  )
}
