// Every bullet of the policy's "Alerts".
import { describe, expect, test, vi } from 'vitest'
import type { Alert, FleetView, Incident } from '#engine/domain/view-model.ts'
import { type AlertState, type AlertStep, nextAlerts, noAlerts } from '#engine/view/alerts.ts'
import { refused, unreachable } from '../support/answers.ts'
import { START } from '../support/fake-clock.ts'
import { incident } from '../support/incidents.ts'
import {
  DAY,
  failWith,
  HOUR,
  MINUTE,
  makeWorld,
  many,
  press,
  SECOND,
  type World,
  type WorldOptions,
} from '../support/world.ts'

// Days of virtual time are seconds of a busy machine's.
vi.setConfig({ testTimeout: 60_000 })

function cause(key: string, overrides: Partial<Incident> = {}): Incident {
  return incident({ key, profileIds: ['one'], since: START, ...overrides })
}

function fleetView(now: number, incidents: readonly Incident[]): FleetView {
  return { now, clockSkew: 0, profiles: [], managers: [], incidents, allPausedUntil: null }
}

/** Feeds the views one after another; gives the last step. */
function steps(...views: readonly FleetView[]): AlertStep {
  let step: AlertStep = { state: noAlerts, raise: [], recovered: [], withdraw: [], again: null }
  for (const view of views) step = nextAlerts(step.state, view)
  return step
}

interface Watched extends World {
  readonly raised: Alert[]
  readonly recovered: Alert[]
  readonly withdrawn: string[]
}

/** What a person would have been told, following every view. */
function watch(options: WorldOptions): Watched {
  const world = makeWorld({ ...options, start: false })
  const watched: Watched = { ...world, raised: [], recovered: [], withdrawn: [] }
  let state: AlertState = noAlerts
  const look = () => {
    const step = nextAlerts(state, world.engine.view())
    state = step.state
    watched.raised.push(...step.raise)
    watched.recovered.push(...step.recovered)
    watched.withdrawn.push(...step.withdraw)
  }
  world.engine.subscribe(({ kind }) => {
    if (kind === 'view-changed') look()
  })
  if (options.start !== false) world.engine.start()
  return watched
}

