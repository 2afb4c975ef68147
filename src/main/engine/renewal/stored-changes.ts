// Stored changes: what others have stored since, as the changes that lead there from what is known here.
import type { StoredState } from '../domain/engine-api.ts'
import type { Fleet, FleetChange, Profile, StoredDrills, TokenManager } from '../domain/model.ts'
import { Secret } from '../domain/secret.ts'
import { withPossibleTimes } from './token-lifetime.ts'

type Known = Omit<StoredState, 'lastAttempts'>

/** In an order in which each can be stored: nothing refers to what is not there yet, or no more. */
export function changesBetween(known: Known, stored: Known): readonly FleetChange[] {
  return [
    ...fleetChanges(known.fleet, stored),
    ...drillChanges(known.drills, stored),
    ...dataSourceChanges(known, stored),
  ]
}

function* fleetChanges(known: Fleet, { fleet: stored, unread }: Known): Iterable<FleetChange> {
  const isGone = (id: string) => unread?.has(id) !== true
  for (const serviceApp of stored.serviceApps.values()) {
    if (!isSameData(known.serviceApps.get(serviceApp.id), serviceApp))
      yield { kind: 'service-app-saved', serviceApp }
  }
  for (const one of stored.managers.values()) {
    const manager = withPossiblePair(one)
    const before = known.managers.get(manager.id)
    if (!isSameButPair(before, manager)) yield { kind: 'manager-saved', manager }
    const { pair } = manager
    if (before !== undefined && pair !== null && !isSameData(before.pair, pair))
      yield { kind: 'manager-pair', managerId: manager.id, pair }
  }
  for (const one of stored.profiles.values()) {
    const profile = withPossiblePair(one)
    const before = known.profiles.get(profile.id)
    const { pair } = profile
    if (!isSameButPair(before, profile)) yield { kind: 'profile-saved', profile }
    if (before !== undefined && pair !== null && !isSameData(before.pair, pair))
      yield { kind: 'profile-pair', profileId: profile.id, pair }
  }
  for (const profileId of known.profiles.keys()) {
    if (!stored.profiles.has(profileId) && isGone(profileId)) yield { kind: 'profile-removed', profileId }
  }
  for (const managerId of known.managers.keys()) {
    if (!stored.managers.has(managerId) && isGone(managerId)) yield { kind: 'manager-removed', managerId }
  }
}

function* drillChanges(known: StoredDrills, { fleet, drills }: Known): Iterable<FleetChange> {
  for (const [profileId, request] of drills.requests) {
    if (fleet.profiles.has(profileId) && !isSameData(known.requests.get(profileId), request))
      yield { kind: 'drill', profileId, request }
  }
  for (const profileId of known.requests.keys()) {
    if (fleet.profiles.has(profileId) && !drills.requests.has(profileId))
      yield { kind: 'drill', profileId, request: null }
  }
  if (known.month !== drills.month) yield { kind: 'drill-month', month: drills.month }
}

function* dataSourceChanges(known: Known, stored: Known): Iterable<FleetChange> {
  const before = new Map(known.keptDataSources.map((source) => [source.id, source]))
  for (const source of stored.keptDataSources) {
    if (!isSameData(before.get(source.id), source)) yield { kind: 'data-source-kept', source }
    before.delete(source.id)
  }
  for (const id of before.keys())
    if (stored.unread?.has(id) !== true) yield { kind: 'data-source-dropped', id }
}

/** As a fleet is held: see `withPossibleTimes`. */
function withPossiblePair<R extends Profile | TokenManager>(record: R): R {
  return { ...record, pair: withPossibleTimes(record.pair) }
}

function isSameButPair(known: Profile | TokenManager | undefined, stored: Profile | TokenManager): boolean {
  return known !== undefined && isSameData({ ...known, pair: null }, { ...stored, pair: null })
}

/** Of a record: plain data and secrets. */
function isSameData(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (one instanceof Secret) return other instanceof Secret && one.equals(other)
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false
  const [fields, others] = [new Map(Object.entries(one)), new Map(Object.entries(other))]
  return (
    fields.size === others.size && [...fields].every(([name, value]) => isSameData(value, others.get(name)))
  )
}
