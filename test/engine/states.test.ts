// What a person sees of a profile and of a token manager.
import { describe, expect, test, vi } from 'vitest'
import { refused, unreachable } from './support/answers.ts'
import { START } from './support/fake-clock.ts'
import {
  DAY,
  failWith,
  HOUR,
  MINUTE,
  makePair,
  makePersonalToken,
  makeWorld,
  many,
  press,
  SECOND,
} from './support/world.ts'

// Days of virtual time are seconds of a busy machine's.
vi.setConfig({ testTimeout: 60_000 })

describe('states', () => {
  test('Healthy, with the time of the next refresh and why then', () => {
    const { state, sentence, fix, nextRefresh } = makeWorld().view()
    expect({ state, sentence, fix }).toEqual({ state: 'healthy', sentence: null, fix: null })
    expect(nextRefresh?.why).toMatch(/^At \d\d % of its lifetime$/)
  })

  test('Refreshing, while an attempt runs', async () => {
    const world = makeWorld({ cloud: { latency: SECOND } })
    void world.engine.refresh('one', 'manual')
    await world.clock.advance(100)
    expect(world.view().state).toBe('refreshing')
    await world.clock.advance(2 * SECOND)
    expect(world.view().state).toBe('healthy')
  })

  test('Retrying: the token is still good, and the next try is told', async () => {
    const world = makeWorld()
    failWith(world, 'refresh', unreachable('dns'))
    await press(world)
    const { state, sentence, nextRefresh, fix } = world.view()
    expect(state).toBe('retrying')
    expect(sentence).toContain('check the network')
    expect(fix).toEqual({ kind: 'check-network' })
    expect(nextRefresh?.at).toBeGreaterThan(world.clock.now())
  })

  test('Expired, when nothing helped in time', async () => {
    const world = makeWorld({ manager: 'none' })
    failWith(world, 'refresh', unreachable('dns'))
    await world.clock.advance(14 * DAY)
    expect(world.view().state).toBe('expired')
    expect(world.view().sentence).toContain('The token has expired.')
    expect(world.view().sentence).toContain('cannot be reached')
  })

  test('Paused, by itself and with all others; manual refreshes go on working', async () => {
    const world = makeWorld()
    await world.engine.apply([{ kind: 'profile-saved', profile: { ...world.profile(), paused: true } }])
    expect(world.view()).toMatchObject({ state: 'paused', nextRefresh: null, unattendedUntil: null })
    expect(world.view().fix).toEqual({ kind: 'resume', profileId: 'one' })
    await world.clock.advance(10 * DAY)
    expect(world.attempts.filter(({ subject }) => subject.kind === 'profile')).toEqual([])
    expect((await press(world)).outcome).toBe('renewed')
    await world.engine.apply([{ kind: 'profile-saved', profile: { ...world.profile(), paused: false } }])
    expect(world.view().state).toBe('healthy')
  })

  test('a paused one whose token has ended says so, with the button that resumes it', async () => {
    const world = makeWorld()
    await world.engine.apply([{ kind: 'profile-saved', profile: { ...world.profile(), paused: true } }])
    await world.clock.advance(15 * DAY)
    expect(world.view()).toMatchObject({ state: 'expired', fix: { kind: 'resume' } })
    expect(world.engine.view().incidents).toMatchObject([{ key: 'ends-paused:app-a', level: 'critical' }])
    await world.engine.apply([{ kind: 'profile-saved', profile: { ...world.profile(), paused: false } }])
    await world.clock.advance(SECOND)
    expect(world.view().state).toBe('healthy')
  })

  test('Not yet issued, until the first token', async () => {
    const world = makeWorld({
      profiles: [{ id: 'one', pair: null }],
      cloud: { latency: SECOND },
      start: false,
    })
    expect(world.view()).toMatchObject({ state: 'not-yet-issued', accessToken: null })
    world.engine.start()
    await world.clock.advance(2 * SECOND)
    expect(world.view().state).toBe('healthy')
  })
})

describe('pausing all', () => {
  test('nothing begins by itself until the time is over', async () => {
    const world = makeWorld({ age: 8.5 * DAY, managerAge: 8.5 * DAY, start: false })
    world.engine.pauseAll(START + HOUR)
    world.engine.start()
    await world.clock.advance(59 * MINUTE)
    expect(world.attempts).toEqual([])
    expect(world.engine.view().allPausedUntil).toBe(START + HOUR)
    expect(world.view().state).toBe('paused')
    await world.clock.advance(2 * MINUTE)
    expect(world.view()).toMatchObject({ state: 'healthy', last: { outcome: 'renewed' } })
    expect(world.engine.view().allPausedUntil).toBeNull()
  })

  test('null resumes at once', async () => {
    const world = makeWorld({ age: 8.5 * DAY, managerAge: 0, start: false })
    world.engine.pauseAll(START + DAY)
    world.engine.start()
    await world.clock.advance(MINUTE)
    world.engine.pauseAll(null)
    await world.clock.advance(SECOND)
    expect(world.view().last?.outcome).toBe('renewed')
  })
})

describe('refresh all due', () => {
  test('begins those that are due or failing, and tells how many', async () => {
    const profiles = [
      { id: 'one' },
      { id: 'two', targetOrgId: 'org-2' },
      { id: 'three', targetOrgId: 'org-3', pair: null },
    ]
    const world = makeWorld({ profiles, start: false })
    const lift = failWith(world, 'refresh', refused(503), 'client-a')
    await press(world, 'one')
    lift()
    expect(world.engine.refreshAllDue()).toBe(2)
    await world.clock.advance(2 * SECOND)
    expect(world.view('one').state).toBe('healthy')
    expect(world.view('two').last).toBeNull()
    expect(world.view('three').state).toBe('healthy')
    expect(world.engine.refreshAllDue()).toBe(0)
  })
})

