// Row "tokenlimit_reached": no other tier, nothing minted while a live token is held, again after 6 h.
import { describe, expect, test, vi } from 'vitest'
import type { Answer } from '#engine/domain/ports.ts'
import { invalidGrant, refused, tokenLimit } from './support/answers.ts'
import { restarted } from './support/restarted.ts'
import {
  DAY,
  failWith,
  HOUR,
  MINUTE,
  makeIntegration,
  makeWorld,
  pairOf,
  path,
  press,
  SECOND,
  type World,
} from './support/world.ts'

// Days of virtual time are seconds of a busy machine's.
vi.setConfig({ testTimeout: 60_000 })

const young = { age: 2 * DAY, managerAge: 2 * DAY }

const mints = ({ cloud }: World) =>
  cloud.seen.filter(({ endpoint, who }) => endpoint === 'application' || who === 'client-a').length

describe('the token limit at tier 1', () => {
  const answers: readonly (readonly [string, Answer<never>])[] = [
    ['400 in the OAuth shape', tokenLimit],
    ['with a description', refused(400, { code: 'tokenlimit_reached', message: 'Too many tokens.' })],
    ['in the Webex shape', refused(400, { message: 'tokenlimit_reached' })],
    ['401', refused(401, { code: 'tokenlimit_reached' })],
    ['403', refused(403, { message: 'The token limit has been reached.' })],
    ['409 in upper case', refused(409, { code: 'TOKENLIMIT_REACHED' })],
    ['429 with Retry-After', refused(429, { code: 'tokenlimit_reached', retryAfter: SECOND })],
    ['that speaks of the refresh token', refused(400, { message: 'Refresh token: token limit exceeded' })],
  ]
  test.each(answers)('%s: no other tier, and no press mints anything', async (_name, answer) => {
    const world = makeWorld(young)
    failWith(world, 'refresh', answer, 'client-a')
    const attempt = await press(world)
    expect(path(attempt)).toBe('1:token-limit')
    for (let time = 0; time < 6; time += 1) {
      expect(await press(world)).toMatchObject({ outcome: 'failed', calls: [], sentence: attempt.sentence })
    }
    expect(mints(world)).toBe(1)
    expect(world.profile().pair?.refresh?.dead).toBe(false)
  })

  test('is told with its cause and cure, as one problem that no button solves', async () => {
    const world = makeWorld(young)
    failWith(world, 'refresh', tokenLimit, 'client-a')
    const { sentence } = await press(world)
    expect(sentence).toContain('750 live access tokens in Org 1')
    expect(sentence).toContain('Stop whatever else requests tokens')
    expect(sentence).toContain('wait until old tokens expire')
    expect(world.view()).toMatchObject({ state: 'needs-attention', sentence, fix: null })
    expect(world.view().nextRefresh?.at).toBe(world.clock.now() + 6 * HOUR)
    expect(world.engine.view().incidents).toMatchObject([
      { key: 'token-limit:app-a', fix: null, level: 'warning' },
    ])
  })

  test('is retried every 6 h and not sooner, whatever happens outside', async () => {
    const world = makeWorld(young)
    const lift = failWith(world, 'refresh', tokenLimit, 'client-a')
    await press(world)
    for (let hour = 0; hour < 5; hour += 1) {
      world.engine.reconsider(hour % 2 === 0 ? 'resume' : 'network-back')
      world.engine.refreshAllDue()
      await world.clock.advance(HOUR)
    }
    expect(mints(world)).toBe(1)
    await world.clock.advance(2 * DAY)
    expect(mints(world)).toBeLessThanOrEqual(1 + 9)
    expect(world.cloud.count('application')).toBe(0)
    lift()
    await world.clock.advance(6.1 * HOUR)
    expect(world.view()).toMatchObject({ state: 'healthy', sentence: null })
    expect(world.engine.view().incidents).toEqual([])
  })

  test('holds in the last tenth as well, where every other failure tries all tiers', async () => {
    const world = makeWorld({ age: 13.5 * DAY, managerAge: DAY, start: false })
    failWith(world, 'refresh', tokenLimit, 'client-a')
    world.engine.start()
    await world.clock.advance(11 * HOUR)
    expect(mints(world)).toBe(2)
    expect(world.cloud.count('application')).toBe(0)
  })

  test('stops no press where no live token is held, or where Webex refuses the one that is', async () => {
    const expired = makeWorld({ age: 15 * DAY, managerAge: DAY, start: false })
    failWith(expired, 'refresh', tokenLimit, 'client-a')
    expect(path(await press(expired))).toBe('1:token-limit')
    expect(path(await press(expired))).toBe('1:token-limit')
    const refusedToken = makeWorld(young)
    failWith(refusedToken, 'refresh', tokenLimit, 'client-a')
    await press(refusedToken)
    void refusedToken.engine.refresh('one', 'unauthorized-seen')
    await refusedToken.clock.advance(SECOND)
    expect(mints(refusedToken)).toBe(2)
  })

  test('is of one service app in one org: others go on, and whoever shares both waits with it', async () => {
    const profiles = [
      { id: 'one' },
      { id: 'twin', name: 'The same account' },
      { id: 'org', targetOrgId: 'org-2' },
      { id: 'app', serviceAppId: 'app-b' },
    ]
    const world = makeWorld({ ...young, profiles })
    const lift = failWith(world, 'refresh', tokenLimit, 'client-a')
    await press(world, 'one')
    lift()
    expect((await press(world, 'twin')).calls).toEqual([])
    expect((await press(world, 'org')).outcome).toBe('renewed')
    expect((await press(world, 'app')).outcome).toBe('renewed')
    expect(world.view('twin').state).toBe('needs-attention')
  })

  test('outlives a restart', async () => {
    const world = makeWorld(young)
    failWith(world, 'refresh', tokenLimit, 'client-a')
    await press(world)
    await press(world)
    await world.clock.advance(HOUR)
    const again = await restarted(world)
    void again.refresh('one', 'manual')
    await world.clock.advance(4.9 * HOUR)
    expect(mints(world)).toBe(1)
    expect(again.view().profiles[0]).toMatchObject({ state: 'needs-attention', fix: null })
    await world.clock.advance(0.2 * HOUR)
    expect(mints(world)).toBe(2)
  })
})

