// Rate limiter: requests under every order of events.
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { type Entry, RateLimiter } from '#engine/runtime/rate-limiter.ts'
import { settle } from '../support/fake-clock.ts'
import { MINUTE, SECOND } from '../support/world.ts'

// Many cases on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

function makeGate(requestsPerSecond: number | null) {
  let now = 0
  const rateLimiter = new RateLimiter({
    monotonic: () => now,
    random: () => 0.5,
    requestsPerSecond: () => requestsPerSecond,
    waiting: () => {},
  })
  return {
    rateLimiter,
    now: () => now,
    /** Pumps exactly when the gate asks for it, as the loop does. */
    async pass(duration: number): Promise<void> {
      const end = now + duration
      for (;;) {
        const wake = rateLimiter.nextWake()
        if (wake > end) break
        now = Math.max(now, wake)
        rateLimiter.pump()
        await settle()
      }
      now = end
      rateLimiter.pump()
      await settle()
    },
  }
}

interface Passed {
  readonly at: number
  readonly key: string
  readonly order: number
  readonly entry: Entry
}

const command = fc.oneof(
  fc.record({ do: fc.constant('enter' as const), key: fc.constantFrom('a', 'b'), order: fc.nat(5) }),
  fc.record({ do: fc.constant('close' as const), key: fc.constantFrom('a', 'b'), pause: fc.nat(60_000) }),
  fc.record({ do: fc.constant('pass' as const), time: fc.nat(5000) }),
)

test('rate limiter: never faster than the rate, never while it is closed, and nobody is forgotten', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(command, { maxLength: 60 }),
      fc.constantFrom(1, 4, 10),
      async (commands, rate) => {
        const { rateLimiter, now, pass } = makeGate(rate)
        const passed: Passed[] = []
        const closed: { readonly key: string; readonly from: number; readonly until: number }[] = []
        let entered = 0
        for (const each of commands) {
          if (each.do === 'enter') {
            entered += 1
            const { key, order } = each
            void rateLimiter
              .enter([key], order)
              .then((entry) => passed.push({ at: now(), key, order, entry }))
            await settle()
          } else if (each.do === 'close') {
            closed.push({ key: each.key, from: now(), until: now() + each.pause })
            rateLimiter.close(each.key, each.pause, MINUTE)
          } else await pass(each.time)
        }
        await pass(10 * MINUTE)
        expect(passed).toHaveLength(entered)
        for (const key of ['a', 'b']) {
          const times = passed
            .filter((each) => each.key === key && each.entry.kind === 'open')
            .map(({ at }) => at)
          for (let index = 1; index < times.length; index += 1) {
            expect((times[index] ?? 0) - (times[index - 1] ?? 0)).toBeGreaterThanOrEqual(1000 / rate - 1e-6)
          }
          for (const { from, until } of closed.filter((each) => each.key === key)) {
            expect(times.filter((at) => at > from && at < until)).toEqual([])
          }
        }
      },
    ),
    { numRuns: 60 },
  )
})

describe('rate limiter', () => {
  test('lets the smaller order in first', async () => {
    const { rateLimiter, pass } = makeGate(1)
    const order: number[] = []
    for (const number of [9, 5, Number.NEGATIVE_INFINITY, 7]) {
      void rateLimiter.enter(['a'], number).then(() => order.push(number))
    }
    await pass(10 * SECOND)
    expect(order).toEqual([9, Number.NEGATIVE_INFINITY, 5, 7])
  })

  test('does not hold up another limit', async () => {
    const { rateLimiter, pass } = makeGate(4)
    rateLimiter.close('a', 9 * SECOND, MINUTE)
    const entries: string[] = []
    void rateLimiter.enter(['a'], 0).then(({ kind }) => entries.push(`a ${kind}`))
    void rateLimiter.enter(['b'], 1).then(({ kind }) => entries.push(`b ${kind}`))
    await pass(SECOND)
    expect(entries).toEqual(['b open'])
    await pass(9 * SECOND)
    expect(entries).toEqual(['b open', 'a open'])
  })

  test('a request that counts against two limits waits for both', async () => {
    const { rateLimiter, pass } = makeGate(null)
    rateLimiter.close('bearer', 5 * SECOND, MINUTE)
    let opened = false
    void rateLimiter.enter(['client', 'bearer'], 0).then(() => {
      opened = true
    })
    await pass(4.9 * SECOND)
    expect(opened).toBe(false)
    await pass(0.2 * SECOND)
    expect(opened).toBe(true)
  })

  test('whoever would wait longer than ten seconds is sent away at once, with the time', async () => {
    const { rateLimiter } = makeGate(4)
    rateLimiter.close('a', MINUTE, MINUTE)
    expect(await rateLimiter.enter(['a'], 0)).toEqual({ kind: 'closed', opensIn: MINUTE })
  })

  test('pauses without a Retry-After grow, and begin small after a good answer', () => {
    const { rateLimiter } = makeGate(4)
    const pauses: number[] = []
    for (let round = 0; round < 4; round += 1) {
      const fresh = makeGate(4).rateLimiter
      for (let strike = 0; strike <= round; strike += 1) fresh.close('a', null, 10 * MINUTE)
      pauses.push(fresh.opensIn('a'))
    }
    expect(pauses).toEqual([5000, 10_000, 20_000, 40_000])
    rateLimiter.close('a', null, 10 * MINUTE)
    rateLimiter.passed('a')
    rateLimiter.close('b', null, 2 * SECOND)
    expect(rateLimiter.opensIn('b')).toBe(2 * SECOND)
  })

  test('a stopped one sends everyone away', async () => {
    const { rateLimiter } = makeGate(1)
    void rateLimiter.enter(['a'], 0)
    const waiting = rateLimiter.enter(['a'], 0)
    rateLimiter.stop()
    expect(await waiting).toEqual({ kind: 'stopped' })
  })
})
