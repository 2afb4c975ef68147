// What tier 2 says of a token manager's access token: one cause for all its profiles.

import type { Instant, Profile, ServiceAppId } from '../domain/model.ts'
import { NEEDS_YOU_RETRY } from '../domain/policy.ts'
import type { Failure } from '../failure/failure.ts'
import type { ManagerTrack } from '../renewal/subject-state.ts'
import { type Core, managerKey } from '../runtime/engine-context.ts'

type ManagerRefused = Extract<Failure, { kind: 'manager-refused' }>

/**
 * Tier 2 was refused with this bearer. `blamed`: the service app whose secret the answer may be about; null: it can be
 * about nothing but the bearer. A second service app that meets it leaves nothing but the bearer.
 */
export function afterRefusal(
  track: ManagerTrack,
  bearer: string | null,
  blamed: ServiceAppId | null,
): ManagerTrack {
  const isSecond = track.refused === bearer && track.refusedFor !== blamed
  return { ...track, refused: bearer, refusedFor: isSecond ? null : blamed }
}

/** A bearer that is refused although tier 3 has just answered for it, or that nothing can renew. */
export function distrustManager(
  core: Core,
  { serviceAppId }: Profile,
  failure: ManagerRefused,
  now: Instant,
): void {
  const { memory } = core
  const manager = memory.managers.get(failure.managerId)
  // Replaced or reconnected since: it says nothing of the new one.
  if (manager === undefined || manager.pair === null || manager.pair.fingerprint !== failure.bearer) return
  const track = afterRefusal(
    memory.managerTrack(manager.id),
    failure.bearer,
    failure.aboutClient === true ? serviceAppId : null,
  )
  const retryAt = now + NEEDS_YOU_RETRY
  memory.setManagerTrack(
    manager.id,
    track.refusedFor === null
      ? { ...track, needsYou: failure, failure, since: track.since ?? now, retryAt }
      : { ...track, retryAt },
  )
  core.replan(managerKey(manager.id))
  core.changed(null)
}

/** It just served tier 2; for the service app whose secret may be wrong nothing is proven by another one's success. */
export function trustManager(core: Core, profile: Profile): void {
  const { memory } = core
  const manager = memory.managerOf(profile)
  if (manager === null) return
  const track = memory.managerTrack(manager.id)
  if (track.refused === null && track.needsYou?.kind !== 'manager-refused') return
  if (track.refusedFor !== null && track.refusedFor !== profile.serviceAppId) return
  memory.setManagerTrack(manager.id, {
    ...track,
    refused: null,
    refusedFor: null,
    needsYou: null,
    failure: null,
    since: null,
    retryAt: null,
  })
  core.replan(managerKey(manager.id))
  core.changed(null)
}
