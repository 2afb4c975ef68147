// What must hold for every input: schedule, backoff, answers, pace of retries.
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { Heap } from '#base/common/priority-queue.ts'
import type { Attempt, TokenPair } from '#engine/domain/model.ts'
import type { Answer } from '#engine/domain/ports.ts'
import { Secret } from '#engine/domain/secret.ts'
import type { Failure } from '#engine/failure/failure.ts'
import { classify } from '#engine/failure/failure.ts'
import { honoured } from '#engine/renewal/retry-after.ts'
import { ceiling, nextDelay } from '#engine/renewal/retry-policy.ts'
import { afterFailure, newProfileTrack } from '#engine/renewal/subject-state.ts'
import { receive } from '#engine/renewal/token-grant.ts'
import {
  afterUnchanged,
  dueAt,
  expiryWarningAt,
  lastTenthAt,
  shortRefreshAt,
  spread,
} from '#engine/renewal/token-lifetime.ts'
import { fingerprintOf } from './support/answers.ts'
import { seeded } from './support/fake-clock.ts'
import { DAY, HOUR, MINUTE, makePair, SECOND } from './support/world.ts'

// Many cases on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const lifetime = fc.integer({ min: 2 * SECOND, max: 400 * DAY })
const instant = fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) })
const id = fc.string({ minLength: 1, maxLength: 40 })

const pair = fc.record({ issuedAt: instant, life: lifetime }).map(({ issuedAt, life }) => ({
  ...makePair({ issuedAt, expiresAt: issuedAt + life }),
  life,
}))

describe('schedule', () => {
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

describe('backoff', () => {
  const life = fc.record({
    left: fc.option(fc.integer({ min: -10 * DAY, max: 400 * DAY })),
    lifetime: fc.option(lifetime),
    urgent: fc.boolean(),
  })

  test('never 0, never over an hour, never over five minutes when time is short', () => {
    fc.assert(
      fc.property(
        fc.nat(10_000),
        life,
        fc.double({ min: 0, max: 0.999999, noNaN: true }),
        (failures, left, random) => {
          const { delay, backoff } = nextDelay({ failures }, left, () => random)
          expect(delay).toBeGreaterThanOrEqual(250)
          expect(delay).toBeLessThanOrEqual(left.urgent ? 5 * MINUTE : HOUR)
          expect(backoff.failures).toBe(failures + 1)
        },
      ),
    )
  })

  test('the ceiling is 10 s × 2ⁿ until the cap, and never shrinks with more failures', () => {
    const noHurry = { left: null, lifetime: null, urgent: false }
    expect([0, 1, 2, 5].map((failures) => ceiling(failures, noHurry))).toEqual([
      10_000, 20_000, 40_000, 320_000,
    ])
    fc.assert(
      fc.property(fc.nat(2000), life, (failures, left) => {
        expect(ceiling(failures + 1, left)).toBeGreaterThanOrEqual(ceiling(failures, left))
      }),
    )
  })

  test('full jitter: the delays fill the whole range', () => {
    const random = seeded(5)
    const noHurry = { left: null, lifetime: null, urgent: false }
    const delays = Array.from({ length: 5000 }, () => nextDelay({ failures: 4 }, noHurry, random).delay)
    const mean = delays.reduce((sum, delay) => sum + delay, 0) / delays.length
    expect(mean).toBeGreaterThan(0.48 * 160_000)
    expect(mean).toBeLessThan(0.52 * 160_000)
    expect(Math.min(...delays)).toBeLessThan(2000)
    expect(Math.max(...delays)).toBeGreaterThan(158_000)
  })

  test('a 20 s token gets several tries within its life', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.integer({ min: 1000, max: 10_000 }), (failures, left) => {
        expect(ceiling(failures, { left, lifetime: 20_000, urgent: left < 2000 })).toBeLessThanOrEqual(
          Math.max(1000, left / 4),
        )
      }),
    )
  })

  test('a million failures of every kind give no hot loop', () => {
    const random = seeded(11)
    const kinds: readonly Failure['kind'][] = [
      'transient',
      'throttled',
      'interference',
      'answer-lost',
      'unclear',
      'grant-dead',
      'not-authorised',
      'client-refused',
      'token-limit',
      'store',
    ]
    const seen = { tier: 1, status: null, detail: null, trackingId: null } as const
    const failureOf = (kind: Failure['kind']) =>
      ({ ...seen, kind, reason: 'other', retryAfter: null }) as Failure
    const failures = kinds.map(failureOf)
    let now = Date.UTC(2026, 0, 1)
    const began = now
    let track = newProfileTrack
    let shortest = Number.POSITIVE_INFINITY
    for (let round = 0; round < 1_000_000; round += 1) {
      const failure = failures[Math.floor(random() * failures.length)] ?? failures[0]
      if (failure === undefined) continue
      const subject = { kind: 'profile', profileId: 'one' }
      const attempt = {
        subject,
        startedAt: now,
        endedAt: now,
        calls: [],
        outcome: 'failed',
      } as unknown as Attempt
      const token = makePair({ issuedAt: began, expiresAt: began + 14 * DAY })
      track = afterFailure(track, attempt, { failures: [failure], deciding: failure }, token, random)
      const delay = (track.retryAt ?? now) - now
      shortest = Math.min(shortest, delay)
      now += delay
    }
    expect(shortest).toBeGreaterThanOrEqual(250)
    expect((now - began) / 1_000_000).toBeGreaterThan(MINUTE)
  })
})

