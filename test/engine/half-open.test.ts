// The half-open circuit: whose turn it is.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { unreachable } from './support/answers.ts'
import { credentials, credentialTimes, fleet, old, page } from './support/open-circuit.ts'
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

const lost = unreachable('timeout', true)

describe('a person’s Refresh goes before automatic attempts of the last tenth', () => {
  /** Thirty tokens are in their last tenth; whatever is sent gets no answer. `mine` is young. */
  async function crowded(serviceAppId: string, options: Parameters<typeof makeWorld>[0] = {}) {
    const mine = { id: 'mine', targetOrgId: 'org-mine', serviceAppId, pair: makePair() }
    const world = makeWorld({
      ...old,
      profiles: [...fleet(30), mine],
      cloud: { latency: 5 * SECOND },
      start: false,
      ...options,
    })
    failWith(world, 'presence', page)
    failWith(world, 'refresh', lost)
    failWith(world, 'application', lost)
    world.engine.doubtWebex()
    world.engine.start()
    await world.clock.advance(7 * SECOND)
    return world
  }

  /** Which credentials left since, in order. */
  const sentSince = (world: World, from: number) =>
    world.cloud.seen
      .slice(from)
      .flatMap(({ endpoint, credential }) => (endpoint === 'presence' ? [] : credential))

  test.each([
    ['another service app', 'app-b', {}],
    ['the same service app', 'app-a', {}],
    ['the same service app, one attempt at a time', 'app-a', { settings: { concurrency: 1 } }],
    ['the same service app, slow answers', 'app-a', { cloud: { latency: 15 * SECOND } }],
  ] as const)('of %s: each is the next that leaves', async (_name, serviceAppId, options) => {
    const world = await crowded(serviceAppId, options)
    for (let presses = 1; presses <= 5; presses += 1) {
      const from = world.cloud.seen.length
      const attempt = await press(world, 'mine')
      expect(attempt.calls[0]?.tier).toBe(1)
      expect(sentSince(world, from)[0]).toBe('refresh-0')
      await world.clock.advance(3 * SECOND)
    }
  })

  test('whenever it is pressed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 60_000 }), { maxLength: 6 }), async (pauses) => {
        const world = await crowded('app-a')
        for (const pause of pauses) {
          await world.clock.advance(pause)
          const from = world.cloud.seen.length
          expect((await press(world, 'mine')).calls).not.toEqual([])
          expect(sentSince(world, from)[0]).toBe('refresh-0')
        }
      }),
      { numRuns: 40 },
    )
  })

  test('of a profile that waits in line itself', async () => {
    const world = await crowded('app-a')
    const waiting = fleet(30).findLast(({ id }) =>
      world.attempts.every(({ name }) => name !== `Profile ${id}`),
    )
    const id = waiting?.id ?? ''
    const own = world.profile(id).pair?.refresh?.token.reveal()
    const from = world.cloud.seen.length
    const attempt = await press(world, id)
    expect(attempt.trigger).toBe('manual')
    expect(sentSince(world, from)[0]).toBe(own)
  })

  test('of the token manager', async () => {
    const world = await crowded('app-a')
    const own = world.manager().pair?.refresh?.token.reveal()
    const from = world.cloud.seen.length
    const asked = world.engine.refreshManager('manager', 'manual')
    await world.clock.advance(MINUTE)
    expect(path(await asked)).toBe('3:answer-lost')
    expect(sentSince(world, from)[0]).toBe(own)
  })

  test('and the attempts that nobody asked for still get their turn, one at a time', async () => {
    const world = await crowded('app-b')
    for (let presses = 0; presses < 10; presses += 1) await press(world, 'mine')
    await world.clock.advance(2 * HOUR)
    const tried = new Set(sentSince(world, 0))
    for (const { id } of fleet(30)) expect(tried).toContain(world.profile(id).pair?.refresh?.token.reveal())
    const times = credentialTimes(world)
    for (const [index, at] of times.slice(1).entries())
      expect(at - (times[index] ?? 0)).toBeGreaterThanOrEqual(5 * SECOND)
  })
})

