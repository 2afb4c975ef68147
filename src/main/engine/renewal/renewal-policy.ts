// When the next attempt is planned, and why then: one function for the loop and for what a person reads.

import type {
  Duration,
  Instant,
  Profile,
  ProfileId,
  Subject,
  TokenManager,
  TokenPair,
} from '../domain/model.ts'
import { lifetimeOf } from '../domain/model.ts'
import { type EngineSettings, PACE_PATIENCE_SHARE } from '../domain/policy.ts'
import type { Memory } from './fleet-state.ts'
import type { ManagerTrack, ProfileTrack } from './subject-state.ts'
import { type Ground, type Routes, routesOf, type Stop } from './tier-plan.ts'
import { dueAt } from './token-lifetime.ts'
import { managerAccount } from './token-limit.ts'

/** What a plan is made of. */
export interface PlanState {
  readonly memory: Memory
  readonly wall: { now(): Instant }
  settings(): EngineSettings
}

export interface Planned {
  readonly at: Instant
  readonly why: string
  /** The token itself is due, or a failed attempt is to be repeated; otherwise only a stop is looked at again. */
  readonly regular: boolean
  /** Nothing is minted: Webex is asked when the token ends. */
  readonly asksEnd?: true
}

/** null: nothing happens by itself. */
export function planOf({ memory, settings, wall }: PlanState, subject: Subject): Planned | null {
  const { refreshAt } = settings()
  if (subject.kind === 'manager') {
    const manager = memory.managers.get(subject.managerId)
    if (manager === undefined) return null
    const planned = plannedForManager(manager, memory.managerTrack(manager.id), refreshAt)
    return planned === null
      ? null
      : afterLimit(planned, memory.tokenLimits.inForce(managerAccount(manager.id), wall.now()))
  }
  const profile = memory.profiles.get(subject.profileId)
  if (profile === undefined) return null
  const ground = memory.ground(profile, wall.now())
  return plannedFor(profile, memory.track(profile.id), routesOf(profile, ground), ground, refreshAt)
}

/** How often a profile comes due, in ms; null for one without a token of known lifetime, and for token managers. */
export function renewalInterval({ memory, settings }: PlanState, subject: Subject): Duration | null {
  if (subject.kind === 'manager') return null
  const pair = memory.profiles.get(subject.profileId)?.pair ?? null
  if (pair === null || pair.accessToken === null || pair.expiresAt === null) return null
  return dueAt(subject.profileId, pair, settings().refreshAt) - pair.issuedAt
}

/** For how long, in ms from now, a routine renewal may be put off; null when it is urgent. */
export function routineFor({ memory, settings, wall }: PlanState, id: ProfileId): Duration | null {
  const track = memory.track(id)
  const pair = memory.profiles.get(id)?.pair ?? null
  const lifetime = pair === null ? null : lifetimeOf(pair)
  if (lifetime === null || track.failure !== null || track.trigger !== 'scheduled') return null
  const due = Math.max(dueAt(id, pair, settings().refreshAt), track.notBefore ?? Number.NEGATIVE_INFINITY)
  const patience = due + lifetime * PACE_PATIENCE_SHARE - wall.now()
  return patience <= 0 ? null : patience
}

/** null: paused, or only a person can help. -Infinity means at once. */
export function plannedFor(
  profile: Profile,
  track: ProfileTrack,
  routes: Routes,
  ground: Ground,
  refreshAt: number,
): Planned | null {
  if (profile.paused) return null
  if (isEndToAsk(profile.pair, track)) return askPlan
  const regular = regularPlan(profile.id, profile.pair, track, refreshAt)
  const oneFrom =
    routes.tierOne === 'ready' ||
    (routes.tierOne === 'expired' && routes.tierTwoFrom === Number.POSITIVE_INFINITY)
      ? Number.NEGATIVE_INFINITY
      : Number.POSITIVE_INFINITY
  const possibleFrom = Math.max(
    Math.min(oneFrom, routes.tierTwoFrom),
    ground.appStop?.until ?? Number.NEGATIVE_INFINITY,
    ground.tokenLimit?.until ?? Number.NEGATIVE_INFINITY,
  )
  if (possibleFrom === Number.POSITIVE_INFINITY) return null
  const at = Math.max(regular.at, possibleFrom)
  // Tier 2 is wanted, and stopped: it is looked at again although tier 1 keeps the token alive meanwhile.
  const stopped = ground.appStop !== null || ground.tokenLimit !== null
  const stop = routes.preferTwo && !stopped ? ground.tierTwoStop : null
  if (stop !== null && stop.until < at && routes.tierTwoFrom <= stop.until) {
    return { at: stop.until, why: 'What needs you is tried again every 6 hours.', regular: false }
  }
  return { ...regular, at }
}

/** null: nothing to refresh (a personal access token, an integration never connected). */
export function plannedForManager(
  manager: TokenManager,
  track: ManagerTrack,
  refreshAt: number,
): Planned | null {
  const { pair } = manager
  if (isEndToAsk(pair, track)) return askPlan
  if (manager.kind === 'personal-access-token' || pair === null || pair.refresh === null) return null
  // Its access token was refused: tier 3 is wanted now, whatever the clock says.
  if (track.refused !== null && track.refused === pair.fingerprint && track.retryAt === null) {
    return { at: Number.NEGATIVE_INFINITY, why: 'Webex refused its access token.', regular: true }
  }
  // A grant marked dead in an earlier run is looked at again at start and then every 6 hours.
  return regularPlan(manager.id, pair, track, refreshAt)
}

function afterLimit(planned: Planned, limit: Stop | null): Planned {
  return limit === null || planned.asksEnd === true
    ? planned
    : { ...planned, at: Math.max(planned.at, limit.until) }
}

const askPlan: Planned = {
  at: Number.NEGATIVE_INFINITY,
  why: 'Nobody told when this token ends.',
  regular: true,
  asksEnd: true,
}

/** Webex was not asked yet when this token ends. */
function isEndToAsk(pair: TokenPair | null, { expiryAsked, failure }: ProfileTrack | ManagerTrack): boolean {
  if (pair?.accessToken == null || pair.expiresAt !== null || failure !== null) return false
  return expiryAsked?.fingerprint !== pair.fingerprint
}

function regularPlan(
  id: string,
  pair: TokenPair | null,
  track: ProfileTrack | ManagerTrack,
  refreshAt: number,
): Planned {
  if (track.retryAt !== null) {
    return { at: track.retryAt, why: 'The last attempt failed; it is tried again.', regular: true }
  }
  const due = dueAt(id, pair, refreshAt)
  if (track.notBefore !== null && track.notBefore > due) {
    return { at: track.notBefore, why: 'Webex gave the same token last time.', regular: true }
  }
  return { at: due, why: whyDue(pair, due), regular: true }
}

function whyDue(pair: TokenPair | null, due: Instant): string {
  if (pair === null || pair.accessToken === null) return 'There is no access token yet.'
  const lifetime = lifetimeOf(pair)
  if (lifetime === null) return 'Nobody told when this token ends.'
  return `${Math.round((100 * (due - pair.issuedAt)) / lifetime)} % of the token's life will have passed.`
}

/** Its token has come to its due time, is missing, or could not be renewed last time. */
export function isWanting({ memory, settings, wall }: PlanState, { id, pair }: Profile): boolean {
  return memory.track(id).failure !== null || dueAt(id, pair, settings().refreshAt) <= wall.now()
}
