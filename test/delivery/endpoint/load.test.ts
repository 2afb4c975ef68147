// A second of what `npm run bench -- endpoint` does for ten.
import { expect, test } from 'vitest'
import { underLoad } from './support/under-load.ts'

test('a thousand requests a second are answered rightly, and renewals go on in time meanwhile', async () => {
  const seen = await underLoad({ perSecond: 1000, seconds: 1.5, profiles: 10, accessTtl: 2 })
  expect(seen.lost).toEqual([])
  expect(seen.wrong).toEqual([])
  expect(seen.strange).toEqual([])
  expect(seen.answers).toBe(1500)
  // Tokens of 2 s come due at 0.8–1.2 s.
  expect(seen.renewals).toBeGreaterThanOrEqual(10)
  expect(seen.failedRenewals).toEqual([])
  expect(seen.duplicates).toBe(0)
  expect(Math.max(...seen.late)).toBeLessThan(500)
})
