// Every row of the policy's table "What a failure means", each with its own kind and its own consequence.
import { describe, expect, test, vi } from 'vitest'
import type { Answer } from '#engine/domain/ports.ts'
import { badBearer, invalidClient, invalidGrant, odd, refused, unreachable } from './support/answers.ts'
import {
  DAY,
  failWith,
  HOUR,
  MINUTE,
  makeIntegration,
  makeWorld,
  many,
  pairOf,
  path,
  press,
  SECOND,
} from './support/world.ts'

// Days of virtual time are seconds of a busy machine's.
vi.setConfig({ testTimeout: 60_000 })

/** A token on its second day: nothing is due, and there is plenty of time. */
const young = { age: 2 * DAY, managerAge: 2 * DAY }

describe('row "DNS, refused, reset, timeout, TLS; 408, 425, 5xx": transient, same tier later', () => {
  const passing: readonly (readonly [string, Answer<never>])[] = [
    ['DNS', unreachable('dns')],
    ['connection refused', unreachable('refused')],
    ['reset before it was sent', unreachable('reset')],
    ['connect timeout', unreachable('timeout')],
    ['TLS', unreachable('tls')],
    ['offline', unreachable('offline')],
    ['408', refused(408)],
    ['425', refused(425)],
    ['500', refused(500)],
    ['502 without a body', refused(502, { webexShaped: false })],
    ['503', refused(503)],
    ['504', refused(504)],
  ]
  test.each(passing)('%s at tier 1', async (_name, answer) => {
    const world = makeWorld(young)
    const lift = failWith(world, 'refresh', answer, 'client-a')
    const attempt = await press(world)
    expect(path(attempt)).toBe('1:transient')
    expect(world.cloud.count('application')).toBe(0)
    expect(world.view().state).toBe('retrying')
    lift()
    await world.clock.advance(15 * SECOND)
    expect(path(world.attempts.at(-1))).toBe('1:ok')
    expect(world.view().state).toBe('healthy')
  })

  test('at tier 2 it is tier 2 that is tried again', async () => {
    const world = makeWorld(young)
    world.cloud.kill('APP_a@org-1')
    const lift = failWith(world, 'application', refused(503))
    expect(path(await press(world))).toBe('1:grant-dead 2:transient')
    lift()
    await world.clock.advance(15 * SECOND)
    expect(path(world.attempts.at(-1))).toBe('2:ok')
  })
})

describe('row "429, 423": throttled, same tier after Retry-After', () => {
  test.each([429, 423])('%i with Retry-After is repeated after it and not before', async (status) => {
    const world = makeWorld(young)
    const lift = failWith(world, 'refresh', refused(status, { retryAfter: 5 * MINUTE }), 'client-a')
    expect(path(await press(world))).toBe('1:throttled')
    lift()
    const before = world.cloud.count('refresh')
    await world.clock.advance(5 * MINUTE - 2 * SECOND)
    expect(world.cloud.count('refresh')).toBe(before)
    await world.clock.advance(20 * SECOND)
    expect(path(world.attempts.at(-1))).toBe('1:ok')
    expect(world.cloud.count('application')).toBe(0)
  })

  test.each([
    [5 * HOUR, 5 * HOUR],
    [90 * DAY, 3 * DAY],
  ])('Retry-After of %i ms holds back whoever shares the limit for %i ms', async (retryAfter, wait) => {
    const profiles = [{ id: 'one' }, { id: 'other', targetOrgId: 'org-2' }]
    const world = makeWorld({ age: 2 * DAY, managerAge: 2 * DAY, profiles })
    const lift = failWith(world, 'refresh', refused(429, { retryAfter }), 'client-a')
    expect(path(await press(world))).toBe('1:throttled')
    lift()
    const sent = () => world.cloud.seen.filter(({ who }) => who === 'client-a').length
    await world.clock.advance(wait - MINUTE)
    void world.engine.refresh('other', 'manual')
    await world.clock.advance(SECOND)
    expect(sent()).toBe(1)
    await world.clock.advance(2 * MINUTE)
    void world.engine.refresh('other', 'manual')
    await world.clock.advance(SECOND)
    expect(sent()).toBeGreaterThan(1)
  })

  test('429 without Retry-After waits a while of its own', async () => {
    const world = makeWorld(young)
    const lift = failWith(world, 'refresh', refused(429), 'client-a')
    expect(path(await press(world))).toBe('1:throttled')
    lift()
    await world.clock.advance(30 * SECOND)
    expect(path(world.attempts.at(-1))).toBe('1:ok')
  })
})