describe('while everything is paused no attempt of the last tenth begins', () => {
  test.each([1, 2, 8])('%s at once', async (concurrency) => {
    const profiles = fleet(20, (index) => (index % 2 === 0 ? 'app-a' : 'app-b'))
    const options = { ...old, profiles, cloud: { latency: 10 * SECOND }, settings: { concurrency } }
    const world = makeWorld({ ...options, start: false })
    failWith(world, 'presence', page)
    failWith(world, 'refresh', lost)
    failWith(world, 'application', lost)
    world.engine.doubtWebex()
    world.engine.start()
    await world.clock.advance(45 * SECOND)
    const began = new Set(world.attempts.filter(({ calls }) => calls.length > 0).map(({ name }) => name))
    const sent = credentials(world)
    world.engine.pauseAll(world.clock.now() + HOUR)
    await world.clock.advance(50 * MINUTE)
    // The one that was under way goes on to tier 2.
    expect(credentials(world) - sent).toBeLessThanOrEqual(1)
    const sending = world.attempts.filter(({ calls }) => calls.length > 0)
    expect(sending.length).toBeLessThanOrEqual(began.size + 1)
    expect((await press(world, 'p19')).calls).not.toEqual([])
    const before = credentials(world)
    await world.clock.advance(HOUR)
    expect(credentials(world)).toBeGreaterThan(before + 10)
  })

  test('while the store cannot be written either, each has its one attempt by tier 2, and no grant is sent', async () => {
    const world = makeWorld({ ...old, profiles: fleet(20), cloud: { latency: 10 * SECOND }, start: false })
    failWith(world, 'presence', page)
    failWith(world, 'refresh', lost)
    failWith(world, 'application', lost)
    world.engine.doubtWebex()
    world.engine.start()
    await world.clock.advance(45 * SECOND)
    world.vault.break()
    world.vault.unprovable = world.vault.failing
    const sent = credentials(world)
    const refreshes = world.cloud.count('refresh')
    await world.clock.advance(50 * MINUTE)
    expect(world.cloud.count('refresh')).toBe(refreshes)
    expect(credentials(world) - sent).toBeLessThanOrEqual(20)
  })
})

describe('the token manager’s job that a pressed attempt waits for is asked for as well', () => {
  /** The manager’s token has expired and its job waits in line, its last tenth’s attempt spent. */
  async function managerInLine(options: Parameters<typeof makeWorld>[0] = {}) {
    const profiles = [{ id: 'one', pair: null }]
    const world = makeWorld({ age: 2 * DAY, managerAge: 15 * DAY, profiles, start: false, ...options })
    failWith(world, 'presence', page)
    const lift = failWith(world, 'refresh', page)
    world.engine.doubtWebex()
    world.engine.start()
    await world.clock.advance(10 * MINUTE)
    return { world, lift, sent: credentials(world) }
  }

  test('so each press sends', async () => {
    const { world, sent } = await managerInLine()
    for (let presses = 1; presses <= 4; presses += 1) {
      expect(path(await press(world))).toBe('3:interference')
      expect(credentials(world)).toBe(sent + presses)
      await world.clock.advance(MINUTE)
    }
  })

  test('and its history says who asked', async () => {
    const { world, lift } = await managerInLine()
    lift()
    expect(path(await press(world))).toBe('3:ok 2:ok')
    expect(world.attempts.filter(({ tier }) => tier === 3).map(({ trigger }) => trigger)).toEqual(['manual'])
  })

  test('also when it was pressed only after the attempt had begun to wait', async () => {
    const { world } = await managerInLine({ cloud: { latency: 10 * SECOND } })
    const program = world.engine.refresh('one', 'manual', 'program')
    await world.clock.advance(SECOND)
    const sent = credentials(world)
    expect(path(await press(world))).toBe('3:interference')
    await program
    expect(credentials(world)).toBe(sent + 1)
  })

  test('not by a program', async () => {
    const { world, sent } = await managerInLine()
    const asked = world.engine.refresh('one', 'manual', 'program')
    await world.clock.advance(MINUTE)
    expect((await asked).calls).toEqual([])
    expect(credentials(world)).toBe(sent)
  })
})
