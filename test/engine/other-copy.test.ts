// Row "dead twice within one lifetime": another copy of the fleet, or another program, uses the same refresh tokens.
import { describe, expect, test, vi } from 'vitest'
import type { Engine } from '#engine/domain/engine-api.ts'
import type { Attempt } from '#engine/domain/model.ts'
import { defaultSettings } from '#engine/domain/policy.ts'
import { createEngine } from '#engine/renewal-engine.ts'
import { refused, unreachable } from './support/answers.ts'
import { seeded } from './support/fake-clock.ts'
import { FakeVault } from './support/fake-vault.ts'
import { restarted } from './support/restarted.ts'
import {
  DAY,
  failWith,
  MINUTE,
  makeIntegration,
  makePair,
  makeWorld,
  many,
  pairOf,
  path,
  press,
  SECOND,
  type World,
  type WorldOptions,
} from './support/world.ts'

vi.setConfig({ testTimeout: 60_000 })

const replacing = { rotate: true, tierTwoReplaces: true } as const
const keys = (engine: Engine) => engine.view().incidents.map(({ key }) => key)
const mints = ({ cloud }: World) => cloud.count('application')

/** Two engines, each with a vault of its own, that begin with the same fleet. */
function twoCopies(options: WorldOptions = {}): World & { readonly other: Engine; readonly made: Attempt[] } {
  const world = makeWorld({ managerAge: 0, ...options, cloud: { ...replacing, ...options.cloud } })
  const { cloud, clock, engine } = world
  // Both hold a grant of the integration that works: what they share is the service apps.
  const pair = pairOf(cloud.issue('manager of the other', 'client-integration'), 'authorization-code')
  const fleet = engine.fleet()
  const made: Attempt[] = []
  const vault = new FakeVault()
  const other = createEngine({
    clock,
    random: seeded(7),
    webex: cloud,
    vault,
    settings: defaultSettings,
    fleet: { ...fleet, managers: new Map([['manager', makeIntegration({ pair })]]) },
    lastAttempts: [],
    attemptsOf: (id, since) => vault.attemptsOf(id, since),
    newId: () => `other-${vault.attempts.length}`,
  })
  other.subscribe((event) => {
    if (event.kind === 'attempt') made.push(event.attempt)
  })
  other.start()
  return { ...world, other, made }
}

/** As another copy does at each of its renewals, right after each of ours. */
function takenByOthers({ cloud }: World): void {
  cloud.killAll('APP_a@org-1')
}

describe('two copies of one fleet', () => {
  test('both see the cause with the second token that each issues, and few tokens are issued ever after', async () => {
    const world = twoCopies()
    const { clock, engine, other } = world
    await clock.advance(35 * DAY)
    expect(keys(engine)).toEqual(['other-copy'])
    expect(keys(other)).toEqual(['other-copy'])
    expect(world.view()).toMatchObject({ state: 'needs-attention', fix: { kind: 'end-other-copy' } })
    const before = mints(world)
    await clock.advance(60 * DAY)
    expect(keys(engine)).toEqual(['other-copy'])
    // Each at 0.7 to 0.9 of its 14 days, and not before.
    expect(mints(world) - before).toBeLessThanOrEqual(2 * Math.ceil(60 / (0.7 * 14)))
    for (const fleetView of [engine.view(), other.view()]) {
      const [profile] = fleetView.profiles
      expect(profile?.accessToken?.expiresAt).toBeGreaterThan(clock.now() + DAY)
    }
  })

  test('are one incident for all service apps they share', async () => {
    const profiles = many(12)
    const { clock, engine } = twoCopies({ profiles })
    await clock.advance(35 * DAY)
    expect(keys(engine)).toEqual(['other-copy'])
    expect(engine.view().incidents[0]?.profileIds).toHaveLength(12)
  })

  test('when one is stopped, the incident of the other ends', async () => {
    const { clock, engine, other } = twoCopies()
    await clock.advance(30 * DAY)
    const stopped = other.stop()
    await clock.advance(SECOND)
    await stopped
    await clock.advance(42 * DAY)
    expect(keys(engine)).toEqual([])
    expect(engine.view().profiles[0]?.state).toBe('healthy')
  })

  test('paused here, nothing of it is renewed, the integration included, and nobody is alarmed', async () => {
    const { clock, cloud, engine, other } = twoCopies()
    await clock.advance(30 * DAY)
    await engine.apply(
      [...engine.fleet().profiles.values()].map((profile) => ({
        kind: 'profile-saved',
        profile: { ...profile, paused: true },
      })),
    )
    const stopped = other.stop()
    await clock.advance(SECOND)
    await stopped
    expect(keys(engine)).toEqual([])
    const sent = cloud.count('refresh') + cloud.count('application')
    await clock.advance(5 * DAY)
    expect(cloud.count('refresh') + cloud.count('application')).toBe(sent)
  })
})

