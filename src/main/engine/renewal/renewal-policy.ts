// When the next attempt is planned, and why then: ordered checks, for the loop and for what a person reads.

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
import type { RenewalReason } from '../domain/renewal-reason.ts'
import type { Memory } from './fleet-state.ts'
import type { ManagerTrack, ProfileTrack } from './subject-state.ts'
import { type Ground, type Routes, routesOf } from './tier-plan.ts'
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
  readonly reason: RenewalReason
  /** The token itself is due, or a failed attempt is to be repeated; otherwise only a stop is looked at again. */
  readonly regular: boolean
}

/** null: nothing happens by itself. */
export function planOf({ memory, settings, wall }: PlanState, subject: Subject): Planned | null {
  const { refreshAt } = settings()
  if (subject.kind === 'manager') {
    const manager = memory.managers.get(subject.managerId)
    if (manager === undefined) return null
    const planned = plannedForManager(manager, memory.managerTrack(manager.id), refreshAt)
    const limit = memory.tokenLimits.inForce(managerAccount(manager.id), wall.now())
    if (planned === null || limit === null || planned.reason.code === 'end-not-asked') return planned
    return postpone(planned, limit.until)
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
  const { id, pair } = profile
  const possible = possibleFrom(routes, ground)
  const planned = firstOf(PROFILE_CHECKS, { id, pair, track, refreshAt, routes, ground, possible })
  if (planned === null || planned.reason.code === 'end-not-asked') return planned
  return possible === Number.POSITIVE_INFINITY ? null : postpone(planned, possible)
}

/** null: nothing to refresh (a personal access token, an integration never connected). */
export function plannedForManager(
  manager: TokenManager,
  track: ManagerTrack,
  refreshAt: number,
): Planned | null {
  const { id, pair } = manager
  const checked = { id, pair, track, refreshAt }
  if (manager.kind === 'personal-access-token' || pair === null || pair.refresh === null) {
    return endNotAsked(checked)
  }
  return firstOf(MANAGER_CHECKS, checked)
}

/** What the checks look at. */
interface Checked {
  readonly id: string
  readonly pair: TokenPair | null
  readonly track: ProfileTrack | ManagerTrack
  readonly refreshAt: number
}

interface CheckedProfile extends Checked {
  readonly routes: Routes
  readonly ground: Ground
  /** Before this no tier can give a token. */
  readonly possible: Instant
}

interface CheckedManager extends Checked {
  readonly track: ManagerTrack
}

/** null: it does not apply. */
type Check<S extends Checked> = (checked: S) => Planned | null

const DUE_CHECKS: readonly Check<Checked>[] = [
  retryAfterFailure,
  sameTokenLastTime,
  noToken,
  endUnknown,
  lifetimeShare,
]
const PROFILE_CHECKS: readonly Check<CheckedProfile>[] = [endNotAsked, needsAttentionRecheck, ...DUE_CHECKS]
/** A grant marked dead in an earlier run is retried at start and then every 6 hours, as any other failure. */
const MANAGER_CHECKS: readonly Check<CheckedManager>[] = [endNotAsked, refusedBearer, ...DUE_CHECKS]

/** The first check that applies decides. */
function firstOf<S extends Checked>(checks: readonly Check<S>[], checked: S): Planned | null {
  for (const check of checks) {
    const planned = check(checked)
    if (planned !== null) return planned
  }
  return null
}

/** Webex was not asked yet when this token ends; nothing holds that up, since it mints nothing. */
function endNotAsked({ pair, track: { expiryAsked, failure } }: Checked): Planned | null {
  if (pair?.accessToken == null || pair.expiresAt !== null || failure !== null) return null
  if (expiryAsked?.fingerprint === pair.fingerprint) return null
  return { at: Number.NEGATIVE_INFINITY, reason: { code: 'end-not-asked' }, regular: true }
}

/** Tier 2 is preferred, and stopped: it is checked again although tier 1 keeps the token alive meanwhile. */
function needsAttentionRecheck(checked: CheckedProfile): Planned | null {
  const { routes, ground, possible } = checked
  const stop = ground.tierTwoStop
  if (stop === null || !routes.preferTwo || ground.appStop !== null || ground.tokenLimit !== null) return null
  const due = firstOf(DUE_CHECKS, checked)
  if (due === null || stop.until >= Math.max(due.at, possible) || routes.tierTwoFrom > stop.until) return null
  return { at: stop.until, reason: { code: 'needs-attention-recheck' }, regular: false }
}

/** Tier 2 was refused with this token: tier 3 is due now, whatever the clock says. */
function refusedBearer({ pair, track: { refused, retryAt } }: CheckedManager): Planned | null {
  if (refused === null || refused !== pair?.fingerprint || retryAt !== null) return null
  return { at: Number.NEGATIVE_INFINITY, reason: { code: 'refused-bearer' }, regular: true }
}

function retryAfterFailure({ track: { retryAt, failure } }: Checked): Planned | null {
  if (retryAt === null) return null
  const reason = { code: 'retry-after-failure', failure: failure?.kind ?? null } as const
  return { at: retryAt, reason, regular: true }
}

function sameTokenLastTime({ id, pair, track, refreshAt }: Checked): Planned | null {
  const { notBefore } = track
  if (notBefore === null || notBefore <= dueAt(id, pair, refreshAt)) return null
  return { at: notBefore, reason: { code: 'same-token-last-time' }, regular: true }
}

function noToken({ id, pair, refreshAt }: Checked): Planned | null {
  if (pair !== null && pair.accessToken !== null) return null
  return { at: dueAt(id, pair, refreshAt), reason: { code: 'no-token' }, regular: true }
}

function endUnknown({ id, pair, refreshAt }: Checked): Planned | null {
  if (pair === null || pair.expiresAt !== null) return null
  return { at: dueAt(id, pair, refreshAt), reason: { code: 'end-unknown' }, regular: true }
}

function lifetimeShare({ id, pair, refreshAt }: Checked): Planned | null {
  const lifetime = pair === null ? null : lifetimeOf(pair)
  if (pair === null || lifetime === null) return null
  const at = dueAt(id, pair, refreshAt)
  const share = Math.round((100 * (at - pair.issuedAt)) / lifetime) / 100
  return { at, reason: { code: 'lifetime-share', share }, regular: true }
}

/** The earliest time at which a tier could give a token; Infinity: not without a person. */
function possibleFrom(routes: Routes, ground: Ground): Instant {
  const oneFrom =
    routes.tierOne === 'ready' ||
    (routes.tierOne === 'expired' && routes.tierTwoFrom === Number.POSITIVE_INFINITY)
      ? Number.NEGATIVE_INFINITY
      : Number.POSITIVE_INFINITY
  return Math.max(
    Math.min(oneFrom, routes.tierTwoFrom),
    ground.appStop?.until ?? Number.NEGATIVE_INFINITY,
    ground.tokenLimit?.until ?? Number.NEGATIVE_INFINITY,
  )
}

function postpone(planned: Planned, until: Instant): Planned {
  return { ...planned, at: Math.max(planned.at, until) }
}

/** Its token has come to its due time, is missing, or could not be renewed last time. */
export function isWanting({ memory, settings, wall }: PlanState, { id, pair }: Profile): boolean {
  return memory.track(id).failure !== null || dueAt(id, pair, settings().refreshAt) <= wall.now()
}
