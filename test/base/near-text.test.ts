// Which known text a mistyped one is taken for.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { didYouMean, isNear } from '#base/common/near-text.ts'

describe('a text is near another one', () => {
  test.each([
    ['staus', 'status', 'a character that is missing'],
    ['statuss', 'status', 'one too many'],
    ['stetus', 'status', 'another one'],
    ['sttaus', 'status', 'two that changed places'],
    ['sttauss', 'status', 'two slips'],
    ['lst', 'list', 'one slip in a short one'],
    ['list', 'list', 'no slip'],
  ])('%s, %s: %s', (typed, known) => {
    expect(isNear(typed, known)).toBe(true)
  })

  test.each([
    ['ls', 'list'],
    ['tatus ', 'history'],
    ['abc', 'xyz'],
    ['', 'list'],
    ['tsil', 'list'],
  ])('%s is not near %s', (typed, known) => {
    expect(isNear(typed, known)).toBe(false)
  })

  test('in both directions alike, and with every text to itself', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 10 })
    fc.assert(
      fc.property(text, text, (one, other) => {
        expect(isNear(one, other)).toBe(isNear(other, one))
        expect(isNear(one, one)).toBe(true)
      }),
    )
  })

  test('is soon known, however long the texts are', () => {
    const began = performance.now()
    for (let run = 0; run < 10_000; run += 1) isNear(`${'a'.repeat(60)}${run}`, `${'a'.repeat(60)}b${run}`)
    expect(isNear('x'.repeat(1e6), `${'x'.repeat(1e6)}y`)).toBe(false)
    expect(performance.now() - began).toBeLessThan(2_000)
  })
})

test('nothing is proposed where nothing is near', () => {
  expect(didYouMean('staus', ['list', 'status'])).toBe(' Did you mean status?')
  expect(didYouMean('zzz', ['list', 'status'])).toBe('')
})
