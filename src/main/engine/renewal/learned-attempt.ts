// Learned attempt: what the newest attempt of a profile or token manager says where this process has not made it, but another
// run or another computer. It leads to the same subject states as there, so that the same is shown.
import { isSameOrg } from '#base/common/webex-id.ts'
import type {
  Attempt,
  Instant,
  ManagerId,
  Profile,
  ProfileId,
  ServiceAppId,
  TokenManager,
} from '../domain/model.ts'
import { NEEDS_YOU_RETRY } from '../domain/policy.ts'
import { consequenceOf, needsPerson } from '../failure/failure-catalogue.ts'
import { readFailure } from '../failure/stored-failure.ts'
import { afterTrust, holdsBearer, refusedBefore } from './manager-trust.ts'
import { restoredOtherCopy, stoppedOtherCopy } from './other-copy.ts'
import type { ServingManagers } from './serving-managers.ts'
import {
  isOfPair,
  type ManagerSubjectState,
  newManagerSubjectState,
  newProfileSubjectState,
  type ProfileSubjectState,
  restored,
} from './subject-state.ts'
import type { Stop } from './tier-plan.ts'
import { managerAccount, restoredTokenLimit, type TokenLimits } from './token-limit.ts'

/** What is known of the fleet, which an attempt adds to. */
interface KnownFleet {
  readonly profiles: ReadonlyMap<ProfileId, Profile>
  readonly managers: ReadonlyMap<ManagerId, TokenManager>
  readonly appStops: Map<ServiceAppId, Stop>
  readonly tokenLimits: TokenLimits
  readonly serving: ServingManagers
  readonly otherCopyStoppedAt: Instant | null
  subjectState(id: ProfileId): ProfileSubjectState
  setSubjectState(id: ProfileId, change: Partial<ProfileSubjectState>): void
  managerSubjectState(id: ManagerId): ManagerSubjectState
  setManagerSubjectState(id: ManagerId, change: Partial<ManagerSubjectState>): void
  accountOf(profile: Profile): string | null
}

/** In the order in which they ended: a token manager's before that of the profile that waited for it. */
export function oldestFirst(attempts: readonly Attempt[]): readonly Attempt[] {
  const place = ({ subject }: Attempt) => (subject.kind === 'manager' ? 0 : 1)
  return attempts.toSorted((one, other) => one.endedAt - other.endedAt || place(one) - place(other))
}

/**
 * An attempt that ended in the future, by a clock that is ahead of this one: as if it had ended now. Whoever renews would wait
 * for that clock.
 */
export function notAhead(attempt: Attempt, now: Instant): Attempt {
  const ahead = attempt.endedAt - now
  if (ahead <= 0) return attempt
  const { reason, startedAt, endedAt } = attempt
  const past = { startedAt: startedAt - ahead, endedAt: endedAt - ahead }
  if (reason === null) return { ...attempt, ...past }
  const { met, tierTwoStop } = reason
  return {
    ...attempt,
    ...past,
    reason: {
      ...reason,
      ...(met?.retryAt == null ? {} : { met: { ...met, retryAt: met.retryAt - ahead } }),
      ...(tierTwoStop === undefined
        ? {}
        : { tierTwoStop: { ...tierTwoStop, until: tierTwoStop.until - ahead } }),
    },
  }
}

/** Of several, the oldest first: a later attempt of the same account says more than an earlier one. */
export function learnAttempt(known: KnownFleet, attempt: Attempt, now: Instant): void {
  const { subject } = attempt
  if (subject.kind === 'profile') {
    const profile = known.profiles.get(subject.profileId)
    if (profile !== undefined) learnOfProfile(known, profile, attempt, now)
  } else {
    const manager = known.managers.get(subject.managerId)
    if (manager !== undefined) learnOfManager(known, manager, attempt, now)
  }
}

