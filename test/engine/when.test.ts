// Every bullet of the policy's "When".
import { describe, expect, test, vi } from 'vitest'
import type { Attempt } from '#engine/domain/model.ts'
import { Secret } from '#engine/domain/secret.ts'
import { good, refused } from './support/answers.ts'
import { START } from './support/fake-clock.ts'
import {
  DAY,
  failWith,
  HOUR,
  MINUTE,
  makeIntegration,
  makePair,
  makePersonalToken,
  makeWorld,
  many,
  pairOf,
  path,
  press,
  SECOND,
} from './support/world.ts'

// Days of virtual time are seconds of a busy machine's.
vi.setConfig({ testTimeout: 60_000 })

function dayOf(attempt: Attempt | undefined): number {
  return ((attempt?.startedAt ?? Number.NaN) - START) / DAY
}

describe('due at half of the lifetime, moved by a fixed jitter', () => {
  test('a 14-day token is renewed between day 5.6 and day 8.4', async () => {
    const world = makeWorld({ profiles: many(60) })
    await world.clock.advance(13 * DAY)
    const firsts = new Map(
      world.attempts
        .filter(({ subject }) => subject.kind === 'profile')
        .toReversed()
        .map((attempt) => [attempt.name, dayOf(attempt)]),
    )
    expect(firsts.size).toBe(60)
    expect(Math.min(...firsts.values())).toBeGreaterThanOrEqual(5.6)
    expect(Math.max(...firsts.values())).toBeLessThanOrEqual(8.4 + 0.15)
  })

  test('500 profiles imported together spread out over the whole window', async () => {
    const world = makeWorld({ profiles: many(500) })
    const days = world.engine.view().profiles.map(({ nextRefresh }) => ((nextRefresh?.at ?? 0) - START) / DAY)
    for (let day = 5.6; day < 8.39; day += 0.28) {
      const share = days.filter((at) => at >= day && at < day + 0.28).length / 500
      expect(share).toBeGreaterThan(0.05)
      expect(share).toBeLessThan(0.15)
    }
  })

  test('the place of a profile in the window is the same in every life of its token and after a restart', async () => {
    const world = makeWorld()
    const planned = () => {
      const view = world.view()
      return (view.nextRefresh?.at ?? 0) - (view.accessToken?.issuedAt ?? 0)
    }
    const first = planned()
    await world.clock.advance(40 * DAY)
    expect(planned()).toBe(first)
    expect(makeWorld({ seed: 99 }).view().nextRefresh?.at).toBe(START + first)
  })

  test('the share of the life is a setting', async () => {
    const late = makeWorld({ settings: { refreshAt: 0.8 } })
    await late.clock.advance(9 * DAY)
    expect(late.attempts.filter(({ subject }) => subject.kind === 'profile')).toEqual([])
    late.engine.configure({
      refreshAt: 0.3,
      concurrency: 8,
      requestsPerSecond: 4,
      failedAttemptsBeforeAlert: 3,
      expiryWarning: DAY,
      monthlyDrill: false,
    })
    await late.clock.advance(HOUR)
    expect(late.view().last?.outcome).toBe('renewed')
  })
})

describe('the token manager is kept warm by the same rule', () => {
  test('by tier 3, before anyone needs it', async () => {
    const world = makeWorld({ profiles: [] })
    await world.clock.advance(60 * DAY)
    const renewals = world.attempts.filter(({ subject }) => subject.kind === 'manager')
    expect(renewals.length).toBeGreaterThanOrEqual(7)
    expect(renewals.every(({ outcome, tier }) => outcome === 'renewed' && tier === 3)).toBe(true)
    expect(world.engine.view().managers[0]?.state).toBe('ready')
  })

  test('several managers each by themselves; a profile uses the one it names, others the default one', async () => {
    const world = makeWorld({
      profiles: [
        { id: 'one', pair: null, managerId: 'second' },
        { id: 'two', pair: null, targetOrgId: 'org-2' },
      ],
      start: false,
    })
    const second = pairOf(world.cloud.issue('second', 'client-second'), 'authorization-code')
    await world.engine.apply([
      {
        kind: 'manager-saved',
        manager: makeIntegration({ id: 'second', isDefault: false, clientId: 'client-second', pair: second }),
      },
    ])
    await press(world, 'one')
    await press(world, 'two')
    const bearers = world.cloud.seen
      .filter(({ endpoint }) => endpoint === 'application')
      .map(({ credential }) => credential)
    expect(bearers).toEqual([second.accessToken?.reveal(), world.cloud.grant('manager').access])
  })
})

