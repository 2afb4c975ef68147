// Row "tier 2 401, whatever its words": the bearer first; the secret only where a bearer fresh from tier 3 fares no better.
import { describe, expect, test } from 'vitest'
import type { Answer } from '#engine/domain/ports.ts'
import { classify } from '#engine/failure/classifier.ts'
import { badBearer, refused, tokenLimit } from './support/answers.ts'
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
  pairOf,
  path,
  press,
  SECOND,
  type World,
} from './support/world.ts'

const young = { age: 2 * DAY, managerAge: 2 * DAY }
const words: readonly (readonly [string, Answer<never>])[] = [
  ['Invalid client credentials', refused(401, { message: 'Invalid client credentials' })],
  ['invalid_client', refused(401, { code: 'invalid_client' })],
  ['words about the secret', refused(401, { message: 'The client secret provided is wrong.' })],
  ['client authentication', refused(401, { code: 'x', message: 'Client authentication failed' })],
  ['clientId', refused(401, { message: 'Unknown clientId' })],
]

/** Tier 2 answers so as long as its bearer is not the one that tier 3 gives next. */
function whileBearerIsOld(world: World, answer: Answer<never>): void {
  const old = world.cloud.grant('manager').access
  world.cloud.fault = (endpoint) =>
    endpoint === 'application' && world.cloud.grant('manager').access === old ? { answer } : null
}

describe('a 401 of tier 2 with words about the client', () => {
  test.each(words)('(%s) leads to tier 3 and tier 2 again, which works', async (_name, answer) => {
    const world = makeWorld(young)
    world.cloud.kill('APP_a@org-1')
    whileBearerIsOld(world, answer)
    const attempt = await press(world)
    expect(path(attempt)).toBe('1:grant-dead 2:bearer-refused 3:ok 2:ok')
    expect(attempt).toMatchObject({ outcome: 'renewed', tier: 2, sentence: null })
    expect(world.engine.view().incidents.map(({ level }) => level)).not.toContain('warning')
  })

  test.each(words)('(%s) again with the fresh bearer blames the secret', async (_name, answer) => {
    const world = makeWorld(young)
    world.cloud.kill('APP_a@org-1')
    failWith(world, 'application', answer)
    const attempt = await press(world)
    expect(path(attempt)).toBe('1:grant-dead 2:bearer-refused 3:ok 2:client-refused')
    expect(attempt.sentence).toContain("service app's own client secret")
    expect(world.view().fix).toMatchObject({ kind: 'replace-secret' })
    expect(world.engine.view().managers[0]?.state).toBe('ready')
    await world.clock.advance(5 * HOUR)
    expect(world.cloud.count('application')).toBe(2)
  })

  test('after tier 3 because the bearer had expired is that of a fresh bearer already', async () => {
    const world = makeWorld({ ...young, managerAge: 15 * DAY, start: false })
    world.cloud.kill('APP_a@org-1')
    failWith(world, 'application', refused(401, { message: 'Invalid client credentials' }))
    expect(path(await press(world))).toBe('1:grant-dead 3:ok 2:client-refused')
    expect(world.cloud.seen.filter(({ who }) => who === 'client-integration')).toHaveLength(1)
  })

  test('once, and a plain 401 with the fresh bearer, blames the bearer', async () => {
    const world = makeWorld(young)
    world.cloud.kill('APP_a@org-1')
    let asked = 0
    world.cloud.fault = (endpoint) => {
      if (endpoint !== 'application') return null
      asked += 1
      return { answer: asked === 1 ? refused(401, { message: 'Invalid client credentials' }) : badBearer }
    }
    const attempt = await press(world)
    expect(path(attempt)).toBe('1:grant-dead 2:bearer-refused 3:ok 2:bearer-refused')
    expect(attempt.sentence).toContain('Reconnect the integration')
  })

  test.each(words)(
    '(%s) where tier 3 gives the same bearer again blames the secret',
    async (_name, answer) => {
      const world = makeWorld({ ...young, cloud: { unchangedWithin: 30 * DAY } })
      world.cloud.kill('APP_a@org-1')
      failWith(world, 'application', answer)
      const attempt = await press(world)
      expect(path(attempt)).toBe('1:grant-dead 2:bearer-refused 3:unchanged 2:client-refused')
      expect(attempt.sentence).toContain("service app's own client secret")
      expect(world.engine.view().managers[0]).toMatchObject({ state: 'ready', sentence: null })
      expect(world.engine.view().incidents.map(({ key }) => key)).toContain('client-refused:app-a')
    },
  )

  test('where tier 3 gives the same bearer again and the second answer is plain blames the bearer', async () => {
    const world = makeWorld({ ...young, cloud: { unchangedWithin: 30 * DAY } })
    world.cloud.kill('APP_a@org-1')
    const answers = [refused(401, { message: 'Invalid client credentials' })]
    world.cloud.fault = (endpoint) =>
      endpoint === 'application' ? { answer: answers.shift() ?? badBearer } : null
    const attempt = await press(world)
    expect(path(attempt)).toBe('1:grant-dead 2:bearer-refused 3:unchanged 2:bearer-refused')
    expect(attempt.sentence).toContain('Reconnect the integration')
    const sent = world.cloud.count('application')
    await world.clock.advance(5 * HOUR)
    expect(world.cloud.count('application')).toBe(sent)
  })

  test('that tier 2 takes back, after tier 3 vouched for the same bearer, is no failure', async () => {
    const world = makeWorld({ ...young, cloud: { unchangedWithin: 30 * DAY } })
    world.cloud.kill('APP_a@org-1')
    const answers = [badBearer]
    world.cloud.fault = (endpoint) => {
      const answer = endpoint === 'application' ? answers.shift() : undefined
      return answer === undefined ? null : { answer }
    }
    expect(path(await press(world))).toBe('1:grant-dead 2:bearer-refused 3:unchanged 2:ok')
    expect(world.engine.view().managers[0]?.state).toBe('ready')
  })

  test('with a dead integration says to reconnect it', async () => {
    const world = makeWorld(young)
    world.cloud.kill('APP_a@org-1')
    world.cloud.kill('manager')
    failWith(world, 'application', refused(401, { message: 'Invalid client credentials' }))
    const attempt = await press(world)
    expect(path(attempt)).toBe('1:grant-dead 2:bearer-refused 3:manager-grant-dead')
    expect(world.view().fix).toEqual({ kind: 'connect-integration', managerId: 'manager' })
  })

  test('is one tier 3 and one problem for many profiles of an app', async () => {
    const profiles = many(20, { pair: null })
    const world = makeWorld({ profiles, managerAge: 2 * DAY, start: false, cloud: { latency: 300 } })
    failWith(world, 'application', refused(401, { message: 'Invalid client credentials' }))
    world.engine.start()
    await world.clock.advance(MINUTE)
    expect(world.cloud.seen.filter(({ who }) => who === 'client-integration').length).toBeLessThanOrEqual(2)
    expect(world.engine.view().incidents.map(({ key }) => key)).toEqual(['client-refused:app-a'])
  })
})

