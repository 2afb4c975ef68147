// A good token answer that does not say when its token ends: the pair is kept, and no answer leads to a loop of new tokens.
import { describe, expect, test } from 'vitest'
import type { TokenPair } from '#engine/domain/model.ts'
import { defaultSettings } from '#engine/domain/policy.ts'
import { Secret } from '#engine/domain/secret.ts'
import { receive } from '#engine/renewal/token-grant.ts'
import { createEngine } from '#engine/renewal-engine.ts'
import { good, grantOf, odd, refused, unreachable } from './support/answers.ts'
import { START, seeded } from './support/fake-clock.ts'
import {
  DAY,
  failWith,
  HOUR,
  MINUTE,
  makePair,
  makeWorld,
  path,
  press,
  SECOND,
  type World,
} from './support/world.ts'

/** The token of a profile is over half of its life and has rotated with an answer that does not say its end. */
async function renewedWithoutEnd(lifetime: number, change: { known?: boolean } = {}): Promise<World> {
  const world = makeWorld({
    cloud: { accessTtl: lifetime, saysEnd: false, rotate: true },
    age: 0.7 * lifetime,
    start: false,
  })
  if (change.known === true) world.cloud.knownExpiry = () => good(world.cloud.grant('APP_a@org-1').accessEnds)
  world.engine.start()
  await world.clock.until(() => world.attempts.some(({ outcome }) => outcome === 'renewed'), MINUTE)
  return world
}

const mints = ({ cloud }: World) =>
  cloud.seen.filter(({ endpoint, who }) => endpoint === 'application' || who === 'client-a').length

describe('a token answer without a lifetime', () => {
  test.each([1, 2] as const)('of tier %i is kept, with its rotated refresh token', async (tier) => {
    const world = makeWorld({ cloud: { saysEnd: false, rotate: true }, age: 2 * DAY })
    if (tier === 2) world.cloud.kill('APP_a@org-1')
    const attempt = await press(world)
    expect(attempt).toMatchObject({ outcome: 'renewed', tier })
    const grant = world.cloud.grant('APP_a@org-1')
    const stored = world.vault.pairs.get('one')
    expect(stored?.accessToken?.reveal()).toBe(grant.access)
    expect(stored?.refresh?.token.reveal()).toBe(grant.refresh)
    expect(stored?.expiresAt).toBeNull()
  })

  test('of tier 3 is kept as well, and serves tier 2', async () => {
    const world = makeWorld({
      cloud: { saysEnd: false, rotate: true },
      age: 2 * DAY,
      managerAge: 15 * DAY,
      start: false,
    })
    world.cloud.kill('APP_a@org-1')
    expect(path(await press(world))).toBe('1:grant-dead 3:ok 2:ok')
    const grant = world.cloud.grant('manager')
    expect(world.vault.pairs.get('manager')?.refresh?.token.reveal()).toBe(grant.refresh)
    expect(world.engine.view().managers[0]).toMatchObject({
      state: 'ready',
      accessToken: { expiresAt: null },
    })
  })

  test('blames neither the network nor anybody', async () => {
    const world = await renewedWithoutEnd(14 * DAY)
    await world.clock.advance(MINUTE)
    expect(world.view()).toMatchObject({ state: 'healthy', sentence: null, accessToken: { expiresAt: null } })
    expect(world.engine.view().incidents).toEqual([])
    expect(world.cloud.count('presence')).toBeLessThanOrEqual(2)
  })
})

