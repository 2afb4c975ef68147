// Monthly drills: each month one profile of each service app is to prove tiers 3 and 2 with its next due renewal.

import type { FleetChange, Instant, Profile, ProfileId, ServiceAppId } from '../domain/model.ts'
import type { FleetState } from '../renewal/fleet-state.ts'
import { spread } from '../renewal/token-lifetime.ts'
import { type EngineContext, profileKey } from '../runtime/engine-context.ts'

/** Requests them once a month, and withdraws them when the setting is turned off. */
export class MonthlyDrills {
  readonly #context: EngineContext
  #isStoring = false

  constructor(context: EngineContext) {
    this.#context = context
  }

  /** Cheap while there is nothing to do: called with every tick. What cannot be stored is tried again with a later one. */
  check(): void {
    const { fleetState, serverClock, settings, stopping, renewsHere, writeQueue } = this.#context
    if (!renewsHere()) return
    const month = settings().monthlyDrill ? monthOf(serverClock.now()) : null
    if (month === fleetState.drillMonth || this.#isStoring || writeQueue.trouble !== null || stopping())
      return
    this.#isStoring = true
    void writeQueue
      .change(
        () => drillChanges(fleetState, month, serverClock.now()),
        (changes) => this.#takeOver(changes),
      )
      .catch(() => undefined)
      .finally(() => {
        this.#isStoring = false
      })
  }

  #takeOver(changes: readonly FleetChange[]): void {
    const { fleetState, changed, replan } = this.#context
    for (const change of changes) {
      fleetState.take(change)
      if (change.kind !== 'drill') continue
      replan(profileKey(change.profileId))
      changed(profileKey(change.profileId))
    }
  }
}

/** `month`: to be requested; null: the setting is off. */
export function drillChanges(
  fleetState: FleetState,
  month: string | null,
  now: Instant,
): readonly FleetChange[] {
  const requestOf = (id: ProfileId) => fleetState.subjectState(id).drill
  const ofMonth = { kind: 'drill-month', month } as const
  if (month === null) {
    const requested = [...fleetState.profiles.keys()].filter((id) => requestOf(id)?.by === 'schedule')
    return [ofMonth, ...requested.map((profileId) => ({ kind: 'drill' as const, profileId, request: null }))]
  }
  const request = { by: 'schedule', requestedAt: now } as const
  const chosen = [...byServiceApp(fleetState.profiles.values()).values()].flatMap((profiles) =>
    profiles.some(({ id }) => requestOf(id) !== null) ? [] : [firstIn(profiles, month)],
  )
  return [ofMonth, ...chosen.map((profileId) => ({ kind: 'drill' as const, profileId, request }))]
}

/** Of those that are renewed. */
function byServiceApp(profiles: Iterable<Profile>): ReadonlyMap<ServiceAppId, readonly Profile[]> {
  const groups = new Map<ServiceAppId, Profile[]>()
  for (const profile of profiles) {
    if (profile.paused) continue
    const group = groups.get(profile.serviceAppId)
    if (group === undefined) groups.set(profile.serviceAppId, [profile])
    else group.push(profile)
  }
  return groups
}

/** Another one each month, and the same after a restart. */
function firstIn(profiles: readonly Profile[], month: string): ProfileId {
  let first = { id: '', place: Number.POSITIVE_INFINITY }
  for (const { id } of profiles) {
    const place = spread(`${month} ${id}`)
    if (place < first.place) first = { id, place }
  }
  return first.id
}

/** "2026-11", UTC. */
function monthOf(now: Instant): string {
  return new Date(now).toISOString().slice(0, 7)
}
