// Row "the grant is dead", in all the words in which an endpoint may say so, and in none.
import { describe, expect, test } from 'vitest'
import { defaultSettings } from '#engine/domain/policy.ts'
import type { Answer } from '#engine/domain/ports.ts'
import { createEngine } from '#engine/renewal-engine.ts'
import { odd, refused } from './support/answers.ts'
import { seeded } from './support/fake-clock.ts'
import {
  DAY,
  failWith,
  HOUR,
  MINUTE,
  makeApp,
  makePair,
  makeProfile,
  makeWorld,
  path,
  press,
  SECOND,
} from './support/world.ts'

const young = { age: 2 * DAY, managerAge: 2 * DAY }

const dead: readonly (readonly [string, Answer<never>])[] = [
  ['400 invalid_refresh_token', refused(400, { code: 'invalid_refresh_token' })],
  ['401 invalid_refresh_token', refused(401, { code: 'invalid_refresh_token' })],
  ['403 Invalid_Grant', refused(403, { code: 'Invalid_Grant' })],
  ['400 refresh_token_expired', refused(400, { code: 'refresh_token_expired' })],
  ['400 invalid_grant as a message', refused(400, { message: 'invalid_grant' })],
  ['401 refreshToken revoked', refused(401, { message: 'refreshToken was revoked' })],
  ['the refresh token and the client', refused(400, { message: 'Refresh token unknown for this client_id' })],
]
const client: readonly (readonly [string, Answer<never>])[] = [
  [
    'the code says the client',
    refused(401, { code: 'invalid_client', message: 'Bad refresh token request' }),
  ],
  ['unauthorized_client', refused(400, { code: 'UNAUTHORIZED_CLIENT', message: 'for refresh token grants' })],
  ['only words about the client', refused(401, { message: 'client_secret does not match' })],
]
const unclear: readonly (readonly [string, Answer<never>])[] = [
  ['401 without a body', refused(401, { webexShaped: false })],
  ['400 without a body', refused(400, { webexShaped: false })],
  ['invalid_request without words', refused(400, { code: 'invalid_request' })],
  ['words about something else', refused(401, { message: 'The request requires a valid access token.' })],
]

