// The refresh grant: both lifetimes, and everything about refresh tokens that is unproven of Webex.
import { describe, expect, test } from 'vitest'
import { first, get, refresh, stringIn, tier2 } from './support/calls.ts'
import { DAY, running } from './support/running.ts'

describe('a refresh', () => {
  test('gives a new pair that works', async () => {
    const simulator = await running()
    const { app, org } = first(simulator)
    const pair = await refresh(simulator, app, org.refreshToken)
    expect(pair.status).toBe(200)
    expect(stringIn(pair, 'access_token')).not.toBe(org.accessToken)
    expect((await get(simulator, '/dataSources', stringIn(pair, 'access_token'))).status).toBe(200)
  })

  test('leaves the earlier access token its lifetime', async () => {
    const simulator = await running()
    const { app, org } = first(simulator)
    await refresh(simulator, app, org.refreshToken)
    expect((await get(simulator, '/dataSources', org.accessToken)).status).toBe(200)
  })

  test('gives service apps and the integration each their own lifetimes', async () => {
    const simulator = await running({
      accessTtl: 20,
      refreshTtl: 300,
      managerAccessTtl: 40,
      managerRefreshTtl: 600,
      slide: true,
    })
    const { app, org } = first(simulator)
    const forApp = await refresh(simulator, app, org.refreshToken)
    expect(forApp.body).toMatchObject({ expires_in: 20, refresh_token_expires_in: 300 })
    const forManager = await refresh(simulator, simulator.integration, simulator.integration.refreshToken)
    expect(forManager.body).toMatchObject({ expires_in: 40, refresh_token_expires_in: 600 })
  })

  test("gives the integration the service apps' lifetimes if it has none of its own", async () => {
    const simulator = await running({ accessTtl: 20 })
    const { integration } = simulator
    const answer = await refresh(simulator, integration, integration.refreshToken)
    expect(answer.body).toMatchObject({ expires_in: 20 })
  })
})

describe('when refresh tokens rotate', () => {
  test('the presented one is dead afterwards, the new one lives', async () => {
    const simulator = await running()
    const { app, org } = first(simulator)
    const pair = await refresh(simulator, app, org.refreshToken)
    expect((await refresh(simulator, app, org.refreshToken)).body).toMatchObject({ error: 'invalid_grant' })
    expect((await refresh(simulator, app, stringIn(pair, 'refresh_token'))).status).toBe(200)
  })

  test('the new one inherits the expiry', async () => {
    const simulator = await running({ refreshTtl: 1000 })
    const { app, org } = first(simulator)
    simulator.pass(400)
    const pair = await refresh(simulator, app, org.refreshToken)
    expect(pair.body).toMatchObject({ refresh_token_expires_in: 600 })
    simulator.pass(600)
    const tooLate = await refresh(simulator, app, stringIn(pair, 'refresh_token'))
    expect(tooLate.body).toMatchObject({ error: 'invalid_grant' })
  })
})

test('when refresh tokens do not rotate, the same one comes back, with what it has left', async () => {
  const simulator = await running({ rotate: false, refreshTtl: 1000 })
  const { app, org } = first(simulator)
  simulator.pass(400)
  await refresh(simulator, app, org.refreshToken)
  const again = await refresh(simulator, app, org.refreshToken)
  expect(again.body).toMatchObject({ refresh_token: org.refreshToken, refresh_token_expires_in: 600 })
})

describe('when refresh tokens slide', () => {
  test.each([true, false])('they have their full lifetime again (rotating: %s)', async (rotate) => {
    const simulator = await running({ slide: true, rotate, refreshTtl: 1000 })
    const { app, org } = first(simulator)
    simulator.pass(900)
    const pair = await refresh(simulator, app, org.refreshToken)
    expect(pair.body).toMatchObject({ refresh_token_expires_in: 1000 })
    simulator.pass(900)
    expect((await refresh(simulator, app, stringIn(pair, 'refresh_token'))).status).toBe(200)
  })
})

describe('within the window in which nothing changes', () => {
  test('the same pair comes back with the same expiry', async () => {
    const simulator = await running({ unchangedWithin: DAY, accessTtl: 14 * DAY })
    const { app, org } = first(simulator)
    simulator.pass(DAY - 1)
    const answer = await refresh(simulator, app, org.refreshToken)
    expect(answer.body).toMatchObject({
      access_token: org.accessToken,
      expires_in: 13 * DAY + 1,
      refresh_token: org.refreshToken,
    })
    expect(simulator.ledger.entries.at(-1)).toMatchObject({ outcome: 'unchanged' })
  })

  test('a refresh after it changes, and opens a new one', async () => {
    const simulator = await running({ unchangedWithin: DAY })
    const { app, org } = first(simulator)
    simulator.pass(DAY)
    const changed = await refresh(simulator, app, org.refreshToken)
    expect(stringIn(changed, 'access_token')).not.toBe(org.accessToken)
    const unchanged = await refresh(simulator, app, stringIn(changed, 'refresh_token'))
    expect(stringIn(unchanged, 'access_token')).toBe(stringIn(changed, 'access_token'))
  })

  test('a killed access token is replaced all the same', async () => {
    const simulator = await running({ unchangedWithin: DAY })
    const { app, org } = first(simulator)
    simulator.control.killAccessToken(app.name, org.orgId)
    const answer = await refresh(simulator, app, org.refreshToken)
    expect(stringIn(answer, 'access_token')).not.toBe(org.accessToken)
  })
})

