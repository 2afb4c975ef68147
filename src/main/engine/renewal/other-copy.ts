// Other copy: another copy of this app, or another program, that uses the same refresh tokens. Each of the two invalidates what
// the other one has stored, so that they find dead refresh tokens and mint, cycle after cycle.

import { type Attempt, type Duration, type Instant, lifetimeOf, type TokenPair } from '../domain/model.ts'
import {
  LIFETIME_MOST,
  OTHER_COPY_LEAST,
  OTHER_COPY_REFRESH_AT,
  OTHER_COPY_WINDOW,
} from '../domain/policy.ts'
import type { Failure } from '../failure/failure.ts'

export interface OtherCopyState {
  /** Since when another copy is known to be at work; null: none is. */
  readonly since: Instant | null
  /** What happened before says nothing any more: credentials were changed, or a person has stopped the other copy. */
  readonly countsFrom: Instant
}

export const noOtherCopy: OtherCopyState = { since: null, countsFrom: Number.NEGATIVE_INFINITY }

/** How far back the history is looked at. */
export function earliestCounted(
  { countsFrom }: OtherCopyState,
  pair: TokenPair | null,
  now: Instant,
): Instant {
  return Math.max(countsFrom, now - OTHER_COPY_WINDOW * lifetime(pair))
}

/** Where Webex does not say it, all that is known counts. */
function lifetime(pair: TokenPair | null): Duration {
  return (pair === null ? null : lifetimeOf(pair)) ?? LIFETIME_MOST
}

/**
 * When a stored refresh token was last found dead; null: never. One whose request had no answer may have been replaced by
 * that request. `attempts`: oldest first; `isInDoubt`: of the refresh token that is held after them.
 */
function lastDeath(attempts: readonly Attempt[]): {
  readonly diedAt: Instant | null
  readonly isInDoubt: boolean
} {
  let diedAt: Instant | null = null
  let isInDoubt = false
  for (const { tier, result, startedAt } of attempts.flatMap(({ calls }) => calls)) {
    if (tier === 1 && result === 'answer-lost') isInDoubt = true
    else if (result === 'ok' || result === 'unchanged') isInDoubt = tier === 3 ? isInDoubt : false
    else if (tier === 1 && (result === 'grant-dead' || result === 'other-copy') && !isInDoubt)
      diedAt = startedAt
  }
  return { diedAt, isInDoubt }
}

/** Whether another copy has used the refresh token that Webex calls dead now. `attempts`: since `earliestCounted`. */
export function isOtherCopy(attempts: readonly Attempt[], pair: TokenPair | null): boolean {
  const { diedAt, isInDoubt } = lastDeath(attempts)
  if (isInDoubt || diedAt === null || pair?.refresh == null) return false
  // No answer gives a refresh token alone.
  const isPasted = pair.origin === 'pasted' || pair.refresh.issuedAt > pair.issuedAt
  return !isPasted && pair.refresh.issuedAt >= diedAt
}

/**
 * What tier 1's answer leaves of it. One success proves little, since two copies that renew at the same time have one each
 * in turn: it ends with a success that comes more than a lifetime after the last death.
 */
export function afterTierOne(
  before: OtherCopyState,
  attempt: Attempt,
  earlier: readonly Attempt[],
  pair: TokenPair | null,
): OtherCopyState {
  const call = attempt.calls.findLast(({ tier }) => tier === 1)
  if (call?.result === 'other-copy') return { ...before, since: before.since ?? call.startedAt }
  if (before.since === null || (call?.result !== 'ok' && call?.result !== 'unchanged')) return before
  const { diedAt } = lastDeath(earlier)
  const isOver = diedAt === null || call.startedAt - diedAt > lifetime(pair)
  return isOver ? { since: null, countsFrom: call.startedAt } : before
}

/** From the newest attempt, which this process has not made. `stopped`: as before it. */
export function restoredOtherCopy(
  { reason, calls, startedAt }: Attempt,
  stopped: OtherCopyState,
): OtherCopyState {
  const isMet = reason?.code === 'other-copy' || calls.some(({ result }) => result === 'other-copy')
  const known = reason?.otherCopySince
  const since = known === undefined ? (isMet ? startedAt : null) : known
  return startedAt > stopped.countsFrom ? { ...stopped, since } : stopped
}

/** A person has stopped it at this time; null: never. What lies ahead of this clock is not believed. */
export function stoppedOtherCopy(at: Instant | null, now: Instant): OtherCopyState {
  return at === null || at > now ? noOtherCopy : { since: null, countsFrom: at }
}

export function otherCopyFailure({ since }: OtherCopyState): Failure<'other-copy'> | null {
  if (since === null) return null
  return { kind: 'other-copy', tier: 1, status: null, detail: null, trackingId: null }
}

/** Both renew late then: each new token may invalidate the other copy's refresh token. */
export function refreshShare({ since }: OtherCopyState, refreshAt: number): number {
  return since === null ? refreshAt : Math.max(refreshAt, OTHER_COPY_REFRESH_AT)
}

/** Whether a request of a program comes too soon after the token that is held was issued: both copies have programs. */
export function isTooSoon({ since }: OtherCopyState, pair: TokenPair | null, now: Instant): boolean {
  return since !== null && pair !== null && now - pair.issuedAt < OTHER_COPY_LEAST
}
