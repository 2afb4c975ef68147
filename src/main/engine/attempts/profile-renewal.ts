// One attempt for one profile: plan the tiers, run them, commit what they gave, and remember what that means for the next
// attempt and for everyone who shares the service app, the account or the token manager.

import {
  type Attempt,
  type Instant,
  isAlive,
  type Profile,
  type ProfileId,
  type ServiceApp,
  type ServiceAppId,
} from '../domain/model.ts'
import { NEEDS_YOU_RETRY, UNKNOWN_WAIT } from '../domain/policy.ts'
import type { Random } from '../domain/ports.ts'
import { aboutProfile, type Failure } from '../failure/failure.ts'
import { consequenceOf } from '../failure/failure-catalogue.ts'
import { refusedManagers } from '../renewal/manager-trust.ts'
import {
  afterTierOne,
  earliestCounted,
  isOtherCopy,
  isTooSoon,
  otherCopyFailure,
} from '../renewal/other-copy.ts'
import { repeatable } from '../renewal/retry-policy.ts'
import {
  afterFailure,
  afterLateAnswer,
  afterSuccess,
  type ProfileSubjectState,
  withoutFailure,
} from '../renewal/subject-state.ts'
import { planTiers, type TierPlan, tierPlanOf, withoutManager } from '../renewal/tier-plan.ts'
import { isLateForProfile } from '../renewal/token-grant.ts'
import { isUrgent } from '../renewal/token-lifetime.ts'
import { forbidsMinting, profileAccount, tokenLimitMet } from '../renewal/token-limit.ts'
import {
  type EngineContext,
  isAskedByPerson,
  type Job,
  orderOf,
  profileKey,
} from '../runtime/engine-context.ts'
import { commitAttempt, type EndedAttempt, storeIssued, toAttempt, yieldAttempt } from './attempt-commit.ts'
import { distrustManager, trustManager } from './manager-access.ts'
import { type ClimbResult, climb, decidingFailure } from './tier-ladder.ts'
import type { ManagerAccess } from './tier-two.ts'

export interface ProfileRenewalDependencies {
  /** The token itself is due; otherwise only a stop is checked again. */
  readonly regularDue: boolean
  /** The token managers this profile uses, the one that serves now first. */
  readonly access: (profile: Profile) => readonly ManagerAccess[]
}

const NOTHING_TRIED: ClimbResult = {
  calls: [],
  failures: [],
  issued: null,
  dead: null,
  unclaimed: null,
  passedOver: [],
  tierTwoBy: null,
}

