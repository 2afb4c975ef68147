// The bullets below the policy's failure table: last tenth, nothing deleted, backoff, needs you, lost answers.
import { describe, expect, test, vi } from 'vitest'
import { invalidGrant, refused, unauthorised, unreachable } from './support/answers.ts'
import { DAY, failWith, HOUR, MINUTE, makeWorld, many, path, press, SECOND } from './support/world.ts'

// Days of virtual time are seconds of a busy machine's.
vi.setConfig({ testTimeout: 60_000 })

describe('a transient failure never falls to the next tier, except in the last tenth of the life', () => {
  test('an outage of tier 1 for days leaves tier 2 alone until 12.6 days of 14 have passed', async () => {
    const world = makeWorld({ managerAge: 0 })
    failWith(world, 'refresh', refused(503), 'client-a')
    await world.clock.advance(12.59 * DAY)
    expect(world.cloud.count('application')).toBe(0)
    expect(world.view().state).toBe('retrying')
    await world.clock.advance(0.05 * DAY)
    expect(world.attempts.filter(({ outcome }) => outcome === 'renewed').at(-1)?.tier).toBe(2)
    expect(world.view().state).toBe('healthy')
  })

  test('in the last tenth tier 1 is tried where tier 2 was meant, too', async () => {
    const world = makeWorld({ cloud: { slide: false, refreshTtl: 16 * DAY }, age: 13 * DAY, managerAge: 0 })
    failWith(world, 'application', refused(503))
    await world.clock.advance(MINUTE)
    expect(path(world.attempts.find(({ subject }) => subject.kind === 'profile'))).toBe('2:transient 1:ok')
  })

  test('outside of it a failing tier 2 does not fall back to tier 1', async () => {
    const world = makeWorld({ cloud: { slide: false, refreshTtl: 12 * DAY }, age: 9 * DAY, managerAge: 0 })
    failWith(world, 'application', refused(503))
    await world.clock.advance(MINUTE)
    expect(path(world.attempts.find(({ subject }) => subject.kind === 'profile'))).toBe('2:transient')
  })
})

describe('no failure ever deletes or overwrites a credential', () => {
  test('whatever is answered, the tokens stay as they were', async () => {
    const answers = [
      invalidGrant,
      refused(401, { code: 'invalid_client' }),
      refused(503),
      unreachable('reset', true),
    ]
    for (const answer of answers) {
      const world = makeWorld({ manager: 'none' })
      const before = world.profile().pair
      failWith(world, 'refresh', answer)
      await press(world)
      const after = world.profile().pair
      expect(after?.accessToken).toBe(before?.accessToken)
      expect(after?.refresh?.token).toBe(before?.refresh?.token)
      expect(after?.expiresAt).toBe(before?.expiresAt)
    }
  })

  test('a dead integration keeps its tokens, marked', async () => {
    const world = makeWorld({ profiles: [] })
    world.cloud.kill('manager')
    const attempt = world.engine.refreshManager('manager', 'manual')
    await world.clock.advance(SECOND)
    expect((await attempt).sentence).toContain('Reconnect the integration')
    const kept = world.vault.pairs.get('manager')
    expect(kept?.refresh?.dead).toBe(true)
    expect(kept?.refresh?.token.reveal()).toBe(world.cloud.grant('manager').refresh)
  })
})