describe('row "2xx that is no token answer": interference', () => {
  const oddities = [
    'html',
    'redirect',
    'empty',
    'not-json',
    'no-access-token',
    'bad-expiry',
    'too-large',
  ] as const
  test.each(oddities)('%s: same tier later', async (anomaly) => {
    const world = makeWorld(young)
    const lift = failWith(world, 'refresh', odd(anomaly), 'client-a')
    expect(path(await press(world))).toBe('1:interference')
    expect(world.cloud.count('application')).toBe(0)
    lift()
    await world.clock.advance(30 * SECOND)
    expect(path(world.attempts.at(-1))).toBe('1:ok')
  })

  test('a network that requires a sign-in (511) is named as such, not as a proxy', async () => {
    const world = makeWorld(young)
    failWith(world, 'refresh', refused(511, { webexShaped: false }), 'client-a')
    world.cloud.webexIsThere = false
    const attempt = await press(world)
    expect(path(attempt)).toBe('1:interference')
    expect(attempt.sentence).toContain('(the network requires a sign-in). Sign in to the network')
  })

  test.each([
    ['a 407', refused(407, { webexShaped: false })],
    ['the network stack', unreachable('proxy-login')],
  ])('a proxy that requires a sign-in, told by %s, is named, and spends no other tier', async (_, answer) => {
    const world = makeWorld(young)
    const lift = failWith(world, 'refresh', answer, 'client-a')
    world.cloud.webexIsThere = false
    const attempt = await press(world)
    expect(path(attempt)).toBe('1:interference')
    expect(attempt.sentence).toMatch(/^The proxy requires a sign-in/)
    expect(attempt.calls.some(({ result }) => result === 'answer-lost')).toBe(false)
    lift()
    world.cloud.webexIsThere = true
    await world.clock.advance(5 * MINUTE)
    expect(path(world.attempts.at(-1))).toBe('1:ok')
  })

  test('a proxy that rejected the saved sign-in is told from one that requires any', async () => {
    const world = makeWorld(young)
    failWith(world, 'refresh', unreachable('proxy-rejected'), 'client-a')
    world.cloud.webexIsThere = false
    const attempt = await press(world)
    expect(path(attempt)).toBe('1:interference')
    expect(attempt.sentence).toMatch(/^The proxy rejected the saved user name and password/)
    expect(world.view().fix).toEqual({ kind: 'set-proxy' })
  })

  test('no credential is sent again until a request without one got Webex’s own answer', async () => {
    const world = makeWorld({ ...young, profiles: [{ id: 'one' }, { id: 'two', targetOrgId: 'org-2' }] })
    const lift = failWith(world, 'refresh', odd('html'), 'client-a')
    world.cloud.webexIsThere = false
    await press(world)
    lift()
    const sent = world.cloud.count('refresh') + world.cloud.count('application')
    const asked = world.engine.refresh('two', 'manual', 'program')
    await world.clock.advance(SECOND)
    const other = await asked
    expect(other.outcome).toBe('failed')
    expect(other.calls).toEqual([])
    await world.clock.advance(2 * HOUR)
    expect(world.cloud.count('refresh') + world.cloud.count('application')).toBe(sent)
    world.cloud.webexIsThere = true
    await world.clock.advance(5 * MINUTE)
    expect(world.view('one').state).toBe('healthy')
    expect(world.view('two').state).toBe('healthy')
  })

  test('only one such check runs at a time, however many wait for it', async () => {
    const profiles = many(20)
    const world = makeWorld({
      ...young,
      profiles,
      cloud: { latency: 300 },
      settings: { requestsPerSecond: null },
    })
    failWith(world, 'refresh', odd('html'), 'client-a')
    world.cloud.webexIsThere = false
    await press(world, 'p0')
    const before = world.cloud.count('presence')
    for (const { id } of profiles) void world.engine.refresh(id, 'manual')
    await world.clock.advance(250)
    expect(world.cloud.count('presence') - before).toBeLessThanOrEqual(1)
  })
})

