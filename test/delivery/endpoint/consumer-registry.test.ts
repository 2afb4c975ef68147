import { describe, expect, test } from 'vitest'
import { Consumers, createLastUse, findProfile } from '#delivery/endpoint/consumer-registry.ts'
import { digestOf } from '#delivery/endpoint/consumer-secret.ts'
import { FakeClock } from '../../engine/support/fake-clock.ts'
import { makeProfile } from '../../engine/support/world.ts'

describe('the secret of a consumer', () => {
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
