// The token limit over time, over a restart, over a change of the credentials, and by who asks.
import { describe, expect, test, vi } from 'vitest'
import { Secret } from '#engine/domain/secret.ts'
import { refused, tokenLimit } from './support/answers.ts'
import { START } from './support/fake-clock.ts'
import { restarted } from './support/restarted.ts'
import {
  DAY,
  failWith,
  HOUR,
  MINUTE,
  makeIntegration,
  makePair,
  makeWorld,
  pairOf,
  path,
  press,
  SECOND,
  type World,
} from './support/world.ts'

// Days of virtual time are seconds of a busy machine's.
vi.setConfig({ testTimeout: 60_000 })

const young = { age: 2 * DAY, managerAge: 2 * DAY }

const mints = ({ cloud }: World) =>
  cloud.seen.filter(({ endpoint, who }) => endpoint === 'application' || who === 'client-a').length

const twins = [{ id: 'one' }, { id: 'twin' }]
const paused = (world: World, id: string) =>
  world.engine.apply([{ kind: 'profile-saved', profile: { ...world.profile(id), paused: true } }])

describe('the token limit in time', () => {
  test.each([
    ['6 days', 6 * DAY],
    ['an hour', HOUR],
    ['50 days', 50 * DAY],
  ])('met while the clock was %s ahead lasts 6 h after it was set right', async (_name, ahead) => {
    const world = makeWorld({ age: 2 * DAY, managerAge: 2 * DAY, cloud: { accessTtl: 360 * DAY } })
    const lift = failWith(world, 'refresh', tokenLimit, 'client-a')
    world.clock.setWall(START + ahead)
    await world.clock.advance(MINUTE)
    expect(path(await press(world))).toBe('1:token-limit')
    world.clock.setWall(START + MINUTE)
    lift()
    await world.clock.advance(MINUTE)
    expect((await press(world)).calls).toEqual([])
    await world.clock.advance(6 * HOUR)
    expect((await press(world)).outcome).toBe('renewed')
    expect(world.engine.view().incidents).toEqual([])
  })

  test('met by the integration while the clock was ahead lasts no longer either', async () => {
    const world = makeWorld(young)
    const lift = failWith(world, 'refresh', tokenLimit, 'client-integration')
    world.clock.setWall(START + 3 * DAY)
    await world.clock.advance(MINUTE)
    void world.engine.refreshManager('manager', 'manual')
    await world.clock.advance(MINUTE)
    world.clock.setWall(START + MINUTE)
    lift()
    await world.clock.advance(7 * HOUR)
    expect(world.engine.view().managers[0]).toMatchObject({ state: 'ready', sentence: null })
  })

  test('shows nothing any more when it is over, also of whoever never met it', async () => {
    const world = makeWorld({ ...young, profiles: twins })
    failWith(world, 'refresh', tokenLimit, 'client-a')
    await press(world, 'one')
    await paused(world, 'one')
    expect(world.view('twin').state).toBe('needs-attention')
    await world.clock.advance(6.1 * HOUR)
    expect(world.view('twin')).toMatchObject({ state: 'healthy', sentence: null })
  })

  test('one that is over is not there again after a restart', async () => {
    const world = makeWorld({ ...young, profiles: twins })
    failWith(world, 'refresh', tokenLimit, 'client-a')
    await press(world, 'one')
    await paused(world, 'one')
    await world.clock.advance(30 * HOUR)
    const again = await restarted(world)
    await world.clock.advance(MINUTE)
    expect(again.view().profiles.find(({ id }) => id === 'twin')?.state).toBe('healthy')
    expect(again.view().incidents).toEqual([])
  })

  test.each(['oldest', 'newest'] as const)(
    'a later success of the same account counts after a restart, %s first',
    async (order) => {
      const world = makeWorld({ ...young, profiles: twins })
      const lift = failWith(world, 'refresh', tokenLimit, 'client-a')
      await press(world, 'one')
      await paused(world, 'one')
      lift()
      await world.clock.advance(6.1 * HOUR)
      expect((await press(world, 'twin')).outcome).toBe('renewed')
      const again = await restarted(world, order)
      await world.clock.advance(MINUTE)
      expect(again.view().profiles.map(({ state }) => state)).toEqual(['paused', 'healthy'])
    },
  )

  test.each(['oldest', 'newest'] as const)(
    'the later one of two holds after a restart, %s first',
    async (order) => {
      const world = makeWorld({ ...young, profiles: twins })
      failWith(world, 'refresh', tokenLimit, 'client-a')
      await press(world, 'one')
      await paused(world, 'one')
      await world.clock.advance(10 * HOUR)
      expect(path(await press(world, 'twin'))).toBe('1:token-limit')
      const again = await restarted(world, order)
      void again.refresh('twin', 'manual')
      await world.clock.advance(5.9 * HOUR)
      expect(mints(world)).toBe(2)
    },
  )

  test('one of another org, or of an integration connected anew, does not come back with a restart', async () => {
    const world = makeWorld(young)
    const lift = failWith(world, 'refresh', tokenLimit)
    await press(world)
    void world.engine.refreshManager('manager', 'manual')
    await world.clock.advance(SECOND)
    await paused(world, 'one')
    const pair = pairOf(world.cloud.issue('manager', 'client-integration'), 'authorization-code')
    await world.engine.apply([
      { kind: 'profile-saved', profile: { ...world.profile(), targetOrgId: 'org-2' } },
      { kind: 'manager-pair', managerId: 'manager', pair },
    ])
    lift()
    const again = await restarted(world)
    await world.clock.advance(MINUTE)
    expect(again.view().managers[0]).toMatchObject({ state: 'ready', sentence: null })
    expect(again.view().profiles[0]?.ladder[0]?.state).not.toBe('failing')
  })
})

