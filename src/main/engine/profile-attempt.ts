// One attempt for one profile: plan, climb, store, and only then remember and announce.
import { type Core, type Job, orderOf, profileKey } from './core.ts'
import type { Failure } from './failure.ts'
import { consequences } from './failure.ts'
import { sentenceOf } from './failure-words.ts'
import { markDead, receive } from './grant.ts'
import { namesOf } from './health.ts'
import { type Climb, climb, decidingFailure, type ManagerAccess, type Won } from './ladder.ts'
import { type Ground, isLateForProfile, LATE_SENTENCE } from './late-answer.ts'
import { distrustManager, trustManager } from './manager-trust.ts'
import type {
  Attempt,
  FleetChange,
  Instant,
  Profile,
  ProfileId,
  ServiceApp,
  ServiceAppId,
  TokenPair,
} from './model.ts'
import { NEEDS_YOU_RETRY, SHORTEST_DELAY } from './policy.ts'
import { planTiers, type Routes, routesOf } from './routes.ts'
import { isUrgent } from './schedule.ts'
import { afterFailure, afterLateAnswer, afterSuccess, type ProfileTrack, tryAgain } from './track.ts'

export interface ProfileAttemptParts {
  /** The token itself is due; otherwise only a stop is looked at again. */
  readonly regularDue: boolean
  /** The token manager this profile uses. */
  readonly access: (profile: Profile) => ManagerAccess
}

export async function attemptProfile(
  core: Core,
  job: Job,
  profileId: ProfileId,
  { regularDue, access }: ProfileAttemptParts,
): Promise<Attempt> {
  const { memory, wall } = core
  const profile = memory.profiles.get(profileId)
  if (profile === undefined) throw new Error('this profile is not in the fleet')
  const startedAt = wall.now()
  const serviceApp = memory.serviceApps.get(profile.serviceAppId) ?? null
  const routes = routesOf(profile, memory.ground(profile, startedAt))
  const tiers = serviceApp === null ? [] : planTiers(routes, startedAt, { byHand: job.byHand, regularDue })
  const lastTenth = isUrgent(profile.pair, startedAt)
  const climbed =
    serviceApp === null || tiers.length === 0
      ? nothingTried
      : await climb(
          {
            line: core.line,
            webex: core.parts.webex,
            manager: access(profile),
            isUnchanged: (grant) => grant.accessToken.equals(profile.pair?.accessToken ?? null),
            keep: (won) => keepPair(core, profile, serviceApp, won),
          },
          {
            profile,
            serviceApp,
            tiers,
            lastTenth,
            wantsNew: lastTenth || job.trigger === 'unauthorized-seen',
            lostAnswers: memory.track(profile.id).lostAnswers,
            order: orderOf(job, profile.pair?.expiresAt ?? null),
          },
        )
  const failures = climbed.won === null ? withObstacle(climbed.failures, tiers, routes) : climbed.failures
  return settle(core, { job, profile, serviceApp, startedAt, climbed, failures })
}

async function keepPair(core: Core, used: Profile, serviceApp: ServiceApp, won: Won): Promise<void> {
  await core.store.record(
    () => {
      const profile = core.memory.profiles.get(used.id)
      if (profile === undefined || isLate(core, { profile: used, serviceApp }, profile, won)) {
        return { changes: [], attempts: [] }
      }
      const { pair } = receive(won.grant, profile.pair, 'refresh-grant', won.at)
      return { changes: [{ kind: 'profile-pair', profileId: used.id, pair }], attempts: [] }
    },
    ({ changes }) => {
      for (const change of changes) core.memory.take(change)
    },
  )
}

function isLate(core: Core, used: Ground, current: Profile, { tier, grant }: Won): boolean {
  const serviceApp = core.memory.serviceApps.get(current.serviceAppId) ?? null
  return isLateForProfile(used, { profile: current, serviceApp }, tier, grant)
}

const nothingTried: Climb = { calls: [], failures: [], won: null, dead: null }

/** Where the climb would have gone on to tier 2 and could not, what stands before tier 2 is what the person is told. */
function withObstacle(
  failures: readonly Failure[],
  tiers: readonly (1 | 2)[],
  { obstacle }: Routes,
): readonly Failure[] {
  const last = failures.at(-1)
  const wentOn = last === undefined || consequences[last.kind].next === 'next-tier'
  if (tiers.includes(2) || !wentOn) return failures
  if (obstacle !== null) return [...failures, obstacle]
  if (last !== undefined) return failures
  return [{ kind: 'nothing-to-try', tier: 2, status: null, detail: null, trackingId: null }]
}

