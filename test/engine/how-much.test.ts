// Every bullet of the policy's "How much at once".
import { describe, expect, test, vi } from 'vitest'
import { refused } from './support/answers.ts'
import { START } from './support/fake-clock.ts'
import {
  DAY,
  failWith,
  HOUR,
  MINUTE,
  makeWorld,
  many,
  path,
  press,
  SECOND,
  type World,
} from './support/world.ts'

// Days of virtual time are seconds of a busy machine's.
vi.setConfig({ testTimeout: 60_000 })

/** Of another process, of a vault that is shared. */
function requestOf(profileId: string) {
  return {
    subject: { kind: 'profile', profileId },
    trigger: 'manual',
    drill: false,
    asker: 'person',
  } as const
}

/** The most requests that were under way at once, each taking `latency`. */
function worstCrowd(times: readonly number[], latency: number): number {
  return Math.max(...times.map((at) => times.filter((other) => other >= at && other < at + latency).length))
}

function requests(world: World) {
  return world.cloud.seen.filter(({ endpoint }) => endpoint === 'refresh' || endpoint === 'application')
}

describe('one attempt per profile at any time', () => {
  test('a second caller gets the running attempt', async () => {
    const world = makeWorld({ cloud: { latency: 300 } })
    const first = world.engine.refresh('one', 'manual')
    await world.clock.advance(100)
    const second = world.engine.refresh('one', 'unauthorized-seen')
    await world.clock.advance(SECOND)
    expect(await second).toBe(await first)
    expect(world.cloud.count('refresh')).toBe(1)
  })

  test('pressing Refresh on one that waits in line moves it, and does not double it', async () => {
    const world = makeWorld({ profiles: many(30), age: 20 * DAY, managerAge: DAY, cloud: { latency: 300 } })
    await world.clock.advance(400)
    void world.engine.refresh('p29', 'manual')
    await world.clock.advance(MINUTE)
    expect(world.attempts.filter(({ name }) => name === 'Profile p29')).toHaveLength(1)
    expect(world.cloud.worstOverlap).toBe(1)
  })
})

describe('one tier 3 per token manager at any time', () => {
  test('one that was taken back does not begin by its old place in line while all are paused', async () => {
    const profiles = many(20, { pair: null })
    const world = makeWorld({ managerAge: DAY, profiles, cloud: { latency: SECOND }, start: false })
    world.engine.start()
    world.engine.pauseAll(world.clock.now() + HOUR)
    world.engine.refreshAllDue()
    await world.clock.advance(100)
    world.engine.cancelRefresh()
    world.engine.reconsider('network-back')
    await world.clock.advance(10 * MINUTE)
    // Those that had begun: as many as may run at once.
    expect(requests(world)).toHaveLength(8)
  })

  test('of those that were asked for together, the ones that have not begun can be taken back', async () => {
    const world = makeWorld({ managerAge: DAY, profiles: many(30), cloud: { latency: SECOND }, start: false })
    world.engine.start()
    expect(world.engine.refreshAll(many(30).map(({ id }) => id))).toBe(30)
    await world.clock.advance(100)
    world.engine.cancelRefresh()
    await world.clock.advance(10 * MINUTE)
    expect(requests(world).length).toBeLessThan(15)
    expect(requests(world).length).toBeGreaterThan(0)
  })

  test('one that another computer requested and took back does not begin, and one that has begun ends', async () => {
    const world = makeWorld({ managerAge: DAY, profiles: many(30), cloud: { latency: SECOND }, start: false })
    world.engine.start()
    const attempts = many(30).map(({ id }) => world.engine.carryOut(requestOf(id)))
    const ended = Promise.allSettled(attempts)
    await world.clock.advance(100)
    for (const { id } of many(30)) world.engine.cancelRequested({ kind: 'profile', profileId: id })
    await world.clock.advance(10 * MINUTE)
    const made = (await ended).filter(({ status }) => status === 'fulfilled')
    expect(made).toHaveLength(requests(world).length)
    expect(made.length).toBeGreaterThan(0)
    expect(made.length).toBeLessThan(15)
  })

  test('what another process takes back begins all the same where it was requested here as well', async () => {
    const world = makeWorld({ profiles: many(30), cloud: { latency: SECOND } })
    const [before, after] = ['p28', 'p29']
    void world.engine.carryOut(requestOf(before)).catch(() => undefined)
    world.engine.refreshAll(many(30).map(({ id }) => id))
    void world.engine.carryOut(requestOf(after)).catch(() => undefined)
    await world.clock.advance(100)
    for (const profileId of [before, after]) world.engine.cancelRequested({ kind: 'profile', profileId })
    await world.clock.advance(MINUTE)
    expect(new Set(world.attempts.map(({ name }) => name)).size).toBe(30)
  })

  test('twenty profiles that find the bearer refused share one renewal', async () => {
    const world = makeWorld({
      profiles: many(20, { pair: null }),
      cloud: { latency: 300 },
      settings: { requestsPerSecond: null, concurrency: 20 },
      start: false,
    })
    world.cloud.revoke('manager')
    world.engine.start()
    await world.clock.advance(MINUTE)
    expect(world.cloud.seen.filter(({ who }) => who === 'client-integration')).toHaveLength(1)
    expect(world.engine.view().profiles.every(({ state }) => state === 'healthy')).toBe(true)
  })

  test('renewing it by hand joins the one that runs', async () => {
    const world = makeWorld({ cloud: { latency: 300 } })
    const both = [
      world.engine.refreshManager('manager', 'manual'),
      world.engine.refreshManager('manager', 'manual'),
    ]
    await world.clock.advance(SECOND)
    expect((await both[0])?.id).toBe((await both[1])?.id)
  })
})

