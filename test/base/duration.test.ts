import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { clock, countdown, durationOf, elapsed, inOneUnit, inWords } from '#base/common/duration.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

describe('a length of time', () => {
  test.each([
    [13 * DAY + 4 * HOUR + 59 * MINUTE, '13 d 4 h', '13 d 4 h'],
    [70 * DAY, '70 d', '70 d 0 h'],
    [DAY, '1 d', '1 d 0 h'],
    [DAY + 59 * MINUTE, '1 d', '1 d 0 h'],
    [DAY - SECOND, '23 h 59 min', '23 h 59 min'],
    [10 * HOUR, '10 h', '10 h 00 min'],
    [HOUR + 5 * MINUTE, '1 h 05 min', '1 h 05 min'],
    [30 * MINUTE, '30 min', '30 min 00 s'],
    [4 * MINUTE + 9 * SECOND, '4 min 09 s', '4 min 09 s'],
    [MINUTE - 1, '1 min', '1 min 00 s'],
    [41_001, '42 s', '42 s'],
    [0, '0 s', '0 s'],
    [-5, '0 s', '0 s'],
  ])('of %d ms is "%s" in words, and "%s" while it runs', (length, words, running) => {
    expect(inWords(length)).toBe(words)
    expect(countdown(length)).toBe(running)
  })

  test.each([
    [0, '1 s'],
    [59_400, '59 s'],
    [59_600, '1 min'],
    [-14 * MINUTE, '14 min'],
    [59.6 * MINUTE, '1 h'],
    [26 * HOUR, '26 h'],
    [47.4 * HOUR, '47 h'],
    [47.6 * HOUR, '2 d'],
    [13.9 * DAY, '14 d'],
  ])('of %d ms is "%s" in one unit', (length, words) => {
    expect(inOneUnit(length)).toBe(words)
  })

  test('in one unit is off by a third at most, and a longer one is never said to be shorter', () => {
    const units = { s: SECOND, min: MINUTE, h: HOUR, d: DAY } as const
    const said = (length: number) => {
      const [count, unit] = inOneUnit(length).split(' ')
      return Number(count) * units[unit as keyof typeof units]
    }
    const length = fc.integer({ min: SECOND, max: 400 * DAY })
    fc.assert(
      fc.property(length, length, (one, other) => {
        expect(Math.abs(said(one) - one) / one).toBeLessThanOrEqual(1 / 3)
        expect(said(Math.max(one, other))).toBeGreaterThanOrEqual(said(Math.min(one, other)))
      }),
      { examples: [[1.5 * MINUTE, 1.5 * HOUR]] },
    )
  })

  test.each([
    [0, '0 ms'],
    [840.4, '840 ms'],
    [1_000, '1.0 s'],
    [59_900, '59.9 s'],
    [90_000, '1 min 30 s'],
    [600_000, '10 min'],
  ])('of %d ms that something took is "%s"', (length, words) => {
    expect(elapsed(length)).toBe(words)
  })

  test('of a short wait has minutes and seconds', () => {
    expect([5 * MINUTE, 9_001, -1].map(clock)).toEqual(['5:00', '0:10', '0:00'])
  })
})

describe('a length of time that was typed', () => {
  test.each([
    ['90', 90_000],
    ['45s', 45_000],
    ['10m', 600_000],
    ['1h30m', 5_400_000],
    ['2d', 172_800_000],
    ['0', 0],
  ])('%s', (text, length) => {
    expect(durationOf(text)).toBe(length)
  })

  test.each(['', '-1', '1.5h', '10 m', '1m1h', 'm', '1y', '1e3', '400d', '99999999999999'])(
    '%s is none',
    (text) => {
      expect(durationOf(text)).toBeNull()
    },
  )
})
