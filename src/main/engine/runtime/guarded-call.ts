// Guarded call: one call that carries a credential leaves only past the circuit breaker, the rate limiter and the proof that
// its answer can be stored; its result is classified and reported to them.

import type { Call, Duration, Instant, TokenPair } from '../domain/model.ts'
import { RETRY_AFTER_CAP, SECOND, WAIT_SHARE_OF_LEFT } from '../domain/policy.ts'
import { type Answer, type Claim, StoreFailure, UNSHARED } from '../domain/ports.ts'
import { type CallContext, classify, proxyRefusalOf } from '../failure/classifier.ts'
import type { Failure } from '../failure/failure.ts'
import { consequenceOf } from '../failure/failure-catalogue.ts'
import { honouredRetryAfter } from '../renewal/retry-policy.ts'
import { isUrgent } from '../renewal/token-lifetime.ts'
import { aborted, circuitBlocker, mayStayUnsaved, storeBlocker, throttledFor } from './blocker.ts'
import type { CallEnd, Caller, CircuitBreaker, Pass } from './circuit-breaker.ts'
import type { RateLimiter } from './rate-limiter.ts'

/** What a call has to pass, and what hears how it ended. */
export interface CallGuards {
  readonly now: () => Instant
  readonly monotonic: () => Duration
  readonly rateLimiter: RateLimiter
  readonly circuitBreaker: CircuitBreaker
  /** Proves that an answer could be kept; null when it could. */
  readonly prove: () => Promise<StoreFailure | null>
  readonly noteServerDate: (date: Instant) => void
  readonly stopping: () => boolean
  /** False: another process renews what this one shows, and a call that gets a token is its own to make. */
  readonly renewsHere: () => boolean
}

export interface GuardedCall<T> {
  readonly context: CallContext
  /** The attempt it is part of; null: of none, so it never leaves while the circuit is open. */
  readonly caller: Caller | null
  /** Limits it counts against; a throttled answer closes all of them, for it does not say whose it is. */
  readonly limits: readonly string[]
  readonly order: number
  /** The access token it is about: how long a Retry-After is honoured depends on its life. */
  readonly pair: TokenPair | null
  /**
   * Whether nothing is sent while its answer could not be stored. `unless-ending`: it mints a token but spends no grant,
   * so for a token in its last tenth it goes out all the same.
   */
  readonly provesStore: 'always' | 'unless-ending' | 'never'
  readonly perform: () => Promise<Answer<T>>
}

/** Why a refresh token was not sent: it is not this process's turn. */
export type Unclaimed = Exclude<Claim, { kind: 'go' }>

/** `call` is null when nothing was sent. */
export type CallResult<T> =
  | { readonly kind: 'ok'; readonly call: Call; readonly value: T; readonly at: Instant }
  | { readonly kind: 'failed'; readonly call: Call | null; readonly failure: Failure }

export async function performCall<T>(guards: CallGuards, request: GuardedCall<T>): Promise<CallResult<T>> {
  const result = await performClaimed(guards, request, async () => UNSHARED)
  if (result.kind === 'unclaimed') throw new Error('a call that spends no grant needs no claim')
  return result
}

/** The same for a call that spends a grant. `claim`: asked last, when nothing else stands in the way. */
export async function performClaimed<T>(
  guards: CallGuards,
  request: GuardedCall<T>,
  claim: () => Promise<Claim>,
): Promise<CallResult<T> | { readonly kind: 'unclaimed'; readonly claim: Unclaimed }> {
  const entry = await enter(guards, request, claim)
  if (entry.kind === 'unclaimed') return entry
  if (entry.kind === 'blocked') return { kind: 'failed', call: null, failure: entry.failure }
  const startedAt = guards.now()
  const from = guards.monotonic()
  const answer = await answerOf(request)
  const duration = Math.max(0, Math.round(guards.monotonic() - from))
  const trusted = answer.kind === 'ok' || (answer.kind === 'refused' && answer.webexShaped)
  if (trusted && answer.serverDate !== null) guards.noteServerDate(answer.serverDate)
  const failure = classify(request.context, answer)
  const call = callOf(request, { startedAt, duration }, answer, failure)
  if (answer.kind === 'ok') {
    for (const limit of request.limits) guards.rateLimiter.passed(limit)
    entry.pass('webex')
    return { kind: 'ok', call, value: answer.value, at: guards.now() }
  }
  if (failure === null) throw new Error('an answer that is not ok is a failure')
  if (failure.kind === 'throttled') {
    const left = request.pair?.expiresAt == null ? null : request.pair.expiresAt - guards.now()
    const longest = left === null ? RETRY_AFTER_CAP : Math.max(SECOND, left * WAIT_SHARE_OF_LEFT)
    const wait = failure.retryAfter === null ? null : honouredRetryAfter(failure.retryAfter, left)
    for (const limit of request.limits) guards.rateLimiter.close(limit, wait, longest)
  }
  const isInterference = consequenceOf(failure).again === 'webex-is-there'
  if (isInterference) guards.circuitBreaker.doubt(proxyRefusalOf(answer))
  entry.pass(isInterference ? 'unproven' : endOf(answer))
  return { kind: 'failed', call, failure }
}

