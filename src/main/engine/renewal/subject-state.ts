// Subject state: what the engine remembers of a profile or token manager beside its record. Immutable values; lost at exit,
// except what history restores.

import type {
  Attempt,
  DrillRequest,
  Instant,
  ServiceAppId,
  Tier,
  TokenPair,
  Trigger,
} from '../domain/model.ts'
import { lifetimeOf } from '../domain/model.ts'
import { JITTER, NEEDS_YOU_RETRY, SHORTEST_DELAY, TOKEN_LIMIT_RETRY } from '../domain/policy.ts'
import type { Random } from '../domain/ports.ts'
import type { FallbackUse } from '../domain/renewal-reason.ts'
import type { LastTestView } from '../domain/view-model.ts'
import type { Failure, Observed } from '../failure/failure.ts'
import { needsPerson } from '../failure/failure-catalogue.ts'
import { readFailure } from '../failure/stored-failure.ts'
import { noOtherCopy, type OtherCopyState } from './other-copy.ts'
import { type Backoff, honouredRetryAfter, longestWait, nextDelay, noFailures } from './retry-policy.ts'
import type { TierTwoStop } from './tier-plan.ts'
import { afterUnchanged, isUrgent, lastTenthAt } from './token-lifetime.ts'

export interface ExpiryAsked {
  readonly fingerprint: string | null
  readonly at: Instant
}

/** The newest call of one tier. */
export interface TierUse {
  readonly at: Instant
  /** `replaced`: it failed, with credentials that are held no more. */
  readonly end: 'worked' | 'failed' | 'replaced'
  /** As history keeps it: the kind of failure where it failed. */
  readonly result: string
  /** What Webex said. */
  readonly seen: Omit<Observed, 'tier'>
  /** Since when each call of it has failed. */
  readonly since: Instant
  /** Of tier 2: with the access token of a fallback. */
  readonly fallback?: FallbackUse
}

type TierUses = { readonly [T in Tier]?: TierUse }

interface Remembered {
  readonly last: Attempt | null
  /** What is missing was not used, unless `isRestored`: of earlier runs only the newest attempt is known. */
  readonly uses: TierUses
  readonly isRestored: boolean
  readonly backoff: Backoff
  /** Unlike the backoff, only a good attempt sets it back. */
  readonly failedInARow: number
  /** The last attempt failed: when the next one is planned. */
  readonly retryAt: Instant | null
  /** What stood in the way of the last attempt; null after a good one. */
  readonly failure: Failure | null
  /** When it began to fail. */
  readonly since: Instant | null
  /** Refresh requests in a row whose answer was lost. */
  readonly lostAnswers: number
  /** The last answer to the refresh token that is held was unclear. */
  readonly unclear: boolean
  /** After `unchanged`: not before this. */
  readonly notBefore: Instant | null
  /** Another process has claimed the refresh token: no attempt is planned before. */
  readonly heldUntil: Instant | null
  /** When the end of the token with this fingerprint was asked for last, in vain. */
  readonly expiryAsked: ExpiryAsked | null
  /** Of the next attempt that is not requested. */
  readonly trigger: Trigger
  /** How often a person changed the credentials; what an attempt that began before met says nothing of the new ones. */
  readonly changes: number
}

export interface ProfileSubjectState extends Remembered {
  readonly tierTwoStop: TierTwoStop | null
  readonly otherCopy: OtherCopyState
  /** Stored, unlike the rest. */
  readonly drill: DrillRequest | null
  readonly lastTest: LastTestView | null
}

export interface ManagerSubjectState extends Remembered {
  /** Fingerprint of the access token that tier 2 was refused with. */
  readonly refused: string | null
  /** The refusal may as well be about this service app's secret, so others still try the token; null: none does. */
  readonly refusedFor: ServiceAppId | null
  /** Tier 3 cannot work without a person. */
  readonly needsYou: Failure | null
}

const nothing: Remembered = {
  last: null,
  uses: {},
  isRestored: false,
  backoff: noFailures,
  failedInARow: 0,
  retryAt: null,
  failure: null,
  since: null,
  lostAnswers: 0,
  unclear: false,
  notBefore: null,
  heldUntil: null,
  expiryAsked: null,
  trigger: 'scheduled',
  changes: 0,
}

export const newProfileSubjectState: ProfileSubjectState = {
  ...nothing,
  tierTwoStop: null,
  otherCopy: noOtherCopy,
  drill: null,
  lastTest: null,
}
export const newManagerSubjectState: ManagerSubjectState = {
  ...nothing,
  refused: null,
  refusedFor: null,
  needsYou: null,
}

