// The store cannot be written for longer than a token lives: no grant is spent, and tier 2, which spends none, keeps the
// tokens alive that would end.
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import type { StoreFailure } from '#engine/domain/ports.ts'
import {
  HOUR,
  MINUTE,
  makeWorld,
  many,
  pairOf,
  path,
  press,
  type World,
  type WorldOptions,
} from './support/world.ts'

// Hours of virtual time with a try to store every few seconds.
vi.setConfig({ testTimeout: 60_000 })

const LIFE = 4 * HOUR

function fleetOf(count: number, options: WorldOptions = {}): World {
  const profiles = many(count)
  return makeWorld({ profiles, cloud: { accessTtl: LIFE, refreshTtl: 40 * LIFE, rotate: true }, ...options })
}

/** As long as the test: tier 3 is never needed. */
async function withLastingBearer(world: World): Promise<World> {
  const grant = world.cloud.grant('manager')
  grant.accessEnds += 400 * LIFE
  const pair = pairOf(grant, 'authorization-code')
  await world.engine.apply([{ kind: 'manager-pair', managerId: 'manager', pair }])
  return world
}

function breakStore(world: World, reason: StoreFailure['reason'] = 'disk-full'): void {
  world.vault.break(reason)
  world.vault.unprovable = world.vault.failing
}

/** Refresh requests that leave while the store cannot be written. */
function grantsSpentWhileBroken(world: World): { count: number } {
  const spent = { count: 0 }
  world.cloud.fault = (endpoint) => {
    if (endpoint === 'refresh' && world.vault.failing !== null) spent.count += 1
    return null
  }
  return spent
}

function isOver(world: World): boolean {
  const now = world.engine.now()
  return [...world.engine.fleet().profiles.values()].some(({ pair }) => (pair?.expiresAt ?? 0) <= now)
}

function expectAllStored({ vault, engine, cloud }: World): void {
  expect(engine.hasUnsaved()).toBe(false)
  for (const { id, pair } of engine.fleet().profiles.values()) {
    expect(vault.pairs.get(id)?.fingerprint).toBe(pair?.fingerprint)
    expect(cloud.accepts(pair?.accessToken?.reveal() ?? '')).toBe(true)
  }
}

describe('a full disk past the end of 200 tokens', () => {
  test('costs none of them: tier 2 is used in the last tenth, no grant is spent, and all is stored when there is room', async () => {
    const world = await withLastingBearer(fleetOf(200, { age: LIFE / 4 }))
    const spent = grantsSpentWhileBroken(world)
    breakStore(world)
    await world.clock.advance(LIFE / 2)
    expect(world.cloud.count('application')).toBe(0)
    for (let quarter = 0; quarter < 8; quarter += 1) {
      await world.clock.advance(LIFE / 4)
      expect(isOver(world)).toBe(false)
    }
    expect(spent.count).toBe(0)
    expect(world.engine.view().profiles.filter(({ unsaved }) => unsaved)).toHaveLength(200)
    expect(world.engine.view().incidents[0]?.sentence).toContain('only in memory')
    world.vault.mend()
    await world.clock.advance(MINUTE)
    expectAllStored(world)
  })

  test('announces each token that is only in memory, so that it is delivered', async () => {
    const world = await withLastingBearer(fleetOf(3, { age: LIFE / 4 }))
    breakStore(world)
    await world.clock.advance(LIFE)
    const renewed = world.attempts.filter(({ outcome }) => outcome === 'renewed')
    expect(renewed.map(({ tier }) => tier)).toEqual([2, 2, 2])
  })
})

describe('a press of Refresh while nothing can be stored', () => {
  test('sends nothing while the token has time', async () => {
    const world = await withLastingBearer(fleetOf(1))
    breakStore(world)
    expect(path(await press(world, 'p0'))).toBe('')
  })

  test('goes by tier 2 alone in the last tenth', async () => {
    const world = await withLastingBearer(fleetOf(1, { age: 0.95 * LIFE, start: false }))
    breakStore(world)
    expect(path(await press(world, 'p0'))).toBe('2:ok')
    expect(world.engine.hasUnsaved()).toBe(true)
  })
})

describe('in the last tenth, too, nothing is sent', () => {
  test('where tier 3 would have to go before tier 2: it spends the refresh token of the integration', async () => {
    const world = fleetOf(2, { age: 0.5 * LIFE, managerAge: 1.5 * LIFE, start: false })
    breakStore(world)
    world.engine.start()
    await world.clock.advance(LIFE)
    expect(world.cloud.count('refresh') + world.cloud.count('application')).toBe(0)
  })

  test('where another instance may have the data folder', async () => {
    const world = await withLastingBearer(fleetOf(2, { age: 0.5 * LIFE, start: false }))
    breakStore(world, 'other')
    world.engine.start()
    await world.clock.advance(LIFE)
    expect(world.cloud.count('application')).toBe(0)
  })

  test('for what is paused', async () => {
    const world = await withLastingBearer(fleetOf(2, { age: 0.5 * LIFE }))
    world.engine.pauseAll(world.engine.now() + 10 * LIFE)
    breakStore(world)
    await world.clock.advance(LIFE)
    expect(world.cloud.count('application')).toBe(0)
  })
})

test('whenever and for how long the disk is full, no grant is spent meanwhile and no token ends', async () => {
  const period = fc.record({
    good: fc.integer({ min: 1, max: 100 }),
    full: fc.integer({ min: 1, max: 180 }),
    reason: fc.constantFrom<StoreFailure['reason']>('disk-full', 'read-only', 'locked', 'damaged'),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(period, { minLength: 1, maxLength: 4 }),
      fc.record({ rotate: fc.boolean(), slide: fc.boolean(), age: fc.integer({ min: 0, max: 88 }) }),
      async (periods, { rotate, slide, age }) => {
        const cloud = { accessTtl: LIFE, refreshTtl: 40 * LIFE, rotate, slide }
        const world = await withLastingBearer(fleetOf(4, { cloud, age: (age * LIFE) / 100 }))
        const spent = grantsSpentWhileBroken(world)
        const pass = async (percent: number) => {
          for (let left = percent; left > 0; left -= 5) {
            await world.clock.advance((Math.min(5, left) * LIFE) / 100)
            expect(isOver(world)).toBe(false)
          }
        }
        for (const { good, full, reason } of periods) {
          await pass(good)
          breakStore(world, reason)
          await pass(full)
          expect(spent.count).toBe(0)
          world.vault.mend()
          await pass(1)
          expectAllStored(world)
        }
      },
    ),
    { numRuns: 12 },
  )
})
