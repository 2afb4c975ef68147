// What tier 2 says of a token manager's access token: one cause for all its profiles.

import type { Instant, ManagerId, Profile } from '../domain/model.ts'
import { NEEDS_YOU_RETRY } from '../domain/policy.ts'
import type { Failure } from '../failure/failure.ts'
import { type Core, managerKey } from '../runtime/engine-context.ts'

type ManagerRefused = Extract<Failure, { kind: 'manager-refused' }>

/** A bearer that is refused although it is fresh, or that nothing can renew. */
export function distrustManager(core: Core, failure: ManagerRefused, now: Instant): void {
  const { memory } = core
  const manager = memory.managers.get(failure.managerId)
  // Replaced or reconnected since: it says nothing of the new one.
  if (manager === undefined || manager.pair === null || manager.pair.fingerprint !== failure.bearer) return
  const track = memory.managerTrack(manager.id)
  memory.setManagerTrack(manager.id, {
    ...track,
    refused: failure.bearer,
    needsYou: failure,
    failure,
    since: track.since ?? now,
    retryAt: now + NEEDS_YOU_RETRY,
  })
  core.replan(managerKey(manager.id))
  core.changed(null)
}

/** It just served tier 2. */
export function trustManager(core: Core, profile: Profile): void {
  const { memory } = core
  const manager = memory.managerOf(profile)
  if (manager === null) return
  const track = memory.managerTrack(manager.id)
  if (track.refused === null && track.needsYou?.kind !== 'manager-refused') return
  memory.setManagerTrack(manager.id, {
    ...track,
    refused: null,
    needsYou: null,
    failure: null,
    since: null,
    retryAt: null,
  })
  core.replan(managerKey(manager.id))
  core.changed(null)
}

export function refusedAgain(managerId: ManagerId, bearer: string | null): ManagerRefused {
  return { kind: 'manager-refused', managerId, bearer, tier: 3, status: null, detail: null, trackingId: null }
}