/** Its grant has died twice; `between` runs between the two. */
async function diedTwice(world: World, between: () => unknown = () => undefined): Promise<Attempt> {
  takenByOthers(world)
  expect(path(await press(world))).toBe('1:grant-dead 2:ok')
  await between()
  takenByOthers(world)
  return press(world)
}

describe('a refresh token that dies twice within one lifetime', () => {
  test('is another program that uses it; it ends when tier 1 works and a lifetime has passed since', async () => {
    const world = makeWorld({ age: DAY, managerAge: 0 })
    expect(path(await diedTwice(world))).toBe('1:other-copy 2:ok')
    expect(keys(world.engine)).toEqual(['other-copy'])
    expect(world.view().nextRefresh?.why).toContain('another copy')
    // Two copies that renew at the same time have one success each in turn.
    expect(path(await press(world))).toBe('1:ok')
    expect(keys(world.engine)).toEqual(['other-copy'])
    await world.clock.advance(27 * DAY)
    expect(keys(world.engine)).toEqual([])
    expect(world.view().state).toBe('healthy')
  })

  test('is renewed late from then on, when the page says so', async () => {
    const world = makeWorld({ age: DAY, managerAge: 0 })
    await diedTwice(world)
    const { accessToken, nextRefresh } = world.view()
    const at = nextRefresh?.at ?? 0
    const issuedAt = accessToken?.issuedAt ?? 0
    expect((at - issuedAt) / (14 * DAY)).toBeGreaterThanOrEqual(0.7)
    expect((at - issuedAt) / (14 * DAY)).toBeLessThanOrEqual(0.9)
    const before = world.attempts.filter(({ subject }) => subject.kind === 'profile').length
    await world.clock.advance(14 * DAY)
    const next = world.attempts.filter(({ subject }) => subject.kind === 'profile')[before]
    expect(next?.startedAt).toBeGreaterThanOrEqual(at)
    expect(next?.startedAt).toBeLessThan(at + 2 * MINUTE)
  })

  test('is known after a restart, also in between and while it is renewed late', async () => {
    const world = makeWorld({ age: DAY, managerAge: 0 })
    takenByOthers(world)
    await press(world)
    let engine = await restarted(world)
    takenByOthers(world)
    void engine.refresh('one', 'manual')
    await world.clock.advance(MINUTE)
    expect(keys(engine)).toEqual(['other-copy'])
    engine = await restarted({ ...world, engine })
    expect(keys(engine)).toEqual(['other-copy'])
    failWith(world, 'refresh', refused(503), 'client-a')
    await world.clock.advance(13 * DAY)
    expect(world.vault.attempts.at(-1)?.reason).toMatchObject({ code: 'other-copy' })
    engine = await restarted({ ...world, engine })
    expect(keys(engine)).toContain('other-copy')
  })

  test('is known although the app was restarted between the two and tier 1 worked meanwhile', async () => {
    const world = makeWorld({ age: DAY, managerAge: 0 })
    takenByOthers(world)
    await press(world)
    await press(world)
    const engine = await restarted(world)
    takenByOthers(world)
    void engine.refresh('one', 'manual')
    await world.clock.advance(MINUTE)
    expect(keys(engine)).toEqual(['other-copy'])
  })

  test('without a token manager is told as that too', async () => {
    const world = makeWorld({ age: DAY, managerAge: 0 })
    takenByOthers(world)
    await press(world)
    await world.engine.apply([{ kind: 'manager-removed', managerId: 'manager' }])
    takenByOthers(world)
    const attempt = await press(world)
    expect(path(attempt)).toBe('1:other-copy')
    expect(world.view().state).toBe('needs-attention')
  })

  test('no program makes it issue tokens in a loop', async () => {
    const world = makeWorld({ age: DAY, managerAge: 0 })
    await diedTwice(world)
    const before = mints(world)
    world.cloud.probeAnswer = () => refused(401)
    for (let asked = 0; asked < 240; asked += 1) {
      takenByOthers(world)
      void world.engine.refresh('one', 'unauthorized-seen', 'program')
      await world.clock.advance(MINUTE)
    }
    expect(mints(world) - before).toBeLessThanOrEqual(4)
  })

  test('ends when the person says that the other copy is stopped, and stays ended after a restart', async () => {
    const world = makeWorld({ age: DAY, managerAge: 0 })
    await diedTwice(world)
    takenByOthers(world)
    expect(await world.engine.otherCopyStopped()).toBe(1)
    await world.clock.advance(MINUTE)
    expect(path(world.attempts.at(-1))).toBe('1:grant-dead 2:ok')
    expect(keys(world.engine)).toEqual([])
    expect(keys(await restarted(world))).toEqual([])
  })
})