describe('row "invalid_grant, or a 400/401 that speaks of the refresh token": the grant is dead', () => {
  const dead: readonly (readonly [string, Answer<never>])[] = [
    ['400 invalid_grant', invalidGrant],
    ['401 invalid_grant', refused(401, { code: 'invalid_grant' })],
    [
      '400 in Webex’s words',
      refused(400, { message: 'The refresh token provided is expired, revoked or malformed.' }),
    ],
    ['401 in Webex’s words', refused(401, { message: 'Invalid refresh_token' })],
  ]
  test.each(dead)('%s: next tier at once', async (_name, answer) => {
    const world = makeWorld(young)
    failWith(world, 'refresh', answer, 'client-a')
    const attempt = await press(world)
    expect(path(attempt)).toBe('1:grant-dead 2:ok')
    expect(attempt).toMatchObject({ outcome: 'renewed', tier: 2, sentence: null })
  })

  test('this grant is not retried by itself: it is marked, and kept', async () => {
    const world = makeWorld({ ...young, manager: 'none' })
    world.cloud.kill('APP_a@org-1')
    await press(world)
    const marked = world.vault.pairs.get('one')
    expect(marked?.refresh?.dead).toBe(true)
    expect(marked?.refresh?.token.reveal()).toBe('refresh-2')
    expect(marked?.accessToken?.reveal()).toBe('access-1')
    const sent = world.cloud.count('refresh')
    await world.clock.advance(10 * DAY)
    expect(world.cloud.count('refresh')).toBe(sent)
  })

  test('a 400 or 401 without a reason goes on to tier 2 too, but condemns nothing', async () => {
    const world = makeWorld(young)
    failWith(world, 'refresh', refused(401, { webexShaped: false }), 'client-a')
    const lift = failWith(world, 'application', refused(503))
    expect(path(await press(world))).toBe('1:unclear 2:transient')
    expect(world.profile().pair?.refresh?.dead).toBe(false)
    lift()
  })
})

describe('row "invalid_client, wrong or regenerated client secret": needs you, this service app’s secret', () => {
  const wrong: readonly (readonly [string, Answer<never>])[] = [
    ['invalid_client', invalidClient],
    ['Webex’s words', refused(400, { message: 'Invalid client_secret' })],
    ['unauthorized_client', refused(400, { code: 'unauthorized_client' })],
  ]
  test.each(wrong)('%s: stop; tier 2, which shares the secret, is not called', async (_name, answer) => {
    const world = makeWorld(young)
    failWith(world, 'refresh', answer, 'client-a')
    const attempt = await press(world)
    expect(path(attempt)).toBe('1:client-refused')
    expect(world.cloud.count('application')).toBe(0)
    expect(attempt.sentence).toContain("service app's own")
    expect(attempt.sentence).toContain("not the integration's")
    expect(world.view()).toMatchObject({
      state: 'needs-attention',
      fix: { kind: 'replace-secret', profileId: 'one' },
    })
  })

  test('tier 2 says it in its own words', async () => {
    const world = makeWorld({ ...young, profiles: [{ id: 'one', pair: null }], start: false })
    world.cloud.regenerated.add('client-a')
    const attempt = await press(world)
    expect(path(attempt)).toBe('2:client-refused')
    expect(world.view().fix).toEqual({ kind: 'replace-secret', profileId: 'one' })
  })

  test('one profile finds out for all that share the secret', async () => {
    const profiles = many(30)
    const world = makeWorld({ ...young, profiles })
    world.cloud.regenerated.add('client-a')
    await press(world, 'p3')
    const { incidents, profiles: views } = world.engine.view()
    expect(views.every(({ state }) => state === 'needs-attention')).toBe(true)
    expect(incidents).toHaveLength(1)
    expect(incidents[0]).toMatchObject({ key: 'client-refused:app-a' })
    expect(incidents[0]?.profileIds).toHaveLength(30)
  })
})