describe('the token limit at tier 2', () => {
  test('blames neither App ID nor org, and goes back to no other tier', async () => {
    const world = makeWorld(young)
    world.cloud.kill('APP_a@org-1')
    failWith(world, 'application', tokenLimit)
    const attempt = await press(world)
    expect(path(attempt)).toBe('1:grant-dead 2:token-limit')
    expect(attempt.sentence).not.toMatch(/App ID|org ID/i)
    for (let time = 0; time < 6; time += 1) expect((await press(world)).calls).toEqual([])
    await world.clock.advance(5.9 * HOUR)
    expect(world.cloud.count('application')).toBe(1)
  })

  test('with 401 is not taken for a dead bearer', async () => {
    const world = makeWorld({ ...young, profiles: [{ id: 'one', pair: null }], start: false })
    failWith(world, 'application', refused(401, { code: 'tokenlimit_reached' }))
    expect(path(await press(world))).toBe('2:token-limit')
    expect(world.cloud.count('refresh')).toBe(0)
  })

  test('the live tokens that were minted are never more than the limit', async () => {
    const world = makeWorld({ ...young, cloud: { liveTokens: 3 } })
    for (let time = 0; time < 10; time += 1) await press(world)
    expect(world.attempts.map((attempt) => path(attempt))).toEqual(['1:ok', '1:ok', '1:token-limit'])
    await world.clock.advance(13 * DAY)
    expect(world.view().state).toBe('healthy')
  })
})