describe('Retry-After', () => {
  test('is honoured as said, up to an hour while more than a day is left and a day otherwise', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10 ** 12 }),
        fc.integer({ min: -DAY, max: 14 * DAY }),
        (said, left) => {
          const wait = honoured(said, left)
          expect(wait).toBe(Math.min(said, left > DAY ? HOUR : DAY))
        },
      ),
    )
  })
})

describe('answers', () => {
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

  const anyAnswer: fc.Arbitrary<Answer<never>> = fc.oneof(
    fc.record({
      kind: fc.constant('refused' as const),
      status: fc.integer({ min: 400, max: 599 }),
      code: fc.option(
        fc.constantFrom(
          ...['invalid_grant', 'invalid_refresh_token', 'invalid_client', 'unauthorized_client'],
          ...['invalid_request', 'tokenlimit_reached', 'x'],
        ),
      ),
      message: fc.option(
        fc.oneof(
          fc.string(),
          fc.constantFrom('refresh token', 'client_secret', 'org', 'Service App', 'token limit reached'),
        ),
      ),
      webexShaped: fc.boolean(),
      retryAfter: fc.option(fc.nat()),
      trackingId: fc.option(fc.string()),
      serverDate: fc.constant(null),
    }),
    fc.record({
      kind: fc.constant('odd' as const),
      status: fc.integer({ min: 200, max: 399 }),
      oddity: fc.constantFrom('html' as const, 'redirect' as const, 'empty' as const, 'not-json' as const),
      trackingId: fc.option(fc.string()),
      serverDate: fc.constant(null),
    }),
    fc.record({
      kind: fc.constant('unreachable' as const),
      reason: fc.constantFrom('dns' as const, 'reset' as const, 'timeout' as const, 'other' as const),
      sent: fc.boolean(),
      trackingId: fc.constant(null),
      serverDate: fc.constant(null),
    }),
  )
  const context = fc.oneof(
    fc.boolean().map((unclearBefore) => ({ tier: 1 as const, unclearBefore })),
    fc.constant({ tier: 2 as const }),
    fc.boolean().map((unclearBefore) => ({ tier: 3 as const, unclearBefore, managerId: 'm' })),
  )

  test('the token limit is told from every 4xx, a 401 of tier 2 blames no secret, and nothing is unclear twice', () => {
    fc.assert(
      fc.property(context, anyAnswer, (call, answer) => {
        const kind = classify(call, answer)?.kind
        if (answer.kind !== 'refused') return
        const isLimit = [answer.code, answer.message].some((said) =>
          /^token ?limit[_ ]reached$/.test(said ?? ''),
        )
        if (isLimit && answer.status < 500)
          expect(kind).toBe(call.tier === 3 ? 'manager-token-limit' : 'token-limit')
        else if (call.tier === 2 && answer.status === 401) expect(kind).toBe('bearer-refused')
        if (call.tier !== 2 && call.unclearBefore) expect(kind).not.toBe('unclear')
      }),
    )
  })

  test('every refusal has a kind, keeps its tracking id, and a 5xx never blames a credential', () => {
    fc.assert(
      fc.property(context, anyAnswer, (call, answer) => {
        const failure = classify(call, answer)
        expect(failure).not.toBeNull()
        expect(failure?.trackingId).toBe(answer.trackingId)
        if (answer.kind === 'refused' && answer.status >= 500 && answer.status !== 511) {
          expect(failure?.kind).toBe('transient')
        }
        // The two look-alike sets of credentials are never mixed up.
        const kind = failure?.kind ?? ''
        if (call.tier === 3)
          expect([
            'grant-dead',
            'client-refused',
            'not-authorised',
            'wrong-field',
            'token-limit',
          ]).not.toContain(kind)
        else expect(kind.startsWith('manager-')).toBe(false)
      }),
    )
  })
})

test('the heap gives what it was given, in order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), (numbers) => {
      const heap = new Heap<number>((a, b) => a < b)
      for (const number of numbers) heap.push(number)
      const out: number[] = []
      for (let next = heap.pop(); next !== undefined; next = heap.pop()) out.push(next)
      expect(out).toEqual(numbers.toSorted((a, b) => a - b))
    }),
  )
})