describe('with a personal access token', () => {
  test.each(words)('(%s) the token is blamed first, never the secret alone', async (_name, answer) => {
    const world = makeWorld({ ...young, manager: makePersonalToken(), start: false })
    world.cloud.kill('APP_a@org-1')
    const lift = failWith(world, 'application', answer)
    const attempt = await press(world)
    expect(path(attempt)).toBe('1:grant-dead 2:bearer-refused')
    expect(attempt.sentence).toMatch(/Paste a new personal access token.*client secret/)
    expect(world.view().fix).toEqual({ kind: 'paste-personal-token', managerId: 'pat' })
    lift()
    const pair = { ...pairOf(world.cloud.issue('pat', 'nobody'), 'pasted'), refresh: null }
    await world.engine.apply([{ kind: 'manager-pair', managerId: 'pat', pair }])
    expect(path(await press(world))).toBe('2:ok')
  })
})

describe('a wrong secret of one service app leaves tier 2 to the others', () => {
  const wrongSecret = refused(401, { message: 'Invalid client credentials' })
  const profiles = [
    { id: 'bad', pair: null },
    { id: 'good', serviceAppId: 'app-b', pair: null, paused: true, targetOrgId: 'org-2' },
  ]
  const personalToken = () =>
    makePersonalToken({ pair: makePair({ origin: 'pasted', refresh: null, expiresAt: START + 30 * DAY }) })

  /** The other service app comes only when the first one has failed. */
  async function thenTheOther(world: World): Promise<void> {
    world.engine.start()
    await world.clock.advance(MINUTE)
    expect(world.attempts.at(-1)).toMatchObject({ name: 'Profile bad', outcome: 'failed' })
    await world.engine.apply([
      { kind: 'profile-saved', profile: { ...world.profile('good'), paused: false } },
    ])
  }

  const asked = (world: World, app: string) => world.cloud.seen.filter(({ who }) => who === app).length

  test.each([
    ['gives the same bearer again', DAY, () => undefined],
    ['gives a new bearer', 0, () => undefined],
    ['is down', 0, (world: World) => failWith(world, 'refresh', refused(503), 'client-integration')],
    ['is dead', 0, (world: World) => world.cloud.kill('manager')],
    [
      'has reached the token limit',
      0,
      (world: World) => failWith(world, 'refresh', tokenLimit, 'client-integration'),
    ],
  ] as const)('while tier 3 %s', async (_name, unchangedWithin, change) => {
    const world = makeWorld({ managerAge: HOUR, cloud: { unchangedWithin }, profiles, start: false })
    failWith(world, 'application', wrongSecret, 'APP_a')
    change(world)
    await thenTheOther(world)
    await world.clock.advance(MINUTE)
    expect(world.view('good').state).toBe('healthy')
    expect(asked(world, 'APP_b')).toBe(1)
  })

  test('with a personal access token', async () => {
    const world = makeWorld({ manager: makePersonalToken(), profiles, start: false })
    const pair = { ...pairOf(world.cloud.issue('pat', 'nobody'), 'pasted'), refresh: null }
    await world.engine.apply([{ kind: 'manager-pair', managerId: 'pat', pair }])
    failWith(world, 'application', wrongSecret, 'APP_a')
    await thenTheOther(world)
    await world.clock.advance(MINUTE)
    expect(world.view('good').state).toBe('healthy')
    expect(world.engine.view().managers[0]?.state).toBe('ready')
    expect(world.view('bad')).toMatchObject({
      state: 'needs-attention',
      fix: { kind: 'paste-personal-token' },
    })
    await world.clock.advance(2 * DAY)
    expect(asked(world, 'APP_a')).toBeGreaterThan(4)
    expect(asked(world, 'APP_a')).toBeLessThan(12)
    expect(world.view('bad').state).toBe('needs-attention')
    // The token goes on working for others, and there is no tier 3 of it to fail.
    expect(world.engine.view().managers[0]?.state).toBe('ready')
    expect(world.attempts.filter(({ subject }) => subject.kind === 'manager')).toEqual([])
  })

  test('until a second one is refused with the same personal access token: then a press alone goes out', async () => {
    const three = [...profiles, { id: 'third', serviceAppId: 'app-c', pair: null, paused: true }]
    const world = makeWorld({ manager: personalToken(), profiles: three, start: false })
    failWith(world, 'application', wrongSecret)
    await thenTheOther(world)
    await world.clock.advance(MINUTE)
    expect(world.engine.view().managers[0]).toMatchObject({ state: 'needs-attention', isRefused: true })
    expect(world.engine.view().incidents.map(({ key }) => key)).toEqual(['manager-dead:pat'])
    await world.engine.apply([
      { kind: 'profile-saved', profile: { ...world.profile('third'), paused: false } },
    ])
    await world.clock.advance(HOUR)
    expect(asked(world, 'APP_c')).toBe(0)
    expect(path(await press(world, 'third'))).toBe('2:bearer-refused')
    void world.engine.refresh('third', 'manual', 'program')
    await world.clock.advance(SECOND)
    expect(asked(world, 'APP_c')).toBe(1)
  })

  test('but a plain 401 with a personal access token stops all of them', async () => {
    const world = makeWorld({ manager: personalToken(), profiles, start: false })
    failWith(world, 'application', badBearer)
    await thenTheOther(world)
    await world.clock.advance(5 * HOUR)
    expect(asked(world, 'APP_b')).toBe(0)
    expect(world.engine.view().managers[0]).toMatchObject({ state: 'needs-attention', isRefused: true })
  })
})

test.each([
  ['invalid client credentials', 'Invalid client credentials', { kind: 'client-refused' }],
  ['an invalid secret', 'The client secret is invalid', { kind: 'client-refused' }],
  ['an unknown client ID', 'Unknown clientId', { kind: 'client-refused' }],
  ['failed authentication', 'Client authentication failed', { kind: 'client-refused' }],
  ['a missing secret', 'clientSecret is required', { kind: 'wrong-field', field: 'clientSecret' }],
  ['a wrong org', 'targetOrgId does not exist', { kind: 'wrong-field', field: 'targetOrgId' }],
])('a 400 of tier 2 that speaks of %s is told apart', (_name, message, kind) => {
  expect(classify({ tier: 2 }, refused(400, { message }))).toMatchObject(kind)
})

test('a 400 with these words stays the service app’s secret', async () => {
  const world = makeWorld(young)
  world.cloud.kill('APP_a@org-1')
  world.cloud.regenerated.add('client-a')
  failWith(world, 'refresh', refused(400, { code: 'invalid_grant' }), 'client-a')
  expect(path(await press(world))).toBe('1:grant-dead 2:client-refused')
  expect(world.cloud.seen.filter(({ who }) => who === 'client-integration')).toHaveLength(0)
})
