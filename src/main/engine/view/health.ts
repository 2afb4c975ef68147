// Health of a profile: its state, the one sentence and the one fix a person sees, and how long it runs without a person.

import { type Instant, isAlive, type Profile } from '../domain/model.ts'
import type { FixAction, ProfileState } from '../domain/view-model.ts'
import { aboutProfile, type Failure } from '../failure/failure.ts'
import { fixOf, needsPerson, sentenceOf } from '../failure/failure-catalogue.ts'
import type { Planned } from '../renewal/renewal-policy.ts'
import type { ProfileSubjectState } from '../renewal/subject-state.ts'
import type { ManagerStatus, Stop, TierInputs, TierPlan } from '../renewal/tier-plan.ts'

/** Everything the health of a profile is read from. */
export interface HealthInput {
  readonly profile: Profile
  readonly subjectState: ProfileSubjectState
  readonly tierInputs: TierInputs
  readonly tierPlan: TierPlan
  readonly planned: Planned | null
  readonly busy: boolean
  /** A person paused all renewals. */
  readonly allPaused: boolean
  /** What keeps every profile from being renewed: no way to Webex, or no way to keep an answer. */
  readonly blocker: Failure | null
}

export interface Health {
  readonly state: ProfileState
  readonly sentence: string | null
  readonly fix: FixAction | null
  /** What is behind it; null while nothing is wrong. */
  readonly failure: Failure | null
}

export function healthOf(input: HealthInput): Health {
  const { profile, tierInputs, busy } = input
  const failure = currentFailure(input)
  const about = aboutProfile(profile)
  const told = failure === null ? null : sentenceOf(failure, about)
  const fix = failure === null ? null : fixOf(failure, about)
  const expired = profile.pair?.accessToken != null && !isAlive(profile.pair, tierInputs.now)
  const resume: FixAction = { kind: 'resume', profileId: profile.id }
  if (busy) return { state: 'refreshing', sentence: null, fix: null, failure }
  if (expired) {
    const sentence = joined('The token has expired.', profile.paused ? 'Renewing it is paused.' : told)
    const refresh: FixAction = { kind: 'refresh', profileId: profile.id }
    return { state: 'expired', sentence, fix: profile.paused ? resume : (fix ?? refresh), failure }
  }
  if (profile.paused)
    return { state: 'paused', sentence: 'Renewing this token is paused.', fix: resume, failure }
  if (input.allPaused) return { state: 'paused', sentence: 'Renewing is paused for all.', fix: null, failure }
  if (failure !== null && needsPerson(failure)) return { state: 'needs-you', sentence: told, fix, failure }
  if (profile.pair?.accessToken == null) {
    const sentence = told ?? 'No token has been issued yet; one is asked for by itself.'
    return { state: 'not-yet-issued', sentence, fix, failure }
  }
  if (failure !== null) return { state: 'retrying', sentence: told, fix, failure }
  return { state: 'healthy', sentence: null, fix: null, failure: null }
}

/** What is wrong now, most personal first; known from the records even where no attempt has met it yet. */
function currentFailure({
  profile,
  subjectState,
  tierInputs,
  tierPlan,
  planned,
  blocker,
}: HealthInput): Failure | null {
  if (tierInputs.appStop !== null) return tierInputs.appStop.failure
  if (tierInputs.tokenLimit !== null && !isBeyond(tierInputs.tokenLimit, profile, planned))
    return tierInputs.tokenLimit.failure
  const needsTwo = tierPlan.preferTwo || tierPlan.tierOne !== 'ready'
  if (needsTwo && tierPlan.blocker !== null) return tierPlan.blocker
  if (subjectState.failure !== null && !(needsTwo && isOver(subjectState.failure, tierInputs.manager)))
    return subjectState.failure
  return blocker !== null && planned !== null && planned.at <= tierInputs.now ? blocker : null
}

/** A token that came since, and is not due before the limit is checked again, lacks nothing. */
function isBeyond({ since, until }: Stop, { pair }: Profile, planned: Planned | null): boolean {
  return pair !== null && pair.issuedAt >= since && planned !== null && planned.at > until
}

/** The manager was mended since: its failure says nothing any more. */
function isOver(failure: Failure, manager: ManagerStatus): boolean {
  return needsPerson(failure) && failure.tier === 3 && manager.kind === 'ready'
}

/**
 * The earliest date on which all tiers would be spent if no person helped: no refresh token is assumed to be extended.
 * null when nothing works without a person.
 */
export function runsByItselfUntil({ profile, tierInputs, tierPlan }: HealthInput): Instant | null {
  if (profile.paused || tierInputs.appStop !== null) return null
  const one = tierPlan.tierOne === 'ready'
  const two = tierPlan.blocker === null
  if (!one && !two) return null
  const access = profile.pair?.accessToken == null ? null : profile.pair.expiresAt
  const { tokenLimit } = tierInputs
  // Nothing is minted before its time has come, so a token that ends sooner ends.
  if (tokenLimit !== null && (access === null || access <= tokenLimit.until)) return null
  const ends = [
    access,
    one ? (profile.pair?.refresh?.expiresAt ?? null) : null,
    two ? managerUntil(tierInputs.manager) : null,
  ]
  const known = ends.filter((end) => end !== null)
  return known.length === 0 ? null : Math.max(...known)
}

/** How long tier 2 has a bearer: until the manager's refresh token ends, or its access token where nothing renews it. */
function managerUntil(status: ManagerStatus): Instant | null {
  if (status.kind !== 'ready' && status.kind !== 'renewable') return null
  const { manager } = status
  const access = manager.pair?.expiresAt ?? null
  const refresh = manager.kind === 'integration' ? (manager.pair?.refresh ?? null) : null
  if (refresh === null || refresh.dead || refresh.expiresAt === null) return access
  return Math.max(refresh.expiresAt, access ?? 0)
}

function joined(first: string, second: string | null): string {
  return second === null ? first : `${first} ${second}`
}
