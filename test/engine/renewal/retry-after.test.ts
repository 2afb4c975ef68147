import fc from 'fast-check'
import { expect, test } from 'vitest'
import { honoured } from '#engine/renewal/retry-after.ts'
import { DAY, HOUR } from '../support/world.ts'

test('Retry-After is honoured as said, up to an hour while more than a day is left and a day otherwise', () => {
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
