// Token grant: what is kept of a token answer, whatever it says and whatever was there before.
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import type { TokenPair } from '#engine/domain/model.ts'
import { Secret } from '#engine/domain/secret.ts'
import { receive } from '#engine/renewal/token-grant.ts'
import { dueAt } from '#engine/renewal/token-lifetime.ts'
import { fingerprintOf } from '../support/answers.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../support/world.ts'

// Many cases on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const lifetime = fc.integer({ min: 2 * SECOND, max: 400 * DAY })
const instant = fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) })

describe('token grant', () => {
  const refreshToken = fc.option(
    fc.record({ token: fc.constantFrom('r0', 'r1', 'r2'), expiresIn: fc.option(lifetime) }),
  )
  const grant = fc
    .record({
      access: fc.constantFrom('a0', 'a1', 'a2'),
      expiresIn: fc.option(lifetime),
      refresh: refreshToken,
    })
    .map(({ access, expiresIn, refresh }) => ({
      accessToken: new Secret(access),
      fingerprint: fingerprintOf(access),
      expiresIn,
      refreshToken: refresh === null ? null : new Secret(refresh.token),
      refreshTokenExpiresIn: refresh?.expiresIn ?? null,
      scope: null,
    }))
  const before: fc.Arbitrary<TokenPair | null> = fc.option(
    fc
      .record({
        access: fc.constantFrom('a0', 'a1'),
        issuedAt: instant,
        life: fc.option(lifetime),
        dead: fc.boolean(),
        refreshEnds: fc.option(instant),
        first: fc.option(lifetime),
        hasRefresh: fc.boolean(),
      })
      .map((each) => ({
        accessToken: new Secret(each.access),
        fingerprint: fingerprintOf(each.access),
        issuedAt: each.issuedAt,
        expiresAt: each.life === null ? null : each.issuedAt + each.life,
        origin: 'applications-api' as const,
        refresh: each.hasRefresh
          ? {
              token: new Secret('r0'),
              issuedAt: each.issuedAt,
              expiresAt: each.refreshEnds,
              firstLifetime: each.first,
              dead: each.dead,
            }
          : null,
      })),
  )
  const origin = fc.constantFrom('refresh-grant' as const, 'applications-api' as const)

  test('whatever comes back, the newest tokens are kept and no refresh token disappears', () => {
    fc.assert(
      fc.property(grant, before, origin, instant, (answer, old, from, now) => {
        const { pair: made, outcome } = receive(answer, old, from, now)
        expect(made.accessToken?.equals(answer.accessToken)).toBe(true)
        const told = answer.expiresIn
        if (told !== null && told >= SECOND && told <= 365 * DAY) expect(made.expiresAt).toBe(now + told)
        else expect(made.expiresAt).toBe(outcome === 'unchanged' ? (old?.expiresAt ?? null) : null)
        const due = dueAt('one', made, 0.5)
        if (made.origin !== 'pasted' && made.expiresAt === null) {
          expect(due - made.issuedAt).toBeGreaterThanOrEqual(5 * SECOND)
          expect(due - made.issuedAt).toBeLessThanOrEqual(6 * HOUR)
        }
        if (answer.refreshToken !== null) expect(made.refresh?.token.equals(answer.refreshToken)).toBe(true)
        else expect(made.refresh).toEqual(old?.refresh ?? null)
        const sameToken = answer.accessToken.equals(old?.accessToken ?? null)
        if (!sameToken) expect(outcome).toBe('renewed')
        if (outcome === 'unchanged') {
          expect(made.issuedAt).toBe(old?.issuedAt)
          if (old?.expiresAt != null) expect(made.expiresAt).toBeLessThanOrEqual(old.expiresAt + MINUTE)
        } else expect(made.issuedAt).toBe(now)
      }),
    )
  })

  test('a refresh token’s first lifetime never shrinks along a line of refreshes', () => {
    fc.assert(
      fc.property(grant, before, instant, (answer, old, now) => {
        const { pair: made } = receive(answer, old, 'refresh-grant', now)
        const first = old?.refresh?.firstLifetime
        if (first == null || made.refresh?.firstLifetime == null) return
        expect(made.refresh.firstLifetime).toBeGreaterThanOrEqual(first)
      }),
    )
  })
})