describe('backoff', () => {
  test('grows to an hour while there is time and never gives up', async () => {
    const world = makeWorld({ age: 8 * DAY, manager: 'none' })
    failWith(world, 'refresh', refused(503))
    await world.clock.advance(4 * DAY)
    const times = world.attempts.map(({ startedAt }) => startedAt)
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0))
    expect(gaps[0]).toBeLessThanOrEqual(10 * SECOND + 50)
    expect(Math.max(...gaps)).toBeGreaterThan(45 * MINUTE)
    expect(Math.max(...gaps)).toBeLessThanOrEqual(HOUR + SECOND)
    expect(times.length).toBeGreaterThan(4 * 24)
  })

  test('is five minutes at most in the last tenth', async () => {
    const world = makeWorld({ age: 12.7 * DAY, manager: 'none' })
    failWith(world, 'refresh', refused(503))
    await world.clock.advance(DAY)
    const times = world.attempts.map(({ startedAt }) => startedAt)
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0))
    expect(Math.max(...gaps)).toBeLessThanOrEqual(5 * MINUTE + SECOND)
  })

  test('goes on after the token has expired, and saves what comes back', async () => {
    const world = makeWorld({ age: 13.9 * DAY, managerAge: 0 })
    const lift = failWith(world, 'refresh', unreachable())
    failWith(world, 'application', unreachable())
    await world.clock.advance(3 * DAY)
    expect(world.view().state).toBe('expired')
    lift()
    await world.clock.advance(6 * MINUTE)
    expect(world.view().state).toBe('healthy')
  })

  test('begins small again after a good attempt', async () => {
    const world = makeWorld({ age: 8 * DAY, manager: 'none' })
    const lift = failWith(world, 'refresh', refused(503))
    await world.clock.advance(6 * HOUR)
    lift()
    await world.clock.advance(HOUR)
    failWith(world, 'refresh', refused(503))
    await press(world)
    expect((world.view().nextRefresh?.at ?? 0) - world.clock.now()).toBeLessThanOrEqual(10 * SECOND)
  })

  test('never blocks a person who presses Refresh', async () => {
    const world = makeWorld({ age: 8 * DAY, manager: 'none' })
    const lift = failWith(world, 'refresh', refused(503))
    await world.clock.advance(6 * HOUR)
    lift()
    const before = world.clock.now()
    expect((await press(world)).outcome).toBe('renewed')
    expect(world.clock.now() - before).toBeLessThanOrEqual(SECOND)
  })
})

describe('"needs you" is tried again', () => {
  const deauthorised = () => {
    const world = makeWorld({ profiles: [{ id: 'one', pair: null }], start: false })
    world.cloud.deauthorised.add('APP_a@org-1')
    return world
  }

  test('every six hours', async () => {
    const world = deauthorised()
    world.engine.start()
    await world.clock.advance(4 * DAY)
    const tried = world.cloud.count('application')
    expect(tried).toBeGreaterThanOrEqual(14)
    expect(tried).toBeLessThanOrEqual(19)
    world.cloud.deauthorised.clear()
    await world.clock.advance(7 * HOUR)
    expect(world.view().state).toBe('healthy')
  })

  test('on start, although the attempt before was minutes ago', async () => {
    const before = deauthorised()
    await press(before)
    const after = makeWorld({ profiles: [{ id: 'one', pair: null }], lastAttempts: before.attempts })
    await after.clock.advance(3 * SECOND)
    expect(after.view()).toMatchObject({ state: 'healthy', last: { trigger: 'start-up' } })
  })

  test('on resume', async () => {
    const world = deauthorised()
    world.engine.start()
    await world.clock.advance(HOUR)
    world.cloud.deauthorised.clear()
    world.engine.reconsider('resume')
    await world.clock.advance(SECOND)
    expect(world.view().state).toBe('healthy')
  })

  test('whenever a person presses Refresh', async () => {
    const world = deauthorised()
    world.engine.start()
    await world.clock.advance(HOUR)
    world.cloud.deauthorised.clear()
    expect((await press(world)).outcome).toBe('renewed')
  })

  test('when the service app’s credentials are saved', async () => {
    const world = makeWorld({ age: 8 * DAY, managerAge: 0 })
    world.cloud.regenerated.add('client-a')
    await world.clock.advance(HOUR)
    expect(world.view().state).toBe('needs-attention')
    world.cloud.regenerated.clear()
    const serviceApp = [...world.engine.fleet().serviceApps.values()][0]
    if (serviceApp !== undefined) await world.engine.apply([{ kind: 'service-app-saved', serviceApp }])
    await world.clock.advance(SECOND)
    expect(world.view().state).toBe('healthy')
  })

  test('when the integration is connected again', async () => {
    const world = makeWorld({ profiles: [{ id: 'one', pair: null }], managerAge: 15 * DAY, start: false })
    world.cloud.kill('manager')
    world.engine.start()
    await world.clock.advance(HOUR)
    expect(world.view().fix).toEqual({ kind: 'connect-integration', managerId: 'manager' })
    const { pairOf } = await import('./support/world.ts')
    const pair = pairOf(world.cloud.issue('manager', 'client-integration'), 'authorization-code')
    await world.engine.apply([{ kind: 'manager-pair', managerId: 'manager', pair }])
    await world.clock.advance(SECOND)
    expect(world.view()).toMatchObject({ state: 'healthy', last: { trigger: 'connect' } })
  })

  test('a dead integration is tried again every six hours too, once for all its profiles', async () => {
    const profiles = many(9, { pair: null })
    const world = makeWorld({ profiles, managerAge: 15 * DAY, start: false })
    world.cloud.kill('manager')
    world.engine.start()
    await world.clock.advance(2 * DAY)
    const tried = world.cloud.seen.filter(({ who }) => who === 'client-integration').length
    expect(tried).toBeGreaterThanOrEqual(7)
    expect(tried).toBeLessThanOrEqual(10)
  })

  test('a wrong secret is tried again by a few of its profiles, not by all of them', async () => {
    const profiles = many(200)
    const world = makeWorld({ profiles, age: 9 * DAY, managerAge: 0, start: false })
    world.cloud.regenerated.add('client-a')
    world.engine.start()
    await world.clock.advance(DAY)
    expect(world.cloud.count('refresh')).toBeLessThanOrEqual(5 * 8 + 2)
  })
})