interface Ended {
  readonly job: Job
  readonly profile: Profile
  readonly serviceApp: ServiceApp | null
  readonly startedAt: Instant
  readonly climbed: Climb
  readonly failures: readonly Failure[]
}

async function settle(core: Core, ended: Ended): Promise<Attempt> {
  const id = ended.profile.id
  if (core.stopping() && ended.climbed.calls.length === 0) return toAttempt(core, ended, null)
  let attempt: Attempt | null = null
  let late = false
  await core.store.record(
    () => {
      const made = pairChanges(core, ended)
      late = made.late
      attempt = toAttempt(core, ended, made)
      return { changes: made.changes, attempts: [attempt] }
    },
    ({ changes, attempts }) => {
      for (const change of changes) core.memory.take(change)
      for (const made of attempts) {
        if (core.memory.profiles.has(id)) remember(core, ended, made, late)
        core.emit({ kind: 'attempt', attempt: made })
      }
      core.replan(profileKey(id))
      core.changed(profileKey(id))
    },
  )
  return attempt ?? toAttempt(core, ended, null)
}

interface Made {
  readonly changes: readonly FleetChange[]
  readonly outcome: Attempt['outcome']
  readonly pair: TokenPair | null
  /** A good answer, but not to the credentials that are there now: it is not taken over. */
  readonly late: boolean
}

/** Against the pair as it is now: while the attempt ran, a person may have pasted another one or removed the profile. */
function pairChanges(core: Core, { profile, serviceApp, climbed }: Ended): Made {
  const current = core.memory.profiles.get(profile.id)
  const outcome = climbed.won === null ? 'failed' : 'renewed'
  if (current === undefined) return { changes: [], outcome, pair: null, late: false }
  const changes: FleetChange[] = []
  let { pair } = current
  if (climbed.dead !== null && pair?.refresh != null && climbed.dead.equals(pair.refresh.token)) {
    pair = markDead(pair)
    changes.push({ kind: 'profile-pair', profileId: profile.id, pair })
  }
  if (climbed.won === null) return { changes, outcome, pair, late: false }
  if (isLate(core, { profile, serviceApp }, current, climbed.won)) {
    return { changes, outcome: 'failed', pair: profile.pair, late: true }
  }
  const { grant, tier, at } = climbed.won
  const received = receive(grant, pair, tier === 1 ? 'refresh-grant' : 'applications-api', at)
  changes.push({ kind: 'profile-pair', profileId: profile.id, pair: received.pair })
  return { changes, outcome: received.outcome, pair: received.pair, late: false }
}

function toAttempt(core: Core, ended: Ended, made: Made | null): Attempt {
  const { job, profile, climbed, failures } = ended
  const deciding = climbed.won === null ? decidingFailure(failures) : null
  const before = profile.pair?.fingerprint ?? null
  return {
    id: core.parts.newId(),
    subject: job.subject,
    name: profile.name,
    orgId: profile.targetOrgId,
    trigger: job.trigger,
    startedAt: ended.startedAt,
    endedAt: core.wall.now(),
    calls: climbed.calls.map((call) =>
      made?.outcome === 'unchanged' && call.tier === climbed.won?.tier && call.result === 'ok'
        ? { ...call, result: 'unchanged' }
        : call,
    ),
    outcome: made?.outcome ?? 'failed',
    tier: made?.late ? null : (climbed.won?.tier ?? null),
    before,
    after: made?.pair?.fingerprint ?? before,
    sentence: made?.late ? LATE_SENTENCE : deciding === null ? null : sentenceOf(deciding, namesOf(profile)),
    trackingId: (deciding === null ? climbed.calls.at(-1)?.trackingId : deciding.trackingId) ?? null,
  }
}

function remember(core: Core, ended: Ended, attempt: Attempt, late: boolean): void {
  const { memory } = core
  const { profile, serviceApp, climbed, failures } = ended
  const pair = memory.profiles.get(profile.id)?.pair ?? null
  const deciding = decidingFailure(failures)
  const track = memory.track(profile.id)
  if (late) {
    memory.setTrack(profile.id, afterLateAnswer(track, attempt))
    return
  }
  const tierTwoStop = stopAfter(track, climbed, attempt.endedAt)
  const refusedBearer = failures.findLast((failure) => failure.kind === 'manager-refused')
  if (refusedBearer !== undefined) distrustManager(core, refusedBearer, attempt.endedAt)
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
  // The credentials were mended while this attempt still used the old ones: it says nothing of the new.
  if (serviceApp !== null && memory.serviceApps.get(profile.serviceAppId) !== serviceApp) {
    memory.setTrack(profile.id, tryAgain(failed, attempt.endedAt + SHORTEST_DELAY, 'scheduled'))
    return
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
