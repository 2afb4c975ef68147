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