describe('without refresh tokens in tier 1 answers', () => {
  test('the presented one goes on living, rotation or not', async () => {
    const simulator = await running({ omitRefreshTokenTier1: true })
    const { app, org } = first(simulator)
    const answer = await refresh(simulator, app, org.refreshToken)
    expect(Object.keys(answer.body)).toEqual(['scope', 'access_token', 'expires_in', 'token_type'])
    expect((await refresh(simulator, app, org.refreshToken)).status).toBe(200)
  })

  test('the integration still gets its own', async () => {
    const simulator = await running({ omitRefreshTokenTier1: true })
    const { integration } = simulator
    const answer = await refresh(simulator, integration, integration.refreshToken)
    expect(stringIn(answer, 'refresh_token')).not.toBe(integration.refreshToken)
  })
})

describe('a refresh token is dead', () => {
  test('once it has expired, to the second', async () => {
    const simulator = await running({ rotate: false, refreshTtl: 1000 })
    const { app, org } = first(simulator)
    simulator.pass(999)
    expect((await refresh(simulator, app, org.refreshToken)).status).toBe(200)
    simulator.pass(1)
    expect((await refresh(simulator, app, org.refreshToken)).status).toBe(400)
  })

  test("with another client's credentials", async () => {
    const simulator = await running()
    const { org } = first(simulator)
    const answer = await refresh(simulator, simulator.integration, org.refreshToken)
    expect(answer.body).toMatchObject({ error: 'invalid_grant' })
  })

  test('and is told so as 400 invalid_grant in the OAuth shape', async () => {
    const simulator = await running()
    const answer = await refresh(simulator, first(simulator).app, 'never issued')
    expect(answer.status).toBe(400)
    expect(answer.body).toEqual({ error: 'invalid_grant', error_description: expect.any(String) })
    expect(answer.headers.get('Trackingid')).toMatch(/^ROUTERGW_/)
  })

  test('or as 401 in the Webex shape, which speaks of the refresh token', async () => {
    const simulator = await running({ deadGrantAnswer: 'webex-401' })
    const answer = await refresh(simulator, first(simulator).app, 'never issued')
    expect(answer.status).toBe(401)
    expect(answer.body).toEqual({
      message: expect.stringMatching(/refresh token/),
      errors: [{ description: expect.any(String) }],
      trackingId: answer.headers.get('Trackingid'),
    })
  })
})

test.each([
  ['code-400', 400, { error: 'invalid_refresh_token' }],
  ['empty-401', 401, null],
] as const)('a dead refresh token is told as %s', async (deadGrantAnswer, status, body) => {
  const simulator = await running({ deadGrantAnswer })
  const answer = await refresh(simulator, first(simulator).app, 'never issued')
  expect(answer.status).toBe(status)
  expect(answer.body).toEqual(body ?? expect.anything())
})

describe('wrong client credentials', () => {
  test.each([
    ['oauth-401', 401, { error: 'invalid_client' }],
    ['oauth-400', 400, { error: 'invalid_client' }],
    ['webex-401', 401, { message: 'Invalid client credentials' }],
    ['webex-400', 400, { message: 'Invalid client credentials' }],
  ] as const)('are told as %s', async (badClientAnswer, status, body) => {
    const simulator = await running({ badClientAnswer })
    const { app, org } = first(simulator)
    const answer = await refresh(simulator, { ...app, clientSecret: 'wrong' }, org.refreshToken)
    expect(answer.status).toBe(status)
    expect(answer.body).toMatchObject(body)
  })

  test('cost nothing: the refresh token still works', async () => {
    const simulator = await running()
    const { app, org } = first(simulator)
    await refresh(simulator, { ...app, clientSecret: 'wrong' }, org.refreshToken)
    expect((await refresh(simulator, app, org.refreshToken)).status).toBe(200)
  })
})

test('a grant that was refreshed a hundred times has its latest token working', async () => {
  const simulator = await running({ accessTtl: 20, slide: true })
  const { app, org } = first(simulator)
  let latest = org.refreshToken
  for (let round = 0; round < 100; round += 1) {
    simulator.pass(19)
    latest = stringIn(await refresh(simulator, app, latest), 'refresh_token')
  }
  expect((await tier2(simulator)).status).toBe(401)
  expect((await refresh(simulator, app, latest)).status).toBe(200)
})

test('a refresh token that lives is never forgotten, however many are issued after it', async () => {
  const simulator = await running()
  const { app, org } = first(simulator)
  for (let round = 0; round < 20; round += 1) await tier2(simulator)
  expect((await refresh(simulator, app, org.refreshToken)).status).toBe(200)
})

test('the latest refresh token of many can be killed', async () => {
  const simulator = await running()
  const { app, org } = first(simulator)
  let latest = org.refreshToken
  for (let round = 0; round < 20; round += 1) {
    latest = stringIn(await refresh(simulator, app, latest), 'refresh_token')
  }
  simulator.control.killRefreshToken(app.name, org.orgId)
  expect((await refresh(simulator, app, latest)).body).toMatchObject({ error: 'invalid_grant' })
})