describe('the token limit at tier 3', () => {
  test('is about the integration: tier 1 goes on, and nobody is told to reconnect', async () => {
    const world = makeWorld({ ...young, managerAge: 6 * DAY })
    failWith(world, 'refresh', tokenLimit, 'client-integration')
    await world.clock.advance(30 * DAY)
    expect(world.view().state).toBe('healthy')
    expect(world.attempts.filter(({ tier }) => tier === 1).length).toBeGreaterThan(2)
    const sent = world.cloud.seen.filter(({ who }) => who === 'client-integration').length
    expect(sent).toBeLessThanOrEqual(30 * 4)
    const [manager] = world.engine.view().managers
    expect(manager).toMatchObject({ fix: null })
    expect(manager?.sentence).toContain('750 live access tokens')
    expect(world.engine.view().incidents.map(({ key }) => key)).toEqual(['manager-token-limit:manager'])
  })

  test('is not asked for again by hand while the bearer lives, and its bearer goes on serving tier 2', async () => {
    const world = makeWorld(young)
    failWith(world, 'refresh', tokenLimit, 'client-integration')
    for (let time = 0; time < 6; time += 1) {
      void world.engine.refreshManager('manager', 'manual')
      await world.clock.advance(MINUTE)
    }
    expect(world.cloud.seen.filter(({ who }) => who === 'client-integration')).toHaveLength(1)
    expect(world.engine.view().managers[0]?.state).toBe('needs-attention')
    world.cloud.kill('APP_a@org-1')
    expect(path(await press(world))).toBe('1:grant-dead 2:ok')
  })

  test('where tier 2 goes first, tier 1 is tried after it', async () => {
    const world = makeWorld({
      age: 13.5 * DAY,
      managerAge: 15 * DAY,
      cloud: { refreshTtl: 16 * DAY },
      start: false,
    })
    failWith(world, 'refresh', tokenLimit, 'client-integration')
    expect(path(await press(world))).toBe('3:manager-token-limit 1:ok')
  })

  test('outlives a restart', async () => {
    const world = makeWorld(young)
    failWith(world, 'refresh', tokenLimit, 'client-integration')
    void world.engine.refreshManager('manager', 'manual')
    await world.clock.advance(HOUR)
    const again = await restarted(world)
    void again.refreshManager('manager', 'manual')
    await world.clock.advance(4.9 * HOUR)
    expect(world.cloud.seen.filter(({ who }) => who === 'client-integration')).toHaveLength(1)
    await world.clock.advance(0.2 * HOUR)
    expect(world.cloud.seen.filter(({ who }) => who === 'client-integration')).toHaveLength(2)
  })

  test('is over when the integration is connected anew', async () => {
    const world = makeWorld({ ...young, managerAge: 15 * DAY, start: false })
    const lift = failWith(world, 'refresh', tokenLimit, 'client-integration')
    world.cloud.kill('APP_a@org-1')
    expect(path(await press(world))).toBe('1:grant-dead 3:manager-token-limit')
    lift()
    const pair = pairOf(world.cloud.issue('manager', 'client-integration'), 'authorization-code')
    await world.engine.apply([
      { kind: 'manager-saved', manager: makeIntegration({ pair }) },
      { kind: 'manager-pair', managerId: 'manager', pair },
    ])
    expect(path(await press(world))).toBe('2:ok')
    expect(world.engine.view().incidents).toEqual(
      [expect.objectContaining({ level: 'information' })].slice(1),
    )
  })
})

test('other answers are not taken for the token limit', async () => {
  for (const answer of [
    refused(503, { code: 'tokenlimit_reached' }),
    refused(429, { message: 'The rate limit of the token endpoint was reached.' }),
    invalidGrant,
  ]) {
    const world = makeWorld(young)
    failWith(world, 'refresh', answer, 'client-a')
    expect(path(await press(world))).not.toContain('token-limit')
  }
})