/** What history says of what this process has not done itself. Backoff restarts, and what failed is tried again at once. */
export function restored<T extends Remembered>(
  fresh: T,
  last: Attempt,
  pair: TokenPair | null,
  now: Instant,
): T {
  const hasFailed = last.outcome === 'failed' && isOfPair(last, pair)
  const lost = hasFailed && last.calls.at(-1)?.result === 'answer-lost' ? 1 : 0
  const met = hasFailed ? last.reason?.met : undefined
  const failure = met === undefined ? null : withoutOldLimit(readFailure(met.failure), last, now)
  const unchanged = last.outcome === 'unchanged' && pair !== null && pair.fingerprint === last.after
  return {
    ...fresh,
    last,
    uses: usesAfter(tierTwoBefore(last), last, pair),
    isRestored: true,
    lostAnswers: lost,
    unclear: isUnclear(fresh, last, pair),
    failedInARow: met?.inARow ?? (hasFailed ? 1 : 0),
    failure,
    retryAt: failure === null || met?.retryAt == null ? null : notLater(met.retryAt, last, pair),
    notBefore: unchanged ? afterUnchanged(pair, last.endedAt) : null,
    since: met?.since ?? (hasFailed ? last.startedAt : null),
  }
}

/** With other credentials since, nothing is held against them. */
export function isOfPair({ after }: Attempt, pair: TokenPair | null): boolean {
  return after === (pair?.fingerprint ?? null)
}

/** Whatever is stored: than it could have been planned. */
function notLater(retryAt: Instant, { endedAt }: Attempt, pair: TokenPair | null): Instant {
  const left = pair?.expiresAt == null ? null : pair.expiresAt - endedAt
  return Math.min(retryAt, endedAt + longestWait(left))
}

/** The limit of an account ends without a person. */
function withoutOldLimit(failure: Failure | null, { endedAt }: Attempt, now: Instant): Failure | null {
  const isLimit = failure?.kind === 'token-limit' || failure?.kind === 'manager-token-limit'
  return isLimit && now >= endedAt + TOKEN_LIMIT_RETRY ? null : failure
}

/** An attempt gave a token (`pair`), new or the same. */
export function afterSuccess<T extends Remembered>(subjectState: T, attempt: Attempt, pair: TokenPair): T {
  const unchanged = attempt.outcome === 'unchanged'
  return {
    ...withoutFailure(remember(subjectState, attempt, pair)),
    lostAnswers: 0,
    unclear: isUnclear(subjectState, attempt, pair),
    notBefore: unchanged ? afterUnchanged(pair, attempt.endedAt) : null,
  }
}

/** Another process got the pair that is held now. */
export function afterAdoption<T extends Remembered>(subjectState: T): T {
  const fresh = { lostAnswers: 0, unclear: false, notBefore: null, heldUntil: null }
  return { ...withoutFailure(subjectState), ...fresh, uses: replaceCredentials(subjectState.uses) }
}

/** What it failed for is over. */
export function withoutFailure<T extends Remembered>(subjectState: T): T {
  return { ...subjectState, backoff: noFailures, failedInARow: 0, retryAt: null, failure: null, since: null }
}

/**
 * An attempt failed. `failures`: all it met, in order; `deciding`: the one a person reads. Something that may pass
 * is tried again by backoff, no later than when the last tenth begins; what needs a person after 6 h.
 */
export function afterFailure<T extends Remembered>(
  subjectState: T,
  attempt: Attempt,
  met: { readonly failures: readonly Failure[]; readonly deciding: Failure },
  pair: TokenPair | null,
  random: Random,
): T {
  const now = attempt.endedAt
  const lifetime = pair === null ? null : lifetimeOf(pair)
  const left = pair?.expiresAt == null ? null : pair.expiresAt - now
  const { delay, backoff } = nextDelay(
    subjectState.backoff,
    { left, lifetime, urgent: isUrgent(pair, now) },
    random,
  )
  const patient = onlyPersonHelps(met.failures)
  const lastTenth = lastTenthAt(pair)
  const byBackoff = lastTenth !== null && lastTenth > now ? Math.min(now + delay, lastTenth) : now + delay
  const asked = met.failures.findLast((failure) => failure.kind === 'throttled')?.retryAfter ?? null
  const notBefore = asked === null ? now : now + honouredRetryAfter(asked, left)
  const spread = 1 - JITTER + 2 * JITTER * random()
  const lost = attempt.calls.some((call) => call.result === 'answer-lost')
  return {
    ...remember(subjectState, attempt, pair),
    backoff,
    failedInARow: subjectState.failedInARow + 1,
    retryAt: Math.ceil(patient ? now + NEEDS_YOU_RETRY * spread : Math.max(byBackoff, notBefore)),
    failure: met.deciding,
    since: subjectState.since ?? attempt.startedAt,
    lostAnswers: lost
      ? subjectState.lostAnswers + 1
      : attempt.calls.length > 0
        ? 0
        : subjectState.lostAnswers,
    unclear: isUnclear(subjectState, attempt, pair),
  }
}

