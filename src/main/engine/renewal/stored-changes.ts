// Stored changes: what others have stored since, as the changes that lead there from what is known here.
import type { KnownState } from '../domain/engine-api.ts'
import type {
  Fleet,
  FleetChange,
  Profile,
  ServiceAppId,
  StoredDrills,
  TokenManager,
} from '../domain/model.ts'
import { isSameData } from '../domain/same-data.ts'
import { FleetState } from './fleet-state.ts'
import { withPossibleTimes } from './token-lifetime.ts'

/**
 * In an order in which each can be taken over and stored: nothing refers to what is not there yet, or no more. What is stored
 * and cannot be read stays as it is known.
 */
export function changesBetween(known: KnownState, stored: KnownState): readonly FleetChange[] {
  const removed = removals(known.fleet, stored)
  const rest = removed.length === 0 ? known.fleet : afterChanges(known.fleet, removed)
  return [
    ...removed,
    ...fleetChanges(known.fleet, rest, stored),
    ...drillChanges(known.drills, rest, stored),
    ...dataSourceChanges(known, rest, stored),
    ...otherCopyStops(known, stored),
  ]
}

/** Of what is gone. No change takes a token pair away: a record that has none any more was removed, and added again. */
function removals(known: Fleet, { fleet: stored, unread }: KnownState): readonly FleetChange[] {
  const isGone = (before: Profile | TokenManager, now: Profile | TokenManager | undefined) =>
    unread?.has(before.id) !== true && (now === undefined || (now.pair === null && before.pair !== null))
  const profiles = [...known.profiles.values()].filter((one) => isGone(one, stored.profiles.get(one.id)))
  const managers = [...known.managers.values()].filter((one) => isGone(one, stored.managers.get(one.id)))
  return [
    ...profiles.map(({ id }): FleetChange => ({ kind: 'profile-removed', profileId: id })),
    ...managers.map(({ id }): FleetChange => ({ kind: 'manager-removed', managerId: id })),
  ]
}

function afterChanges(fleet: Fleet, changes: readonly FleetChange[]): Fleet {
  const fleetState = new FleetState(fleet, [], 0)
  for (const change of changes) fleetState.take(change)
  return fleetState.fleet
}

/** `known`: before the removals, after which a vault may have made another token manager the default one than `rest` has. */
function* fleetChanges(known: Fleet, rest: Fleet, { fleet: stored }: KnownState): Iterable<FleetChange> {
  for (const serviceApp of stored.serviceApps.values()) {
    if (!isSameData(rest.serviceApps.get(serviceApp.id), serviceApp))
      yield { kind: 'service-app-saved', serviceApp }
  }
  for (const one of stored.managers.values()) {
    const manager = withPossiblePair(one)
    const before = rest.managers.get(manager.id)
    const { pair } = manager
    const isNowDefault = manager.isDefault && known.managers.get(manager.id)?.isDefault !== true
    if (isNowDefault || !isSameButPair(before, manager)) yield { kind: 'manager-saved', manager }
    if (before !== undefined && pair !== null && !isSameData(before.pair, pair))
      yield { kind: 'manager-pair', managerId: manager.id, pair }
  }
  const users = usersOf(rest.profiles.values())
  for (const one of stored.profiles.values()) {
    const profile = withPossiblePair(one)
    const before = rest.profiles.get(profile.id)
    const { pair, serviceAppId } = profile
    if (!isSameButPair(before, profile)) {
      // Its last user went to another one just now, and took it along.
      const serviceApp = users.get(serviceAppId) === 0 ? stored.serviceApps.get(serviceAppId) : undefined
      if (serviceApp !== undefined) yield { kind: 'service-app-saved', serviceApp }
      yield { kind: 'profile-saved', profile }
      users.set(serviceAppId, (users.get(serviceAppId) ?? 0) + 1)
      if (before !== undefined) users.set(before.serviceAppId, (users.get(before.serviceAppId) ?? 1) - 1)
    }
    if (before !== undefined && pair !== null && !isSameData(before.pair, pair))
      yield { kind: 'profile-pair', profileId: profile.id, pair }
  }
}

function usersOf(profiles: Iterable<Profile>): Map<ServiceAppId, number> {
  const users = new Map<ServiceAppId, number>()
  for (const { serviceAppId } of profiles) users.set(serviceAppId, (users.get(serviceAppId) ?? 0) + 1)
  return users
}

/** A request goes with its profile. */
function* drillChanges(
  known: StoredDrills,
  rest: Fleet,
  { fleet, drills }: KnownState,
): Iterable<FleetChange> {
  for (const [profileId, request] of drills.requests) {
    const before = rest.profiles.has(profileId) ? known.requests.get(profileId) : undefined
    if (fleet.profiles.has(profileId) && !isSameData(before, request))
      yield { kind: 'drill', profileId, request }
  }
  for (const profileId of known.requests.keys()) {
    if (fleet.profiles.has(profileId) && !drills.requests.has(profileId))
      yield { kind: 'drill', profileId, request: null }
  }
  if (known.month !== drills.month) yield { kind: 'drill-month', month: drills.month }
}

/** A data source goes with its profile. */
function* dataSourceChanges(known: KnownState, rest: Fleet, stored: KnownState): Iterable<FleetChange> {
  const before = new Map(known.keptDataSources.map((source) => [source.id, source]))
  for (const source of stored.keptDataSources) {
    const own = before.get(source.id)
    const isThere = own !== undefined && rest.profiles.has(own.profileId)
    if (!isThere || !isSameData(own, source)) yield { kind: 'data-source-kept', source }
    before.delete(source.id)
  }
  for (const id of before.keys())
    if (stored.unread?.has(id) !== true) yield { kind: 'data-source-dropped', id }
}

function otherCopyStops(
  known: KnownState,
  { otherCopyStoppedAt: at = null }: KnownState,
): readonly FleetChange[] {
  return at === null || at === known.otherCopyStoppedAt ? [] : [{ kind: 'other-copy-stopped', at }]
}

/** As a fleet is held: see `withPossibleTimes`. */
function withPossiblePair<R extends Profile | TokenManager>(record: R): R {
  return { ...record, pair: withPossibleTimes(record.pair) }
}

function isSameButPair(known: Profile | TokenManager | undefined, stored: Profile | TokenManager): boolean {
  return known !== undefined && isSameData({ ...known, pair: null }, { ...stored, pair: null })
}
