import { createHmac, createSecretKey, hkdfSync, randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { rowSealer } from '#vault/repositories/row-seal.ts'

test.for(['a', 'Müller 株式会社 👩‍💻', 'x'.repeat(5_000), 'é'.repeat(20_000)])(
  'a seal is HMAC-SHA-256 under its own key, cut to 16 bytes, of table, columns and values: %#',
  (id) => {
    const raw = randomBytes(32)
    const sealKey = Buffer.from(hkdfSync('sha256', raw, '', 'row seal', 32))
    const form = `["consumers",["held","id"]]n0;t${id.length}:${id}`
    const expected = createHmac('sha256', sealKey).update(form).digest().subarray(0, 16)
    const { seal, isAuthentic } = rowSealer(createSecretKey(raw), 'consumers')
    expect(seal({ id, held: 0 }).equals(expected)).toBe(true)
    expect(isAuthentic({ id, held: 0, seal: expected })).toBe(true)
    expect(isAuthentic({ id, held: 1, seal: expected })).toBe(false)
  },
)

test('a token manager that was sealed before there were fallbacks is authentic as long as it has none', () => {
  const { seal, isAuthentic } = rowSealer(createSecretKey(randomBytes(32)), 'token_managers')
  const before = { id: 'a', name: 'A' }
  const sealed = seal(before)
  expect(isAuthentic({ ...before, fallback_id: null, seal: sealed })).toBe(true)
  expect(isAuthentic({ ...before, fallback_id: 'b', seal: sealed })).toBe(false)
  const withFallback = { ...before, fallback_id: 'b' }
  expect(isAuthentic({ ...withFallback, seal: seal(withFallback) })).toBe(true)
  expect(isAuthentic({ ...before, fallback_id: null, seal: seal(withFallback) })).toBe(false)
  expect(isAuthentic({ ...before, fallback_id: 'c', seal: seal(withFallback) })).toBe(false)
})
