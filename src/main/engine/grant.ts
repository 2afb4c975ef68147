// A validated token answer and the pair before it become the pair to store.
import type { Instant, Outcome, RefreshToken, TokenOrigin, TokenPair } from './model.ts'
import { MINUTE } from './policy.ts'
import type { TokenGrant } from './ports.ts'

export interface Received {
  readonly pair: TokenPair
  readonly outcome: Extract<Outcome, 'renewed' | 'unchanged'>
}

/**
 * Lifetimes come from the answer alone (RFC 6749 section 5.1), never from habit. `now` is when the answer came.
 * The same token with the same expiry is `unchanged`: Webex does that within about 24 h of the last refresh.
 */
export function receive(
  grant: TokenGrant,
  before: TokenPair | null,
  origin: Extract<TokenOrigin, 'refresh-grant' | 'applications-api'>,
  now: Instant,
): Received {
  const expiresAt = now + grant.expiresIn
  const same = grant.accessToken.equals(before?.accessToken ?? null)
  const extended = before?.expiresAt != null && expiresAt > before.expiresAt + tolerance(grant.expiresIn)
  const refresh = refreshToken(grant, before?.refresh ?? null, origin, now)
  const fresh = { accessToken: grant.accessToken, fingerprint: grant.fingerprint, expiresAt, refresh }
  if (before !== null && same && !extended) {
    return { pair: { ...fresh, issuedAt: before.issuedAt, origin: before.origin }, outcome: 'unchanged' }
  }
  return { pair: { ...fresh, issuedAt: now, origin }, outcome: 'renewed' }
}

/** Seconds on the wire and the way there blur an expiry; a real extension is longer than that. */
function tolerance(expiresIn: number): number {
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
