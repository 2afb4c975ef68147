// Token lifetime: when a token is due, for every lifetime and every id.
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { Secret } from '#engine/domain/secret.ts'
import {
  afterUnchanged,
  dueAt,
  expiryWarningAt,
  lastTenthAt,
  shortRefreshAt,
  spread,
  withPossibleTimes,
} from '#engine/renewal/token-lifetime.ts'
import { DAY, MINUTE, makePair, SECOND } from '../support/world.ts'

// Many cases on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const lifetime = fc.integer({ min: 2 * SECOND, max: 400 * DAY })
const instant = fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) })
const id = fc.string({ minLength: 1, maxLength: 40 })

const pair = fc.record({ issuedAt: instant, life: lifetime }).map(({ issuedAt, life }) => ({
  ...makePair({ issuedAt, expiresAt: issuedAt + life }),
  life,
}))

describe('token lifetime', () => {
  test('due within ± 10 % of the setting, and always before the end', () => {
    fc.assert(
      fc.property(
        id,
        pair,
        fc.double({ min: 0.3, max: 0.9, noNaN: true }),
        (name, { life, ...token }, refreshAt) => {
          const due = dueAt(name, token, refreshAt)
          const share = (due - token.issuedAt) / life
          const rounding = 1 / life
          expect(share).toBeGreaterThanOrEqual(refreshAt - 0.1 - rounding)
          expect(share).toBeLessThanOrEqual(Math.min(refreshAt + 0.1, 0.95) + rounding)
          expect(due).toBeLessThan(token.expiresAt ?? 0)
          expect(dueAt(name, token, refreshAt)).toBe(due)
        },
      ),
    )
  })

  test('ids that differ in one character lie anywhere, evenly', () => {
    const counts = new Array<number>(10).fill(0)
    for (let index = 0; index < 10_000; index += 1) {
      const slot = Math.floor(spread(`profile-${index}`) * 10)
      counts[slot] = (counts[slot] ?? 0) + 1
    }
    expect(Math.min(...counts)).toBeGreaterThan(850)
    expect(Math.max(...counts)).toBeLessThan(1150)
  })

  test('after unchanged: later than now, and before the end while there is room', () => {
    fc.assert(
      fc.property(pair, fc.double({ min: 0, max: 1.5, noNaN: true }), ({ life, ...token }, share) => {
        const now = token.issuedAt + share * life
        const next = afterUnchanged(token, now)
        const expiresAt = token.expiresAt ?? 0
        expect(next).toBeGreaterThan(now)
        if (expiresAt - now > Math.min(10 * MINUTE, life / 8)) expect(next).toBeLessThan(expiresAt)
        const left = expiresAt - now
        expect(next - now).toBeGreaterThanOrEqual(left / 2 - 1)
        // Never sooner than 24 h or ¼ of the life while that leaves enough of it.
        if (left > 0.3 * life) expect(next - now).toBeGreaterThanOrEqual(Math.min(DAY, life / 4) - 1)
      }),
    )
  })

  test('after unchanged: 24 h at least for a 14-day token, a quarter of the life for a short one', () => {
    const afterwards = (life: number, left: number) => {
      const token = makePair({ issuedAt: 0, expiresAt: life })
      return afterUnchanged(token, life - left) - (life - left)
    }
    expect(afterwards(14 * DAY, 7 * DAY)).toBe(3.5 * DAY)
    expect(afterwards(14 * DAY, 1.8 * DAY)).toBe(DAY)
    expect(afterwards(14 * DAY, 1.2 * DAY)).toBe(0.6 * DAY)
    expect(afterwards(8 * DAY, 1.9 * DAY)).toBe(DAY)
    expect(afterwards(20 * SECOND, 9 * SECOND)).toBe(5 * SECOND)
  })

  test('the warning times lie inside the life, and in order', () => {
    fc.assert(
      fc.property(pair, ({ life, ...token }) => {
        const warning = expiryWarningAt(token, DAY) ?? Number.NaN
        const lastTenth = lastTenthAt(token) ?? Number.NaN
        expect(lastTenth).toBeGreaterThan(token.issuedAt)
        expect(warning).toBeGreaterThanOrEqual(lastTenth)
        expect(warning).toBeLessThan(token.expiresAt ?? 0)
        expect((token.expiresAt ?? 0) - warning).toBeLessThanOrEqual(DAY)
        expect(life).toBeGreaterThan(0)
      }),
    )
  })

  test('a third of the first lifetime is where tier 2 takes over', () => {
    fc.assert(
      fc.property(instant, lifetime, (expiresAt, firstLifetime) => {
        const refresh = { token: new Secret('r'), issuedAt: 0, expiresAt, firstLifetime, dead: false }
        expect(shortRefreshAt(refresh)).toBeCloseTo(expiresAt - firstLifetime / 3, 3)
      }),
    )
  })
})

describe('the times of a stored pair', () => {
  const pair = makePair()

  test('with any bit of the end flipped: never good for more than a year', () => {
    for (let bit = 0; bit < 53; bit++) {
      const expiresAt = Number(BigInt(pair.expiresAt ?? 0) ^ (1n << BigInt(bit)))
      const read = withPossibleTimes({ ...pair, expiresAt })
      expect((read.expiresAt ?? 0) - read.issuedAt).toBeLessThanOrEqual(365 * DAY)
      expect(dueAt('one', read, 0.5)).toBeLessThanOrEqual(Math.max(read.expiresAt ?? 0, read.issuedAt + 1))
    }
  })

  test('that cannot be: the pair is due at once, with its refresh token', () => {
    const century = { ...pair, expiresAt: pair.issuedAt + 140 * 365 * DAY }
    const read = withPossibleTimes(century)
    expect(read).toEqual({ ...pair, expiresAt: null, origin: 'pasted' })
    expect(dueAt('one', read, 0.5)).toBe(Number.NEGATIVE_INFINITY)
  })

  test('that can be stay as they are: the same object', () => {
    const slid = { ...makePair(), issuedAt: pair.issuedAt + 900 * DAY, expiresAt: pair.issuedAt + 914 * DAY }
    const refresh = slid.refresh && { ...slid.refresh, expiresAt: slid.issuedAt + 90 * DAY }
    const ended = { ...pair, origin: 'pasted', expiresAt: pair.issuedAt - DAY } as const
    for (const one of [pair, { ...slid, refresh }, { ...pair, expiresAt: null }, ended]) {
      expect(withPossibleTimes(one)).toBe(one)
    }
  })

  test('an end of the refresh token that cannot be is not known', () => {
    const refresh = pair.refresh && { ...pair.refresh, expiresAt: pair.issuedAt + 40_000 * DAY }
    expect(withPossibleTimes({ ...pair, refresh }).refresh).toMatchObject({ expiresAt: null, dead: false })
  })
})