export async function renewProfile(
  context: EngineContext,
  job: Job,
  profileId: ProfileId,
  { regularDue, access }: ProfileRenewalDependencies,
): Promise<Attempt> {
  const { fleetState, serverClock } = context
  const profile = fleetState.profiles.get(profileId)
  if (profile === undefined) throw new Error('this profile is not in the fleet')
  const startedAt = serverClock.now()
  const id = context.parts.newId()
  const { changes, lostAnswers, unclear, otherCopy } = fleetState.subjectState(profileId)
  const serviceApp = fleetState.serviceApps.get(profile.serviceAppId) ?? null
  const tierInputs = fleetState.tierInputs(profile, startedAt)
  const draws = repeatable(context.parts.random)
  const stopped = (climbed: MetInTierTwo, attempt: Attempt) => stopAfter(context, profile, climbed, attempt)
  const endedWith = (
    { calls, issued, dead, tierTwoBy, passedOver, failures: met }: ClimbResult,
    failures: readonly Failure[],
  ): EndedAttempt => ({
    id,
    job,
    about: aboutProfile(profile),
    orgId: profile.targetOrgId,
    startedAt,
    pair: profile.pair,
    calls,
    issued,
    dead,
    failure: issued === null ? decidingFailure(failures) : null,
    fallback: tierTwoBy?.fallback ?? null,
    refusedManagers: refusedManagers(
      fleetState,
      profile,
      {
        refusals: [...passedOver, ...failures].filter(isManagerRefused),
        servedBy: issued?.tier === 2 ? (tierTwoBy?.managerId ?? null) : null,
      },
      serverClock.now(),
    ),
    retryAt(attempt, pair) {
      const deciding = decidingFailure(failures)
      if (deciding === null) return null
      const all = { failures, deciding }
      const stop = stopped({ failures: met, tierTwoBy }, attempt)
      const failed = afterFailure(fleetState.subjectState(profileId), attempt, all, pair, draws())
      return soonest(failed.retryAt, fleetState.serving.spareFrom(profile, stop, attempt.endedAt))
    },
    tierTwoStop: (attempt) => stopped({ failures: met, tierTwoBy }, attempt),
    otherCopySince: (attempt, pair) =>
      afterTierOne(fleetState.subjectState(profileId).otherCopy, attempt, earlier, pair).since,
    isLate({ tier, grant }) {
      const current = fleetState.profiles.get(profileId)
      if (current === undefined) return true
      const currentApp = fleetState.serviceApps.get(current.serviceAppId) ?? null
      const now = { profile: current, serviceApp: currentApp }
      return isLateForProfile({ profile, serviceApp }, now, tier, grant)
    },
  })
  // A token that Webex refuses where it is used is none that is held.
  const holdsToken = isAlive(profile.pair, startedAt) && job.trigger !== 'unauthorized-seen'
  if (forbidsMinting(tierInputs.tokenLimit, { byPerson: isAskedByPerson(job), holdsToken })) {
    return toAttempt(context, endedWith(NOTHING_TRIED, [tierInputs.tokenLimit.failure]), null)
  }
  const known = otherCopyFailure(otherCopy)
  const asksInLoops = job.reason?.code === 'requested' && !isAskedByPerson(job)
  if (known !== null && asksInLoops && isTooSoon(otherCopy, profile.pair, startedAt))
    return toAttempt(context, endedWith(NOTHING_TRIED, [known]), null)
  const since = earliestCounted(otherCopy, profile.pair, startedAt)
  // What cannot be read raises no suspicion.
  const read = async () => (await context.parts.attemptsOf?.(profileId, since).catch(() => [])) ?? []
  const earlier = known === null ? [] : await read()
  const tierPlan = tierPlanOf(profile, tierInputs)
  const wanted = job.reason?.code === 'drill' ? job.reason.by : null
  const options = { manual: job.manual, regularDue, drill: wanted !== null }
  const tiers = serviceApp === null ? [] : planTiers(tierPlan, startedAt, options)
  const drill = tiers.includes(2) ? wanted : null
  // One more token that proves nothing helps nobody.
  if (wanted !== null && drill === null && job.manual)
    return toAttempt(context, endedWith(NOTHING_TRIED, withBlocker([], [], tierPlan)), null)
  const lastTenth = isUrgent(profile.pair, startedAt)
  const climbed =
    serviceApp === null || tiers.length === 0
      ? NOTHING_TRIED
      : await climb(
          {
            callGuards: context.callGuards,
            webex: context.parts.webex,
            managers: access(profile),
            claim: async () => {
              const { pair } = profile
              if (pair === null) throw new Error('tier 1 is planned only for a pair with a refresh token')
              // What keeps tier 2 from working lasts until a person acts.
              const again = !tiers.includes(2) && tierPlan.blocker !== null
              return context.parts.vault.begin({ attemptId: id, subject: job.subject, pair, again })
            },
            isUnchanged: (grant) => grant.accessToken.equals(profile.pair?.accessToken ?? null),
            isOtherCopy: async () => isOtherCopy(await read(), profile.pair),
            store: (issued) => storeIssued(context, endedWith({ ...NOTHING_TRIED, issued }, [])),
          },
          {
            profile,
            serviceApp,
            tiers,
            lastTenth,
            // Webex confirms a token of unknown end by giving it again.
            wantsNew: (lastTenth && profile.pair?.expiresAt !== null) || job.trigger === 'unauthorized-seen',
            lostAnswers,
            unclearBefore: unclear,
            drill,
            caller: job,
            order: orderOf(job, profile.pair?.expiresAt ?? null),
          },
        )
  const { unclaimed } = climbed
  if (unclaimed !== null && climbed.calls.length === 0 && climbed.failures.length === 0) {
    const claim = unclaimed.kind === 'unknown' ? ({ kind: 'held', wait: UNKNOWN_WAIT } as const) : unclaimed
    return yieldAttempt(context, endedWith(climbed, []), claim)
  }
  const failures = climbed.issued === null ? withBlocker(climbed.failures, tiers, tierPlan) : climbed.failures
  return commitAttempt(context, endedWith(climbed, failures), (attempt, late) =>
    remember(
      context,
      { profile, serviceApp, changes, climbed, failures, earlier, random: draws() },
      attempt,
      late,
    ),
  )
}

/** Where tier 2 would have been next and could not be tried, a person reads what keeps it from working. */
function withBlocker(
  failures: readonly Failure[],
  tiers: readonly (1 | 2)[],
  { blocker }: TierPlan,
): readonly Failure[] {
  const last = failures.at(-1)
  const wentOn = last === undefined || consequenceOf(last).next === 'next-tier'
  if (tiers.includes(2) || !wentOn) return failures
  if (blocker?.kind === 'no-manager' && last !== undefined && consequenceOf(last).grantDead)
    return [...failures, withoutManager(blocker, 'dead')]
  if (blocker !== null) return [...failures, blocker]
  if (last !== undefined) return failures
  return [{ kind: 'nothing-to-try', tier: 2, status: null, detail: null, trackingId: null }]
}

function isManagerRefused(failure: Failure): failure is Failure<'manager-refused'> {
  return failure.kind === 'manager-refused'
}

