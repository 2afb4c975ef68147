// Test of all tiers: a renewal that is due anyway goes through tiers 3 and 2, and tier 1 still saves the token where they fail.
import { describe, expect, test } from 'vitest'
import type { Attempt } from '#engine/domain/model.ts'
import { defaultSettings } from '#engine/domain/policy.ts'
import { odd, refused, tokenLimit, unreachable } from './support/answers.ts'
import { START } from './support/fake-clock.ts'
import { restarted } from './support/restarted.ts'
import {
  DAY,
  failWith,
  HOUR,
  MINUTE,
  makePersonalToken,
  makeWorld,
  pairOf,
  path,
  press,
  SECOND,
  type World,
} from './support/world.ts'

const MANAGER_CLIENT = 'client-integration'

const ofProfiles = ({ attempts }: World) => attempts.filter(({ subject }) => subject.kind === 'profile')
const drills = (world: World) => ofProfiles(world).filter(({ reason }) => reason?.code === 'drill')
const sent = ({ cloud }: World, who: string) => cloud.seen.filter((seen) => seen.who === who)
const tierThree = (world: World) => sent(world, MANAGER_CLIENT)
const drillKeys = ({ attempts }: World) =>
  attempts.filter(({ reason }) => reason?.code === 'drill').map(({ subject }) => subject.kind)

/** Presses "Test now" and lets virtual time pass until the attempt has ended. */
async function drillNow(world: World, id = 'one'): Promise<Attempt> {
  const ended: Attempt[] = []
  void world.engine.drillNow(id).then((attempt) => ended.push(attempt))
  await world.clock.until(() => ended.length > 0, 5 * MINUTE)
  const [attempt] = ended
  if (attempt === undefined) throw new Error('it did not end')
  return attempt
}

/** A drill of one profile, up to after its due renewal. */
async function drilled(world: World): Promise<Attempt | undefined> {
  await world.engine.requestDrill('one', true)
  await world.clock.advance(9 * DAY)
  return ofProfiles(world)[0]
}