describe('a token whose end is unknown', () => {
  test.each([
    [14 * DAY, 6 * HOUR],
    [DAY, 6 * HOUR],
    [12 * HOUR, 3 * HOUR],
    [HOUR, 15 * MINUTE],
    [20 * SECOND, 5 * SECOND],
  ])('after one of %i ms is due after %i ms', async (lifetime, interval) => {
    const world = await renewedWithoutEnd(lifetime)
    await world.clock.advance(SECOND)
    const { issuedAt } = world.profile().pair ?? makePair()
    expect(world.view().nextRefresh?.at).toBe(issuedAt + interval)
    expect(mints(world)).toBe(1)
    await world.clock.advance(interval + MINUTE)
    expect(mints(world)).toBeGreaterThan(1)
  })

  test('is asked for at once, and the answer is what it is renewed by', async () => {
    const world = await renewedWithoutEnd(14 * DAY, { known: true })
    await world.clock.advance(SECOND)
    const grant = world.cloud.grant('APP_a@org-1')
    expect(world.vault.pairs.get('one')?.expiresAt).toBe(grant.accessEnds)
    await world.clock.advance(5 * DAY)
    expect(mints(world)).toBe(1)
  })

  test('is asked for again before a new one is minted', async () => {
    const world = await renewedWithoutEnd(14 * DAY)
    await world.clock.advance(HOUR)
    world.cloud.knownExpiry = () => good(world.cloud.grant('APP_a@org-1').accessEnds)
    await world.clock.advance(3 * DAY)
    expect(mints(world)).toBe(1)
    expect(world.view().accessToken?.expiresAt).toBe(world.cloud.grant('APP_a@org-1').accessEnds)
  })

  test.each([
    ['is over before it was issued', good(START - DAY)],
    ['answers with a page', odd('html')],
    ['is down', refused(503)],
    ['asks to wait', refused(429, { retryAfter: HOUR })],
    ['refuses the token', refused(401)],
  ])('and whose tokenExpiry %s leads to no loop', async (_name, answer) => {
    const world = await renewedWithoutEnd(14 * DAY)
    world.cloud.knownExpiry = () => answer
    await world.clock.advance(14 * DAY)
    expect(mints(world)).toBeLessThanOrEqual(14 * 4 + 1)
    expect(world.cloud.count('expiry')).toBeLessThanOrEqual(2 * 2 * mints(world) + 4)
    expect(world.view().accessToken).not.toBeNull()
  })

  test.each([
    ['2 s from now', (now: number) => now + 2 * SECOND],
    ['7 s from now', (now: number) => now + 7 * SECOND],
    ['a minute from now', (now: number) => now + MINUTE],
    ['an hour from now', (now: number) => now + HOUR],
    ['in the year 2100', () => Date.UTC(2100, 0, 1)],
  ])('whose end is told as %s is renewed every 6 h at the most', async (_name, end) => {
    const world = makeWorld({ cloud: { saysEnd: false, rotate: true }, age: 9.8 * DAY, start: false })
    world.cloud.knownExpiry = () => good(end(world.clock.now()))
    world.engine.start()
    await world.clock.advance(2 * DAY)
    expect(mints(world)).toBeLessThanOrEqual(9)
    expect(mints(world)).toBeGreaterThan(3)
    expect(world.cloud.count('expiry')).toBeLessThanOrEqual(2 * mints(world) + 2)
  })

  test('whose end is told nearer each time is not renewed sooner each time', async () => {
    let lifetime = 28 * HOUR
    const world = makeWorld({ cloud: { saysEnd: false, rotate: true }, age: 9.8 * DAY, start: false })
    world.cloud.knownExpiry = () => {
      lifetime = lifetime / 3.9
      return good(world.clock.now() + lifetime)
    }
    world.engine.start()
    await world.clock.advance(2 * DAY)
    expect(mints(world)).toBeLessThanOrEqual(10)
  })

  test('of the token manager, told as 2 s from now, leads to no loop of tier 3', async () => {
    const world = makeWorld({ cloud: { saysEnd: false }, managerAge: 9.8 * DAY, start: false })
    world.cloud.knownExpiry = () => good(world.clock.now() + 2 * SECOND)
    world.engine.start()
    await world.clock.advance(DAY)
    expect(world.cloud.seen.filter(({ who }) => who === 'client-integration').length).toBeLessThanOrEqual(5)
  })

  test.each([
    ['12 h in ms, read as seconds', 43_200_000 * SECOND],
    ['just over a year', 365 * DAY + SECOND],
    ['half a second', 500],
    ['a thousandth of a second', 1],
  ])('where its answer says %s', (_name, expiresIn) => {
    const { pair } = receive(grantOf('new', expiresIn, null), makePair(), 'refresh-grant', START)
    expect(pair).toMatchObject({ expiresAt: null, renewAfter: 6 * HOUR })
    const same = receive(grantOf('access-0', expiresIn, null), makePair(), 'refresh-grant', START + DAY)
    expect(same).toMatchObject({ outcome: 'unchanged', pair: { expiresAt: START + 14 * DAY } })
  })

  test.each([SECOND, 365 * DAY])('not where its answer says %i ms', (expiresIn) => {
    const { pair } = receive(grantOf('new', expiresIn, null), makePair(), 'refresh-grant', START)
    expect(pair.expiresAt).toBe(START + expiresIn)
  })

  test('never leads to a token every few seconds, however short the one before was', async () => {
    const world = makeWorld({
      cloud: { saysEnd: false },
      profiles: [{ id: 'one', pair: makePair({ issuedAt: START, expiresAt: START + 100, refresh: null }) }],
    })
    await world.clock.advance(2 * DAY)
    expect(mints(world)).toBeLessThanOrEqual(22)
  })

  test('and that comes back unchanged keeps what was known, and waits', async () => {
    const world = makeWorld({ cloud: { saysEnd: false, unchangedWithin: 100 * DAY }, age: 2 * DAY })
    const { expiresAt } = world.profile().pair ?? makePair()
    expect(path(await press(world))).toBe('1:unchanged')
    expect(world.profile().pair?.expiresAt).toBe(expiresAt)
    await world.clock.advance(DAY)
    expect(mints(world)).toBe(1)
  })

  test('is neither expired nor in its last tenth: a failure of tier 1 stays with tier 1', async () => {
    const world = await renewedWithoutEnd(12 * HOUR)
    failWith(world, 'refresh', refused(503), 'client-a')
    await world.clock.advance(5 * HOUR)
    expect(world.cloud.count('application')).toBe(0)
    expect(world.view().state).toBe('retrying')
    expect(Number.isFinite(world.view().nextRefresh?.at)).toBe(true)
  })

  test.each([
    ['is down', refused(503)],
    ['cannot be reached', unreachable('dns')],
    ['answers what was not expected', refused(418)],
  ])('gets its next one by tier 2 where tier 1 %s for days', async (_name, answer) => {
    const world = await renewedWithoutEnd(14 * DAY)
    failWith(world, 'refresh', answer, 'client-a')
    await world.clock.advance(11.9 * HOUR)
    expect(world.cloud.count('application')).toBe(0)
    expect(world.view()).toMatchObject({ state: 'retrying', accessToken: { expiresAt: null } })
    await world.clock.advance(HOUR)
    expect(world.cloud.count('application')).toBe(1)
    expect(world.view()).toMatchObject({ state: 'healthy', accessToken: { expiresAt: null } })
    await world.clock.advance(29 * DAY)
    expect(world.cloud.count('application')).toBeLessThanOrEqual(29 * 2 + 1)
    expect(world.cloud.accepts(world.profile().pair?.accessToken?.reveal() ?? '')).toBe(true)
  })

  test('that tier 1 gives again and again is taken for good: tier 2 mints nothing beside it', async () => {
    const world = await renewedWithoutEnd(14 * DAY)
    world.cloud.options = { ...world.cloud.options, unchangedWithin: 100 * DAY }
    await world.clock.advance(5 * DAY)
    expect(world.cloud.count('application')).toBe(0)
    expect(world.view().state).toBe('healthy')
  })

  test.each([
    ['another pasted one', { origin: 'pasted', expiresAt: null }],
    ['one of the Applications API', { origin: 'applications-api', expiresAt: null, renewAfter: 6 * HOUR }],
    ['one without a refresh token', { origin: 'pasted', expiresAt: null, refresh: null }],
  ] as const)('is asked for again where %s took its place meanwhile', async (_name, change) => {
    const world = makeWorld({ age: 2 * DAY, managerAge: DAY, cloud: { latency: 2 * SECOND } })
    const end = START + 10 * DAY
    world.cloud.knownExpiry = (token) => (token === 'other' ? good(end) : refused(503))
    await world.engine.apply([
      {
        kind: 'profile-pair',
        profileId: 'one',
        pair: makePair({ origin: 'pasted', expiresAt: null, accessToken: new Secret('first') }),
      },
    ])
    await world.clock.advance(SECOND)
    const pair = makePair({ ...change, accessToken: new Secret('other'), fingerprint: 'ffffffff' })
    await world.engine.apply([{ kind: 'profile-pair', profileId: 'one', pair }])
    await world.clock.advance(20 * SECOND)
    expect(world.profile().pair).toMatchObject({ expiresAt: end, fingerprint: 'ffffffff' })
    expect(mints(world)).toBe(0)
  })

  test('of a token manager is asked for again where another one took its place meanwhile', async () => {
    const world = makeWorld({ age: 2 * DAY, managerAge: DAY, cloud: { latency: 2 * SECOND } })
    const end = START + 10 * DAY
    world.cloud.knownExpiry = (token) => (token === 'other' ? good(end) : refused(503))
    const pasted = makePair({ origin: 'authorization-code', expiresAt: null, renewAfter: 6 * HOUR })
    const paste = (access: string) => {
      const pair = { ...pasted, accessToken: new Secret(access), fingerprint: access }
      return world.engine.apply([{ kind: 'manager-pair', managerId: 'manager', pair }])
    }
    await paste('first')
    await world.clock.advance(SECOND)
    await paste('other')
    await world.clock.advance(20 * SECOND)
    expect(world.manager().pair).toMatchObject({ expiresAt: end, fingerprint: 'other' })
  })

  test('is not due when everything due is refreshed by hand', async () => {
    const world = await renewedWithoutEnd(14 * DAY)
    await world.clock.advance(MINUTE)
    expect(world.engine.refreshAllDue()).toBe(0)
  })

  test('is not minted again by a restart before its time', async () => {
    const before = await renewedWithoutEnd(12 * HOUR)
    await before.clock.advance(MINUTE)
    const stopped = before.engine.stop()
    await before.clock.advance(SECOND)
    await stopped
    const pair = before.vault.pairs.get('one') ?? null
    const profile = { ...before.profile(), pair }
    const { clock, cloud, vault } = before
    const fleet = { ...before.engine.fleet(), profiles: new Map([['one', profile]]) }
    const engine = createEngine({
      clock,
      random: seeded(1),
      webex: cloud,
      vault,
      settings: defaultSettings,
      fleet,
      lastAttempts: before.vault.attempts.slice(-1),
      newId: () => 'again',
    })
    const asked = mints(before)
    engine.start()
    await clock.advance(2.5 * HOUR)
    expect(mints(before)).toBe(asked)
    await clock.advance(HOUR)
    expect(mints(before)).toBe(asked + 1)
  })
})

test('the interval doubles from one answer without a lifetime to the next, up to 6 h', () => {
  let pair: TokenPair = makePair({ expiresAt: START + HOUR })
  const intervals: (number | undefined)[] = []
  for (let round = 0; round < 7; round += 1) {
    pair = receive(grantOf(`new-${round}`, null, null), pair, 'refresh-grant', START).pair
    intervals.push((pair.renewAfter ?? 0) / MINUTE)
  }
  expect(intervals).toEqual([15, 30, 60, 120, 240, 360, 360])
  const known = receive(grantOf('known', DAY, null), pair, 'refresh-grant', START).pair
  expect(known).not.toHaveProperty('renewAfter')
})