describe('the token limit and other credentials', () => {
  const slow = { ...young, cloud: { latency: 5 * SECOND } }

  test('a late one of the old integration is not that of the new one', async () => {
    const world = makeWorld(slow)
    failWith(world, 'refresh', tokenLimit, 'client-integration')
    void world.engine.refreshManager('manager', 'manual')
    await world.clock.advance(SECOND)
    const pair = pairOf(world.cloud.issue('manager2', 'client-other'), 'authorization-code')
    await world.engine.apply([
      { kind: 'manager-saved', manager: makeIntegration({ clientId: 'client-other', pair }) },
      { kind: 'manager-pair', managerId: 'manager', pair },
    ])
    await world.clock.advance(20 * SECOND)
    expect(world.engine.view().managers[0]).toMatchObject({ state: 'ready', sentence: null })
    expect(world.engine.view().incidents).toEqual([])
  })

  test.each([
    ['the org', (world: World) => ({ ...world.profile(), targetOrgId: 'org-2', orgName: 'Org 2' })],
    ['the service app', (world: World) => ({ ...world.profile(), serviceAppId: 'app-b' })],
  ])('a late one is not that of the profile whose %s was edited', async (_name, edited) => {
    const profiles = [{ id: 'one' }, { id: 'other', serviceAppId: 'app-b', paused: true }]
    const world = makeWorld({ ...slow, profiles })
    const lift = failWith(world, 'refresh', tokenLimit, 'client-a')
    void world.engine.refresh('one', 'manual')
    await world.clock.advance(SECOND)
    await world.engine.apply([{ kind: 'profile-saved', profile: edited(world) }])
    await world.clock.advance(4.1 * SECOND)
    lift()
    expect(world.attempts.map((attempt) => path(attempt))).toEqual(['1:token-limit'])
    expect(world.view().state).not.toBe('needs-attention')
    await world.clock.advance(MINUTE)
    expect(world.attempts.at(-1)?.calls.length).toBeGreaterThan(0)
    expect(world.engine.view().incidents.map(({ key }) => key)).not.toContain(
      'token-limit:service-app client-a org-2',
    )
  })

  test.each([
    ['in capitals', (id: string) => id.toUpperCase()],
    ['as its URI', (id: string) => `ciscospark://us/ORGANIZATION/${id}`],
    ['in base64', (id: string) => btoa(`ciscospark://urn:TEAM:eu-central-1_k/ORGANIZATION/${id}`)],
  ])('it stays that of an org whose ID is spelled %s by now, over a restart too', async (_name, spelled) => {
    const org = '1eb65fdf-9643-417f-9974-ad72cae0e10f'
    const world = makeWorld({ ...young, profiles: [{ id: 'one', targetOrgId: org }] })
    const lift = failWith(world, 'refresh', tokenLimit, 'client-a')
    await press(world)
    lift()
    const profile = { ...world.profile(), targetOrgId: spelled(org) }
    await world.engine.apply([{ kind: 'profile-saved', profile }])
    expect((await press(world)).calls).toEqual([])
    const again = await restarted(world)
    void again.refresh('one', 'manual')
    await world.clock.advance(MINUTE)
    expect(mints(world)).toBe(1)
  })

  test.each([
    ['403', refused(403)],
    ['404', refused(404)],
    ['401', refused(401)],
  ])('a late %s of tier 2 by the old manager is not held against the new one', async (_name, answer) => {
    const world = makeWorld({ ...slow, profiles: [{ id: 'one', pair: null }], start: false })
    failWith(world, 'application', answer)
    world.engine.start()
    await world.clock.advance(SECOND)
    const pair = pairOf(world.cloud.issue('manager2', 'client-other'), 'authorization-code')
    await world.engine.apply([
      { kind: 'manager-saved', manager: makeIntegration({ clientId: 'client-other', pair }) },
      { kind: 'manager-pair', managerId: 'manager', pair },
    ])
    await world.clock.advance(4.1 * SECOND)
    world.cloud.fault = () => null
    await world.clock.advance(MINUTE)
    expect(world.view().state).toBe('healthy')
    expect(world.engine.view().incidents).toEqual([])
  })

  test('is lifted by another client or pair of the integration alone, by no other name, secret or place', async () => {
    const world = makeWorld(young)
    failWith(world, 'refresh', tokenLimit, 'client-integration')
    const sent = () => world.cloud.seen.filter(({ who }) => who.startsWith('client-integ')).length
    const edits = [{ name: 'n1' }, { clientSecret: new Secret('new') }, { isDefault: true }, { name: 'n2' }]
    for (const edit of edits) {
      void world.engine.refreshManager('manager', 'manual')
      await world.clock.advance(SECOND)
      const { pair } = world.manager()
      await world.engine.apply([{ kind: 'manager-saved', manager: makeIntegration({ ...edit, pair }) }])
      expect(world.engine.view().managers[0]).toMatchObject({ state: 'needs-attention', fix: null })
    }
    expect(sent()).toBe(1)
    await world.engine.apply([
      {
        kind: 'manager-saved',
        manager: makeIntegration({ clientId: 'client-other', pair: world.manager().pair }),
      },
    ])
    void world.engine.refreshManager('manager', 'manual')
    await world.clock.advance(SECOND)
    expect(world.cloud.seen.filter(({ who }) => who === 'client-other')).toHaveLength(1)
  })

  test('of the integration is over after 6 h although the integration was renamed meanwhile', async () => {
    const world = makeWorld({ age: 0, managerAge: 0 })
    const lift = failWith(world, 'refresh', tokenLimit, 'client-integration')
    void world.engine.refreshManager('manager', 'manual')
    await world.clock.advance(SECOND)
    const { pair } = world.manager()
    await world.engine.apply([{ kind: 'manager-saved', manager: makeIntegration({ name: 'n1', pair }) }])
    lift()
    await world.clock.advance(6 * HOUR + MINUTE)
    expect(world.engine.view().managers[0]).toMatchObject({ state: 'ready', sentence: null })
    expect(world.engine.view().incidents).toEqual([])
  })

  test('needs nobody where a good pair was pasted, and a pasted one that is due waits with it', async () => {
    const world = makeWorld(young)
    failWith(world, 'refresh', tokenLimit, 'client-a')
    await press(world)
    await world.engine.apply([
      { kind: 'profile-pair', profileId: 'one', pair: makePair({ origin: 'pasted' }) },
    ])
    expect(world.view()).toMatchObject({ state: 'healthy', sentence: null })
    expect(world.engine.view().incidents).toEqual([])
    await world.engine.apply([
      { kind: 'profile-pair', profileId: 'one', pair: makePair({ origin: 'pasted', expiresAt: null }) },
    ])
    await world.clock.advance(MINUTE)
    expect(world.view().state).toBe('needs-attention')
    expect(mints(world)).toBe(1)
  })

  test('is over for everybody who shares the account when one of them has got a token', async () => {
    const world = makeWorld({ ...young, profiles: [...twins, { id: 'third' }] })
    const lift = failWith(world, 'refresh', tokenLimit, 'client-a')
    await press(world, 'one')
    await press(world, 'third')
    lift()
    void world.engine.refresh('twin', 'unauthorized-seen')
    await world.clock.advance(5 * SECOND)
    for (const { id } of [...twins, { id: 'third' }]) {
      expect(world.view(id)).toMatchObject({ state: 'healthy', sentence: null })
    }
    expect(world.engine.view().incidents).toEqual([])
  })

  test('is one problem of the service app, which counts those who share an account once', async () => {
    const world = makeWorld({ ...young, profiles: [...twins, { id: 'org', targetOrgId: 'org-2' }] })
    failWith(world, 'refresh', tokenLimit, 'client-a')
    for (const id of ['one', 'twin', 'org']) await press(world, id)
    expect(world.engine.view().incidents).toMatchObject([
      { key: 'token-limit:app-a', profileIds: ['one', 'twin', 'org'], customers: 2 },
    ])
  })
})

