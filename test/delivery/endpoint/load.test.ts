// Two seconds of what `npm run bench -- endpoint` does for ten.
import { expect, test } from 'vitest'
import { underLoad } from './support/under-load.ts'

test('a thousand requests a second are answered rightly, and renewals go on in time meanwhile', async () => {
  const seen = await underLoad({ perSecond: 1000, seconds: 2, profiles: 10, accessTtl: 3 })
  expect(seen.lost).toEqual([])
  expect(seen.wrong).toEqual([])
  expect(seen.strange).toEqual([])
  expect(seen.answers).toBe(2000)
  // Tokens of 3 s come due at 1.2–1.8 s.
  expect(seen.renewals).toBeGreaterThanOrEqual(10)
  expect(seen.failedRenewals).toEqual([])
  expect(seen.duplicates).toBe(0)
  // What a busy machine keeps the whole process waiting is not the endpoint's doing.
  expect(Math.max(...seen.late)).toBeLessThan(500 + 2 * seen.heldUp)
})
