// What the engine remembers of an attempt for one profile: when to try again, and which stops it found or lifted.

import type { Attempt, Instant, ServiceAppId } from '../domain/model.ts'
import { NEEDS_YOU_RETRY } from '../domain/policy.ts'
import {
  afterFailure,
  afterLateAnswer,
  afterSuccess,
  type ProfileSubjectState,
  withoutFailure,
} from '../renewal/subject-state.ts'
import { profileAccount, tokenLimitMet } from '../renewal/token-limit.ts'
import { type EngineContext, profileKey } from '../runtime/engine-context.ts'
import { distrustManager, trustManager } from './manager-trust.ts'
import type { Ended } from './profile-outcome.ts'
import { type Climb, decidingFailure } from './tier-ladder.ts'

/** `late`: a good answer that was not taken over. */
export function remember(context: EngineContext, ended: Ended, attempt: Attempt, late: boolean): void {
  const { fleetState } = context
  const { profile, serviceApp, climbed, failures } = ended
  const pair = fleetState.profiles.get(profile.id)?.pair ?? null
  const deciding = decidingFailure(failures)
  const subjectState = fleetState.subjectState(profile.id)
  // Of the account that was asked, whichever the profile has now.
  if (serviceApp !== null) noteTokenLimit(context, profileAccount(profile, serviceApp), ended, attempt)
  if (late || (climbed.won === null && subjectState.changes !== ended.changes)) {
    fleetState.setSubjectState(profile.id, afterLateAnswer(fleetState.subjectState(profile.id), attempt))
    return
  }
  const tierTwoStop = stopAfter(subjectState, climbed, attempt.endedAt)
  const refusedBearer = failures.findLast((failure) => failure.kind === 'manager-refused')
  if (refusedBearer !== undefined) distrustManager(context, profile, refusedBearer, attempt.endedAt)
  if (climbed.won?.tier === 2) trustManager(context, profile)
  if (climbed.won !== null && pair !== null) {
    if (fleetState.appStops.delete(profile.serviceAppId)) replanApp(context, profile.serviceAppId)
    fleetState.setSubjectState(profile.id, { ...afterSuccess(subjectState, attempt, pair), tierTwoStop })
    return
  }
  if (deciding === null) return
  const failed = {
    ...afterFailure(subjectState, attempt, { failures, deciding }, pair, context.parts.random),
    tierTwoStop,
  }
  fleetState.setSubjectState(profile.id, failed)
  const refused = failures.find((failure) => failure.kind === 'client-refused')
  if (refused === undefined) return
  const since = fleetState.appStops.get(profile.serviceAppId)?.since ?? attempt.startedAt
  fleetState.appStops.set(profile.serviceAppId, {
    failure: refused,
    since,
    until: failed.retryAt ?? attempt.endedAt + NEEDS_YOU_RETRY,
  })
  replanApp(context, profile.serviceAppId)
}

/** Whoever shares the account waits with it, and goes on with it. */
function noteTokenLimit(
  context: EngineContext,
  account: string,
  { climbed, failures }: Ended,
  attempt: Attempt,
): void {
  const { fleetState } = context
  const limit = tokenLimitMet(failures, attempt)
  if (limit !== null) fleetState.tokenLimits.note(account, limit)
  else if (climbed.won === null || !fleetState.tokenLimits.lift(account)) return
  for (const profile of fleetState.profiles.values()) {
    if (fleetState.accountOf(profile) !== account) continue
    const subjectState = fleetState.subjectState(profile.id)
    if (limit === null && subjectState.failure?.kind === 'token-limit')
      fleetState.setSubjectState(profile.id, withoutFailure(subjectState))
    context.replan(profileKey(profile.id))
    context.changed(profileKey(profile.id))
  }
}

/** Whether the secret works is the same for all profiles of a service app. */
function replanApp(context: EngineContext, id: ServiceAppId): void {
  for (const profile of context.fleetState.profiles.values()) {
    if (profile.serviceAppId === id) context.replan(profileKey(profile.id))
  }
  context.changed(null)
}

/** What tier 2 said last, if it said anything: a stop of its own, or that it works. */
function stopAfter(
  subjectState: ProfileSubjectState,
  climbed: Climb,
  now: Instant,
): ProfileSubjectState['tierTwoStop'] {
  if (climbed.won?.tier === 2) return null
  const failure = climbed.failures.findLast(
    ({ kind }) => kind === 'not-authorised' || kind === 'wrong-field' || kind === 'client-refused',
  )
  if (failure === undefined || failure.kind === 'client-refused') return subjectState.tierTwoStop
  return { failure, since: subjectState.tierTwoStop?.since ?? now, until: now + NEEDS_YOU_RETRY }
}