describe('row "tier 2 401": the token manager’s token is dead', () => {
  test('tier 3, then tier 2 once', async () => {
    const world = makeWorld(young)
    world.cloud.kill('APP_a@org-1')
    world.cloud.revoke('manager')
    const attempt = await press(world)
    expect(path(attempt)).toBe('1:grant-dead 2:bearer-refused 3:ok 2:ok')
    expect(attempt).toMatchObject({ outcome: 'renewed', tier: 2 })
  })

  test('an access token that is over by the clock is renewed first, without asking tier 2 in vain', async () => {
    const world = makeWorld({ ...young, managerAge: 15 * DAY, start: false })
    world.cloud.kill('APP_a@org-1')
    expect(path(await press(world))).toBe('1:grant-dead 3:ok 2:ok')
  })

  test('only once: a bearer that is refused again needs a person', async () => {
    const world = makeWorld(young)
    world.cloud.kill('APP_a@org-1')
    failWith(world, 'application', badBearer)
    const attempt = await press(world)
    expect(path(attempt)).toBe('1:grant-dead 2:bearer-refused 3:ok 2:bearer-refused')
    expect(attempt.sentence).toContain('Reconnect the integration')
    expect(world.view().fix).toEqual({ kind: 'connect-integration', managerId: 'manager' })
  })

  test('one that was replaced while the request was under way condemns nobody', async () => {
    const world = makeWorld({ ...young, cloud: { latency: SECOND } })
    world.cloud.kill('APP_a@org-1')
    world.cloud.revoke('manager')
    const pressed = world.engine.refresh('one', 'manual')
    await world.clock.until(() => world.cloud.count('application') === 2, MINUTE)
    world.cloud.revoke('manager')
    const pair = pairOf(world.cloud.issue('manager', 'client-integration'), 'authorization-code')
    await world.engine.apply([{ kind: 'manager-pair', managerId: 'manager', pair }])
    await world.clock.advance(SECOND)
    expect((await pressed).outcome).toBe('failed')
    expect(world.engine.view().managers[0]?.state).toBe('ready')
    await world.clock.advance(MINUTE)
    expect(world.view()).toMatchObject({ state: 'healthy', last: { outcome: 'renewed' } })
  })
})

describe('row "tier 3 grant dead": needs you, reconnect the integration', () => {
  test('one alert however many profiles', async () => {
    const profiles = many(12, { pair: null })
    const world = makeWorld({ profiles, managerAge: 15 * DAY, start: false })
    world.cloud.kill('manager')
    world.engine.start()
    await world.clock.advance(MINUTE)
    expect(world.cloud.seen.filter(({ who }) => who === 'client-integration')).toHaveLength(1)
    const { incidents } = world.engine.view()
    expect(incidents.map(({ key }) => key)).toEqual(['manager-dead:manager'])
    expect(incidents[0]?.profileIds).toHaveLength(12)
    expect(incidents[0]?.fix).toEqual({ kind: 'connect-integration', managerId: 'manager' })
  })

  test('tier 1 goes on working meanwhile', async () => {
    const world = makeWorld({ ...young, managerAge: 6 * DAY })
    world.cloud.kill('manager')
    await world.clock.advance(30 * DAY)
    expect(world.engine.view().managers[0]).toMatchObject({ state: 'expired' })
    expect(world.view().state).toBe('healthy')
    expect(world.attempts.filter(({ tier }) => tier === 1).length).toBeGreaterThan(2)
  })

  test('the integration’s own secret is told apart from the service app’s', async () => {
    const world = makeWorld({ ...young, managerAge: 15 * DAY, start: false })
    world.cloud.kill('APP_a@org-1')
    world.cloud.regenerated.add('client-integration')
    const attempt = await press(world)
    expect(path(attempt)).toBe('1:grant-dead 3:manager-client-refused')
    expect(attempt.sentence).toContain("integration's client ID and client secret")
    expect(attempt.sentence).toContain("not the service app's")
  })

  test('a personal access token has no tier 3: its end needs a person', async () => {
    const world = makeWorld({ ...young, manager: 'none', start: false })
    world.cloud.kill('APP_a@org-1')
    const grant = world.cloud.issue('pat', 'nobody')
    const pair = { ...pairOf(grant, 'pasted'), refresh: null }
    await world.engine.apply([
      {
        kind: 'manager-saved',
        manager: {
          kind: 'personal-access-token',
          id: 'pat',
          name: 'PAT',
          isDefault: true,
          fallbackId: null,
          createdAt: 0,
          pair,
        },
      },
    ])
    world.cloud.revoke('pat')
    const attempt = await press(world)
    expect(path(attempt)).toBe('1:grant-dead 2:bearer-refused')
    expect(attempt.sentence).toContain('personal access token')
    expect(world.view().fix).toEqual({ kind: 'paste-personal-token', managerId: 'pat' })
  })
})