describe('at the next due renewal', () => {
  test('tiers 3 and 2 are used instead of tier 1, at the planned time and with one token', async () => {
    const world = makeWorld()
    const { clock, cloud, engine, vault } = world
    const planned = world.view().nextRefresh
    await engine.requestDrill('one', true)
    const share = Math.round((100 * ((planned?.at ?? 0) - START)) / (14 * DAY))
    expect(world.view().drill).toEqual({ by: 'person', requestedAt: clock.now(), isNext: true })
    expect(world.view().nextRefresh).toEqual({
      at: planned?.at,
      why: `Test of all tiers, at ${share} % of its lifetime`,
    })
    const before = cloud.grant('APP_a@org-1').refresh
    await clock.advance(9 * DAY)
    const [attempt, ...others] = ofProfiles(world)
    expect(others).toEqual([])
    expect(attempt).toMatchObject({
      trigger: 'scheduled',
      reason: { code: 'drill', by: 'person', share: share / 100 },
      startedAt: planned?.at,
      outcome: 'renewed',
      tier: 2,
    })
    expect(path(attempt)).toBe('3:ok 2:ok')
    // The refresh token of tier 1 never left.
    expect(cloud.seen.filter(({ credential }) => credential === before)).toEqual([])
    expect(drillKeys(world)).toEqual(['manager', 'profile'])
    expect(world.view().drill).toBeUndefined()
    expect(vault.drills.requests.size).toBe(0)
    expect(world.view().ladder.map(({ state }) => state)).toEqual(['unknown', 'ready', 'ready'])
    await clock.advance(9 * DAY)
    expect(path(ofProfiles(world)[1])).toBe('1:ok')
  })

  test('a cancelled one leaves the renewal as it was', async () => {
    const world = makeWorld()
    await world.engine.requestDrill('one', true)
    await world.engine.requestDrill('one', false)
    await world.clock.advance(9 * DAY)
    expect(path(ofProfiles(world)[0])).toBe('1:ok')
    expect(drills(world)).toEqual([])
  })

  test('a press of Refresh before is no drill, and does not use it up', async () => {
    const world = makeWorld()
    await world.engine.requestDrill('one', true)
    expect(path(await press(world))).toBe('1:ok')
    await world.clock.advance(9 * DAY)
    expect(path(ofProfiles(world)[1])).toBe('3:ok 2:ok')
  })

  const outcomes: readonly (readonly [string, (world: World) => unknown, string])[] = [
    ['tier 3 is dead', ({ cloud }) => cloud.kill('manager'), '3:manager-grant-dead 2:ok'],
    [
      'tier 3 does not answer',
      (world) => failWith(world, 'refresh', unreachable('timeout', true), MANAGER_CLIENT),
      '3:answer-lost 2:ok',
    ],
    [
      'tier 3 is throttled',
      (world) => failWith(world, 'refresh', refused(429, { retryAfter: HOUR }), MANAGER_CLIENT),
      '3:throttled 2:ok',
    ],
    [
      'the customer withdrew the authorization',
      ({ cloud }) => cloud.deauthorised.add('APP_a@org-1'),
      '3:ok 2:not-authorised 1:ok',
    ],
    [
      'Webex does not know the app',
      (world) => failWith(world, 'application', refused(404)),
      '3:ok 2:wrong-field 1:ok',
    ],
    [
      'tier 2 does not answer',
      (world) => failWith(world, 'application', unreachable('reset', true)),
      '3:ok 2:transient 1:ok',
    ],
    ['tier 2 has trouble', (world) => failWith(world, 'application', refused(503)), '3:ok 2:transient 1:ok'],
    [
      'tier 2 blames the secret',
      (world) => failWith(world, 'application', refused(401, { message: 'Invalid client credentials' })),
      '3:ok 2:client-refused 1:ok',
    ],
    [
      'tier 2 refuses each bearer',
      (world) => failWith(world, 'application', refused(401, { message: 'no' })),
      '3:ok 2:bearer-refused 1:ok',
    ],
    [
      'tiers 3 and 2 have trouble',
      (world) => {
        failWith(world, 'application', refused(500))
        failWith(world, 'refresh', refused(500), MANAGER_CLIENT)
      },
      '3:transient 2:transient 1:ok',
    ],
  ]
  test.each(outcomes)('the token is renewed although %s', async (_, trouble, expected) => {
    const world = makeWorld()
    await world.engine.requestDrill('one', true)
    await world.clock.advance(DAY)
    trouble(world)
    await world.clock.until(() => ofProfiles(world).length > 0, 9 * DAY, HOUR)
    const [attempt] = ofProfiles(world)
    expect(path(attempt)).toBe(expected)
    expect(attempt).toMatchObject({ outcome: 'renewed', reason: { code: 'drill' } })
    expect(world.cloud.accepts(world.cloud.grant('APP_a@org-1').access)).toBe(true)
    expect(world.view().drill).toBeUndefined()
    expect(world.view().accessToken?.expiresAt).toBeGreaterThan(world.clock.now() + 13 * DAY)
  })

  const LOST = 'tier-2-lost:app-a'
  const problems: readonly (readonly [string, (world: World) => unknown, string | null, string | null])[] = [
    [
      'the customer withdrew the authorization',
      ({ cloud }) => cloud.deauthorised.add('APP_a@org-1'),
      `${LOST}:not-authorised`,
      'authorise-in-control-hub',
    ],
    [
      'Webex does not know the app',
      (world) => failWith(world, 'application', refused(404)),
      `${LOST}:wrong-field`,
      'edit-service-app',
    ],
    [
      'tier 2 blames the secret',
      (world) => failWith(world, 'application', refused(401, { message: 'Invalid client credentials' })),
      `${LOST}:client-refused`,
      'replace-secret',
    ],
    [
      'tier 2 is refused for no known reason',
      (world) => failWith(world, 'application', refused(418)),
      `${LOST}:unexpected`,
      'test-tiers',
    ],
    ['tier 2 has trouble', (world) => failWith(world, 'application', refused(503)), null, null],
    [
      'tier 2 cannot be reached',
      (world) => failWith(world, 'application', unreachable('reset', true)),
      null,
      null,
    ],
  ]
  test.each(problems)('that the second net is gone is a problem where %s', async (_, trouble, key, fix) => {
    const world = makeWorld()
    trouble(world)
    await drillNow(world)
    const seen = (view = world.engine.view()) =>
      view.incidents.map((incident) => [incident.key, incident.level, incident.fix?.kind ?? null])
    const expected = key === null ? [] : [[key, 'warning', fix]]
    expect(seen()).toEqual(expected)
    expect(world.view()).toMatchObject({ state: 'healthy', isUnattended: true })
    world.engine.reconsider('resume')
    await world.clock.advance(HOUR)
    expect(seen()).toEqual(expected)
    expect(seen((await restarted(world)).view())).toEqual(expected)
  })

  test('the problem ends with a test that works, with other credentials, and where tier 1 ends, too', async () => {
    const world = makeWorld({ managerAge: 0, age: 2 * DAY })
    const codes = () => world.engine.view().incidents.map(({ code }) => code)
    const lose = async () => {
      const lift = failWith(world, 'application', refused(404))
      await drillNow(world)
      expect(codes()).toEqual(['tier-2-lost'])
      lift()
    }
    await lose()
    await drillNow(world)
    expect(codes()).toEqual([])
    await lose()
    const serviceApp = world.engine.fleet().serviceApps.get('app-a')
    if (serviceApp === undefined) throw new Error('The service app is gone.')
    await world.engine.apply([{ kind: 'service-app-saved', serviceApp }])
    expect(codes()).toEqual([])
    world.cloud.deauthorised.add('APP_a@org-1')
    await drillNow(world)
    expect(codes()).toEqual(['tier-2-lost'])
    world.cloud.kill('APP_a@org-1')
    await press(world)
    expect(codes()).toEqual(['not-authorised'])
  })

  const lifts: readonly (readonly [string, (world: World) => () => void, string])[] = [
    [
      'withdrawn authorization',
      ({ cloud }) => {
        cloud.deauthorised.add('APP_a@org-1')
        return () => cloud.deauthorised.delete('APP_a@org-1')
      },
      `${LOST}:not-authorised`,
    ],
    ['wrong field', (world) => failWith(world, 'application', refused(404)), `${LOST}:wrong-field`],
    ['unknown refusal', (world) => failWith(world, 'application', refused(418)), `${LOST}:unexpected`],
  ]
  describe.each(lifts)('a second net that is gone by a %s', (_, trouble, key) => {
    const keys = (world: World) => world.engine.view().incidents.map((incident) => incident.key)

    test('is there again with the next test that tier 2 passes', async () => {
      const world = makeWorld()
      const lift = trouble(world)
      await drillNow(world)
      expect(keys(world)).toEqual([key])
      lift()
      await drillNow(world)
      expect(keys(world)).toEqual([])
      expect(world.view()).toMatchObject({ state: 'healthy', isUnattended: true })
    })

    test('is there again with any renewal by tier 2', async () => {
      const world = makeWorld()
      const lift = trouble(world)
      await drillNow(world)
      expect(keys(world)).toEqual([key])
      lift()
      world.cloud.kill('APP_a@org-1')
      await world.clock.until(() => world.view().last?.tier === 2, 20 * DAY, HOUR)
      expect(keys(world).filter((one) => one.startsWith(LOST))).toEqual([])
    })

    test('is known after a restart, also behind newer renewals by tier 1, and over when tier 2 works', async () => {
      const world = makeWorld()
      const lift = trouble(world)
      await drillNow(world)
      await press(world)
      await press(world)
      expect(keys(world)).toEqual([key])
      const again = { ...world, engine: await restarted(world) }
      expect(keys(again)).toEqual([key])
      lift()
      await drillNow(again)
      expect(keys(again)).toEqual([])
      await press(again)
      expect((await restarted(again)).view().incidents).toEqual([])
    })
  })

  test('where nothing answers, it is retried as any other renewal, and the test is still to come', async () => {
    const world = makeWorld()
    await world.engine.requestDrill('one', true)
    await world.clock.advance(DAY)
    const lifts = (['refresh', 'application'] as const).map((at) => failWith(world, at, unreachable('dns')))
    await world.clock.until(() => ofProfiles(world).length > 0, 9 * DAY, HOUR)
    expect(ofProfiles(world)[0]?.outcome).toBe('failed')
    for (const lift of lifts.reverse()) lift()
    await world.clock.advance(2 * HOUR)
    const last = ofProfiles(world).at(-1)
    expect(last).toMatchObject({ outcome: 'renewed', tier: 1, reason: { code: 'retry-after-failure' } })
    expect(world.view().drill).toBeDefined()
    await world.clock.advance(9 * DAY)
    expect(path(ofProfiles(world).at(-1))).toBe('3:ok 2:ok')
  })

  test('something that answers in place of Webex gets no refresh token after tiers 3 and 2', async () => {
    const world = makeWorld()
    await world.engine.requestDrill('one', true)
    await world.clock.advance(DAY)
    world.cloud.fault = (endpoint) => (endpoint === 'probe' ? null : { answer: odd('html') })
    await world.clock.until(() => ofProfiles(world).length > 0, 9 * DAY, HOUR)
    expect(sent(world, 'client-a')).toEqual([])
  })

  test('while the circuit is open none begins, and it comes when Webex is back', async () => {
    const world = makeWorld({ profiles: [{ id: 'one' }, { id: 'two', targetOrgId: 'org-2' }] })
    await world.engine.requestDrill('one', true)
    const due = world.view().nextRefresh?.at ?? 0
    await world.clock.advance(due - START - HOUR)
    world.cloud.webexIsThere = false
    world.cloud.fault = () => ({ answer: odd('html') })
    await press(world, 'two')
    await world.clock.advance(5 * HOUR)
    expect(drills(world)).toEqual([])
    world.cloud.webexIsThere = true
    world.cloud.fault = () => null
    await world.clock.advance(10 * MINUTE)
    expect(drills(world).map(path)).toEqual(['3:ok 2:ok'])
  })

  test('while the profile or everything is paused none begins, and it comes afterwards', async () => {
    const world = makeWorld()
    await world.engine.requestDrill('one', true)
    const paused = (isPaused: boolean) =>
      world.engine.apply([{ kind: 'profile-saved', profile: { ...world.profile(), paused: isPaused } }])
    await paused(true)
    await world.clock.advance(9 * DAY)
    expect(ofProfiles(world)).toEqual([])
    expect(world.view().drill).toBeDefined()
    world.engine.pauseAll(world.clock.now() + DAY)
    await paused(false)
    await world.clock.advance(DAY - MINUTE)
    expect(ofProfiles(world)).toEqual([])
    await world.clock.advance(2 * MINUTE)
    expect(drills(world).map(path)).toEqual(['3:ok 2:ok'])
  })

  test("where the token manager's grant is known to be dead, tier 1 renews and the test waits", async () => {
    const world = makeWorld({ managerAge: 13.9 * DAY })
    world.cloud.kill('manager')
    await world.engine.requestDrill('one', true)
    await world.clock.advance(DAY)
    const before = tierThree(world).length
    await world.clock.advance(8 * DAY)
    expect(path(ofProfiles(world)[0])).toBe('1:ok')
    expect(drills(world)).toEqual([])
    expect(world.view().drill).toMatchObject({ isNext: false })
    expect(world.view().nextRefresh?.why).not.toContain('Test')
    // Only its own retries, every 6 hours.
    expect(tierThree(world).length - before).toBeLessThanOrEqual(8 * 4 + 1)
  })

  test('a rotated refresh token of the integration is stored before tier 2 is called', async () => {
    const world = makeWorld({ cloud: { rotate: true } })
    await drilled(world)
    const { log } = world.vault
    expect(path(ofProfiles(world)[0])).toBe('3:ok 2:ok')
    expect(log.filter((entry) => entry === 'commit').length).toBeGreaterThanOrEqual(3)
    expect(world.vault.pairs.get('manager')?.refresh?.token.reveal()).toBe(
      world.cloud.grant('manager').refresh,
    )
    expect(world.vault.pairs.get('one')?.refresh?.token.reveal()).toBe(
      world.cloud.grant('APP_a@org-1').refresh,
    )
    await world.clock.advance(20 * DAY)
    expect(world.attempts.filter(({ outcome }) => outcome === 'failed')).toEqual([])
  })

  test('two of one token manager at once share one tier 3', async () => {
    const profiles = [
      { id: 'one' },
      { id: 'two', targetOrgId: 'org-2', serviceAppId: 'app-b' },
      { id: 'three', targetOrgId: 'org-3', serviceAppId: 'app-c' },
    ]
    const world = makeWorld({ profiles, cloud: { latency: SECOND, rotate: true } })
    const ended = profiles.map(({ id }) => world.engine.drillNow(id))
    await world.clock.advance(MINUTE)
    const attempts = await Promise.all(ended)
    expect(attempts.map(path)).toEqual(['3:ok 2:ok', '3:ok 2:ok', '3:ok 2:ok'])
    expect(tierThree(world)).toHaveLength(1)
    expect(world.cloud.worstOverlap).toBe(1)
  })

  test('a personal access token has no tier 3', async () => {
    const world = makeWorld({ manager: 'none' })
    const pair = { ...pairOf(world.cloud.issue('pat', 'nobody'), 'pasted'), refresh: null }
    await world.engine.apply([{ kind: 'manager-saved', manager: makePersonalToken({ pair }) }])
    const attempt = await drilled(world)
    expect(path(attempt)).toBe('2:ok')
    expect(attempt).toMatchObject({ outcome: 'renewed', reason: { code: 'drill' } })
  })

  test('without a token manager there is nothing to test: tier 1 renews as ever', async () => {
    const world = makeWorld({ manager: 'none' })
    expect(path(await drilled(world))).toBe('1:ok')
    expect(drills(world)).toEqual([])
  })

  test('no token of the service app is minted beyond what was due, whatever the limit', async () => {
    const world = makeWorld()
    await world.engine.requestDrill('one', true)
    await world.clock.advance(DAY)
    failWith(world, 'application', tokenLimit)
    await world.clock.until(() => ofProfiles(world).length > 0, 9 * DAY, HOUR)
    expect(path(ofProfiles(world)[0])).toBe('3:ok 2:token-limit')
    const count = world.cloud.count('application')
    await world.clock.advance(5 * HOUR)
    expect(world.cloud.count('application')).toBe(count)
    expect(sent(world, 'client-a')).toEqual([])
  })
})

