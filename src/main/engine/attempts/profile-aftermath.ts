// What the engine remembers of an attempt for one profile: when to try again, and which stops it found or lifted.

import type { Attempt, Instant, ServiceAppId } from '../domain/model.ts'
import { NEEDS_YOU_RETRY } from '../domain/policy.ts'
import {
  afterFailure,
  afterLateAnswer,
  afterSuccess,
  type ProfileTrack,
  withoutFailure,
} from '../renewal/subject-state.ts'
import { profileAccount, tokenLimitMet } from '../renewal/token-limit.ts'
import { type Core, profileKey } from '../runtime/engine-context.ts'
import { distrustManager, trustManager } from './manager-trust.ts'
import type { Ended } from './profile-outcome.ts'
import { type Climb, decidingFailure } from './tier-ladder.ts'

/** `late`: a good answer that was not taken over. */
export function remember(core: Core, ended: Ended, attempt: Attempt, late: boolean): void {
  const { memory } = core
  const { profile, serviceApp, climbed, failures } = ended
  const pair = memory.profiles.get(profile.id)?.pair ?? null
  const deciding = decidingFailure(failures)
  const track = memory.track(profile.id)
  // Of the account that was asked, whichever the profile has now.
  if (serviceApp !== null) noteTokenLimit(core, profileAccount(profile, serviceApp), ended, attempt)
  if (late || (climbed.won === null && track.changes !== ended.changes)) {
    memory.setTrack(profile.id, afterLateAnswer(memory.track(profile.id), attempt))
    return
  }
  const tierTwoStop = stopAfter(track, climbed, attempt.endedAt)
  const refusedBearer = failures.findLast((failure) => failure.kind === 'manager-refused')
  if (refusedBearer !== undefined) distrustManager(core, profile, refusedBearer, attempt.endedAt)
  if (climbed.won?.tier === 2) trustManager(core, profile)
  if (climbed.won !== null && pair !== null) {
    if (memory.appStops.delete(profile.serviceAppId)) replanApp(core, profile.serviceAppId)
    memory.setTrack(profile.id, { ...afterSuccess(track, attempt, pair), tierTwoStop })
    return
  }
  if (deciding === null) return
  const failed = {
    ...afterFailure(track, attempt, { failures, deciding }, pair, core.parts.random),
    tierTwoStop,
  }
  memory.setTrack(profile.id, failed)
  const refused = failures.find((failure) => failure.kind === 'client-refused')
  if (refused === undefined) return
  const since = memory.appStops.get(profile.serviceAppId)?.since ?? attempt.startedAt
  memory.appStops.set(profile.serviceAppId, {
    failure: refused,
    since,
    until: failed.retryAt ?? attempt.endedAt + NEEDS_YOU_RETRY,
  })
  replanApp(core, profile.serviceAppId)
}

/** Whoever shares the account waits with it, and goes on with it. */
function noteTokenLimit(core: Core, account: string, { climbed, failures }: Ended, attempt: Attempt): void {
  const { memory } = core
  const limit = tokenLimitMet(failures, attempt)
  if (limit !== null) memory.tokenLimits.note(account, limit)
  else if (climbed.won === null || !memory.tokenLimits.lift(account)) return
  for (const profile of memory.profiles.values()) {
    if (memory.accountOf(profile) !== account) continue
    const track = memory.track(profile.id)
    if (limit === null && track.failure?.kind === 'token-limit')
      memory.setTrack(profile.id, withoutFailure(track))
    core.replan(profileKey(profile.id))
    core.changed(profileKey(profile.id))
  }
}

/** Whether the secret works is the same for all profiles of a service app. */
function replanApp(core: Core, id: ServiceAppId): void {
  for (const profile of core.memory.profiles.values()) {
    if (profile.serviceAppId === id) core.replan(profileKey(profile.id))
  }
  core.changed(null)
}

/** What tier 2 said last, if it said anything: a stop of its own, or that it works. */
function stopAfter(track: ProfileTrack, climbed: Climb, now: Instant): ProfileTrack['tierTwoStop'] {
  if (climbed.won?.tier === 2) return null
  const failure = climbed.failures.findLast(
    ({ kind }) => kind === 'not-authorised' || kind === 'wrong-field' || kind === 'client-refused',
  )
  if (failure === undefined || failure.kind === 'client-refused') return track.tierTwoStop
  return { failure, since: track.tierTwoStop?.since ?? now, until: now + NEEDS_YOU_RETRY }
}