describe('"runs by itself until": no refresh token is assumed to be extended', () => {
  test('the later end of the two refresh tokens', () => {
    expect(makeWorld({ managerAge: 10 * DAY }).view().unattendedUntil).toBe(START + 90 * DAY)
    expect(makeWorld({ age: 10 * DAY, managerAge: 5 * DAY }).view().unattendedUntil).toBe(START + 85 * DAY)
  })

  test('without a token manager, the end of its own refresh token', () => {
    expect(makeWorld({ manager: 'none', age: 3 * DAY }).view().unattendedUntil).toBe(START + 87 * DAY)
  })

  test('with a personal access token, no longer than that lives once tier 1 is dead', async () => {
    const pair = makePair()
    const dead = pair.refresh === null ? null : { ...pair.refresh, dead: true }
    const world = makeWorld({
      profiles: [{ id: 'one', pair: { ...pair, expiresAt: START + 2 * HOUR, refresh: dead } }],
      manager: makePersonalToken(),
      start: false,
    })
    expect(world.view().unattendedUntil).toBe(START + 12 * HOUR)
  })

  test('null when nothing works by itself', async () => {
    const world = makeWorld({ manager: 'none', start: false })
    world.cloud.regenerated.add('client-a')
    await press(world)
    expect(world.view().unattendedUntil).toBeNull()
  })
})

describe('the ladder', () => {
  test('tells what each tier is and would do', async () => {
    const world = makeWorld()
    expect(world.view().ladder.map(({ tier, state }) => [tier, state])).toEqual([
      [1, 'unknown'],
      [2, 'unknown'],
      [3, 'unknown'],
    ])
    await press(world)
    expect(world.view().ladder[0]).toMatchObject({ state: 'ready', lastUsedAt: expect.any(Number) })
    world.cloud.kill('APP_a@org-1')
    world.cloud.revoke('manager')
    await press(world)
    expect(world.view().ladder.map(({ state }) => state)).toEqual(['unknown', 'ready', 'ready'])
  })

  test('without a token manager tiers 2 and 3 are spent', () => {
    expect(
      makeWorld({ manager: 'none' })
        .view()
        .ladder.map(({ state }) => state),
    ).toEqual(['unknown', 'spent', 'spent'])
  })

  test('of a personal access token tier 3 is spent', () => {
    const world = makeWorld({ manager: makePersonalToken() })
    expect(world.view().ladder[2]).toMatchObject({
      state: 'spent',
      sentence: expect.stringContaining('cannot be renewed'),
    })
  })
})

describe('after a restart', () => {
  test('the last attempt is shown as it was', async () => {
    const before = makeWorld()
    failWith(before, 'refresh', refused(503))
    await press(before)
    const after = makeWorld({ lastAttempts: before.attempts, start: false })
    expect(after.view().last).toEqual(before.view().last)
    expect(after.view().ladder[0]?.lastUsedAt).toBe(before.view().ladder[0]?.lastUsedAt)
  })

  test('what is not due and did not fail is left alone', async () => {
    const before = makeWorld()
    await press(before)
    const after = makeWorld({ lastAttempts: before.attempts })
    await after.clock.advance(DAY)
    expect(after.attempts).toEqual([])
  })
})

describe('the view', () => {
  test('is the same object, profile by profile, while nothing changes', async () => {
    const world = makeWorld({ profiles: [{ id: 'one' }, { id: 'two', targetOrgId: 'org-2' }] })
    const before = world.engine.view()
    await world.clock.advance(HOUR)
    const idle = world.engine.view()
    expect(idle.profiles).toBe(before.profiles)
    expect(idle.now).toBe(before.now + HOUR)
    await press(world, 'one')
    const after = world.engine.view()
    expect(after.profiles[0]).not.toBe(before.profiles[0])
    expect(after.profiles[1]).toBe(before.profiles[1])
  })

  test('changes by time alone when a token ends', async () => {
    const world = makeWorld({ start: false })
    expect(world.view().state).toBe('healthy')
    await world.clock.advance(14 * DAY)
    expect(world.view().state).toBe('expired')
  })

  test('is announced in bursts: a crowd of changes is a few events', async () => {
    const profiles = many(100)
    const world = makeWorld({ profiles, age: 20 * DAY, managerAge: 0, settings: { requestsPerSecond: null } })
    await world.clock.advance(SECOND)
    const announced = world.events.filter(({ kind }) => kind === 'view-changed').length
    expect(world.attempts).toHaveLength(100)
    expect(announced).toBeGreaterThan(0)
    expect(announced).toBeLessThanOrEqual(11)
  })

  test('the last change is always announced', async () => {
    const world = makeWorld({ cloud: { latency: 30 } })
    let shown = ''
    world.engine.subscribe(({ kind }) => {
      if (kind === 'view-changed') shown = world.view().state
    })
    void world.engine.refresh('one', 'manual')
    await world.clock.advance(SECOND)
    expect(shown).toBe('healthy')
  })

  test('a listener that left is not called any more', async () => {
    const world = makeWorld()
    let calls = 0
    const leave = world.engine.subscribe(() => {
      calls += 1
    })
    leave()
    await press(world)
    expect(calls).toBe(0)
  })
})

describe('requests for what is not there', () => {
  test('are refused', async () => {
    const { engine } = makeWorld()
    await expect(engine.refresh('nobody', 'manual')).rejects.toThrow('not in the fleet')
    await expect(engine.refreshManager('nobody', 'manual')).rejects.toThrow('not in the fleet')
    await expect(engine.test('nobody')).rejects.toThrow('not in the fleet')
  })
})