describe('tier 1', () => {
  test.each(dead)('%s: dead at once', async (_name, answer) => {
    const world = makeWorld(young)
    failWith(world, 'refresh', answer, 'client-a')
    expect(path(await press(world))).toBe('1:grant-dead 2:ok')
  })

  test.each(client)('%s: not the grant', async (_name, answer) => {
    const world = makeWorld(young)
    failWith(world, 'refresh', answer, 'client-a')
    expect(path(await press(world))).toBe('1:client-refused')
    expect(world.profile().pair?.refresh?.dead).toBe(false)
  })

  test.each(unclear)('%s: unclear once, dead the second time in a row', async (_name, answer) => {
    const world = makeWorld({ ...young, manager: 'none' })
    failWith(world, 'refresh', answer, 'client-a')
    expect(path(await press(world))).toBe('1:unclear')
    expect(world.profile().pair?.refresh?.dead).toBe(false)
    expect(path(await press(world))).toBe('1:grant-dead')
    expect(world.vault.pairs.get('one')?.refresh?.dead).toBe(true)
    const sent = world.cloud.count('refresh')
    await world.clock.advance(10 * DAY)
    expect(world.cloud.count('refresh')).toBe(sent)
  })

  test('by schedule, a dead grant without a manager is sent twice, and the person is told', async () => {
    const world = makeWorld({ age: 6.9 * DAY, manager: 'none' })
    failWith(world, 'refresh', refused(401, { webexShaped: false }), 'client-a')
    await world.clock.advance(12 * DAY)
    expect(world.cloud.count('refresh')).toBe(2)
    expect(world.view()).toMatchObject({ state: 'expired', fix: { kind: 'connect-integration' } })
  })

  test.each([
    ['transient', refused(503)],
    ['unexpected', refused(418)],
    ['throttled', refused(423, { retryAfter: SECOND })],
    ['interference', odd('html')],
  ])('%s in between sets it back', async (kind, between) => {
    const world = makeWorld({ ...young, manager: 'none' })
    const answers = [refused(401), between, refused(401)]
    world.cloud.fault = (endpoint) => {
      const answer = endpoint === 'refresh' ? answers.shift() : undefined
      return answer === undefined ? null : { answer }
    }
    await press(world)
    await world.clock.until(() => world.attempts.at(-1)?.outcome === 'renewed', HOUR)
    expect(world.attempts.map((attempt) => path(attempt))).toEqual([
      '1:unclear',
      `1:${kind}`,
      '1:unclear',
      '1:ok',
    ])
  })

  test('other credentials set it back', async () => {
    const world = makeWorld({ ...young, manager: 'none' })
    failWith(world, 'refresh', refused(401), 'client-a')
    await press(world)
    await world.engine.apply([{ kind: 'service-app-saved', serviceApp: makeApp('a') }])
    await world.clock.until(() => world.attempts.length === 2, MINUTE)
    expect(path(world.attempts.at(-1))).toBe('1:unclear')
  })

  test.each([
    ['the service app', { kind: 'service-app-saved', serviceApp: makeApp('a') }],
    ['the pair', { kind: 'profile-pair', profileId: 'one', pair: makePair() }],
    ['the org', { kind: 'profile-saved', profile: makeProfile({ targetOrgId: 'org-2' }) }],
  ] as const)(
    'an unclear answer does not count where %s was changed before it came',
    async (_name, change) => {
      const world = makeWorld({ ...young, manager: 'none', cloud: { latency: 5 * SECOND } })
      failWith(world, 'refresh', refused(401), 'client-a')
      void world.engine.refresh('one', 'manual')
      await world.clock.advance(SECOND)
      await world.engine.apply([change])
      await world.clock.until(() => world.attempts.length === 2, MINUTE)
      expect(world.attempts.map((attempt) => path(attempt))).toEqual(['1:unclear', '1:unclear'])
      expect(world.profile().pair?.refresh?.dead).toBe(false)
    },
  )

  test('tier 2 without a refresh token of its own sets nothing back; one with a new one does', async () => {
    const kept = makeWorld({ ...young, cloud: { sendsRefreshToken: false } })
    failWith(kept, 'refresh', refused(401), 'client-a')
    expect(path(await press(kept))).toBe('1:unclear 2:ok')
    expect(path(await press(kept))).toBe('1:grant-dead 2:ok')
    const fresh = makeWorld(young)
    failWith(fresh, 'refresh', refused(401), 'client-a')
    await press(fresh)
    expect(path(await press(fresh))).toBe('1:unclear 2:ok')
  })

  test('a restart in between sets nothing back', async () => {
    const { clock, cloud, vault, engine } = makeWorld({ ...young, manager: 'none' })
    cloud.fault = (endpoint) => (endpoint === 'refresh' ? { answer: refused(401) } : null)
    void engine.refresh('one', 'manual')
    await clock.advance(100)
    const stopped = engine.stop()
    await clock.advance(SECOND)
    await stopped
    const again = createEngine({
      clock,
      random: seeded(1),
      webex: cloud,
      vault,
      settings: defaultSettings,
      fleet: engine.fleet(),
      lastAttempts: vault.attempts.slice(-1),
      newId: () => 'again',
    })
    again.start()
    await clock.advance(MINUTE)
    expect(vault.attempts.map((attempt) => path(attempt))).toEqual(['1:unclear', '1:grant-dead'])
    expect(vault.pairs.get('one')?.refresh?.dead).toBe(true)
  })
})

describe('tier 3', () => {
  test.each(dead)('%s: reconnect at once', async (_name, answer) => {
    const world = makeWorld({ ...young, managerAge: 15 * DAY, start: false })
    failWith(world, 'refresh', answer, 'client-integration')
    world.engine.start()
    await world.clock.advance(MINUTE)
    expect(world.engine.view().managers[0]?.fix).toMatchObject({ kind: 'connect-integration' })
    expect(world.cloud.seen.filter(({ who }) => who === 'client-integration')).toHaveLength(1)
  })

  test.each(unclear)(
    '%s: the second time in a row the person is asked to reconnect',
    async (_name, answer) => {
      const world = makeWorld({ ...young, managerAge: 15 * DAY, start: false })
      failWith(world, 'refresh', answer, 'client-integration')
      world.engine.start()
      await world.clock.advance(HOUR)
      expect(world.cloud.seen.filter(({ who }) => who === 'client-integration')).toHaveLength(2)
      expect(world.vault.pairs.get('manager')?.refresh?.dead).toBe(true)
      expect(world.engine.view().incidents.map(({ key }) => key)).toEqual(['manager-dead:manager'])
    },
  )
})
