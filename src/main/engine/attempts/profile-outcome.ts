// What one climb for one profile came to: the pair to keep, and the attempt as history tells it.

import type { Attempt, FleetChange, Instant, Profile, ServiceApp, TokenPair } from '../domain/model.ts'
import { aboutProfile, type Failure } from '../failure/failure.ts'
import { sentenceOf } from '../failure/failure-catalogue.ts'
import { isLateForProfile, LATE_SENTENCE, type ProfileCredentials } from '../renewal/late-answer.ts'
import { markDead, receive } from '../renewal/token-grant.ts'
import type { EngineContext, Job } from '../runtime/engine-context.ts'
import { type Climb, decidingFailure, type Won } from './tier-ladder.ts'

export interface Ended {
  readonly job: Job
  readonly profile: Profile
  readonly serviceApp: ServiceApp | null
  readonly startedAt: Instant
  /** Of its track, when it began. */
  readonly changes: number
  readonly climbed: Climb
  readonly failures: readonly Failure[]
}

export interface Made {
  readonly changes: readonly FleetChange[]
  readonly outcome: Attempt['outcome']
  readonly pair: TokenPair | null
  /** A good answer, but not to the credentials that are there now: it is not taken over. */
  readonly late: boolean
}

/** Against the pair as it is now: while the attempt ran, a person may have pasted another one or removed the profile. */
export function pairChanges(context: EngineContext, { profile, serviceApp, climbed }: Ended): Made {
  const current = context.fleetState.profiles.get(profile.id)
  const outcome = climbed.won === null ? 'failed' : 'renewed'
  if (current === undefined) return { changes: [], outcome, pair: null, late: false }
  const changes: FleetChange[] = []
  let { pair } = current
  if (climbed.dead !== null && pair?.refresh != null && climbed.dead.equals(pair.refresh.token)) {
    pair = markDead(pair)
    changes.push({ kind: 'profile-pair', profileId: profile.id, pair })
  }
  if (climbed.won === null) return { changes, outcome, pair, late: false }
  if (isLate(context, { profile, serviceApp }, current, climbed.won)) {
    return { changes, outcome: 'failed', pair: profile.pair, late: true }
  }
  const { grant, tier, at } = climbed.won
  const received = receive(grant, pair, tier === 1 ? 'refresh-grant' : 'applications-api', at)
  changes.push({ kind: 'profile-pair', profileId: profile.id, pair: received.pair })
  return { changes, outcome: received.outcome, pair: received.pair, late: false }
}

export function toAttempt(context: EngineContext, ended: Ended, made: Made | null): Attempt {
  const { job, profile, climbed, failures } = ended
  const deciding = climbed.won === null ? decidingFailure(failures) : null
  const before = profile.pair?.fingerprint ?? null
  return {
    id: context.parts.newId(),
    subject: job.subject,
    name: profile.name,
    orgId: profile.targetOrgId,
    trigger: job.trigger,
    reason: job.reason,
    startedAt: ended.startedAt,
    endedAt: context.serverClock.now(),
    calls: climbed.calls.map((call) =>
      made?.outcome === 'unchanged' && call.tier === climbed.won?.tier && call.result === 'ok'
        ? { ...call, result: 'unchanged' }
        : call,
    ),
    outcome: made?.outcome ?? 'failed',
    tier: made?.late ? null : (climbed.won?.tier ?? null),
    before,
    after: made?.pair?.fingerprint ?? before,
    sentence: made?.late
      ? LATE_SENTENCE
      : deciding === null
        ? null
        : sentenceOf(deciding, aboutProfile(profile)),
    trackingId: (deciding === null ? climbed.calls.at(-1)?.trackingId : deciding.trackingId) ?? null,
  }
}

/** A good answer, but not to the credentials that are there now. */
export function isLate(
  context: EngineContext,
  used: ProfileCredentials,
  current: Profile,
  { tier, grant }: Won,
): boolean {
  const serviceApp = context.fleetState.serviceApps.get(current.serviceAppId) ?? null
  return isLateForProfile(used, { profile: current, serviceApp }, tier, grant)
}