describe('row "tier 2 403": needs you, Control Hub or the scope', () => {
  test('stop tier 2, with the sentence that says both', async () => {
    const world = makeWorld({ profiles: [{ id: 'one', pair: null }], start: false })
    world.cloud.deauthorised.add('APP_a@org-1')
    const attempt = await press(world)
    expect(path(attempt)).toBe('2:not-authorised')
    expect(attempt.sentence).toContain('Control Hub (Apps → Service Apps)')
    expect(attempt.sentence).toContain('spark:applications_token')
    expect(attempt.sentence).toContain('Org 1')
    expect(attempt.trackingId).toBe('TRACK_1')
    expect(world.view()).toMatchObject({
      state: 'needs-attention',
      fix: { kind: 'authorise-in-control-hub', profileId: 'one' },
      nextRefresh: null,
    })
    world.engine.start()
    const asked = world.cloud.count('application')
    await world.clock.advance(5 * HOUR)
    expect(world.cloud.count('application') - asked).toBeLessThanOrEqual(1)
  })

  test('tier 1 goes on renewing what tier 2 may not issue', async () => {
    const world = makeWorld({ ...young, cloud: { slide: false, refreshTtl: 20 * DAY } })
    world.cloud.deauthorised.add('APP_a@org-1')
    await world.clock.advance(17 * DAY)
    const asked = world.attempts.flatMap(({ calls }) => calls).filter(({ tier }) => tier === 2)
    expect(asked.length).toBeGreaterThan(0)
    expect(world.view().accessToken?.expiresAt).toBeGreaterThan(world.clock.now())
    expect(world.view().state).toBe('needs-attention')
  })

  test('without a reason in the answer, the sentence admits that a proxy may have sent it', async () => {
    const world = makeWorld({ profiles: [{ id: 'one', pair: null }], start: false })
    failWith(world, 'application', refused(403, { webexShaped: false }))
    const attempt = await press(world)
    expect(path(attempt)).toBe('2:not-authorised')
    expect(attempt.sentence).toContain('proxy')
  })
})

describe('row "tier 2 404, 400": needs you, that field is wrong', () => {
  const fields: readonly (readonly [string, Answer<never>, string | null, string])[] = [
    ['404', refused(404, { message: 'Service App not found' }), 'appId', 'App ID'],
    ['404 without words', refused(404, { webexShaped: false }), 'appId', 'App ID'],
    ['400 about the org', refused(400, { message: 'Invalid targetOrgId' }), 'targetOrgId', 'Target org ID'],
    [
      '400 about the secret',
      refused(400, { message: 'clientSecret is required' }),
      'clientSecret',
      'client secret',
    ],
    ['400 without a field', refused(400, { message: 'Bad request' }), null, 'Check App ID'],
  ]
  test.each(fields)('%s', async (_name, answer, field, words) => {
    const world = makeWorld({ profiles: [{ id: 'one', pair: null }], start: false })
    failWith(world, 'application', answer)
    const attempt = await press(world)
    expect(path(attempt)).toBe('2:wrong-field')
    expect(attempt.sentence).toContain(words)
    const fix = field === 'clientSecret' ? { kind: 'replace-secret' } : { kind: 'edit-service-app', field }
    expect(world.view()).toMatchObject({ state: 'needs-attention', fix })
  })
})