function learnOfProfile(known: KnownFleet, profile: Profile, attempt: Attempt, now: Instant): void {
  const { drill, lastTest, changes, expiryAsked } = known.subjectState(profile.id)
  // What no attempt says anything of stays.
  const kept = { drill, lastTest, changes, expiryAsked }
  const stopped = stoppedOtherCopy(known.otherCopyStoppedAt, now)
  const otherCopy = isOfPair(attempt, profile.pair) ? restoredOtherCopy(attempt, stopped) : stopped
  const fresh = { ...newProfileSubjectState, ...kept, otherCopy }
  known.setSubjectState(profile.id, restored(fresh, attempt, profile.pair, now))
  restoreStops(known, profile, attempt)
  learnOfItsManagers(known, profile, attempt)
  const account = known.accountOf(profile)
  if (account === null || !isSameOrg(attempt.orgId ?? '', profile.targetOrgId)) return
  const limit = restoredTokenLimit(attempt)
  if (limit !== null) known.tokenLimits.note(account, limit)
  else if (attempt.outcome !== 'failed') known.tokenLimits.lift(account)
}

/** What is not asked again before a person acted, or its time has come. */
function restoreStops(known: KnownFleet, profile: Profile, attempt: Attempt): void {
  const { id, serviceAppId, paused, pair } = profile
  const { failure, since } = known.subjectState(id)
  if (attempt.outcome !== 'failed') known.appStops.delete(serviceAppId)
  const retriedAt = attempt.endedAt + NEEDS_YOU_RETRY
  const stop = isOfPair(attempt, pair) ? attempt.reason?.tierTwoStop : undefined
  const stopped = stop === undefined ? null : readFailure(stop.failure)
  if (stop !== undefined && stopped !== null) {
    const until = Math.min(stop.until, retriedAt)
    known.setSubjectState(id, { tierTwoStop: { ...stop, failure: stopped, until } })
  }
  // One that is paused is not tried again when the secret is replaced.
  if (failure === null || consequenceOf(failure).stops !== 'service-app' || paused) return
  known.appStops.set(serviceAppId, { failure, since: since ?? attempt.startedAt, until: retriedAt })
}

function learnOfItsManagers(known: KnownFleet, profile: Profile, attempt: Attempt): void {
  const served = attempt.tier === 2 ? servedBy(known, profile, attempt) : null
  if (served !== null)
    known.setManagerSubjectState(served, afterTrust(known.managerSubjectState(served), profile))
  for (const refused of attempt.reason?.refusedManagers ?? []) {
    const manager = known.managers.get(refused.id)
    if (manager === undefined || !holdsBearer(manager, refused.bearer)) continue
    const before = known.managerSubjectState(manager.id)
    known.setManagerSubjectState(manager.id, refusedBefore(before, refused, attempt.endedAt))
  }
}

/** Whose access token tier 2 was called with; null: it is not there any more. */
function servedBy({ serving }: KnownFleet, profile: Profile, { reason }: Attempt): string | null {
  const [own, fallback] = serving.managersOf(profile)
  return (reason?.fallback === undefined ? own : fallback)?.id ?? null
}

function learnOfManager(known: KnownFleet, manager: TokenManager, attempt: Attempt, now: Instant): void {
  const { changes, expiryAsked, refused, refusedFor } = known.managerSubjectState(manager.id)
  const stands = attempt.outcome === 'failed' ? { refused, refusedFor } : {}
  const fresh = { ...newManagerSubjectState, changes, expiryAsked, ...stands }
  const subjectState = restored(fresh, attempt, manager.pair, now)
  const account = managerAccount(manager.id)
  const limit = restoredTokenLimit(attempt)
  // Reconnected since, it is another account.
  if (limit !== null && isOfPair(attempt, manager.pair)) known.tokenLimits.note(account, limit)
  else if (attempt.outcome !== 'failed') known.tokenLimits.lift(account)
  const { failure } = subjectState
  const needsYou =
    failure !== null && needsPerson(failure)
      ? failure
      : (known.tokenLimits.inForce(account, now)?.failure ?? null)
  known.setManagerSubjectState(manager.id, { ...subjectState, needsYou })
}