describe('the token limit and whoever asks', () => {
  test('programs with an expired token send nothing until its time has come, however often they ask', async () => {
    const world = makeWorld({ age: 15 * DAY, managerAge: DAY, start: false })
    failWith(world, 'refresh', tokenLimit, 'client-a')
    world.engine.start()
    for (let time = 0; time < 60; time += 1) {
      void world.engine.refresh('one', time % 2 === 0 ? 'manual' : 'unauthorized-seen', 'program')
      await world.clock.advance(30 * SECOND)
    }
    expect(mints(world)).toBe(1)
    expect(path(await press(world))).toBe('1:token-limit')
  })

  test('programs start no tier 3 of an integration that has met it', async () => {
    const world = makeWorld({ managerAge: 15 * DAY, profiles: [{ id: 'one', pair: null }], start: false })
    failWith(world, 'refresh', tokenLimit, 'client-integration')
    world.engine.start()
    for (let time = 0; time < 20; time += 1) {
      void world.engine.refresh('one', 'manual', 'program')
      await world.clock.advance(30 * SECOND)
    }
    expect(world.cloud.seen.filter(({ who }) => who === 'client-integration')).toHaveLength(1)
  })

  test('a token that ends before its time has come is not called unattended', async () => {
    for (const [age, isUnattended] of [
      [2 * DAY, true],
      [13.9 * DAY, false],
      [15 * DAY, false],
    ] as const) {
      const world = makeWorld({ age, managerAge: DAY, start: false })
      failWith(world, 'refresh', tokenLimit, 'client-a')
      await press(world)
      expect(world.view().unattendedUntil !== null).toBe(isUnattended)
    }
  })
})