describe('rows that the table leaves open', () => {
  test('no token manager at all is a "needs you" of its own', async () => {
    const world = makeWorld({ profiles: [{ id: 'one', pair: null }], manager: 'none' })
    await world.clock.advance(HOUR)
    expect(world.view()).toMatchObject({
      state: 'needs-attention',
      fix: { kind: 'connect-integration', managerId: null },
    })
    expect(world.engine.view().incidents.map(({ key }) => key)).toEqual(['no-manager:'])
    expect(world.attempts).toEqual([])
  })

  test('an integration that was never connected says so', async () => {
    const world = makeWorld({ profiles: [{ id: 'one', pair: null }], manager: makeIntegration() })
    await world.clock.advance(HOUR)
    expect(world.view()).toMatchObject({
      state: 'needs-attention',
      fix: { kind: 'connect-integration', managerId: 'manager' },
    })
    expect(world.view().sentence).toContain('not connected yet')
  })

  test('an answer nobody knows (a 418 at the token endpoint) is repeated later at the same tier', async () => {
    const world = makeWorld(young)
    const lift = failWith(world, 'refresh', refused(418), 'client-a')
    expect(path(await press(world))).toBe('1:unexpected')
    lift()
    await world.clock.advance(15 * SECOND)
    expect(path(world.attempts.at(-1))).toBe('1:ok')
  })
})

describe('a bearer that is refused and that tier 3 gives again', () => {
  test('needs a person, and makes no loop', async () => {
    const world = makeWorld({ ...young, cloud: { unchangedWithin: 30 * DAY } })
    world.cloud.kill('APP_a@org-1')
    world.cloud.revoke('manager')
    const attempt = await press(world)
    expect(path(attempt)).toBe('1:grant-dead 2:bearer-refused 3:unchanged 2:bearer-refused')
    expect(attempt.sentence).toContain('Reconnect the integration')
    expect(world.view().fix).toEqual({ kind: 'connect-integration', managerId: 'manager' })
    const sent = world.cloud.count('refresh') + world.cloud.count('application')
    await world.clock.advance(2 * DAY)
    const tries = world.cloud.count('refresh') + world.cloud.count('application') - sent
    expect(tries).toBeGreaterThanOrEqual(7)
    expect(tries).toBeLessThanOrEqual(20)
  })
})

describe('a personal access token that was refused', () => {
  test('is tried again after six hours, on resume, and counts as good when it works', async () => {
    const world = makeWorld({ profiles: [{ id: 'one', pair: null }], manager: 'none', start: false })
    const pair = { ...pairOf(world.cloud.issue('pat', 'nobody'), 'pasted'), refresh: null }
    const manager = {
      kind: 'personal-access-token',
      id: 'pat',
      name: 'PAT',
      isDefault: true,
      fallbackId: null,
      createdAt: 0,
      pair,
    } as const
    await world.engine.apply([{ kind: 'manager-saved', manager }])
    const lift = failWith(world, 'application', badBearer)
    world.engine.start()
    await world.clock.advance(HOUR)
    expect(world.cloud.count('application')).toBe(1)
    expect(world.engine.view().managers[0]).toMatchObject({
      state: 'needs-attention',
      isRefused: true,
      fix: { kind: 'paste-personal-token' },
    })
    await world.clock.advance(6 * HOUR)
    expect(world.cloud.count('application')).toBe(2)
    world.engine.reconsider('resume')
    await world.clock.advance(MINUTE)
    expect(world.cloud.count('application')).toBe(3)
    lift()
    await world.clock.advance(7 * HOUR)
    expect(world.view().state).toBe('healthy')
    expect(world.engine.view().managers[0]?.state).toBe('ready')
    expect(world.engine.view().incidents).toEqual([])
  })
})
