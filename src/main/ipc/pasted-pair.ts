// A pair of tokens that a person brought along.
import type { TokenPair } from '../engine/model.ts'
import { Secret } from '../engine/secret.ts'
import type { Making } from './core.ts'

/** Its lifetimes nobody told; the parts not pasted stay as they were `before`. */
export function pastedPair(
  accessToken: string | null,
  refreshToken: string | null,
  making: Making,
  before: TokenPair | null = null,
): TokenPair | null {
  if (accessToken === null && refreshToken === null) return before
  const base = before ?? barePair(making)
  const access =
    accessToken === null
      ? {}
      : {
          accessToken: new Secret(accessToken),
          fingerprint: making.fingerprint(accessToken),
          issuedAt: making.now(),
          expiresAt: null,
          origin: 'pasted' as const,
        }
  const refresh =
    refreshToken === null
      ? {}
      : {
          refresh: {
            token: new Secret(refreshToken),
            issuedAt: making.now(),
            expiresAt: null,
            firstLifetime: null,
            dead: false,
          },
        }
  return { ...base, ...access, ...refresh }
}

/** No token yet. */
export function barePair(making: Making): TokenPair {
  return {
    accessToken: null,
    fingerprint: null,
    issuedAt: making.now(),
    expiresAt: null,
    origin: 'pasted',
    refresh: null,
  }
}