describe('a refresh token that tier 1 does not extend', () => {
  test('tier 2 is used when less than a third of its first lifetime is left', async () => {
    const world = makeWorld({ cloud: { slide: false } })
    await world.clock.advance(85 * DAY)
    const own = world.attempts.filter(({ subject }) => subject.kind === 'profile')
    const firstByTwo = own.find(({ tier }) => tier === 2)
    expect(dayOf(firstByTwo)).toBeGreaterThan(60)
    expect(dayOf(firstByTwo)).toBeLessThan(70)
    expect(
      own.filter(({ startedAt }) => startedAt < (firstByTwo?.startedAt ?? 0)).every(({ tier }) => tier === 1),
    ).toBe(true)
    expect(own.every(({ outcome }) => outcome === 'renewed')).toBe(true)
  })

  test('one that rotates but keeps its end counts from the first of its line', async () => {
    const world = makeWorld({ cloud: { slide: false, rotate: true } })
    await world.clock.advance(75 * DAY)
    expect(world.attempts.some(({ tier }) => tier === 2)).toBe(true)
  })

  test('one that slides never needs tier 2', async () => {
    const world = makeWorld({ cloud: { slide: true, rotate: true } })
    await world.clock.advance(120 * DAY)
    expect(world.attempts.some(({ tier }) => tier === 2)).toBe(false)
  })

  test('one that is missing from the answer is kept, with its own end', async () => {
    const world = makeWorld({ cloud: { sendsRefreshToken: false } })
    const before = world.profile().pair?.refresh
    await press(world)
    expect(world.profile().pair?.refresh).toEqual(before)
  })
})

describe('a pasted token of unknown lifetime', () => {
  const pasted = makePair({ origin: 'pasted', expiresAt: null, refresh: null })

  test('its end is asked for, and then it is due by the usual rule', async () => {
    const world = makeWorld({ profiles: [{ id: 'one', pair: pasted }], start: false })
    world.cloud.knownExpiry = () => good(START + 4 * DAY)
    world.engine.start()
    await world.clock.advance(MINUTE)
    expect(world.cloud.count('expiry')).toBe(1)
    expect(world.vault.pairs.get('one')?.expiresAt).toBe(START + 4 * DAY)
    expect(world.attempts).toEqual([])
    await world.clock.advance(3 * DAY)
    expect(
      world.attempts.filter(({ subject }) => subject.kind === 'profile').map(({ tier }) => tier),
    ).toEqual([2])
  })

  test('if that gives nothing, it is due now', async () => {
    const world = makeWorld({ profiles: [{ id: 'one', pair: pasted }] })
    await world.clock.advance(MINUTE)
    expect(world.cloud.count('expiry')).toBe(1)
    expect(world.attempts.map(path)).toEqual(['2:ok'])
  })

  test('a refresh token without an access token is used at once', async () => {
    const world = makeWorld({ profiles: [{ id: 'one', pair: null }], start: false })
    const grant = world.cloud.issue('APP_a@org-1', 'client-a')
    const pair = { ...pairOf(grant, 'pasted'), accessToken: null, fingerprint: null, expiresAt: null }
    await world.engine.apply([{ kind: 'profile-pair', profileId: 'one', pair }])
    world.engine.start()
    await world.clock.advance(MINUTE)
    expect(world.attempts.map(path)).toEqual(['1:ok'])
  })

  test('a pasted personal access token shows the end that Webex tells', async () => {
    const world = makeWorld({
      profiles: [],
      manager: makePersonalToken({ pair: makePair({ origin: 'pasted', refresh: null, expiresAt: null }) }),
      start: false,
    })
    world.cloud.knownExpiry = () => good(START + 12 * HOUR)
    world.engine.start()
    await world.clock.advance(MINUTE)
    expect(world.engine.view().managers[0]).toMatchObject({
      state: 'ready',
      nextRefresh: null,
      accessToken: { expiresAt: START + 12 * HOUR },
    })
    await world.clock.advance(12 * HOUR)
    expect(world.engine.view().managers[0]).toMatchObject({
      state: 'expired',
      fix: { kind: 'paste-personal-token' },
    })
  })
})

