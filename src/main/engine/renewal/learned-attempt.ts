// Learned attempt: what the newest attempt of a profile or token manager says where this process has not made it, but another
// run or another computer. It leads to the same subject states as there, so that the same is shown.
import { isSameOrg } from '#base/common/webex-id.ts'
import type { Attempt, Instant, Profile, TokenManager } from '../domain/model.ts'
import { NEEDS_YOU_RETRY } from '../domain/policy.ts'
import { consequenceOf, needsPerson } from '../failure/failure-catalogue.ts'
import type { FleetState } from './fleet-state.ts'
import { afterTrust, holdsBearer, refusedBefore } from './manager-trust.ts'
import { restoredOtherCopy, stoppedOtherCopy } from './other-copy.ts'
import { newManagerSubjectState, newProfileSubjectState, restored } from './subject-state.ts'
import { managerAccount, restoredTokenLimit } from './token-limit.ts'

/** Of several, the oldest first: a later attempt of the same account says more than an earlier one. */
export function learnAttempt(fleetState: FleetState, attempt: Attempt, now: Instant): void {
  const { subject } = attempt
  if (subject.kind === 'profile') {
    const profile = fleetState.profiles.get(subject.profileId)
    if (profile !== undefined) learnOfProfile(fleetState, profile, attempt, now)
  } else {
    const manager = fleetState.managers.get(subject.managerId)
    if (manager !== undefined) learnOfManager(fleetState, manager, attempt, now)
  }
}

function learnOfProfile(fleetState: FleetState, profile: Profile, attempt: Attempt, now: Instant): void {
  const { drill, lastTest, changes, expiryAsked } = fleetState.subjectState(profile.id)
  // What no attempt says anything of stays.
  const kept = { drill, lastTest, changes, expiryAsked }
  const otherCopy = restoredOtherCopy(attempt, stoppedOtherCopy(fleetState.otherCopyStoppedAt, now))
  const fresh = { ...newProfileSubjectState, ...kept, otherCopy }
  fleetState.setSubjectState(profile.id, restored(fresh, attempt, profile.pair))
  restoreStops(fleetState, profile, attempt)
  learnOfItsManagers(fleetState, profile, attempt)
  const account = fleetState.accountOf(profile)
  if (account === null || !isSameOrg(attempt.orgId ?? '', profile.targetOrgId)) return
  const limit = restoredTokenLimit(attempt)
  if (limit !== null) fleetState.tokenLimits.note(account, limit)
  else if (attempt.outcome !== 'failed') fleetState.tokenLimits.lift(account)
}

/** What is not asked again before a person acted, or its time has come. */
function restoreStops(fleetState: FleetState, profile: Profile, attempt: Attempt): void {
  const { id, serviceAppId, paused } = profile
  const { failure, since } = fleetState.subjectState(id)
  if (attempt.outcome !== 'failed') fleetState.appStops.delete(serviceAppId)
  if (failure === null) return
  const stop = { failure, since: since ?? attempt.startedAt, until: attempt.endedAt + NEEDS_YOU_RETRY }
  const { stops } = consequenceOf(failure)
  // One that is paused is not tried again when the secret is replaced.
  if (stops === 'service-app' && !paused) fleetState.appStops.set(serviceAppId, stop)
  const managerId = servedBy(fleetState, profile, attempt)
  if (stops === 'tier-2' && managerId !== null)
    fleetState.setSubjectState(id, { tierTwoStop: { ...stop, managerId } })
}

function learnOfItsManagers(fleetState: FleetState, profile: Profile, attempt: Attempt): void {
  const served = attempt.tier === 2 ? servedBy(fleetState, profile, attempt) : null
  if (served !== null)
    fleetState.setManagerSubjectState(served, afterTrust(fleetState.managerSubjectState(served), profile))
  for (const refused of attempt.reason?.refusedManagers ?? []) {
    const manager = fleetState.managers.get(refused.id)
    if (manager === undefined || !holdsBearer(manager, refused.bearer)) continue
    const before = fleetState.managerSubjectState(manager.id)
    fleetState.setManagerSubjectState(manager.id, refusedBefore(before, refused, attempt.endedAt))
  }
}

/** Whose access token tier 2 was called with; null: it is not there any more. */
function servedBy({ serving }: FleetState, profile: Profile, { reason }: Attempt): string | null {
  const [own, fallback] = serving.managersOf(profile)
  return (reason?.fallback === undefined ? own : fallback)?.id ?? null
}

function learnOfManager(fleetState: FleetState, manager: TokenManager, attempt: Attempt, now: Instant): void {
  const { changes, expiryAsked, refused, refusedFor } = fleetState.managerSubjectState(manager.id)
  const stands = attempt.outcome === 'failed' ? { refused, refusedFor } : {}
  const fresh = { ...newManagerSubjectState, changes, expiryAsked, ...stands }
  const subjectState = restored(fresh, attempt, manager.pair)
  const account = managerAccount(manager.id)
  const limit = restoredTokenLimit(attempt)
  // Reconnected since, it is another account.
  if (limit !== null && attempt.after === (manager.pair?.fingerprint ?? null)) {
    fleetState.tokenLimits.note(account, limit)
  }
  const { failure } = subjectState
  const needsYou =
    failure !== null && needsPerson(failure)
      ? failure
      : (fleetState.tokenLimits.inForce(account, now)?.failure ?? null)
  fleetState.setManagerSubjectState(manager.id, { ...subjectState, needsYou })
}
