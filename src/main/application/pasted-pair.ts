// A pair of tokens that a person brought along.

import type { TokenPair } from '#engine/domain/model.ts'
import { isTokenText, Secret } from '#engine/domain/secret.ts'
import { UserFacingError } from './errors.ts'
import type { IdClock } from './id-clock.ts'

/** Its lifetimes nobody told; the parts not pasted stay as they were `before`. */
export function pastedPair(
  accessToken: string | null,
  refreshToken: string | null,
  idClock: IdClock,
  before: TokenPair | null = null,
): TokenPair | null {
  if (accessToken === null && refreshToken === null) return before
  const base = before ?? barePair(idClock)
  const access =
    accessToken === null
      ? {}
      : {
          accessToken: pastedToken(accessToken, 'accessToken'),
          fingerprint: idClock.fingerprint(accessToken),
          issuedAt: idClock.now(),
          expiresAt: null,
          origin: 'pasted' as const,
        }
  const refresh =
    refreshToken === null
      ? {}
      : {
          refresh: {
            token: pastedToken(refreshToken, 'refreshToken'),
            issuedAt: idClock.now(),
            expiresAt: null,
            firstLifetime: null,
            dead: false,
          },
        }
  return { ...base, ...access, ...refresh }
}

/** Throws a `UserFacingError` for a text that cannot be one. */
export function pastedToken(text: string, field: 'accessToken' | 'refreshToken' | 'token'): Secret {
  if (isTokenText(text)) return new Secret(text)
  throw new UserFacingError(
    'invalid',
    'This is not a token: it contains a space or another character that no token has. Copy the token again.',
    { field },
  )
}

/** No token yet. */
export function barePair(idClock: IdClock): TokenPair {
  return {
    accessToken: null,
    fingerprint: null,
    issuedAt: idClock.now(),
    expiresAt: null,
    origin: 'pasted',
    refresh: null,
  }
}
