// What tier 2 says of a token manager's access token: one cause for all its profiles.

import type { Instant, Profile, ServiceAppId } from '../domain/model.ts'
import { NEEDS_YOU_RETRY } from '../domain/policy.ts'
import type { Failure } from '../failure/failure.ts'
import type { ManagerSubjectState } from '../renewal/subject-state.ts'
import { type EngineContext, managerKey } from '../runtime/engine-context.ts'

type ManagerRefused = Extract<Failure, { kind: 'manager-refused' }>

/**
 * Tier 2 was refused with this bearer. `blamed`: the service app whose secret the answer may be about; null: it can be
 * about nothing but the bearer. A second service app that meets it leaves nothing but the bearer.
 */
export function afterRefusal(
  subjectState: ManagerSubjectState,
  bearer: string | null,
  blamed: ServiceAppId | null,
): ManagerSubjectState {
  const isSecond = subjectState.refused === bearer && subjectState.refusedFor !== blamed
  return { ...subjectState, refused: bearer, refusedFor: isSecond ? null : blamed }
}

/** A bearer that is refused although tier 3 has just answered for it, or that nothing can renew. */
export function distrustManager(
  context: EngineContext,
  { serviceAppId }: Profile,
  failure: ManagerRefused,
  now: Instant,
): void {
  const { fleetState } = context
  const manager = fleetState.managers.get(failure.managerId)
  // Replaced or reconnected since: it says nothing of the new one.
  if (manager === undefined || manager.pair === null || manager.pair.fingerprint !== failure.bearer) return
  const subjectState = afterRefusal(
    fleetState.managerSubjectState(manager.id),
    failure.bearer,
    failure.aboutClient === true ? serviceAppId : null,
  )
  const retryAt = now + NEEDS_YOU_RETRY
  fleetState.setManagerSubjectState(
    manager.id,
    subjectState.refusedFor === null
      ? { ...subjectState, needsYou: failure, failure, since: subjectState.since ?? now, retryAt }
      : { ...subjectState, retryAt },
  )
  context.replan(managerKey(manager.id))
  context.changed(null)
}

/** It just served tier 2; for the service app whose secret may be wrong nothing is proven by another one's success. */
export function trustManager(context: EngineContext, profile: Profile): void {
  const { fleetState } = context
  const manager = fleetState.managerOf(profile)
  if (manager === null) return
  const subjectState = fleetState.managerSubjectState(manager.id)
  if (subjectState.refused === null && subjectState.needsYou?.kind !== 'manager-refused') return
  if (subjectState.refusedFor !== null && subjectState.refusedFor !== profile.serviceAppId) return
  fleetState.setManagerSubjectState(manager.id, {
    ...subjectState,
    refused: null,
    refusedFor: null,
    needsYou: null,
    failure: null,
    since: null,
    retryAt: null,
  })
  context.replan(managerKey(manager.id))
  context.changed(null)
}
