// Renewal policy: ordered, named checks that say when the next attempt is due and why, for the scheduler and for a person.

import type {
  DrillRequest,
  Duration,
  Instant,
  Profile,
  ProfileId,
  Subject,
  TokenManager,
  TokenPair,
} from '../domain/model.ts'
import { isAlive, lifetimeOf } from '../domain/model.ts'
import { type EngineSettings, PACE_PATIENCE_SHARE } from '../domain/policy.ts'
import type { RenewalReason } from '../domain/renewal-reason.ts'
import type { FleetState } from './fleet-state.ts'
import { refreshShare } from './other-copy.ts'
import type { ManagerSubjectState, ProfileSubjectState } from './subject-state.ts'
import { type TierInputs, type TierPlan, tierPlanOf } from './tier-plan.ts'
import { dueAt } from './token-lifetime.ts'
import { managerAccount } from './token-limit.ts'

/** What a plan is made of. */
export interface PlanState {
  readonly fleetState: FleetState
  readonly serverClock: { now(): Instant }
  settings(): EngineSettings
}

export interface Planned {
  readonly at: Instant
  readonly reason: RenewalReason
  /** The token itself is due, or a failed attempt is to be repeated; otherwise only a stop is checked again. */
  readonly regular: boolean
}

/** null: nothing is planned. */
export function planOf(planState: PlanState, subject: Subject): Planned | null {
  return whenFree(plannedFirst(planState, subject), planState.fleetState.stateOf(subject))
}

/** Not before another process that has claimed the refresh token has had its time. */
export function whenFree(
  planned: Planned | null,
  { heldUntil }: Pick<ProfileSubjectState | ManagerSubjectState, 'heldUntil'>,
): Planned | null {
  return planned === null || heldUntil === null ? planned : postpone(planned, heldUntil)
}

/** As if this process had the vault for itself. */
function plannedFirst({ fleetState, settings, serverClock }: PlanState, subject: Subject): Planned | null {
  const { refreshAt } = settings()
  if (subject.kind === 'manager') {
    const manager = fleetState.managers.get(subject.managerId)
    if (manager === undefined) return null
    if (isIdle(fleetState.serving.reliantOn(manager.id))) return null
    const planned = plannedForManager(manager, fleetState.managerSubjectState(manager.id), refreshAt)
    const limit = fleetState.tokenLimits.inForce(managerAccount(manager.id), serverClock.now())
    if (planned === null || limit === null || planned.reason.code === 'end-not-asked') return planned
    return postpone(planned, limit.until)
  }
  const profile = fleetState.profiles.get(subject.profileId)
  if (profile === undefined) return null
  const tierInputs = fleetState.tierInputs(profile, serverClock.now())
  return plannedFor(
    profile,
    fleetState.subjectState(profile.id),
    tierPlanOf(profile, tierInputs),
    tierInputs,
    refreshAt,
  )
}

/** The share of its lifetime at which a profile's token is due. */
function refreshAtOf({ fleetState, settings }: Pick<PlanState, 'fleetState' | 'settings'>, id: ProfileId) {
  return refreshShare(fleetState.subjectState(id).otherCopy, settings().refreshAt)
}

/** How often a profile comes due, in ms; null for one without a token of known lifetime, and for token managers. */
export function renewalInterval(planState: PlanState, subject: Subject): Duration | null {
  if (subject.kind === 'manager') return null
  const pair = planState.fleetState.profiles.get(subject.profileId)?.pair ?? null
  if (pair === null || pair.accessToken === null || pair.expiresAt === null) return null
  return dueAt(subject.profileId, pair, refreshAtOf(planState, subject.profileId)) - pair.issuedAt
}

/** For how long, in ms from now, a routine renewal may be put off; null when it is urgent. */
export function routineFor(planState: PlanState, id: ProfileId): Duration | null {
  const { fleetState, serverClock } = planState
  const subjectState = fleetState.subjectState(id)
  const pair = fleetState.profiles.get(id)?.pair ?? null
  const lifetime = pair === null ? null : lifetimeOf(pair)
  if (lifetime === null || subjectState.failure !== null || subjectState.trigger !== 'scheduled') return null
  const due = Math.max(
    dueAt(id, pair, refreshAtOf(planState, id)),
    subjectState.notBefore ?? Number.NEGATIVE_INFINITY,
  )
  const patience = due + lifetime * PACE_PATIENCE_SHARE - serverClock.now()
  return patience <= 0 ? null : patience
}

/** Whoever paused all that a token manager serves paused it as well: its refresh token may be another copy's too. */
function isIdle(users: readonly Profile[]): boolean {
  return users.length > 0 && users.every(({ paused }) => paused)
}

