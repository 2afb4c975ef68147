import { expect, test } from 'vitest'
import { fingerprint } from '#base/node/fingerprint.ts'

test('a fingerprint is the first eight hex digits of SHA-256', () => {
  // FIPS 180-2, appendix B.1: SHA-256("abc") = ba7816bf…
  expect(fingerprint('abc')).toBe('ba7816bf')
})