describe('unchanged', () => {
  test('is an outcome of its own: neither a failure nor a renewal', async () => {
    const world = makeWorld({ cloud: { unchangedWithin: 30 * DAY } })
    const attempt = await press(world)
    expect(attempt).toMatchObject({ outcome: 'unchanged', tier: 1, sentence: null })
    expect(path(attempt)).toBe('1:unchanged')
    expect(attempt.before).toBe(attempt.after)
    expect(world.view().state).toBe('healthy')
  })

  test('again after half of the time left, never sooner than 24 h or a quarter of the life', async () => {
    const world = makeWorld({ cloud: { unchangedWithin: 30 * DAY } })
    await world.clock.advance(13.99 * DAY)
    const days = world.attempts.filter(({ subject }) => subject.kind === 'profile').map(dayOf)
    const first = days[0] ?? Number.NaN
    expect(days[1]).toBeCloseTo(first + (14 - first) / 2, 1)
    const early = days.filter((day) => day < 12.5)
    for (let index = 1; index < early.length; index += 1) {
      expect((early[index] ?? 0) - (early[index - 1] ?? 0)).toBeGreaterThanOrEqual(1)
    }
  })

  test('does not make the loop spin', async () => {
    const world = makeWorld({ cloud: { unchangedWithin: 365 * DAY }, manager: 'none' })
    await world.clock.advance(14 * DAY)
    expect(world.cloud.count('refresh')).toBeLessThan(40)
  })

  test('in the last tenth of the life another tier replaces the token', async () => {
    const world = makeWorld({ cloud: { unchangedWithin: 365 * DAY } })
    await world.clock.advance(13.9 * DAY)
    expect(world.attempts.filter(({ subject }) => subject.kind === 'profile').at(-1)?.tier).toBe(2)
    expect(world.view().accessToken?.expiresAt).toBeGreaterThan(world.clock.now() + 12 * DAY)
  })

  test('… in the same attempt, once the answer of tier 1 is stored', async () => {
    const world = makeWorld({
      cloud: { unchangedWithin: 365 * DAY, rotate: true },
      age: 13 * DAY,
      managerAge: 0,
      start: false,
    })
    expect(path(await press(world))).toBe('1:ok 2:ok')
    expect(world.vault.log.filter((entry) => entry !== 'view-changed')).toEqual([
      'prove',
      'commit',
      'prove',
      'commit',
      'attempt',
    ])
  })

  test('… and counts as unchanged when the other tier does not help', async () => {
    const world = makeWorld({
      cloud: { unchangedWithin: 365 * DAY },
      age: 13 * DAY,
      managerAge: 0,
      start: false,
    })
    failWith(world, 'application', refused(503))
    const attempt = await press(world)
    expect(path(attempt)).toBe('1:unchanged 2:transient')
    expect(attempt).toMatchObject({ outcome: 'unchanged', tier: 1 })
  })

  test('is remembered over a restart', async () => {
    const before = makeWorld({ cloud: { unchangedWithin: 30 * DAY }, age: 8 * DAY, managerAge: 8 * DAY })
    await before.clock.advance(HOUR)
    const last = before.attempts.filter(({ outcome }) => outcome === 'unchanged')
    expect(last.length).toBeGreaterThan(0)
    const pair = before.profile().pair
    const after = makeWorld({ profiles: [{ id: 'one', pair }], manager: 'none', lastAttempts: last })
    await after.clock.advance(HOUR)
    expect(after.cloud.count('refresh')).toBe(0)
  })
})

describe('one timer for the whole fleet', () => {
  test('never more than one is armed, and never for more than 60 s or for 0', async () => {
    const world = makeWorld({ profiles: many(40), cloud: { accessTtl: 2 * HOUR } })
    for (let hour = 0; hour < 5; hour += 0.1) {
      await world.clock.advance(0.1 * HOUR)
      expect(world.clock.armed.length).toBe(1)
    }
    expect(Math.max(...world.clock.delays)).toBeLessThanOrEqual(MINUTE)
    expect(Math.min(...world.clock.delays)).toBeGreaterThan(0)
  })

  test('a sleep without a resume event is noticed within a minute of waking', async () => {
    const world = makeWorld()
    await world.clock.advance(HOUR)
    world.clock.sleep(10 * DAY)
    await world.clock.advance(MINUTE)
    expect(world.view().last).toMatchObject({ outcome: 'renewed', trigger: 'resume' })
  })

  test('what is not due after a sleep is left alone', async () => {
    const world = makeWorld()
    await world.clock.advance(HOUR)
    world.clock.sleep(2 * DAY)
    await world.clock.advance(HOUR)
    expect(world.attempts).toEqual([])
  })
})

