import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createHeldSecret, newConsumerSecret, presentedSecret } from '#delivery/endpoint/consumer-secret.ts'
import { redactShapes } from '#desktop/log/redact.ts'
import { FakeClock } from '../../engine/support/fake-clock.ts'

describe('the secret of a consumer', () => {
  test('has 256 random bits and a prefix to know it by', () => {
    const secret = newConsumerSecret((count) => Buffer.alloc(count, 0xfb)).reveal()
    expect(secret).toBe(`satm_${Buffer.alloc(32, 0xfb).toString('base64url')}`)
    const many = Array.from({ length: 100 }, () => newConsumerSecret(randomBytes).reveal())
    expect(new Set(many).size).toBe(100)
    expect(many.every((one) => /^satm_[\w-]{43}$/.test(one))).toBe(true)
  })

  test('is taken out of whatever is written down, whatever its letters', () => {
    for (let at = 0; at < 200; at += 1) {
      const secret = newConsumerSecret(randomBytes).reveal()
      expect(redactShapes(`it is ${secret}.`, '*')).toBe('it is *.')
    }
    const plain = newConsumerSecret((count) => Buffer.alloc(count)).reveal()
    expect(redactShapes(`curl -H "X: ${plain}"`, '*')).toBe('curl -H "X: *"')
  })

  test('is read of a bearer header, in whatever case the scheme is', () => {
    for (const scheme of ['Bearer', 'bearer', 'BEARER', 'Bearer  ']) {
      expect(presentedSecret(`${scheme} satm_x`)).toBe('satm_x')
    }
    for (const none of [
      undefined,
      '',
      'Bearer',
      'Bearer ',
      'Basic x',
      'satm_x',
      'Bearer a b',
      `Bearer ${'x'.repeat(600)}`,
    ]) {
      expect(presentedSecret(none)).toBeNull()
    }
  })
})

test('the secret of a new consumer is there until its dialog is closed, and not for ever', async () => {
  const clock = new FakeClock()
  const held = createHeldSecret(clock)
  const secret = newConsumerSecret(randomBytes)
  held.hold(secret)
  await clock.advance(14 * 60_000)
  expect(held.current()).toBe(secret)
  held.forget()
  expect(held.current()).toBeNull()
  held.hold(secret)
  await clock.advance(15 * 60_000)
  expect(held.current()).toBeNull()
})
