// The small parts: secrets, times, slowing, last use, the secret that is held.
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createGuessLimiter } from '#delivery/endpoint/admission.ts'
import { Consumers, createLastUse, findProfile } from '#delivery/endpoint/consumer-registry.ts'
import {
  createHeldSecret,
  digestOf,
  newConsumerSecret,
  presentedSecret,
} from '#delivery/endpoint/consumer-secret.ts'
import { readQuestion } from '#delivery/endpoint/token-request.ts'
import { redactShapes } from '#desktop/log/secret-shapes.ts'
import { FakeClock, settle } from '../../engine/support/fake-clock.ts'
import { makeProfile } from '../../engine/support/world.ts'

describe('a secret', () => {
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

  test('opens for its own consumer only', () => {
    const stored = ['a', 'b', 'c'].map((id) => ({
      id,
      name: id,
      secretHash: digestOf(`secret of ${id}`),
      profileIds: null,
      createdAt: 1,
      lastUsedAt: null,
      held: false,
    }))
    const consumers = new Consumers(stored)
    for (const { id } of stored) expect(consumers.authenticate(`secret of ${id}`)?.id).toBe(id)
    for (const wrong of ['', 'secret of ', 'secret of d', digestOf('secret of a').toString('hex')]) {
      expect(consumers.authenticate(wrong)).toBeNull()
    }
    consumers.remove('b')
    expect(consumers.authenticate('secret of b')).toBeNull()
  })

  test('whose stored hash was damaged opens nothing', () => {
    const consumers = new Consumers([
      {
        id: 'a',
        name: 'a',
        secretHash: Buffer.alloc(3),
        profileIds: null,
        createdAt: 1,
        lastUsedAt: null,
        held: false,
      },
    ])
    expect(consumers.authenticate('anything')).toBeNull()
  })
})

test('a consumer without any profile left reads nothing', () => {
  const consumers = new Consumers([
    {
      id: 'a',
      name: 'a',
      secretHash: digestOf('s'),
      profileIds: ['gone'],
      createdAt: 1,
      lastUsedAt: null,
      held: false,
    },
  ])
  const asker = consumers.authenticate('s')
  const profiles = new Map([['one', makeProfile({ id: 'one', name: 'gone' })]])
  if (asker === null) throw new Error('it is known')
  expect(findProfile(profiles, asker, 'gone')).toEqual({ kind: 'none' })
  expect(findProfile(profiles, asker, 'one')).toEqual({ kind: 'none' })
})

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

test('wrong secrets are answered ten a second, fifty wait, the rest is turned away at once', async () => {
  const clock = new FakeClock()
  const slowing = createGuessLimiter(clock)
  const answered: number[] = []
  let turnedAway = 0
  for (let at = 0; at < 60; at += 1) {
    void slowing.turn().then((may) => {
      if (may) answered.push(clock.monotonic())
      else turnedAway += 1
    })
  }
  await settle()
  expect([answered.length, turnedAway]).toEqual([1, 9])
  await clock.advance(1000)
  expect(answered.length).toBe(11)
  await clock.advance(60_000)
  expect(answered.length).toBe(51)
  expect(await slowing.turn()).toBe(true)
})

test('a thousand uses are one write and one look, and the last is not lost at the end', async () => {
  const clock = new FakeClock()
  const done: string[] = []
  const lastUse = createLastUse({ clock, show: () => done.push('shown'), keep: () => done.push('kept') })
  for (let at = 0; at < 1000; at += 1) lastUse.happened()
  await clock.advance(60_000)
  expect(done).toEqual(['shown', 'kept'])
  lastUse.happened()
  lastUse.flush()
  expect(done.at(-1)).toBe('kept')
  await clock.advance(600_000)
  expect(done.filter((one) => one === 'kept')).toHaveLength(2)
  lastUse.happened()
  lastUse.stop()
  expect(clock.armed).toEqual([])
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
