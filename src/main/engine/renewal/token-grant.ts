// Token grant: the pair to store, from a validated token answer and the pair before it; and whether an answer is late, for
// credentials that a person has changed meanwhile.
import { isSameOrg } from '#base/common/webex-id.ts'
import type {
  Duration,
  Instant,
  IntegrationManager,
  Outcome,
  Profile,
  RefreshToken,
  ServiceApp,
  Tier,
  TokenManager,
  TokenOrigin,
  TokenPair,
} from '../domain/model.ts'
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
  const expiresIn = grant.refreshTokenExpiresIn
  if (before !== null && grant.refreshToken.equals(before.token)) {
    return {
      ...before,
      dead: false,
      expiresAt: expiresIn === null ? before.expiresAt : now + expiresIn,
      firstLifetime:
        expiresIn === null ? before.firstLifetime : Math.max(expiresIn, before.firstLifetime ?? 0),
    }
  }
  // A rotated token may carry on the end of the first one: its lifetime is measured against that one's.
  const first = origin === 'refresh-grant' ? (before?.firstLifetime ?? 0) : 0
  return {
    token: grant.refreshToken,
    issuedAt: now,
    expiresAt: expiresIn === null ? null : now + expiresIn,
    firstLifetime: expiresIn === null ? null : Math.max(expiresIn, first),
    dead: false,
  }
}

/** The pair with its refresh token marked dead; the tokens themselves stay. */
export function markDead(pair: TokenPair): TokenPair {
  return pair.refresh === null ? pair : { ...pair, refresh: { ...pair.refresh, dead: true } }
}

/** What an attempt for a profile was made with, or would be made with now. */
interface ProfileCredentials {
  readonly profile: Profile
  readonly serviceApp: ServiceApp | null
}

/**
 * A token belongs to a client ID and an org. A client secret that was exchanged meanwhile is no reason to throw it
 * away: a rotated refresh token works with the new secret, and the one before does not work any more.
 */
export function isLateForProfile(
  used: ProfileCredentials,
  now: ProfileCredentials,
  tier: Tier,
  grant: TokenGrant,
): boolean {
  if (used.serviceApp === null || now.serviceApp === null) return true
  if (used.serviceApp.clientId !== now.serviceApp.clientId) return true
  if (!isSameOrg(used.profile.targetOrgId, now.profile.targetOrgId)) return true
  return tier === 1
    ? isOtherGrant(used.profile.pair, now.profile.pair, grant)
    : used.serviceApp.appId !== now.serviceApp.appId
}

export function isLateForManager(used: TokenManager, now: TokenManager, grant: TokenGrant): boolean {
  const isSameClient = isIntegration(used) && isIntegration(now) && used.clientId === now.clientId
  return !isSameClient || isOtherGrant(used.pair, now.pair, grant)
}

/** The refresh token is neither the one that was used nor, already kept, the one that came for it. */
function isOtherGrant(used: TokenPair | null, now: TokenPair | null, grant: TokenGrant): boolean {
  const current = now?.refresh?.token
  if (current === undefined) return true
  return !current.equals(used?.refresh?.token ?? null) && !current.equals(grant.refreshToken)
}

function isIntegration(manager: TokenManager): manager is IntegrationManager {
  return manager.kind === 'integration'
}