describe('at most 8 attempts at once for a client id', () => {
  test('a crowd of 100 never has more than 8 requests under way', async () => {
    const world = makeWorld({
      profiles: many(100),
      age: 20 * DAY,
      managerAge: DAY,
      cloud: { latency: 200 },
      settings: { requestsPerSecond: null },
    })
    await world.clock.advance(MINUTE)
    const times = requests(world).map(({ monotonic }) => monotonic)
    expect(times).toHaveLength(100)
    expect(worstCrowd(times, 200)).toBe(8)
    expect(Math.max(...times)).toBeLessThanOrEqual(1.1 * (100 / 8) * 200)
  })

  test('the number is a setting', async () => {
    const world = makeWorld({
      profiles: many(30),
      age: 20 * DAY,
      managerAge: DAY,
      cloud: { latency: 200 },
      settings: { requestsPerSecond: null, concurrency: 3 },
    })
    await world.clock.advance(MINUTE)
    expect(
      worstCrowd(
        requests(world).map(({ monotonic }) => monotonic),
        200,
      ),
    ).toBe(3)
  })

  test('a client id that hangs does not hold up another', async () => {
    const profiles = [...many(20), { id: 'other', serviceAppId: 'app-b', targetOrgId: 'org-x' }]
    const world = makeWorld({ profiles, age: 20 * DAY, managerAge: DAY, cloud: { latency: 15 * SECOND } })
    await world.clock.advance(16 * SECOND)
    expect(world.view('other').state).toBe('healthy')
  })
})

describe('at most 4 requests a second for a client id', () => {
  test('no second of a crowd of 200 has more than 4 requests', async () => {
    const world = makeWorld({ profiles: many(200), age: 20 * DAY, managerAge: DAY, cloud: { latency: 50 } })
    await world.clock.advance(2 * MINUTE)
    const times = requests(world).map(({ monotonic }) => monotonic)
    expect(times).toHaveLength(200)
    expect(worstCrowd(times, SECOND)).toBeLessThanOrEqual(4)
    expect(times.length / ((Math.max(...times) - Math.min(...times)) / SECOND)).toBeLessThanOrEqual(4.05)
  })

  // A server that was off for days. 5 000 at 4 a second take 21 minutes.
  test.each([
    [1, 22 * MINUTE],
    [5, 5 * MINUTE],
    [250, 30 * SECOND],
  ])(
    '5 000 of %i service apps that are all due keep to it, and none ends with %i ms left for all',
    async (apps, left) => {
      const profiles = many(5000).map((each, at) => ({ ...each, serviceAppId: `app-${at % apps}` }))
      const world = makeWorld({ profiles, age: 14 * DAY - left, managerAge: DAY, cloud: { latency: 200 } })
      world.clock.keepsDelays = false
      await world.clock.advance(left)
      const clients = Array.from({ length: apps }, (_, at) => `client-${at}`)
      for (const client of clients) {
        const times = requests(world).flatMap(({ who, monotonic }) => (who === client ? [monotonic] : []))
        expect(times).toHaveLength(5000 / apps)
        // The fifth from any on is a second later or more.
        const gaps = times.slice(4).map((at, index) => at - (times[index] ?? 0))
        expect(gaps.filter((gap) => gap < SECOND)).toEqual([])
      }
      expect(world.attempts).toHaveLength(5000)
      expect(
        world.attempts.filter(({ outcome, endedAt }) => outcome !== 'renewed' || endedAt > START + left),
      ).toEqual([])
    },
  )

  test('tier 2 of many service apps shares the limit of the manager whose bearer it uses', async () => {
    const profiles = Array.from({ length: 40 }, (_, index) => ({
      id: `p${index}`,
      serviceAppId: `app-${index}`,
      targetOrgId: 'org',
      pair: null,
    }))
    const world = makeWorld({ profiles })
    await world.clock.advance(MINUTE)
    const times = requests(world).map(({ monotonic }) => monotonic)
    expect(times).toHaveLength(40)
    expect(worstCrowd(times, SECOND)).toBeLessThanOrEqual(4)
  })
})