describe('resume, unlock, network back: everything is looked at again at once', () => {
  const reasons = [
    ['resume', 'resume'],
    ['unlock', 'resume'],
    ['network-back', 'network-back'],
  ] as const
  test.each(reasons)('%s ends the backoff', async (reason, trigger) => {
    const world = makeWorld({ age: 8 * DAY, managerAge: DAY })
    const lift = failWith(world, 'refresh', refused(503))
    await world.clock.advance(5 * HOUR)
    expect(world.view().state).toBe('retrying')
    await world.clock.until(
      () => (world.view().nextRefresh?.at ?? 0) > world.clock.now() + 10 * MINUTE,
      3 * HOUR,
    )
    lift()
    const failed = world.attempts.length
    world.engine.reconsider(reason)
    await world.clock.advance(5 * SECOND)
    expect(world.attempts.length).toBe(failed + 1)
    expect(world.view().last).toMatchObject({ outcome: 'renewed', trigger })
  })

  test('a burst of such events is one look, not a storm', async () => {
    const world = makeWorld({ age: 8 * DAY, managerAge: DAY })
    failWith(world, 'refresh', refused(503))
    await world.clock.advance(MINUTE)
    const before = world.cloud.count('refresh')
    for (let burst = 0; burst < 100; burst += 1) {
      world.engine.reconsider('network-back')
      await world.clock.advance(50)
    }
    expect(world.cloud.count('refresh') - before).toBeLessThanOrEqual(4)
  })
})

describe('the server’s Date corrects a wrong local clock', () => {
  test('a skew over two minutes is shown and counted with', async () => {
    const world = makeWorld({ start: false })
    world.cloud.serverDate = () => world.clock.now() + 3 * HOUR
    world.engine.start()
    await world.clock.advance(SECOND)
    const view = world.engine.view()
    expect(view.clockSkew).toBeGreaterThan(3 * HOUR - MINUTE)
    expect(view.now - world.clock.now()).toBe(view.clockSkew)
    await press(world)
    expect(world.profile().pair?.issuedAt).toBeGreaterThan(world.clock.now() + 2.9 * HOUR)
  })

  test('a small one is neither shown nor counted with', async () => {
    const world = makeWorld({ start: false })
    world.cloud.serverDate = () => world.clock.now() + 100 * SECOND
    world.engine.start()
    await world.clock.advance(SECOND)
    expect(world.engine.view()).toMatchObject({ clockSkew: 0, now: world.clock.now() })
  })

  test('a clock that is ten days behind is found out at start, and the token is renewed', async () => {
    const world = makeWorld({ start: false })
    world.cloud.serverDate = () => world.clock.now() + 10 * DAY
    world.engine.start()
    await world.clock.advance(2 * MINUTE)
    expect(world.view().last?.outcome).toBe('renewed')
  })

  test('what a stranger’s answer says of the time is not believed', async () => {
    const world = makeWorld()
    failWith(world, 'refresh', {
      kind: 'anomalous',
      status: 200,
      anomaly: 'html',
      trackingId: null,
      serverDate: START + 9 * DAY,
    })
    await press(world)
    expect(world.engine.view().clockSkew).toBe(0)
  })

  test('it is forgotten when somebody sets the local clock right', async () => {
    const world = makeWorld({ start: false })
    const truth = () => START + 5 * HOUR + world.clock.monotonic()
    world.cloud.serverDate = truth
    world.engine.start()
    await world.clock.advance(SECOND)
    expect(world.engine.view().clockSkew).not.toBe(0)
    world.clock.setWall(truth())
    await world.clock.advance(2 * MINUTE)
    expect(world.engine.view().clockSkew).toBe(0)
  })
})

test('tokens of 20 s live through a minute without ever being shown expired', async () => {
  const world = makeWorld({
    profiles: many(5),
    cloud: { accessTtl: 20 * SECOND, refreshTtl: 10 * MINUTE, latency: 200 },
  })
  const states = new Set<string>()
  for (let step = 0; step < 480; step += 1) {
    await world.clock.advance(250)
    for (const { state } of world.engine.view().profiles) states.add(state)
  }
  expect([...states].sort()).toEqual(['healthy', 'refreshing'])
  expect(world.cloud.worstOverlap).toBe(1)
  expect(world.cloud.count('refresh')).toBeLessThan((6 * 120) / 6)
})

test('a secret has one use: it is never part of a view', async () => {
  const world = makeWorld({ profiles: [{ id: 'one' }] })
  const shown = JSON.stringify(world.engine.view())
  for (const secret of ['access-1', 'refresh-2', 'secret-a', 'secret-integration'])
    expect(shown).not.toContain(secret)
  expect(`${new Secret('x')}`).toBe('[secret]')
})