/** null: paused, or only a person can help. -Infinity means at once. `refreshAt`: the setting. */
export function plannedFor(
  profile: Profile,
  subjectState: ProfileSubjectState,
  tierPlan: TierPlan,
  tierInputs: TierInputs,
  refreshAt: number,
): Planned | null {
  if (profile.paused) return null
  const { id, pair } = profile
  const possible = possibleFrom(tierPlan, tierInputs)
  const planned = firstOf(PROFILE_CHECKS, {
    id,
    pair,
    subjectState,
    refreshAt: refreshShare(subjectState.otherCopy, refreshAt),
    tierPlan,
    tierInputs,
    possible,
  })
  if (planned === null || planned.reason.code === 'end-not-asked') return planned
  if (possible === Number.POSITIVE_INFINITY) return null
  const postponed = postpone(planned, possible)
  // It is kept with the attempt, so that a restart knows of the other copy.
  if (subjectState.otherCopy.since !== null) return { ...postponed, reason: { code: 'other-copy' } }
  return asDrill(postponed, profile, subjectState.drill, tierPlan, tierInputs.now)
}

/** Only what is due by its lifetime proves tiers 3 and 2: neither a retry nor a first token, nor where tier 2 cannot be tried. */
function asDrill(
  planned: Planned,
  { pair }: Profile,
  drill: DrillRequest | null,
  { tierTwoFrom }: TierPlan,
  now: Instant,
): Planned {
  const { at, reason } = planned
  if (drill === null || reason.code !== 'lifetime-share' || !isAlive(pair, now)) return planned
  if (tierTwoFrom > Math.max(at, now)) return planned
  return { ...planned, reason: { code: 'drill', by: drill.by, share: reason.share } }
}

/** null: nothing to refresh (a personal access token, an integration never connected). */
export function plannedForManager(
  manager: TokenManager,
  subjectState: ManagerSubjectState,
  refreshAt: number,
): Planned | null {
  const { id, pair } = manager
  const checked = { id, pair, subjectState, refreshAt }
  if (manager.kind === 'personal-access-token' || pair === null || pair.refresh === null) {
    return endNotAsked(checked)
  }
  return firstOf(MANAGER_CHECKS, checked)
}

/** What the checks look at. */
interface Checked {
  readonly id: string
  readonly pair: TokenPair | null
  readonly subjectState: ProfileSubjectState | ManagerSubjectState
  readonly refreshAt: number
}

interface CheckedProfile extends Checked {
  readonly tierPlan: TierPlan
  readonly tierInputs: TierInputs
  /** Before this no tier can give a token. */
  readonly possible: Instant
}

interface CheckedManager extends Checked {
  readonly subjectState: ManagerSubjectState
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
function endNotAsked({ pair, subjectState: { expiryAsked, failure } }: Checked): Planned | null {
  if (pair?.accessToken == null || pair.expiresAt !== null || failure !== null) return null
  if (expiryAsked?.fingerprint === pair.fingerprint) return null
  return { at: Number.NEGATIVE_INFINITY, reason: { code: 'end-not-asked' }, regular: true }
}

/** Tier 2 is preferred, and stopped: it is checked again although tier 1 keeps the token alive meanwhile. */
function needsAttentionRecheck(checked: CheckedProfile): Planned | null {
  const { tierPlan, tierInputs, possible } = checked
  const stop = tierInputs.tierTwoStop
  if (stop === null || !tierPlan.preferTwo || tierInputs.appStop !== null || tierInputs.tokenLimit !== null)
    return null
  const due = firstOf(DUE_CHECKS, checked)
  if (due === null || stop.until >= Math.max(due.at, possible) || tierPlan.tierTwoFrom > stop.until)
    return null
  return { at: stop.until, reason: { code: 'needs-attention-recheck' }, regular: false }
}

/** Tier 2 was refused with this token: tier 3 is due now, whatever the clock says. */
function refusedBearer({ pair, subjectState: { refused, retryAt } }: CheckedManager): Planned | null {
  if (refused === null || refused !== pair?.fingerprint || retryAt !== null) return null
  return { at: Number.NEGATIVE_INFINITY, reason: { code: 'refused-bearer' }, regular: true }
}

function retryAfterFailure({ subjectState: { retryAt, failure } }: Checked): Planned | null {
  if (retryAt === null) return null
  const reason = { code: 'retry-after-failure', failure: failure?.kind ?? null } as const
  return { at: retryAt, reason, regular: true }
}

function sameTokenLastTime({ id, pair, subjectState, refreshAt }: Checked): Planned | null {
  const { notBefore } = subjectState
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
function possibleFrom(tierPlan: TierPlan, tierInputs: TierInputs): Instant {
  const oneFrom =
    tierPlan.tierOne === 'ready' ||
    (tierPlan.tierOne === 'expired' && tierPlan.tierTwoFrom === Number.POSITIVE_INFINITY)
      ? Number.NEGATIVE_INFINITY
      : Number.POSITIVE_INFINITY
  return Math.max(
    Math.min(oneFrom, tierPlan.tierTwoFrom),
    tierInputs.appStop?.until ?? Number.NEGATIVE_INFINITY,
    tierInputs.tokenLimit?.until ?? Number.NEGATIVE_INFINITY,
  )
}

function postpone(planned: Planned, until: Instant): Planned {
  return { ...planned, at: Math.max(planned.at, until) }
}

/** Its token has come to its due time, is missing, or could not be renewed last time. */
export function isWanting(planState: PlanState, { id, pair }: Profile): boolean {
  const { fleetState, serverClock } = planState
  return (
    fleetState.subjectState(id).failure !== null ||
    dueAt(id, pair, refreshAtOf(planState, id)) <= serverClock.now()
  )
}