interface EndedClimb {
  readonly profile: Profile
  readonly serviceApp: ServiceApp | null
  /** Of the subject state, when the attempt began. */
  readonly changes: number
  readonly climbed: ClimbResult
  /** With what kept tier 2 from being tried. */
  readonly failures: readonly Failure[]
  /** Read while another copy is known to be at work. */
  readonly earlier: readonly Attempt[]
  readonly random: Random
}

/** When to try again, and which stops the attempt met or lifted. `late`: what was issued was not taken over. */
function remember(context: EngineContext, ended: EndedClimb, attempt: Attempt, late: boolean): void {
  const { fleetState } = context
  const { profile, serviceApp, climbed, failures } = ended
  const { issued } = climbed
  const pair = fleetState.profiles.get(profile.id)?.pair ?? null
  const deciding = decidingFailure(failures)
  const subjectState = fleetState.subjectState(profile.id)
  // Of the account that was asked, whichever the profile has now.
  if (serviceApp !== null) noteTokenLimit(context, profileAccount(profile, serviceApp), ended, attempt)
  if (late || (issued === null && subjectState.changes !== ended.changes)) {
    fleetState.setSubjectState(
      profile.id,
      afterLateAnswer(fleetState.subjectState(profile.id), attempt, pair),
    )
    return
  }
  const otherCopy = afterTierOne(subjectState.otherCopy, attempt, ended.earlier, pair)
  const tierTwoStop = stopAfter(context, profile, climbed, attempt)
  const spareFrom = fleetState.serving.spareFrom(profile, tierTwoStop, attempt.endedAt)
  for (const failure of [...climbed.passedOver, ...failures].filter(isManagerRefused))
    distrustManager(context, profile, failure, attempt.endedAt)
  if (issued?.tier === 2 && climbed.tierTwoBy !== null)
    trustManager(context, profile, climbed.tierTwoBy.managerId)
  if (issued !== null && pair !== null) {
    if (fleetState.appStops.delete(profile.serviceAppId)) replanApp(context, profile.serviceAppId)
    fleetState.setSubjectState(profile.id, {
      ...afterSuccess(subjectState, attempt, pair),
      tierTwoStop,
      otherCopy,
    })
    return
  }
  if (deciding === null) return
  const met = afterFailure(subjectState, attempt, { failures, deciding }, pair, ended.random)
  const failed = { ...met, retryAt: soonest(met.retryAt, spareFrom), tierTwoStop, otherCopy }
  fleetState.setSubjectState(profile.id, failed)
  const refused = failures.find((failure) => consequenceOf(failure).stops === 'service-app')
  if (refused === undefined) return
  const since = fleetState.appStops.get(profile.serviceAppId)?.since ?? attempt.startedAt
  fleetState.appStops.set(profile.serviceAppId, {
    failure: refused,
    since,
    until: failed.retryAt ?? attempt.endedAt + NEEDS_YOU_RETRY,
  })
  replanApp(context, profile.serviceAppId)
}

/** All profiles of the account wait, and continue, together. */
function noteTokenLimit(
  context: EngineContext,
  account: string,
  { climbed, failures }: EndedClimb,
  attempt: Attempt,
): void {
  const { fleetState } = context
  const limit = tokenLimitMet(failures, attempt)
  if (limit !== null) fleetState.tokenLimits.note(account, limit)
  else if (climbed.issued === null || !fleetState.tokenLimits.lift(account)) return
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

function soonest(retryAt: Instant | null, spareFrom: Instant | null): Instant | null {
  return retryAt === null || spareFrom === null ? retryAt : Math.min(retryAt, spareFrom)
}

type MetInTierTwo = Pick<ClimbResult, 'failures' | 'tierTwoBy'>

/** What tier 2 said last, if it said anything: a stop of its own, or that it works. */
function stopAfter(
  { fleetState }: EngineContext,
  profile: Profile,
  climbed: MetInTierTwo,
  { calls, endedAt: now }: Attempt,
): ProfileSubjectState['tierTwoStop'] {
  // What it gave may have been the token that is refused, and another tier's came after it.
  const two = calls.findLast(({ tier }) => tier === 2)?.result
  if (two === 'ok' || two === 'unchanged') return null
  const failure = climbed.failures.findLast((each) => consequenceOf(each).stops !== undefined)
  const before = fleetState.subjectState(profile.id).tierTwoStop
  if (failure === undefined || consequenceOf(failure).stops !== 'tier-2') return before
  const managerId = climbed.tierTwoBy?.managerId
  if (managerId === undefined) return before
  const since = before?.managerId === managerId ? before.since : now
  const stop = { failure, since, until: now + NEEDS_YOU_RETRY, managerId }
  return { ...stop, until: fleetState.serving.spareFrom(profile, stop, now) ?? stop.until }
}
