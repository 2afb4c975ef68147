// Manager trust: what the answers of tier 2 say of a token manager's access token, and how that is kept with the attempt.
import type { Instant, ManagerId, Profile, ServiceAppId, TokenManager } from '../domain/model.ts'
import { NEEDS_YOU_RETRY } from '../domain/policy.ts'
import type { RefusedManager } from '../domain/renewal-reason.ts'
import type { Failure } from '../failure/failure.ts'
import { readFailure } from '../failure/stored-failure.ts'
import type { ServingManagers } from './serving-managers.ts'
import type { ManagerSubjectState } from './subject-state.ts'

type Refused = Failure<'manager-refused'>

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
export function afterDistrust(
  before: ManagerSubjectState,
  { serviceAppId }: Pick<Profile, 'serviceAppId'>,
  failure: Refused,
  now: Instant,
): ManagerSubjectState {
  const subjectState = afterRefusal(
    before,
    failure.bearer,
    failure.aboutClient === true ? serviceAppId : null,
  )
  const retryAt = now + NEEDS_YOU_RETRY
  return subjectState.refusedFor === null
    ? { ...subjectState, needsYou: failure, failure, since: subjectState.since ?? now, retryAt }
    : { ...subjectState, retryAt }
}

/**
 * It just served tier 2; for the service app whose secret may be wrong nothing is proven by another one's success. The
 * same object: nothing was held against it.
 */
export function afterTrust(
  subjectState: ManagerSubjectState,
  { serviceAppId }: Pick<Profile, 'serviceAppId'>,
): ManagerSubjectState {
  const { refused, refusedFor, needsYou } = subjectState
  if (refused === null && needsYou?.kind !== 'manager-refused') return subjectState
  if (refusedFor !== null && refusedFor !== serviceAppId) return subjectState
  return {
    ...subjectState,
    refused: null,
    refusedFor: null,
    needsYou: null,
    failure: null,
    since: null,
    retryAt: null,
  }
}

/** What an attempt came to for the token managers of its profile. */
export interface ManagersMet {
  readonly refusals: readonly Refused[]
  /** The one that gave the token; null: none did. */
  readonly servedBy: ManagerId | null
}

/** What is kept with the attempt of each token manager that stands refused after it. */
export function refusedManagers(
  fleetState: {
    readonly serving: ServingManagers
    managerSubjectState(id: ManagerId): ManagerSubjectState
  },
  profile: Profile,
  { refusals, servedBy }: ManagersMet,
  now: Instant,
): readonly RefusedManager[] {
  return fleetState.serving.managersOf(profile).flatMap((manager): readonly RefusedManager[] => {
    const refused = refusals
      .filter((failure) => failure.managerId === manager.id && holdsBearer(manager, failure.bearer))
      .reduce(
        (state, failure) => afterDistrust(state, profile, failure, now),
        fleetState.managerSubjectState(manager.id),
      )
    const after = servedBy === manager.id ? afterTrust(refused, profile) : refused
    if (after.refused === null || !holdsBearer(manager, after.refused)) return []
    const { refusedFor, needsYou } = after
    const failure = needsYou?.kind === 'manager-refused' ? { ...needsYou } : null
    const entry = { id: manager.id, bearer: after.refused, serviceAppId: refusedFor, failure }
    return [{ ...entry, since: after.since ?? now }]
  })
}

/** Replaced or reconnected since: it says nothing of the new one. */
export function holdsBearer({ pair }: TokenManager, bearer: string | null): boolean {
  return pair !== null && pair.fingerprint === bearer
}

/** `refused`: as it was kept with an attempt that ended at `endedAt`. */
export function refusedBefore(
  subjectState: ManagerSubjectState,
  { bearer, serviceAppId, failure: stored, since }: RefusedManager,
  endedAt: Instant,
): ManagerSubjectState {
  const retryAt = endedAt + NEEDS_YOU_RETRY
  const met = readFailure(stored)
  const failure = met?.kind === 'manager-refused' ? met : null
  const refused = { ...subjectState, refused: bearer, refusedFor: serviceAppId }
  if (failure !== null) return { ...refused, needsYou: failure, failure, since, retryAt }
  return serviceAppId === null ? refused : { ...refused, retryAt }
}