describe('a refresh whose answer was lost', () => {
  test('is told apart in history', async () => {
    const world = makeWorld({ age: 2 * DAY })
    failWith(world, 'refresh', unreachable('reset', true), 'client-a')
    const attempt = await press(world)
    expect(path(attempt)).toBe('1:answer-lost')
    expect(attempt.sentence).toContain('its answer was lost')
    expect(world.cloud.count('application')).toBe(0)
  })

  test('is tried once more, which ends it when Webex had not rotated', async () => {
    const world = makeWorld({ age: 2 * DAY })
    const lift = failWith(world, 'refresh', unreachable('timeout', true), 'client-a')
    await press(world)
    lift()
    await world.clock.advance(11 * SECOND)
    expect(path(world.attempts.at(-1))).toBe('1:ok')
  })

  test('and then goes to tier 2: Webex had rotated', async () => {
    const world = makeWorld({ age: 2 * DAY, cloud: { rotate: true } })
    let lost = 0
    world.cloud.fault = (endpoint, who) => {
      if (endpoint !== 'refresh' || who !== 'client-a' || lost > 0) return null
      lost += 1
      return { answer: unreachable('reset', true), effect: true }
    }
    await press(world)
    await world.clock.advance(11 * SECOND)
    expect(path(world.attempts.at(-1))).toBe('1:grant-dead 2:ok')
    expect(world.view().state).toBe('healthy')
  })

  test('and then goes to tier 2: the second answer was lost as well', async () => {
    const world = makeWorld({ age: 2 * DAY })
    failWith(world, 'refresh', unreachable('reset', true), 'client-a')
    await press(world)
    await world.clock.advance(11 * SECOND)
    expect(path(world.attempts.at(-1))).toBe('1:answer-lost 2:ok')
  })

  test('the second try is remembered over a restart', async () => {
    const before = makeWorld({ age: 2 * DAY })
    failWith(before, 'refresh', unreachable('reset', true), 'client-a')
    await press(before)
    const after = makeWorld({ age: 2 * DAY, lastAttempts: before.attempts, start: false })
    failWith(after, 'refresh', unreachable('reset', true), 'client-a')
    after.engine.start()
    await after.clock.advance(3 * SECOND)
    expect(path(after.attempts.at(-1))).toBe('1:answer-lost 2:ok')
  })

  test('one that certainly was not sent is an ordinary failure', async () => {
    const world = makeWorld({ age: 2 * DAY })
    failWith(world, 'refresh', unreachable('reset', false), 'client-a')
    expect(path(await press(world))).toBe('1:transient')
  })

  test('tier 2 has no grant to lose', async () => {
    const world = makeWorld({ profiles: [{ id: 'one', pair: null }], start: false })
    failWith(world, 'application', unreachable('reset', true))
    expect(path(await press(world))).toBe('2:transient')
  })
})

test('a stop of tier 2 says nothing against tier 1 of the same profile', async () => {
  const world = makeWorld({ age: 2 * DAY })
  failWith(world, 'application', unauthorised)
  world.cloud.kill('APP_a@org-1')
  await press(world)
  expect(world.view().ladder.map(({ state }) => state)).toEqual(['spent', 'failing', 'unknown'])
})