describe('one per root cause, never one per profile', () => {
  test('a dead integration of 212 profiles is one alert', async () => {
    const world = watch({ profiles: many(212, { pair: null }), managerAge: 15 * DAY, start: false })
    world.cloud.kill('manager')
    world.engine.start()
    await world.clock.advance(DAY)
    expect(world.raised).toHaveLength(1)
    expect(world.raised[0]).toMatchObject({
      key: 'manager-dead:manager',
      fix: { kind: 'connect-integration' },
    })
    expect(world.raised[0]?.profileIds).toHaveLength(212)
    expect(world.raised[0]?.title).toBe('Reconnect the integration: 212 customers depend on it')
    expect(world.raised[0]?.body).toMatch(/^Profile p0 · .+ and 211 more/)
  })

  test('names from right to left are isolated, so that no desktop turns the sentence around', async () => {
    const world = watch({
      profiles: many(3, { pair: null, name: 'הזמנות (2)', orgName: 'חברה' }),
      managerAge: 15 * DAY,
      start: false,
    })
    world.cloud.kill('manager')
    world.engine.start()
    await world.clock.advance(DAY)
    expect(world.raised[0]?.body).toMatch(/^\u2068הזמנות \(2\)\u2069 · \u2068חברה\u2069 and 2 more/)
  })

  test('the same cause is said once, however long it lasts', () => {
    const again = steps(fleetView(START, [cause('a')]), fleetView(START + DAY, [cause('a')]))
    expect(again).toMatchObject({ raise: [], recovered: [], withdraw: [] })
  })

  test('more profiles under the same cause are no news', () => {
    const grown = cause('a', { profileIds: ['one', 'two', 'three'] })
    expect(steps(fleetView(START, [cause('a')]), fleetView(START + DAY, [grown])).raise).toEqual([])
  })

  const serviceApp = { id: 'app-a', name: 'Contact sync', appId: 'APP_a' }
  const withdrawn = (count: number, overrides: Partial<Incident> = {}) =>
    cause('not-authorised:app-a', {
      serviceApp,
      profileIds: Array.from({ length: count }, (_, index) => `p${index}`),
      ...overrides,
    })

  test('more customers of a service app are news once the first ten minutes are over, together', () => {
    const first = steps(fleetView(START, [withdrawn(1)]))
    const soon = nextAlerts(first.state, fleetView(START + MINUTE, [withdrawn(30)]))
    expect(soon).toMatchObject({ raise: [], again: START + 10 * MINUTE })
    const later = nextAlerts(soon.state, fleetView(START + 10 * MINUTE, [withdrawn(31)]))
    expect(later.raise.map(({ key, profileIds }) => [key, profileIds.length])).toEqual([
      ['not-authorised:app-a', 31],
    ])
    expect(later.again).toBeNull()
    expect(nextAlerts(later.state, fleetView(START + DAY, [withdrawn(31)])).raise).toEqual([])
    expect(nextAlerts(later.state, fleetView(START + DAY, [withdrawn(12)])).raise).toEqual([])
  })

  test('more customers of what only informs are none', () => {
    const [one, more] = [1, 30].map((count) => withdrawn(count, { level: 'information' }))
    if (one === undefined || more === undefined) throw new Error('no incident')
    expect(steps(fleetView(START, [one]), fleetView(START + DAY, [more]))).toMatchObject({
      raise: [],
      again: null,
    })
  })

  test('another code under the same key is news, another title alone is not', () => {
    const before = cause('interference', { code: 'proxy', title: 'The proxy requires a sign-in' })
    const after = cause('interference', { code: 'proxy-rejected', title: 'The proxy rejected the sign-in' })
    expect(steps(fleetView(START, [before]), fleetView(START + DAY, [after])).raise).toHaveLength(1)
    const renamed = cause('interference', { code: 'proxy', title: 'Two problems' })
    expect(steps(fleetView(START, [before]), fleetView(START + DAY, [renamed])).raise).toEqual([])
  })

  test('what is snoozed leaves without a word, and is said again when the snooze ends', () => {
    const snoozed = withdrawn(1, { snoozedUntil: START + 3 * DAY })
    const left = steps(fleetView(START, [withdrawn(1)]), fleetView(START + HOUR, [snoozed]))
    expect(left).toMatchObject({ raise: [], recovered: [], withdraw: ['not-authorised:app-a'] })
    const back = nextAlerts(left.state, fleetView(START + 3 * DAY, [withdrawn(1)]))
    expect(back.raise.map(({ key }) => key)).toEqual(['not-authorised:app-a'])
  })

  test('what ends while it is snoozed ends without a word', () => {
    const snoozed = withdrawn(1, { snoozedUntil: START + 3 * DAY })
    const step = steps(fleetView(START, [snoozed]), fleetView(START + HOUR, []))
    expect(step).toMatchObject({ raise: [], recovered: [], withdraw: [] })
  })

  test('the end of what 30 customers met is told with their number, in the past tense', () => {
    const step = steps(fleetView(START, [withdrawn(30)]), fleetView(START + HOUR, []))
    expect(step.recovered.map(({ title }) => title)).toEqual([
      'Resolved: renewals of “Contact sync” continued for 30 customers',
    ])
  })

  test('a cause that got worse is said again, under its key', () => {
    const worse = cause('a', { level: 'critical' })
    const step = steps(fleetView(START, [cause('a')]), fleetView(START + DAY, [worse]))
    expect(step.raise).toMatchObject([{ key: 'a', level: 'critical' }])
    expect(step.withdraw).toEqual([])
  })

  test('one that got better is not', () => {
    const worse = cause('a', { level: 'critical' })
    expect(steps(fleetView(START, [worse]), fleetView(START + DAY, [cause('a')])).raise).toEqual([])
  })
})

