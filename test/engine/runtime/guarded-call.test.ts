// Nothing has become untrue while a call with a credential waited: rate limit, store, circuit and stop.
import { describe, expect, test } from 'vitest'
import { StoreFailure } from '#engine/domain/ports.ts'
import { refused } from '../support/answers.ts'
import { credentials, credentialTimes, fleet, old, opened, page, young } from '../support/open-circuit.ts'
import { failWith, HOUR, MINUTE, makeWorld, path, press, SECOND, type World } from '../support/world.ts'

const pressAll = (world: World, profiles: readonly { readonly id: string }[]) => {
  for (const { id } of profiles) void world.engine.refresh(id, 'manual')
}

describe('while presses wait for the half-open call', () => {
  const profiles = fleet(8)

  test.each([
    ['429', refused(429, { retryAfter: 30 * MINUTE })],
    ['423', refused(423, { retryAfter: 30 * MINUTE })],
    ['429 that is not Webex’s for certain', refused(429, { retryAfter: 30 * MINUTE, webexShaped: false })],
  ])('the Retry-After of its %s holds them back', async (_name, answer) => {
    const { world, lift, sent } = await opened({ ...young, profiles, cloud: { latency: 2000 } }, 'p0')
    lift()
    failWith(world, 'refresh', answer, 'client-a')
    pressAll(world, profiles)
    await world.clock.advance(10 * MINUTE)
    expect(credentials(world)).toBe(sent + 1)
  })

  test('the Retry-After of its tier 2 holds back all service apps of the token manager', async () => {
    const each = fleet(8, (index) => `app-${index}`).map((profile) => ({ ...profile, pair: null }))
    const world = makeWorld({ ...young, profiles: each, cloud: { latency: 2000 }, start: false })
    failWith(world, 'presence', page)
    world.engine.doubtWebex()
    failWith(world, 'application', refused(429, { retryAfter: 30 * MINUTE }))
    pressAll(world, each)
    await world.clock.advance(10 * MINUTE)
    expect(credentials(world)).toBe(1)
  })

  test.each([1, 4])('its good answer lets them out no faster than %s a second', async (requestsPerSecond) => {
    const options = { ...young, profiles, cloud: { latency: 3000 }, settings: { requestsPerSecond } }
    const { world, lift, sent } = await opened(options, 'p0')
    lift()
    pressAll(world, profiles)
    await world.clock.advance(5 * MINUTE)
    const times = credentialTimes(world).slice(sent)
    expect(times).toHaveLength(8)
    for (const [index, at] of times.slice(1).entries())
      expect(at - (times[index] ?? 0)).toBeGreaterThanOrEqual(1000 / requestsPerSecond)
  })

  test.each([2500, 3500, 4500])('a store that breaks after %s ms keeps every grant back', async (after) => {
    const options = { ...young, profiles, cloud: { latency: 2000, rotate: true } }
    const { world, lift } = await opened(options, 'p0')
    lift()
    pressAll(world, profiles)
    await world.clock.advance(after)
    world.vault.break()
    world.vault.unprovable = world.vault.failing
    const sent = credentials(world)
    await world.clock.advance(MINUTE)
    expect(credentials(world)).toBe(sent)
    world.vault.mend()
    await world.clock.advance(MINUTE)
    expect(world.engine.hasUnsaved()).toBe(false)
    for (const { id } of profiles) expect(path(await press(world, id))).toBe('1:ok')
  })

  test('an attempt that was kept back by the store has not been the one of its press', async () => {
    const { world, lift, sent } = await opened(young)
    lift()
    world.vault.unprovable = new StoreFailure('disk-full', 'No space left on the device.')
    expect((await press(world)).calls).toEqual([])
    expect(credentials(world)).toBe(sent)
    world.vault.mend()
    expect(path(await press(world))).toBe('1:ok')
  })
})

describe('what changes while the store proves that it can be written', () => {
  /** Each proof takes 3 s. */
  function slowProofs(options: Parameters<typeof makeWorld>[0]) {
    const world = makeWorld(options)
    world.vault.prove = () => new Promise((resolve) => world.clock.after(3 * SECOND, () => resolve()))
    return world
  }

  test('a Retry-After that came meanwhile is kept', async () => {
    const profiles = fleet(3)
    const world = slowProofs({
      ...young,
      profiles,
      cloud: { latency: 500 },
      settings: { requestsPerSecond: null },
    })
    failWith(world, 'refresh', refused(429, { retryAfter: 30 * MINUTE }))
    pressAll(world, profiles)
    await world.clock.advance(10 * MINUTE)
    expect(credentials(world)).toBe(1)
  })

  test('a circuit that opened meanwhile is respected', async () => {
    const profiles = fleet(3)
    const world = slowProofs({ ...young, profiles, settings: { requestsPerSecond: null } })
    failWith(world, 'presence', page)
    failWith(world, 'refresh', page)
    pressAll(world, profiles)
    await world.clock.advance(10 * MINUTE)
    expect(credentials(world)).toBe(1)
  })

  test('after a stop nothing leaves', async () => {
    const world = slowProofs(young)
    void world.engine.refresh('one', 'manual')
    await world.clock.advance(SECOND)
    const stopped = world.engine.stop()
    await world.clock.advance(MINUTE)
    await stopped
    expect(credentials(world)).toBe(0)
  })
})

describe('a stop ends the wait for the half-open call', () => {
  const latency = 15 * SECOND
  const inLastTenth = { ...old, profiles: fleet(8), cloud: { latency } }

  /** Stops and tells how long that took. */
  async function stopping(world: World): Promise<number> {
    const from = world.clock.monotonic()
    let took: number | null = null
    void world.engine.stop().then(() => {
      took = world.clock.monotonic() - from
    })
    await world.clock.until(() => took !== null, HOUR)
    return took ?? Number.NaN
  }

  test.each([5, 20, 35, 50, 65])('%s s after the presses', async (seconds) => {
    const { world } = await opened({ ...young, profiles: fleet(8), cloud: { latency } }, 'p0')
    pressAll(world, fleet(8))
    await world.clock.advance(seconds * SECOND)
    const sent = credentials(world)
    expect(await stopping(world)).toBeLessThanOrEqual(latency + SECOND)
    await world.clock.advance(HOUR)
    expect(credentials(world)).toBe(sent)
  })

  test('of automatic attempts', async () => {
    const world = makeWorld(inLastTenth)
    for (const endpoint of ['presence', 'refresh', 'application'] as const) failWith(world, endpoint, page)
    await world.clock.until(() => credentials(world) > 0, 5 * MINUTE)
    await world.clock.advance(MINUTE)
    const sent = credentials(world)
    expect(await stopping(world)).toBeLessThanOrEqual(latency + SECOND)
    await world.clock.advance(HOUR)
    expect(credentials(world)).toBe(sent)
  })

  test('and after a start it goes on', async () => {
    const { world, lift, liftQuestion } = await opened(inLastTenth, 'p0')
    pressAll(world, fleet(8))
    await world.clock.advance(20 * SECOND)
    await stopping(world)
    lift()
    liftQuestion()
    world.engine.start()
    await world.clock.advance(HOUR)
    for (const { id } of fleet(8)) expect(world.view(id).state).toBe('healthy')
  })
})