describe('at once', () => {
  test('tiers 3 and 2 are called, and the plan begins anew with the token they gave', async () => {
    const world = makeWorld()
    const attempt = await drillNow(world)
    expect(attempt).toMatchObject({
      trigger: 'manual',
      reason: { code: 'drill', by: 'person', share: null },
      outcome: 'renewed',
      tier: 2,
    })
    expect(path(attempt)).toBe('3:ok 2:ok')
    expect(world.view().nextRefresh?.why).toMatch(/^At \d+ % of its lifetime$/)
  })

  test('a token limit in force refuses it, and nothing is sent', async () => {
    const world = makeWorld()
    const lift = failWith(world, 'refresh', tokenLimit, 'client-a')
    await press(world)
    lift()
    const before = world.cloud.seen.length
    const attempt = await drillNow(world)
    expect(attempt).toMatchObject({ outcome: 'failed', calls: [] })
    expect(attempt.sentence).toContain('live access tokens')
    expect(world.cloud.seen.slice(before).filter(({ endpoint }) => endpoint !== 'presence')).toEqual([])
  })

  test('without a token manager nothing is sent, no row is left, and the sentence says why', async () => {
    const world = makeWorld({ manager: 'none' })
    const attempt = await drillNow(world)
    expect(attempt).toMatchObject({ outcome: 'failed', calls: [] })
    expect(attempt.sentence).not.toBeNull()
    expect(world.vault.attempts).toEqual([])
    expect(world.view().state).toBe('healthy')
  })

  test('it works while the profile is paused, as a press of Refresh does', async () => {
    const world = makeWorld({ profiles: [{ id: 'one', paused: true }] })
    expect(path(await drillNow(world))).toBe('3:ok 2:ok')
  })
})