describe('grouped if three or more come within a minute', () => {
  test('two at once are two alerts', () => {
    expect(steps(fleetView(START, [cause('a'), cause('b')])).raise).toHaveLength(2)
  })

  test('a sum of several offers no button of one of them', () => {
    const fix = { kind: 'check-network' } as const
    const step = steps(fleetView(START, [cause('a', { fix }), cause('b', { fix }), cause('c', { fix })]))
    expect(step.raise).toMatchObject([{ key: expect.stringMatching(/^group:/), fix: null }])
  })

  test('three at once are one', () => {
    const step = steps(
      fleetView(START, [cause('a'), cause('b'), cause('c', { level: 'critical', profileIds: ['two'] })]),
    )
    expect(step.raise).toHaveLength(1)
    expect(step.raise[0]).toMatchObject({ level: 'critical', profileIds: ['one', 'two'] })
    expect(step.raise[0]?.body).toContain('Title of b.')
  })

  test('a third within the minute takes the two single ones away', () => {
    const two = [cause('a'), cause('b')]
    const step = steps(fleetView(START, two), fleetView(START + 50 * SECOND, [...two, cause('c')]))
    expect(step.raise).toHaveLength(1)
    expect([...step.withdraw].sort()).toEqual(['a', 'b'])
  })

  test('a third after the minute is said by itself', () => {
    const two = [cause('a'), cause('b')]
    const step = steps(fleetView(START, two), fleetView(START + 61 * SECOND, [...two, cause('c')]))
    expect(step.raise.map(({ key }) => key)).toEqual(['c'])
    expect(step.withdraw).toEqual([])
  })

  test('a fourth within the minute joins the group, under the same key', () => {
    const three = [cause('a'), cause('b'), cause('c')]
    const first = steps(fleetView(START, three))
    const second = nextAlerts(first.state, fleetView(START + 30 * SECOND, [...three, cause('d')]))
    expect(second.raise.map(({ key }) => key)).toEqual([first.raise[0]?.key])
    expect(second.withdraw).toEqual([])
    expect(second.raise[0]?.title).toContain('4')
  })
})

describe('withdrawn or followed by a "recovered" when it ends', () => {
  test('a warning is followed by one under the same key', () => {
    const step = steps(fleetView(START, [cause('a')]), fleetView(START + HOUR, []))
    expect(step.recovered).toMatchObject([{ key: 'a', level: 'information', profileIds: ['one'] }])
    expect(step.withdraw).toEqual([])
  })

  test('an information is withdrawn without a word', () => {
    const step = steps(fleetView(START, [cause('a', { level: 'information' })]), fleetView(START + HOUR, []))
    expect(step).toMatchObject({ recovered: [], withdraw: ['a'] })
  })

  test('a group ends with its last member', () => {
    const three = [cause('a'), cause('b'), cause('c')]
    const first = steps(fleetView(START, three))
    const partly = nextAlerts(first.state, fleetView(START + HOUR, [cause('b')]))
    expect(partly).toMatchObject({ recovered: [], withdraw: [] })
    const over = nextAlerts(partly.state, fleetView(START + 2 * HOUR, []))
    expect(over.recovered.map(({ key }) => key)).toEqual([first.raise[0]?.key])
  })

  test.each([
    ['network-down', 'Resolved: Webex was reached again'],
    ['nothing-runs', 'Resolved: renewals were started'],
    ['throttled:client-a', 'Resolved: Webex accepted requests again'],
    ['undelivered:app-a', 'Resolved: tokens were delivered again'],
    ['manager-dead:m', 'Resolved: the token manager issues tokens again'],
    ['no-manager:', 'Resolved: the token manager issues tokens again'],
    ['unreadable-profiles', 'Resolved: renewals continued'],
  ])('the end of %s is told in the past tense, without the alarm', (key, title) => {
    const alarm = cause(key, { level: 'critical', title: 'No token is being renewed' })
    const step = steps(fleetView(START, [alarm]), fleetView(START + HOUR, []))
    expect(step.recovered.map((alert) => alert.title)).toEqual([title])
    expect(JSON.stringify(step.recovered)).not.toContain('No token')
  })

  test('what is gone because nothing runs any more has not ended, and goes without a word', () => {
    const before = fleetView(START, [cause('manager-dead:m', { level: 'critical' }), cause('undelivered:a')])
    const step = steps(before, fleetView(START + HOUR, [cause('nothing-runs', { profileIds: [] })]))
    expect(step).toMatchObject({ recovered: [], withdraw: ['manager-dead:m', 'undelivered:a'] })
    expect(step.raise.map(({ key }) => key)).toEqual(['nothing-runs'])
  })

  test('what ends where there is nothing to renew, as at the first start, ends without a word', () => {
    const nothing = { ...fleetView(START, [cause('nothing-runs', { profileIds: [] })]), profiles: [] }
    const step = steps(nothing, { ...fleetView(START + HOUR, []), profiles: [] })
    expect(step).toMatchObject({ recovered: [], withdraw: ['nothing-runs'] })
  })

  test('what comes again is said again', () => {
    const step = steps(
      fleetView(START, [cause('a')]),
      fleetView(START + HOUR, []),
      fleetView(START + DAY, [cause('a')]),
    )
    expect(step.raise.map(({ key }) => key)).toEqual(['a'])
  })

  test('three recoveries at once are one', () => {
    const later = (at: number, ...keys: readonly string[]) =>
      fleetView(
        START + at * HOUR,
        keys.map((key) => cause(key)),
      )
    const step = steps(later(0, 'a'), later(1, 'a', 'b'), later(2, 'a', 'b', 'c'), later(3))
    expect(step.recovered).toHaveLength(1)
    expect(step.withdraw).toHaveLength(2)
  })

  test('from end to end: an outage is announced, and its end as well', async () => {
    const world = watch({ age: 8.5 * DAY, managerAge: 0, start: false })
    const lift = failWith(world, 'refresh', unreachable(), 'client-a')
    world.engine.start()
    await world.clock.advance(HOUR)
    expect(world.raised).toMatchObject([{ key: 'network-down', level: 'warning' }])
    lift()
    await world.clock.advance(HOUR)
    expect(world.recovered).toMatchObject([{ key: 'network-down' }])
    expect(world.recovered[0]?.about).toBe('Profile one · Org 1')
  })
})

