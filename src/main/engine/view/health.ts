// Health of a profile: its state, the one sentence and the one fix a person sees, and for how long it needs nobody.

import { type Instant, isAlive, type Profile } from '../domain/model.ts'
import type { FixAction, ProfileState } from '../domain/view-model.ts'
import { aboutProfile, type Failure } from '../failure/failure.ts'
import { fixOf, needsPerson, sentenceOf, tierTwoRefusal } from '../failure/failure-catalogue.ts'
import { otherCopyFailure } from '../renewal/other-copy.ts'
import type { Planned } from '../renewal/renewal-policy.ts'
import type { ManagerStatus, Stop } from '../renewal/tier-plan.ts'
import {
  bearerUntil,
  canRenew,
  type TierStateInput,
  type TierStates,
  tierStatesOf,
} from '../renewal/tier-states.ts'

/** Everything the health of a profile is read from. */
export interface HealthInput extends TierStateInput {
  readonly tierStates: TierStates
  readonly planned: Planned | null
  readonly busy: boolean
  /** A person paused all renewals. */
  readonly allPaused: boolean
  /** What keeps every profile from being renewed: no way to Webex, or no way to keep an answer. */
  readonly blocker: Failure | null
  /** How long the other token manager could serve tier 2, if nobody helps; null: not known; -Infinity: it cannot. */
  readonly standbyUntil: Instant | null
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
  if (failure !== null && needsPerson(failure))
    return { state: 'needs-attention', sentence: told, fix, failure }
  if (profile.pair?.accessToken == null) {
    const sentence = told ?? 'No token has been issued yet; one is requested automatically.'
    return { state: 'not-yet-issued', sentence, fix, failure }
  }
  if (failure !== null) return { state: 'retrying', sentence: told, fix, failure }
  const { since, last } = input.subjectState
  // Failed in an earlier run, and not tried again yet.
  if (since !== null && last?.outcome === 'failed')
    return { state: 'retrying', sentence: last.sentence, fix: null, failure: null }
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
  managerSubjectState,
}: HealthInput): Failure | null {
  if (tierInputs.appStop !== null) return tierInputs.appStop.failure
  if (tierInputs.tokenLimit !== null && !isBeyond(tierInputs.tokenLimit, profile, planned))
    return tierInputs.tokenLimit.failure
  const needsTwo = tierPlan.preferTwo || tierPlan.tierOne !== 'ready'
  if (needsTwo && tierPlan.blocker !== null) return tierPlan.blocker
  // Tier 3 is refused, though not for good: tier 2 has no bearer meanwhile.
  const managerFailure = managerSubjectState?.failure ?? null
  if (needsTwo && managerFailure !== null && tierInputs.manager.kind === 'renewable') return managerFailure
  const met = subjectState.failure
  const otherCopy = profile.paused ? null : otherCopyFailure(subjectState.otherCopy)
  if (otherCopy !== null && (met === null || !needsPerson(met))) return otherCopy
  if (met !== null && !(needsTwo && isOver(met, tierInputs.manager))) return met
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

/** How long a profile can be left alone. */
export interface Unattended {
  /** Some tier can renew it without a person. */
  readonly can: boolean
  /** The earliest date on which none could: no refresh token is assumed to be extended. null: not known, or now. */
  readonly until: Instant | null
}

export function unattendedOf(input: HealthInput): Unattended {
  const { profile, tierInputs } = input
  const { pair } = profile
  const { tokenLimit } = tierInputs
  const never = { can: false, until: null }
  const access = pair?.accessToken == null ? null : pair.expiresAt
  // Nothing is minted before its time has come, so a token that ends sooner ends.
  if (profile.paused || (tokenLimit !== null && (access === null || access <= tokenLimit.until))) return never
  const states =
    tokenLimit === null
      ? input.tierStates
      : tierStatesOf({ ...input, tierInputs: { ...tierInputs, tokenLimit: null } })
  const ends = [
    ...(canRenew(states[1]) ? [pair?.refresh?.expiresAt ?? null] : []),
    ...(canRenew(states[2]) ? [tierTwoUntil(input)] : []),
  ]
  if (ends.length === 0) return never
  const known = [access, ...ends].filter((end) => end !== null)
  return { can: true, until: ends.includes(null) ? null : Math.max(...known) }
}

/** With one token manager after the other. */
function tierTwoUntil({ tierInputs, tierStates, standbyUntil }: HealthInput): Instant | null {
  const until = bearerUntil(tierInputs.manager, tierStates[3])
  return until === null || standbyUntil === null ? null : Math.max(until, standbyUntil)
}

/**
 * What tier 2 was refused for although tier 1 renews the token, as a test of all tiers finds it: when the refresh token
 * ends, nothing replaces it. What tier 2 lacks, or shares with other
 * profiles, is a problem of its own. null: nothing is known against it.
 */
export function secondNetFailure({
  profile,
  tierStates,
  tierInputs,
  subjectState,
}: HealthInput): Failure | null {
  const { 1: one, 2: two } = tierStates
  const use = subjectState.uses[2]
  if (profile.paused || !canRenew(one) || two.kind !== 'refused' || two.what !== 'request') return null
  return (
    tierInputs.tierTwoStop?.failure ??
    (use === undefined ? null : tierTwoRefusal(use.result, use.seen, use.fallback))
  )
}

/** What tier 2 comes to when it is needed next, for a profile that has no other tier. */
export type Outlook = 'renews' | 'is-retried' | 'ends-before' | 'is-paused' | 'cannot'

export function tierTwoOutlook(input: HealthInput): Outlook {
  const { profile, tierStates, tierInputs, planned } = input
  const two = tierStates[2]
  if (!canRenew(two)) return 'cannot'
  if (planned === null) return 'is-paused'
  const until = tierTwoUntil(input)
  if (until !== null && until < planned.at) return 'ends-before'
  const isLate = Math.max(planned.at, tierInputs.now) >= (profile.pair?.expiresAt ?? Number.POSITIVE_INFINITY)
  return two.kind === 'retrying' || isLate ? 'is-retried' : 'renews'
}

function joined(first: string, second: string | null): string {
  return second === null ? first : `${first} ${second}`
}