describe('a restart', () => {
  test('keeps a requested test, and does not repeat one that was done', async () => {
    const world = makeWorld()
    await world.engine.requestDrill('one', true)
    await world.clock.advance(DAY)
    const engine = await restarted(world)
    expect(engine.view().profiles[0]?.drill).toBeDefined()
    await world.clock.advance(8 * DAY)
    expect(world.vault.attempts.filter(({ reason }) => reason?.code === 'drill').map(path)).toEqual([
      '3:ok',
      '3:ok 2:ok',
    ])
    const again = await restarted({ ...world, engine })
    expect(again.view().profiles[0]?.drill).toBeUndefined()
  })

  test('a request that cannot be stored is refused', async () => {
    const world = makeWorld()
    world.vault.break()
    await expect(world.engine.requestDrill('one', true)).rejects.toThrow('No space')
    expect(world.view().drill).toBeUndefined()
  })
})

describe('the monthly test', () => {
  const profiles = [0, 1, 2, 3, 4, 5].map((index) => ({
    id: `p${index}`,
    targetOrgId: `org-${index}`,
    serviceAppId: index < 4 ? 'app-a' : 'app-b',
  }))
  const monthly = { monthlyDrill: true }
  const dueTimes = ({ attempts }: World) =>
    attempts.filter(({ subject }) => subject.kind === 'profile').map(({ startedAt }) => startedAt)

  test('is off unless it was switched on', async () => {
    const world = makeWorld({ profiles })
    await world.clock.advance(60 * DAY)
    expect(drills(world)).toEqual([])
  })

  test('is one renewal of each service app a month, and moves none', async () => {
    const plain = makeWorld({ profiles })
    const world = makeWorld({ profiles, settings: monthly })
    for (const { clock } of [plain, world]) await clock.advance(90 * DAY)
    expect(dueTimes(world)).toEqual(dueTimes(plain))
    // January to April 1: the one of April is still to come.
    const byApp = (app: string) =>
      drills(world).filter(({ subject }) =>
        profiles.some(
          ({ id, serviceAppId }) =>
            subject.kind === 'profile' && subject.profileId === id && serviceAppId === app,
        ),
      )
    for (const app of ['app-a', 'app-b']) {
      const months = byApp(app).map(({ startedAt }) => new Date(startedAt).getUTCMonth())
      expect(months).toEqual([0, 1, 2])
    }
    expect(drills(world).every((attempt) => path(attempt).endsWith('2:ok'))).toBe(true)
    expect(drills(world)[0]?.reason).toMatchObject({ code: 'drill', by: 'schedule' })
    // One tier 3 proves the token manager for all of a day.
    const times = world.attempts
      .filter(({ subject, reason }) => subject.kind === 'manager' && reason?.code === 'drill')
      .map(({ startedAt }) => startedAt)
    for (const [index, time] of times.entries()) expect(time - (times[index - 1] ?? 0)).toBeGreaterThan(DAY)
  })

  test('is not requested again after a restart in the same month', async () => {
    const world = makeWorld({ profiles, settings: monthly })
    await world.clock.advance(12 * DAY)
    const done = drills(world).length
    expect(done).toBe(2)
    const engine = await restarted(world, 'oldest', monthly)
    await world.clock.advance(10 * DAY)
    expect(engine.view().profiles.filter(({ drill }) => drill !== undefined)).toEqual([])
    expect(
      world.vault.attempts.filter(
        ({ reason, subject }) => reason?.code === 'drill' && subject.kind === 'profile',
      ),
    ).toHaveLength(done)
  })

  test('switched off takes back what is still to come, but not what a person requested', async () => {
    const world = makeWorld({ profiles, settings: monthly })
    await world.clock.advance(MINUTE)
    const asked = () =>
      world.engine
        .view()
        .profiles.flatMap(({ id, drill }) => (drill === undefined ? [] : [`${id} ${drill.by}`]))
    expect(asked()).toHaveLength(2)
    const free = profiles.find(({ id }) => !asked().some((one) => one.startsWith(id)))?.id ?? ''
    await world.engine.requestDrill(free, true)
    const { engine } = world
    engine.configure({ ...defaultSettings, monthlyDrill: false })
    await world.clock.advance(MINUTE)
    expect(asked()).toEqual([`${free} person`])
  })
})
