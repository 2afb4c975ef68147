import { describe, expect, test } from 'vitest'
import { fingerprint } from '#base/node/fingerprint.ts'
import type { TokenPair } from '#engine/domain/model.ts'
import { Secret } from '#engine/domain/secret.ts'
import { emptyPair, pastedPair } from '#import/pasted-pair.ts'

const NOW = 1_000_000
const access = new Secret('access-1')
const refresh = new Secret('refresh-1')

const before: TokenPair = {
  accessToken: new Secret('access-0'),
  fingerprint: fingerprint('access-0'),
  issuedAt: 5,
  expiresAt: 50,
  origin: 'refresh-grant',
  refresh: { token: new Secret('refresh-0'), issuedAt: 4, expiresAt: 90, firstLifetime: 86, dead: true },
}

const pastedAccess = {
  accessToken: access,
  fingerprint: fingerprint('access-1'),
  issuedAt: NOW,
  expiresAt: null,
  origin: 'pasted',
}
const pastedRefresh = { token: refresh, issuedAt: NOW, expiresAt: null, firstLifetime: null, dead: false }

describe('a pasted pair', () => {
  test.each<[string, Secret | null, Secret | null, TokenPair]>([
    ['both tokens', access, refresh, { ...pastedAccess, refresh: pastedRefresh } as TokenPair],
    ['an access token alone', access, null, { ...pastedAccess, refresh: null } as TokenPair],
    ['a refresh token alone', null, refresh, { ...emptyPair(NOW), refresh: pastedRefresh }],
  ])('of %s has no lifetime where nothing was before', (_, accessToken, refreshToken, pair) => {
    expect(pastedPair(accessToken, refreshToken, NOW, null)).toEqual(pair)
    expect(pastedPair(accessToken, refreshToken, NOW, emptyPair(NOW))).toEqual(pair)
  })

  test.each<[string, Secret | null, Secret | null, Partial<TokenPair>]>([
    ['both tokens', access, refresh, { ...pastedAccess, refresh: pastedRefresh } as TokenPair],
    ['an access token alone', access, null, pastedAccess as Partial<TokenPair>],
    ['a refresh token alone', null, refresh, { refresh: pastedRefresh }],
  ])('of %s leaves the rest as it was before', (_, accessToken, refreshToken, changed) => {
    expect(pastedPair(accessToken, refreshToken, NOW, before)).toEqual({ ...before, ...changed })
  })

  test('of no token is what was before', () => {
    expect(pastedPair(null, null, NOW, null)).toBeNull()
    expect(pastedPair(null, null, NOW, before)).toBe(before)
  })
})
