import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readQuestion } from '#delivery/endpoint/token-request.ts'

describe('min-ttl', () => {
  const read = (text: string) => {
    const question = readQuestion(`/v1/token/one?min-ttl=${encodeURIComponent(text)}`)
    return question.kind === 'token' ? question.wish.minTtl : null
  }

  test.each([
    ['0', 0],
    ['600', 600_000],
    ['90s', 90_000],
    ['10m', 600_000],
    ['1h30m', 5_400_000],
    ['2d', 172_800_000],
    ['1d2h3m4s', 93_784_000],
  ])('%s is %i ms', (text, expected) => expect(read(text)).toBe(expected))

  test('is nothing else', () => {
    for (const text of ['', 'm', '-1', '+1', '1.5h', '10 m', '10M', '1m1h', '1e3', '999999999999', '０']) {
      expect(read(text)).toBeNull()
    }
    fc.assert(
      fc.property(fc.string(), (text) => {
        const parsed = read(text)
        expect(parsed === null || Number.isSafeInteger(parsed)).toBe(true)
      }),
    )
  })
})
