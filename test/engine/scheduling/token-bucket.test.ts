// Token bucket: routine renewals are spread over time.
import { describe, expect, test } from 'vitest'
import { TokenBucket } from '#engine/scheduling/token-bucket.ts'
import { MINUTE } from '../support/world.ts'

describe('token bucket', () => {
  test('lets routine starts through at no more than 1.6 times their mean rate, after a small burst', () => {
    let now = 0
    const tokenBucket = new TokenBucket(() => now)
    for (let index = 0; index < 10_000; index += 1) tokenBucket.expect(`p${index}`, 7 * 86_400_000)
    let started = 0
    while (now < 60 * MINUTE) {
      while (tokenBucket.allows()) {
        tokenBucket.started()
        started += 1
      }
      now = Math.max(now + 1, Math.min(tokenBucket.nextAt(), 60 * MINUTE))
    }
    const mean = (10_000 * 60 * MINUTE) / (7 * 86_400_000)
    expect(started).toBeLessThanOrEqual(1.6 * mean + 5)
    expect(started).toBeGreaterThan(1.5 * mean)
  })

  test('what left the fleet counts no more', () => {
    const tokenBucket = new TokenBucket(() => 0)
    tokenBucket.expect('a', 10)
    tokenBucket.expect('a', 20)
    tokenBucket.expect('a', null)
    for (let index = 0; index < 4; index += 1) tokenBucket.started()
    expect(tokenBucket.nextAt()).toBeCloseTo((5 * MINUTE) / 8, 3)
  })
})