describe('no other copy is suspected', () => {
  test('after one revocation in Control Hub', async () => {
    const world = makeWorld({ age: DAY, managerAge: 0, cloud: { rotate: true } })
    takenByOthers(world)
    await world.clock.advance(60 * DAY)
    expect(
      world.attempts.filter(({ calls }) => calls.some(({ result }) => result === 'grant-dead')),
    ).toHaveLength(1)
    expect(keys(world.engine)).toEqual([])
  })

  test('after another program has used the refresh token once', async () => {
    const world = makeWorld({ age: DAY, managerAge: 0, cloud: { rotate: true } })
    const token = world.profile().pair?.refresh?.token
    if (token === undefined) throw new Error('it has one')
    await world.cloud.refreshGrant({ clientId: 'client-a' }, token)
    await world.clock.advance(60 * DAY)
    expect(keys(world.engine)).toEqual([])
    expect(world.view().state).toBe('healthy')
  })

  test('after lost answers, however often', async () => {
    const world = makeWorld({ age: DAY, managerAge: 0, cloud: { rotate: true } })
    for (let round = 0; round < 3; round += 1) {
      world.cloud.fault = (endpoint) =>
        endpoint === 'refresh' ? { answer: unreachable('timeout', true), effect: true } : null
      await press(world)
      world.cloud.fault = (endpoint, who) =>
        endpoint === 'refresh' && who === 'client-a' ? { answer: refused(503) } : null
      await press(world)
      world.cloud.fault = () => null
      expect(path(await press(world))).toBe('1:grant-dead 2:ok')
      await world.clock.advance(SECOND)
    }
    expect(keys(world.engine)).toEqual([])
  })

  test('when the second death comes after more than two lifetimes', async () => {
    const world = makeWorld({ age: DAY, managerAge: 0 })
    takenByOthers(world)
    await press(world)
    await world.clock.advance(29 * DAY)
    takenByOthers(world)
    expect(path(await press(world))).toMatch(/^1:grant-dead/)
    expect(keys(world.engine)).not.toContain('other-copy')
  })

  const pasted = ({ cloud }: World) =>
    ({ ...pairOf(cloud.issue('APP_a@org-1', 'client-a')), origin: 'pasted' }) as const
  test.each([
    ['another pair', pasted],
    [
      'another refresh token',
      (world: World) => ({ ...world.profile().pair, refresh: pasted(world).refresh }),
    ],
  ])('when a person has pasted %s in between, over a restart too', async (_name, pairFrom) => {
    const world = makeWorld({ age: DAY, managerAge: 0 })
    let engine = world.engine
    takenByOthers(world)
    await press(world)
    await world.clock.advance(DAY)
    const pair = { ...makePair(), ...pairFrom(world) }
    await engine.apply([{ kind: 'profile-pair', profileId: 'one', pair }])
    engine = await restarted(world)
    takenByOthers(world)
    void engine.refresh('one', 'manual')
    await world.clock.advance(MINUTE)
    expect(path(world.vault.attempts.at(-1))).toBe('1:grant-dead 2:ok')
    expect(keys(engine)).toEqual([])
  })
})
