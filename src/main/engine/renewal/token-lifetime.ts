// Token lifetime: when a token is due, urgent, or worth a warning. Computed from the pair alone, so a restart changes nothing.
import {
  type Duration,
  type Instant,
  lifetimeOf,
  type RefreshToken,
  type TokenPair,
} from '../domain/model.ts'
import {
  EXPIRY_WARNING_FOR,
  JITTER,
  LAST_TENTH,
  LATEST_DUE,
  LIFETIME_MOST,
  MINUTE,
  SHORT_REFRESH,
  TOLD_END_LEAST,
  UNCHANGED_MARGIN,
  UNCHANGED_PAUSE,
  UNCHANGED_PAUSE_SHARE,
  UNKNOWN_END_LEAST,
  UNKNOWN_END_MOST,
  UNKNOWN_END_SHARE,
  UNKNOWN_END_URGENT,
  WAIT_SHARE_OF_LIFE,
} from '../domain/policy.ts'

/** Fixed for an id and evenly spread in [0, 1): the same profile keeps its place, others lie elsewhere. */
export function spread(id: string): number {
  // FNV-1a, then the finalizer of MurmurHash3: without it ids that differ in their last digit would lie together.
  let hash = 0x811c9dc5
  for (let index = 0; index < id.length; index += 1) {
    hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}

/**
 * When a pair is to be renewed: at `refreshAt` of its life, moved by the id's fixed jitter.
 * -Infinity (at once) for a token that is missing or was pasted with an unknown lifetime.
 */
export function dueAt(id: string, pair: TokenPair | null, refreshAt: number): Instant {
  if (pair === null || pair.accessToken === null) return Number.NEGATIVE_INFINITY
  const lifetime = lifetimeOf(pair)
  if (lifetime === null) {
    return pair.origin === 'pasted' ? Number.NEGATIVE_INFINITY : pair.issuedAt + renewAfterOf(pair)
  }
  const earliest = refreshAt - JITTER
  const latest = Math.min(refreshAt + JITTER, LATEST_DUE)
  return Math.round(pair.issuedAt + lifetime * (earliest + spread(id) * (latest - earliest)))
}

/** How long after it was issued a new token is renewed whose end its answer did not say. */
export function renewAfterUnknownEnd(before: TokenPair | null): Duration {
  const lifetime = before === null ? null : lifetimeOf(before)
  const known = before?.renewAfter
  // An end from `tokenExpiry` makes no interval shorter: each answer could be shorter than the last.
  const interval =
    lifetime === null
      ? 2 * (known ?? UNKNOWN_END_MOST)
      : Math.max(lifetime * UNKNOWN_END_SHARE, known ?? UNKNOWN_END_LEAST)
  return Math.min(UNKNOWN_END_MOST, Math.max(UNKNOWN_END_LEAST, interval))
}

function renewAfterOf({ renewAfter }: TokenPair): Duration {
  return Math.min(UNKNOWN_END_MOST, Math.max(UNKNOWN_END_LEAST, renewAfter ?? UNKNOWN_END_MOST))
}

/**
 * Whether an end that `tokenExpiry` tells can be one. A pasted token may have ended already; a token just issued that
 * ends before it would be renewed without an end would only be replaced sooner and sooner.
 */
export function isPossibleEnd(end: Instant, pair: TokenPair): boolean {
  if (end - pair.issuedAt > LIFETIME_MOST) return false
  return pair.origin === 'pasted' || end > pair.issuedAt + Math.max(renewAfterOf(pair), TOLD_END_LEAST)
}

/**
 * A stored pair with the times that can be true: no token lasts over a year. One that would counts as pasted, so that it is
 * renewed at once.
 */
export function withPossibleTimes<P extends TokenPair | null>(pair: P): P | TokenPair {
  if (pair === null) return pair
  const refresh = withPossibleEnd(pair)
  if ((lifetimeOf(pair) ?? 0) > LIFETIME_MOST) return { ...pair, expiresAt: null, origin: 'pasted', refresh }
  return refresh === pair.refresh ? pair : { ...pair, refresh }
}

/** Each answer names the refresh token's end anew, and may move it. */
function withPossibleEnd({ issuedAt, refresh }: TokenPair): RefreshToken | null {
  if (refresh?.expiresAt == null) return refresh
  const told = Math.max(issuedAt, refresh.issuedAt)
  return refresh.expiresAt - told <= LIFETIME_MOST
    ? refresh
    : { ...refresh, expiresAt: null, firstLifetime: null }
}

/** From here on every tier that might work is tried. A token of unknown lifetime has no such time. */
export function lastTenthAt(pair: TokenPair | null): Instant | null {
  if (pair?.expiresAt == null) return null
  return pair.expiresAt - LAST_TENTH * (lifetimeOf(pair) ?? 0)
}

/**
 * Whether time is short: in the last tenth, expired, or with no token at all. A token of unknown end, unless it was
 * pasted, is taken to be in its last tenth when it should have been renewed for long.
 */
export function isUrgent(pair: TokenPair | null, now: Instant): boolean {
  if (pair === null || pair.accessToken === null) return true
  const isAssumed = pair.expiresAt === null && pair.origin !== 'pasted'
  const from = isAssumed ? pair.issuedAt + UNKNOWN_END_URGENT * renewAfterOf(pair) : lastTenthAt(pair)
  return from !== null && now >= from
}

/** From here on the end of the token is near enough for an alert; scaled down for tokens of less than 14 days. */
export function expiryWarningAt(pair: TokenPair, warning: Duration): Instant | null {
  const lifetime = lifetimeOf(pair)
  if (lifetime === null || pair.expiresAt === null) return null
  return pair.expiresAt - Math.min(warning, (warning * lifetime) / EXPIRY_WARNING_FOR)
}

/** From here on tier 2 is used to replace the refresh token, since tier 1 has not extended it. */
export function shortRefreshAt(refresh: RefreshToken): Instant | null {
  if (refresh.expiresAt === null || refresh.firstLifetime === null) return null
  return refresh.expiresAt - SHORT_REFRESH * refresh.firstLifetime
}

/**
 * When to try again after Webex gave the same token: half of what is left, never sooner than 24 h or ¼ of the
 * lifetime, whichever is less; but with some life left then, and sooner in the last tenth.
 */
export function afterUnchanged(pair: TokenPair, now: Instant): Instant {
  const lifetime = lifetimeOf(pair)
  if (lifetime === null || pair.expiresAt === null) return now + renewAfterOf(pair)
  const left = Math.max(0, pair.expiresAt - now)
  const half = Math.max(left / 2, Math.min(5 * MINUTE, lifetime * WAIT_SHARE_OF_LIFE))
  const pause = Math.max(half, Math.min(UNCHANGED_PAUSE, lifetime * UNCHANGED_PAUSE_SHARE))
  const margin = Math.min(UNCHANGED_MARGIN, lifetime * WAIT_SHARE_OF_LIFE)
  const fits = pause <= left - margin && left > LAST_TENTH * lifetime
  return now + (fits ? pause : half)
}
