// Pasted pair: a token pair that a person pasted or imported.

import { fingerprint } from '#base/node/fingerprint.ts'
import type { Instant, TokenPair } from '#engine/domain/model.ts'
import type { Secret } from '#engine/domain/secret.ts'

/** Their lifetimes are unknown; what is null stays as it was `before`. */
export function pastedPair<Before extends TokenPair | null>(
  accessToken: Secret | null,
  refreshToken: Secret | null,
  now: Instant,
  before: Before,
): TokenPair | Before {
  if (accessToken === null && refreshToken === null) return before
  const common = { issuedAt: now, expiresAt: null }
  const access = accessToken && {
    ...common,
    accessToken,
    fingerprint: fingerprint(accessToken.reveal()),
    origin: 'pasted' as const,
  }
  const refresh = refreshToken && { ...common, token: refreshToken, firstLifetime: null, dead: false }
  return { ...(before ?? emptyPair(now)), ...access, ...(refresh && { refresh }) }
}

/** No token yet. */
export function emptyPair(now: Instant): TokenPair {
  return {
    accessToken: null,
    fingerprint: null,
    issuedAt: now,
    expiresAt: null,
    origin: 'pasted',
    refresh: null,
  }
}
