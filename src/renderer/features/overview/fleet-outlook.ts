// Outlook of the fleet: how long all of it can be left alone and what ends that, and the first deadline. Read from the view.
import type { FleetView, ManagerView, ProfileState, ProfileView } from '#contract/contract.ts'
import { countStates, openProblems } from '#contract/view-changes.ts'

export type Unattended =
  /** Some need somebody now. */
  | { readonly kind: 'now'; readonly customers: number }
  | { readonly kind: 'until'; readonly at: number; readonly ending: Ending }
  /** No end is known. */
  | { readonly kind: 'open' }

/** What ends then. */
export type Ending =
  | { readonly kind: 'integration'; readonly manager: ManagerView; readonly customers: number }
  | { readonly kind: 'refresh-token'; readonly profile: ProfileView }

/** Whoever paused a service app does not expect it to be renewed. */
const counts = ({ state }: ProfileView) => state !== 'paused'

export function unattendedOf({ profiles, managers }: FleetView): Unattended {
  const needy = new Set<string>()
  let first: ProfileView | null = null
  for (const profile of profiles) {
    if (!counts(profile)) continue
    if (!profile.isUnattended) needy.add(profile.targetOrgId)
    else if (isEarlier(profile.unattendedUntil, first?.unattendedUntil ?? null)) first = profile
  }
  if (needy.size > 0) return { kind: 'now', customers: needy.size }
  const at = first?.unattendedUntil ?? null
  if (first === null || at === null) return { kind: 'open' }
  const manager = managersOf(first, managers).find(({ refreshToken }) => refreshToken?.expiresAt === at)
  const ending: Ending =
    manager === undefined
      ? { kind: 'refresh-token', profile: first }
      : {
          kind: 'integration',
          manager,
          customers: countCustomers(profiles.filter((one) => managersOf(one, managers).includes(manager))),
        }
  return { kind: 'until', at, ending }
}

function isEarlier(at: number | null, than: number | null): boolean {
  return at !== null && (than === null || at < than)
}

/** As main does: the one it names, or the default one; then its fallback. */
function managersOf({ managerId }: ProfileView, managers: readonly ManagerView[]): readonly ManagerView[] {
  const own =
    managers.find(({ id }) => id === managerId) ?? managers.find(({ isDefault }) => isDefault) ?? managers[0]
  return own === undefined ? [] : [own, ...managers.filter(({ id }) => id === own.fallbackId)]
}

/** The first token to end of those that no planned refresh will renew; null: there is none. */
export function firstDeadline({
  profiles,
  now,
}: FleetView): { readonly at: number; readonly profile: ProfileView } | null {
  let first: { readonly at: number; readonly profile: ProfileView } | null = null
  for (const profile of profiles) {
    const at = profile.accessToken?.expiresAt ?? null
    if (at === null || at <= now || !counts(profile)) continue
    if (profile.nextRefresh !== null && profile.nextRefresh.at < at && profile.isUnattended) continue
    if (first === null || at < first.at) first = { at, profile }
  }
  return first
}

export function countCustomers(profiles: readonly Pick<ProfileView, 'targetOrgId'>[]): number {
  return new Set(profiles.map(({ targetOrgId }) => targetOrgId)).size
}

/** In each state but healthy, how many have snoozed problems alone. */
export function countSnoozed({ profiles, incidents }: FleetView): Readonly<Record<ProfileState, number>> {
  const snoozed = new Set(
    incidents.flatMap(({ snoozedUntil, profileIds }) => (snoozedUntil === undefined ? [] : profileIds)),
  )
  if (snoozed.size === 0) return countStates([])
  for (const { profileIds } of openProblems(incidents)) for (const id of profileIds) snoozed.delete(id)
  return countStates(profiles.filter(({ id, state }) => state !== 'healthy' && snoozed.has(id)))
}
