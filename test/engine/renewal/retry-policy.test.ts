// Retry policy: how long a failure waits, for every number of failures and every lifetime.
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import type { Attempt } from '#engine/domain/model.ts'
import type { Failure } from '#engine/failure/failure.ts'
import { ceiling, honouredRetryAfter, nextDelay } from '#engine/renewal/retry-policy.ts'
import { afterFailure, newProfileSubjectState } from '#engine/renewal/subject-state.ts'
import { seeded } from '../support/fake-clock.ts'
import { DAY, HOUR, MINUTE, makePair, SECOND } from '../support/world.ts'

// Many cases on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const lifetime = fc.integer({ min: 2 * SECOND, max: 400 * DAY })

describe('retry policy', () => {
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
    let subjectState = newProfileSubjectState
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
      subjectState = afterFailure(
        subjectState,
        attempt,
        { failures: [failure], deciding: failure },
        token,
        random,
      )
      const delay = (subjectState.retryAt ?? now) - now
      shortest = Math.min(shortest, delay)
      now += delay
    }
    expect(shortest).toBeGreaterThanOrEqual(250)
    expect((now - began) / 1_000_000).toBeGreaterThan(MINUTE)
  })
})

test('Retry-After is honoured as said, up to an hour or a quarter of the life that is left', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 10 ** 12 }),
      fc.integer({ min: -DAY, max: 14 * DAY }),
      (said, left) => {
        const wait = honouredRetryAfter(said, left)
        expect(wait).toBe(Math.min(said, Math.max(HOUR, left / 4)))
      },
    ),
  )
  expect(honouredRetryAfter(10 ** 12, null)).toBe(HOUR)
})
