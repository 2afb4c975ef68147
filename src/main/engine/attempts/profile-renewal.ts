// One attempt for one profile: plan, climb, store, and only then remember and announce.

import type { Attempt, Profile, ProfileId, ServiceApp } from '../domain/model.ts'
import { consequences, type Failure } from '../failure/failure.ts'
import { planTiers, type Routes, routesOf } from '../renewal/tier-plan.ts'
import { receive } from '../renewal/token-grant.ts'
import { isAlive, isUrgent } from '../renewal/token-lifetime.ts'
import { forbidsMinting } from '../renewal/token-limit.ts'
import { type Core, isAskedByPerson, type Job, orderOf, profileKey } from '../runtime/engine-context.ts'
import { remember } from './profile-aftermath.ts'
import { type Ended, isLate, pairChanges, toAttempt } from './profile-outcome.ts'
import { type Climb, climb, type ManagerAccess, type Won } from './tier-ladder.ts'

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
  const { changes, lostAnswers, unclear } = memory.track(profileId)
  const serviceApp = memory.serviceApps.get(profile.serviceAppId) ?? null
  const ground = memory.ground(profile, startedAt)
  // A token that Webex refuses where it is used is none that is held.
  const holdsToken = isAlive(profile.pair, startedAt) && job.trigger !== 'unauthorized-seen'
  if (forbidsMinting(ground.tokenLimit, { byPerson: isAskedByPerson(job), holdsToken })) {
    const failures = [ground.tokenLimit.failure]
    const climbed = nothingTried
    return toAttempt(core, { job, profile, serviceApp, startedAt, changes, climbed, failures }, null)
  }
  const routes = routesOf(profile, ground)
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
            // Webex vouches for a token of unknown end by giving it again.
            wantsNew: (lastTenth && profile.pair?.expiresAt !== null) || job.trigger === 'unauthorized-seen',
            lostAnswers,
            unclearBefore: unclear,
            caller: job,
            order: orderOf(job, profile.pair?.expiresAt ?? null),
          },
        )
  const failures = climbed.won === null ? withObstacle(climbed.failures, tiers, routes) : climbed.failures
  return settle(core, { job, profile, serviceApp, startedAt, changes, climbed, failures })
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
