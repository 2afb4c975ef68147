// A validated token answer and the pair before it become the pair to store.
import type { Duration, Instant, Outcome, RefreshToken, TokenOrigin, TokenPair } from '../domain/model.ts'
import { LIFETIME_LEAST, LIFETIME_MOST, MINUTE } from '../domain/policy.ts'
import type { TokenGrant } from '../domain/ports.ts'
import { renewAfterUnknownEnd } from './token-lifetime.ts'

export interface Received {
  readonly pair: TokenPair
  readonly outcome: Extract<Outcome, 'renewed' | 'unchanged'>
}

/**
 * Lifetimes come from the answer alone (RFC 6749 section 5.1), never from habit. `now` is when the answer came.
 * The same token with the same expiry is `unchanged`: Webex does that within about 24 h of the last refresh.
 * An answer without a lifetime is kept as well: the grant may have rotated.
 */
export function receive(
  grant: TokenGrant,
  before: TokenPair | null,
  origin: Exclude<TokenOrigin, 'pasted'>,
  now: Instant,
): Received {
  const { accessToken, fingerprint } = grant
  const expiresIn = isPossible(grant.expiresIn) ? grant.expiresIn : null
  const refresh = refreshToken(grant, before?.refresh ?? null, origin, now)
  const same = accessToken.equals(before?.accessToken ?? null)
  if (before !== null && same && !isExtended(before, expiresIn, now)) {
    const expiresAt = expiresIn === null ? before.expiresAt : now + expiresIn
    return { pair: { ...before, expiresAt, refresh }, outcome: 'unchanged' }
  }
  const fresh = { accessToken, fingerprint, issuedAt: now, origin, refresh }
  const pair =
    expiresIn === null
      ? { ...fresh, expiresAt: null, renewAfter: renewAfterUnknownEnd(before) }
      : { ...fresh, expiresAt: now + expiresIn }
  return { pair, outcome: 'renewed' }
}

/** A number that was written as text is a number as well; one that is no lifetime of a token counts as not said. */
function isPossible(expiresIn: Duration | null): boolean {
  return expiresIn !== null && expiresIn >= LIFETIME_LEAST && expiresIn <= LIFETIME_MOST
}

function isExtended({ expiresAt }: TokenPair, expiresIn: Duration | null, now: Instant): boolean {
  if (expiresAt === null || expiresIn === null) return false
  return now + expiresIn > expiresAt + tolerance(expiresIn)
}

/** Seconds on the wire and the way there blur an expiry; a real extension is longer than that. */
function tolerance(expiresIn: Duration): Duration {
  return Math.min(MINUTE, expiresIn / 10)
}

/** It may rotate, slide, do neither, or be missing; whichever it is, the one that can still be used is kept. */
function refreshToken(
  grant: TokenGrant,
  before: RefreshToken | null,
  origin: TokenOrigin,
  now: Instant,
): RefreshToken | null {
  // None came back: the old one, with its own expiry. A dead one stays as it is, marked.
  if (grant.refreshToken === null) return before
  const told = grant.refreshTokenExpiresIn
  if (before !== null && grant.refreshToken.equals(before.token)) {
    return {
      ...before,
      dead: false,
      expiresAt: told === null ? before.expiresAt : now + told,
      firstLifetime: told === null ? before.firstLifetime : Math.max(told, before.firstLifetime ?? 0),
    }
  }
  // A rotated token may carry on the end of the first one: its lifetime is measured against that one's.
  const first = origin === 'refresh-grant' ? (before?.firstLifetime ?? 0) : 0
  return {
    token: grant.refreshToken,
    issuedAt: now,
    expiresAt: told === null ? null : now + told,
    firstLifetime: told === null ? null : Math.max(told, first),
    dead: false,
  }
}

/** The pair with its refresh token marked dead; the tokens themselves stay. */
export function markDead(pair: TokenPair): TokenPair {
  return pair.refresh === null ? pair : { ...pair, refresh: { ...pair.refresh, dead: true } }
}