describe('who goes first', () => {
  test('the earliest expiry', async () => {
    const profiles = many(12).map((each, index) => ({ ...each, id: `p${index}` }))
    const world = makeWorld({
      profiles,
      age: 10 * DAY,
      managerAge: DAY,
      start: false,
      settings: { concurrency: 1 },
    })
    const order = ['p7', 'p2', 'p9']
    for (const [index, id] of order.entries()) {
      const { pair } = world.profile(id)
      if (pair !== null) {
        const sooner = { ...pair, expiresAt: START + (index + 1) * HOUR }
        await world.engine.apply([{ kind: 'profile-pair', profileId: id, pair: sooner }])
      }
    }
    world.engine.start()
    await world.clock.advance(MINUTE)
    expect(world.attempts.slice(0, 3).map(({ name }) => name)).toEqual(order.map((id) => `Profile ${id}`))
  })

  test('a manual refresh goes to the front', async () => {
    const world = makeWorld({ profiles: many(100), age: 20 * DAY, managerAge: DAY, cloud: { latency: 200 } })
    await world.clock.advance(3 * SECOND)
    expect(world.view('p99').last).toBeNull()
    const attempt = await press(world, 'p99')
    expect(attempt.startedAt - START).toBeLessThan(6 * SECOND)
  })
})