/** What the attempt leaves of it: another answer, or another refresh token since, sets it back. */
function isUnclear(subjectState: Remembered, attempt: Attempt, pair: TokenPair | null): boolean {
  const refreshes = attempt.subject.kind === 'profile' ? 1 : 3
  const call = attempt.calls.findLast(({ tier }) => tier === refreshes)
  if (call === undefined) return subjectState.unclear
  return call.result === 'unclear' && pair?.refresh != null && pair.refresh.issuedAt <= attempt.startedAt
}

/** A dead grant and a refused bearer do not mend themselves: what else was tried needs the person. */
function onlyPersonHelps(failures: readonly Failure[]): boolean {
  const hopeless = ({ kind }: Failure) => kind === 'grant-dead' || kind === 'bearer-refused'
  return failures.some(needsPerson) && failures.every((failure) => needsPerson(failure) || hopeless(failure))
}

/** The answer came too late for the credentials it was about: nothing is held against the new ones. */
export function afterLateAnswer<T extends Remembered>(
  subjectState: T,
  attempt: Attempt,
  pair: TokenPair | null,
): T {
  const remembered = remember(subjectState, attempt, pair)
  const uses = replaceCredentials(remembered.uses)
  return tryAgain({ ...remembered, uses }, attempt.endedAt + SHORTEST_DELAY, 'scheduled')
}

/** Something outside changed: backoff restarts, stops are lifted, what failed is tried again at `at`. */
export function tryAgain<T extends Remembered>(subjectState: T, at: Instant, trigger: Trigger): T {
  const failing = subjectState.failure !== null || subjectState.last?.outcome === 'failed'
  return {
    ...subjectState,
    backoff: noFailures,
    retryAt: failing ? at : null,
    trigger: failing ? trigger : subjectState.trigger,
  }
}

function remember<T extends Remembered>(subjectState: T, attempt: Attempt, pair: TokenPair | null): T {
  const uses = usesAfter(subjectState.uses, attempt, pair)
  return { ...subjectState, last: attempt, uses, trigger: 'scheduled' }
}

function tierTwoBefore({ reason }: Attempt): TierUses {
  if (reason?.tierTwo === undefined) return {}
  const { at, since, result, status, detail, trackingId, ...by } = reason.tierTwo
  return { 2: { at, since, result, end: 'failed', seen: { status, detail, trackingId }, ...by } }
}

/** With the pair that is held after the attempt: a refresh token that came since was not refused. */
function usesAfter(before: TierUses, { subject, calls, reason }: Attempt, pair: TokenPair | null): TierUses {
  const uses: { [T in Tier]?: TierUse } = { ...before }
  for (const { tier, startedAt: at, result, status, detail, trackingId } of calls) {
    const worked = result === 'ok' || result === 'unchanged'
    const earlier = uses[tier]
    const fallback = tier === 2 ? reason?.fallback : undefined
    const isSame = earlier?.fallback?.name === fallback?.name
    const since = !worked && isSame && earlier?.end === 'failed' ? earlier.since : at
    const seen = { status, detail, trackingId }
    const by = fallback === undefined ? {} : { fallback }
    uses[tier] = { at, end: worked ? 'worked' : 'failed', result, seen, since, ...by }
  }
  const refreshes = subject.kind === 'profile' ? 1 : 3
  const refresh = uses[refreshes]
  if (refresh?.end === 'failed' && pair?.refresh != null && pair.refresh.issuedAt >= refresh.at)
    uses[refreshes] = { ...refresh, end: 'replaced' }
  return uses
}

/** The credentials of these tiers were changed: what they came to before says nothing of the new ones. */
export function replaceCredentials(uses: TierUses, tiers: readonly Tier[] = [1, 2, 3]): TierUses {
  const replaced: { [T in Tier]?: TierUse } = { ...uses }
  for (const tier of tiers) {
    const use = uses[tier]
    if (use !== undefined) replaced[tier] = { ...use, end: 'replaced' }
  }
  return replaced
}