type Entered =
  | { readonly kind: 'open'; readonly pass: Pass }
  | { readonly kind: 'blocked'; readonly failure: Failure }
  | { readonly kind: 'unclaimed'; readonly claim: Unclaimed }

/**
 * Each wait may last long, and what was true before it may be so no more: everything must be true at once, right before
 * the credential leaves.
 */
async function enter<T>(
  guards: CallGuards,
  request: GuardedCall<T>,
  begin: () => Promise<Claim>,
): Promise<Entered> {
  const { circuitBreaker, rateLimiter } = guards
  const { caller, context, limits, pair } = request
  const blocked = (failure: Failure): Entered => ({
    kind: 'blocked',
    failure: { ...failure, tier: context.tier },
  })
  const isOver = () => guards.stopping() || (request.provesStore !== 'never' && !guards.renewsHere())
  while (!isOver()) {
    const pass = await circuitBreaker.enter(caller, () => isUrgent(pair, guards.now()))
    if (pass === null) {
      if (isOver()) break
      return blocked(circuitBlocker(circuitBreaker))
    }
    const blocker = await blockerOf(guards, request)
    const isOpen = () =>
      circuitBreaker.isValid(pass) && limits.every((limit) => rateLimiter.opensIn(limit) === 0) && !isOver()
    const claim = blocker === null && isOpen() ? await claimed(begin) : null
    if (claim?.kind === 'go' && claim.isValid() && isOpen()) return { kind: 'open', pass }
    pass('unsent')
    if (blocker !== null) return blocked(blocker)
    if (claim?.kind === 'blocked') return blocked(claim.failure)
    if (claim?.kind === 'go') await claim.release()
    else if (claim !== null) return { kind: 'unclaimed', claim }
  }
  return blocked(aborted)
}

async function blockerOf<T>(
  guards: CallGuards,
  { limits, order, pair, provesStore }: GuardedCall<T>,
): Promise<Failure | null> {
  const entry = await guards.rateLimiter.enter(limits, order)
  if (entry.kind === 'closed') return throttledFor(entry.opensIn)
  if (entry.kind === 'stopped') return aborted
  const failure = provesStore === 'never' ? null : await guards.prove()
  if (failure === null || (provesStore === 'unless-ending' && mayStayUnsaved(failure, pair, guards.now())))
    return null
  return storeBlocker(failure)
}

async function claimed(
  begin: () => Promise<Claim>,
): Promise<Claim | { readonly kind: 'blocked'; readonly failure: Failure }> {
  try {
    return await begin()
  } catch (error) {
    const failure =
      error instanceof StoreFailure
        ? error
        : new StoreFailure('other', 'The refresh token could not be claimed.', { cause: error })
    return { kind: 'blocked', failure: storeBlocker(failure) }
  }
}

/** What an answer that is not good proves of who gave it. */
function endOf<T>(answer: Answer<T>): CallEnd {
  if (answer.kind === 'unreachable' && !answer.sent) return 'unsent'
  return answer.kind === 'refused' && answer.webexShaped && answer.trackingId !== null ? 'webex' : 'unproven'
}

/** A port that rejects against its promise must not cost the attempt; whether it was sent is then unknown. */
async function answerOf<T>({ perform }: GuardedCall<T>): Promise<Answer<T>> {
  try {
    return await perform()
  } catch {
    return { kind: 'unreachable', reason: 'other', sent: true, trackingId: null, serverDate: null }
  }
}

function callOf<T>(
  { context }: GuardedCall<T>,
  when: { readonly startedAt: Instant; readonly duration: Duration },
  answer: Answer<T>,
  failure: Failure | null,
): Call {
  const status = answer.kind === 'anomalous' || answer.kind === 'refused' ? answer.status : null
  return {
    tier: context.tier,
    ...when,
    status: answer.kind === 'ok' ? 200 : status,
    trackingId: answer.trackingId,
    result: failure?.kind ?? 'ok',
    detail:
      failure === null ? null : (failure.detail ?? (answer.kind === 'anomalous' ? answer.anomaly : null)),
  }
}