test('what is retried and no problem yet is announced once, when it has become one', () => {
  const early = cause('undelivered', { level: 'information', owner: 'nobody-or-you' })
  expect(steps(fleetView(START, [early])).raise).toEqual([])
  const later = fleetView(START + MINUTE, [{ ...early, level: 'warning', owner: 'you' }])
  expect(steps(fleetView(START, [early]), later).raise).toMatchObject([{ key: 'undelivered' }])
  const ended = steps(fleetView(START, [early]), fleetView(START + MINUTE, []))
  expect([ended.recovered, ended.withdraw]).toEqual([[], []])
})

test('none for success: months of good work say nothing', async () => {
  const world = watch({ profiles: many(20) })
  await world.clock.advance(60 * DAY)
  expect(world.attempts.length).toBeGreaterThan(100)
  expect(world.raised).toEqual([])
})

describe('raised on', () => {
  test('tier 1 dead, as an information', async () => {
    const world = watch({ age: 2 * DAY, managerAge: 0, cloud: { sendsRefreshToken: false } })
    world.cloud.kill('APP_a@org-1')
    await press(world)
    await world.clock.advance(SECOND)
    expect(world.view().state).toBe('healthy')
    expect(world.raised).toMatchObject([{ key: 'tier-1-dead:app-a', level: 'information' }])
  })

  test('tier 2 failing', async () => {
    const world = watch({ age: 2 * DAY, managerAge: 0 })
    world.cloud.kill('APP_a@org-1')
    world.cloud.deauthorised.add('APP_a@org-1')
    await press(world)
    await world.clock.advance(SECOND)
    expect(world.raised).toMatchObject([
      { key: 'not-authorised:app-a', fix: { kind: 'authorise-in-control-hub' } },
    ])
    expect(world.raised[0]?.about).toMatch(/^Profile one · Org 1, token ends in about \d+ d$/)
    expect(world.raised[0]?.body).toContain(`${world.raised[0]?.about}: Webex`)
  })

  test('the manager’s refresh token at 30, 14, 7 and 1 days, and dead', async () => {
    const world = watch({ profiles: [], cloud: { slide: false } })
    const days: number[] = []
    for (let day = 1; day < 93; day += 1) {
      const before = world.raised.length
      await world.clock.advance(DAY)
      if (world.raised.length > before) days.push(90 - day)
    }
    expect(days.slice(0, 4)).toEqual([30, 14, 7, 1])
    const keys = world.raised.map(({ key }) => key)
    expect(keys.slice(0, 4)).toEqual(Array(4).fill('manager-ends:manager'))
    expect(keys).toContain('manager-dead:manager')
    expect(world.raised.slice(0, 4).map(({ level }) => level)).toEqual([
      'information',
      'information',
      'warning',
      'critical',
    ])
  })

  test('… scaled down for a short one: none of them in the first half of its life', async () => {
    const world = watch({
      profiles: [],
      cloud: { slide: false, accessTtl: 20 * MINUTE, refreshTtl: 2 * HOUR },
    })
    await world.clock.advance(HOUR)
    expect(world.raised).toEqual([])
    await world.clock.advance(30 * MINUTE)
    expect(world.raised.map(({ key }) => key)).toEqual(['manager-ends:manager'])
  })

  test('three failed attempts in a row, not two', async () => {
    const world = watch({ age: 2 * DAY, managerAge: 0 })
    failWith(world, 'refresh', refused(503), 'client-a')
    await press(world)
    await press(world)
    await world.clock.advance(200)
    const failed = world.attempts.filter(({ outcome }) => outcome === 'failed').length
    expect(failed).toBeLessThan(3)
    expect(world.raised).toEqual([])
    await world.clock.advance(MINUTE)
    expect(world.raised).toMatchObject([{ key: 'webex-failing' }])
  })

  test('… or another number, as set', async () => {
    const world = watch({ age: 2 * DAY, managerAge: 0, settings: { failedAttemptsBeforeAlert: 1 } })
    failWith(world, 'refresh', refused(503), 'client-a')
    await press(world)
    await world.clock.advance(200)
    expect(world.raised).toMatchObject([{ key: 'webex-failing' }])
  })

  test('a token that ends within a day with nothing planned that could renew it', async () => {
    const world = watch({ age: 12.9 * DAY, manager: 'none', start: false })
    world.cloud.regenerated.add('client-a')
    world.engine.start()
    await world.clock.advance(HOUR)
    expect(world.raised).toMatchObject([{ key: 'client-refused:app-a', level: 'warning' }])
    await world.clock.advance(3 * HOUR)
    expect(world.raised.slice(1)).toMatchObject([{ key: 'client-refused:app-a', level: 'critical' }])
    expect(world.raised[1]?.body).toContain('token ends in about')
  })

  test('… but a short-lived token is not always about to end', async () => {
    const world = watch({ cloud: { accessTtl: 20 * SECOND, refreshTtl: 10 * MINUTE } })
    await world.clock.advance(5 * MINUTE)
    expect(world.raised).toEqual([])
  })

  test('a token that expired', async () => {
    const world = watch({ age: 8.5 * DAY, manager: 'none', start: false })
    failWith(world, 'refresh', unreachable())
    world.engine.start()
    await world.clock.advance(6 * DAY)
    expect(world.raised.map(({ key, level }) => [key, level])).toEqual([
      ['network-down', 'warning'],
      ['network-down', 'critical'],
    ])
  })

  test('store trouble, at once', async () => {
    const world = watch({ age: 2 * DAY })
    world.vault.break()
    await press(world)
    await world.clock.advance(200)
    expect(world.raised).toMatchObject([{ key: 'store', level: 'critical', fix: { kind: 'check-storage' } }])
    world.vault.mend()
    await world.clock.advance(5 * SECOND)
    expect(world.recovered.map(({ key }) => key)).toContain('store')
  })

  test('something that answers in place of Webex', async () => {
    const world = watch({ age: 2 * DAY, managerAge: 0 })
    const lift = failWith(world, 'refresh', {
      kind: 'anomalous',
      status: 200,
      anomaly: 'html',
      trackingId: null,
      serverDate: null,
    })
    world.cloud.webexIsThere = false
    await press(world)
    await world.clock.advance(10 * SECOND)
    expect(world.raised).toMatchObject([{ key: 'interference', fix: { kind: 'check-network' } }])
    lift()
    world.cloud.webexIsThere = true
    await world.clock.advance(5 * MINUTE)
    expect(world.recovered).toMatchObject([{ key: 'interference' }])
  })
})

test('a look at the wrong secret again is not a recovery', async () => {
  const world = watch({ age: 8.5 * DAY, managerAge: 0, start: false })
  world.cloud.regenerated.add('client-a')
  world.engine.start()
  await world.clock.advance(MINUTE)
  world.engine.reconsider('resume')
  await world.clock.advance(DAY)
  expect(world.raised.map(({ key }) => key)).toEqual(['client-refused:app-a'])
  expect(world.recovered).toEqual([])
})

test('an alert never holds a token', async () => {
  const world = watch({ age: 2 * DAY, profiles: many(5) })
  failWith(world, 'refresh', refused(503, { message: 'no' }))
  world.cloud.deauthorised.add('APP_a@org-1')
  await world.clock.advance(10 * DAY)
  expect(JSON.stringify([...world.raised, ...world.recovered])).not.toMatch(/access-\d|refresh-\d|secret-/)
})
