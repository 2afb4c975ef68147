// One attempt for one profile: plan, climb, store, and only then remember and announce.

import type { Attempt, Profile, ProfileId, ServiceApp } from '../domain/model.ts'
import type { Failure } from '../failure/failure.ts'
import { consequenceOf } from '../failure/failure-catalogue.ts'
import { planTiers, type TierPlan, tierPlanOf } from '../renewal/tier-plan.ts'
import { receive } from '../renewal/token-grant.ts'
import { isAlive, isUrgent } from '../renewal/token-lifetime.ts'
import { forbidsMinting } from '../renewal/token-limit.ts'
import {
  type EngineContext,
  isAskedByPerson,
  type Job,
  orderOf,
  profileKey,
} from '../runtime/engine-context.ts'
import { remember } from './profile-aftermath.ts'
import { type Ended, isLate, pairChanges, toAttempt } from './profile-outcome.ts'
import { type Climb, climb, type ManagerAccess, type Won } from './tier-ladder.ts'

export interface ProfileRenewalDependencies {
  /** The token itself is due; otherwise only a stop is looked at again. */
  readonly regularDue: boolean
  /** The token manager this profile uses. */
  readonly access: (profile: Profile) => ManagerAccess
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
  const { changes, lostAnswers, unclear } = fleetState.subjectState(profileId)
  const serviceApp = fleetState.serviceApps.get(profile.serviceAppId) ?? null
  const tierInputs = fleetState.tierInputs(profile, startedAt)
  // A token that Webex refuses where it is used is none that is held.
  const holdsToken = isAlive(profile.pair, startedAt) && job.trigger !== 'unauthorized-seen'
  if (forbidsMinting(tierInputs.tokenLimit, { byPerson: isAskedByPerson(job), holdsToken })) {
    const failures = [tierInputs.tokenLimit.failure]
    const climbed = nothingTried
    return toAttempt(context, { job, profile, serviceApp, startedAt, changes, climbed, failures }, null)
  }
  const tierPlan = tierPlanOf(profile, tierInputs)
  const tiers = serviceApp === null ? [] : planTiers(tierPlan, startedAt, { manual: job.manual, regularDue })
  const lastTenth = isUrgent(profile.pair, startedAt)
  const climbed =
    serviceApp === null || tiers.length === 0
      ? nothingTried
      : await climb(
          {
            callGuard: context.callGuard,
            webex: context.parts.webex,
            manager: access(profile),
            isUnchanged: (grant) => grant.accessToken.equals(profile.pair?.accessToken ?? null),
            keep: (won) => keepPair(context, profile, serviceApp, won),
          },
          {
            profile,
            serviceApp,
            tiers,
            lastTenth,
            // Webex vouches for a token of unknown end by giving it again.
            wantsNew: (lastTenth && profile.pair?.expiresAt !== null) || job.trigger === 'unauthorized-seen',
            lostAnswers,
            unclearBefore: unclear,
            caller: job,
            order: orderOf(job, profile.pair?.expiresAt ?? null),
          },
        )
  const failures = climbed.won === null ? withObstacle(climbed.failures, tiers, tierPlan) : climbed.failures
  return settle(context, { job, profile, serviceApp, startedAt, changes, climbed, failures })
}

async function keepPair(
  context: EngineContext,
  used: Profile,
  serviceApp: ServiceApp,
  won: Won,
): Promise<void> {
  await context.writeQueue.record(
    () => {
      const profile = context.fleetState.profiles.get(used.id)
      if (profile === undefined || isLate(context, { profile: used, serviceApp }, profile, won)) {
        return { changes: [], attempts: [] }
      }
      const { pair } = receive(won.grant, profile.pair, 'refresh-grant', won.at)
      return { changes: [{ kind: 'profile-pair', profileId: used.id, pair }], attempts: [] }
    },
    ({ changes }) => {
      for (const change of changes) context.fleetState.take(change)
    },
  )
}

const nothingTried: Climb = { calls: [], failures: [], won: null, dead: null }

/** Where the climb would have gone on to tier 2 and could not, what stands before tier 2 is what the person is told. */
function withObstacle(
  failures: readonly Failure[],
  tiers: readonly (1 | 2)[],
  { blocker }: TierPlan,
): readonly Failure[] {
  const last = failures.at(-1)
  const wentOn = last === undefined || consequenceOf(last).next === 'next-tier'
  if (tiers.includes(2) || !wentOn) return failures
  if (blocker !== null) return [...failures, blocker]
  if (last !== undefined) return failures
  return [{ kind: 'nothing-to-try', tier: 2, status: null, detail: null, trackingId: null }]
}

async function settle(context: EngineContext, ended: Ended): Promise<Attempt> {
  const id = ended.profile.id
  if (context.stopping() && ended.climbed.calls.length === 0) return toAttempt(context, ended, null)
  let attempt: Attempt | null = null
  let late = false
  await context.writeQueue.record(
    () => {
      const made = pairChanges(context, ended)
      late = made.late
      attempt = toAttempt(context, ended, made)
      return { changes: made.changes, attempts: [attempt] }
    },
    ({ changes, attempts }) => {
      for (const change of changes) context.fleetState.take(change)
      for (const made of attempts) {
        if (context.fleetState.profiles.has(id)) remember(context, ended, made, late)
        context.emit({ kind: 'attempt', attempt: made })
      }
      context.replan(profileKey(id))
      context.changed(profileKey(id))
    },
  )
  return attempt ?? toAttempt(context, ended, null)
}