describe('Retry-After closes the gate for every request that shares the limit', () => {
  test('other profiles of the client id wait as well, at least what it says', async () => {
    const world = makeWorld({ profiles: many(10), age: 8.5 * DAY, managerAge: DAY, start: false })
    const lift = failWith(world, 'refresh', refused(429, { retryAfter: 10 * MINUTE }), 'client-a')
    await press(world, 'p0')
    lift()
    world.engine.start()
    const sent = requests(world).length
    await world.clock.advance(9.9 * MINUTE)
    expect(requests(world).length).toBe(sent)
    await world.clock.advance(30 * MINUTE)
    expect(world.engine.view().profiles.every(({ state }) => state === 'healthy')).toBe(true)
  })

  test('another client id is not held up', async () => {
    const profiles = [{ id: 'one' }, { id: 'two', serviceAppId: 'app-b', targetOrgId: 'org-2' }]
    const world = makeWorld({ profiles })
    failWith(world, 'refresh', refused(429, { retryAfter: HOUR }), 'client-a')
    await press(world, 'one')
    expect(path(await press(world, 'two'))).toBe('1:ok')
  })

  test('one from tier 2 closes its client ID and the tier 2 of every service app of that manager', async () => {
    const profiles = [
      { id: 'one', pair: null },
      { id: 'four', targetOrgId: 'org-4' },
      { id: 'two', serviceAppId: 'app-b', targetOrgId: 'org-2', pair: null },
      { id: 'three', serviceAppId: 'app-b', targetOrgId: 'org-3' },
    ]
    const world = makeWorld({ profiles, start: false })
    const lift = failWith(world, 'application', refused(429, { retryAfter: 10 * MINUTE }))
    await press(world, 'one')
    lift()
    const waiting = await press(world, 'two')
    expect(waiting).toMatchObject({ outcome: 'failed', calls: [] })
    expect(waiting.sentence).toContain('about 10 min')
    expect(await press(world, 'four')).toMatchObject({ outcome: 'failed', calls: [] })
    expect(path(await press(world, 'three'))).toBe('1:ok')
  })

  test('while it is closed no empty attempts fill the history', async () => {
    const world = makeWorld({ profiles: [{ id: 'one', pair: null }], start: false })
    const lift = failWith(world, 'application', refused(429, { retryAfter: 50 * MINUTE }))
    world.engine.start()
    await world.clock.advance(49 * MINUTE)
    expect(world.attempts).toHaveLength(1)
    lift()
    await world.clock.advance(7 * MINUTE)
    expect(world.view().state).toBe('healthy')
  })

  test('longest honoured: a quarter of the life that is left', async () => {
    const world = makeWorld({ age: 2 * DAY, managerAge: DAY })
    const lift = failWith(world, 'refresh', refused(429, { retryAfter: 10 * DAY }), 'client-a')
    await press(world)
    lift()
    const sent = world.cloud.count('refresh')
    await world.clock.advance(3 * DAY - MINUTE)
    expect(world.cloud.count('refresh')).toBe(sent)
    await world.clock.advance(2 * MINUTE)
    expect(world.view().last?.outcome).toBe('renewed')
  })

  test('longest honoured: one hour while less than four hours are left', async () => {
    const world = makeWorld({ age: 14 * DAY - 3 * HOUR, managerAge: DAY, manager: 'none' })
    const lift = failWith(world, 'refresh', refused(429, { retryAfter: 2 * HOUR }), 'client-a')
    await world.clock.advance(SECOND)
    lift()
    await world.clock.advance(61 * MINUTE)
    expect(world.view().last?.outcome).toBe('renewed')
  })

  test('otherwise it is honoured as given', async () => {
    const world = makeWorld({ age: 13.5 * DAY, managerAge: DAY, manager: 'none' })
    const lift = failWith(world, 'refresh', refused(429, { retryAfter: 3 * HOUR }), 'client-a')
    await world.clock.advance(SECOND)
    lift()
    const sent = world.cloud.count('refresh')
    await world.clock.advance(3 * HOUR - MINUTE)
    expect(world.cloud.count('refresh')).toBe(sent)
    await world.clock.advance(10 * MINUTE)
    expect(world.view().last?.outcome).toBe('renewed')
  })

  test('an absurd one is not the end', async () => {
    const world = makeWorld({ age: 13.5 * DAY, managerAge: DAY, manager: 'none' })
    const lift = failWith(world, 'refresh', refused(429, { retryAfter: 10_000 * DAY }), 'client-a')
    await world.clock.advance(SECOND)
    lift()
    await world.clock.advance(25 * HOUR)
    expect(world.view().last?.outcome).toBe('renewed')
  })

  test('a person who presses Refresh is told at once how long, instead of waiting', async () => {
    const world = makeWorld({ age: 2 * DAY })
    failWith(world, 'refresh', refused(429, { retryAfter: 30 * MINUTE }), 'client-a')
    await press(world)
    const before = world.clock.now()
    const attempt = await press(world)
    expect(world.clock.now() - before).toBeLessThanOrEqual(SECOND)
    expect(attempt.sentence).toContain('about 30 min')
  })
})

describe('a routine crowd is flattened', () => {
  test('renewals that happen to come due together start a few at a time, but none is put off for long', async () => {
    const profiles = many(50)
    const world = makeWorld({ profiles, start: false })
    for (const { id } of profiles) {
      const { pair } = world.profile(id)
      const due = world.view(id).nextRefresh?.at ?? 0
      if (pair === null || pair.expiresAt === null) continue
      // Moved so that all of them come due in the same second.
      const shift = START + 10 * DAY - due
      const moved = { ...pair, issuedAt: pair.issuedAt + shift, expiresAt: pair.expiresAt + shift }
      await world.engine.apply([{ kind: 'profile-pair', profileId: id, pair: moved }])
    }
    world.engine.start()
    await world.clock.advance(10 * DAY + 5 * MINUTE)
    const started = requests(world).filter(({ who }) => who === 'client-a').length
    expect(started).toBeGreaterThan(4)
    expect(started).toBeLessThanOrEqual(16)
    await world.clock.advance(4 * HOUR)
    expect(world.engine.view().profiles.every(({ last }) => last?.outcome === 'renewed')).toBe(true)
  })
})
