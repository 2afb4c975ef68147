// A good token answer that does not say when its token ends: the pair is kept, and no answer leads to a loop of new tokens.
import { describe, expect, test } from 'vitest'
import type { TokenPair } from '#engine/domain/model.ts'
import { defaultSettings } from '#engine/domain/policy.ts'
import { receive } from '#engine/renewal/token-grant.ts'
import { createEngine } from '#engine/renewal-engine.ts'
import { good, grantOf, odd, refused } from './support/answers.ts'
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
    expect(world.engine.view().rootCauses).toEqual([])
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
