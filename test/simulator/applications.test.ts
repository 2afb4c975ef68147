// POST /applications/{appId}/token, as Cisco documents it: 400, 401, 403, 404 and a pair without a scope.
import { describe, expect, test } from 'vitest'
import { first, get, refresh, stringIn, tier2 } from './support/calls.ts'
import { present } from './support/present.ts'
import { DAY, running } from './support/running.ts'

describe('tier 2', () => {
  test('issues a pair of one org, without a scope', async () => {
    const simulator = await running()
    const answer = await tier2(simulator)
    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({
      access_token: expect.any(String),
      expires_in: 14 * DAY - 1,
      refresh_token: expect.any(String),
      refresh_token_expires_in: 90 * DAY - 1,
      token_type: 'Bearer',
    })
  })

  test('its refresh token is good for tier 1', async () => {
    const simulator = await running()
    const pair = await tier2(simulator)
    const answer = await refresh(simulator, first(simulator).app, stringIn(pair, 'refresh_token'))
    expect(answer.status).toBe(200)
  })

  test('its token carries the UUID of the org it is for', async () => {
    const simulator = await running()
    const { org } = first(simulator)
    const token = stringIn(await tier2(simulator), 'access_token')
    const decoded = Buffer.from(org.orgId, 'base64').toString()
    expect(decoded).toBe(`ciscospark://us/ORGANIZATION/${token.split('_').at(-1)}`)
  })

  test.each([
    [
      'a raw UUID',
      (orgId: string) => present(Buffer.from(orgId, 'base64').toString().split('/').at(-1), 'a UUID'),
    ],
    ['a padded id', (orgId: string) => `${orgId}=`],
  ])('takes %s as the target org', async (_, spelled) => {
    const simulator = await running()
    const { app, org } = first(simulator)
    const body = { clientId: app.clientId, clientSecret: app.clientSecret, targetOrgId: spelled(org.orgId) }
    expect((await tier2(simulator, { body })).status).toBe(200)
  })

  test('takes the app id percent-encoded', async () => {
    const simulator = await running()
    const { app } = first(simulator)
    expect((await tier2(simulator, { appId: encodeURIComponent(`${app.appId}==`) })).status).toBe(200)
  })

  test('leaves the earlier pair alone', async () => {
    const simulator = await running()
    const { app, org } = first(simulator)
    await tier2(simulator)
    expect((await get(simulator, '/dataSources', org.accessToken)).status).toBe(200)
    expect((await refresh(simulator, app, org.refreshToken)).status).toBe(200)
  })

  test('kills the earlier pair if it is set to', async () => {
    const simulator = await running({ tier2ReplacesPair: true })
    const { app, org } = first(simulator)
    const pair = await tier2(simulator)
    expect((await get(simulator, '/dataSources', org.accessToken)).status).toBe(401)
    expect((await refresh(simulator, app, org.refreshToken)).status).toBe(400)
    expect((await refresh(simulator, app, stringIn(pair, 'refresh_token'))).status).toBe(200)
  })

  test('answers without a refresh token if it is set to', async () => {
    const simulator = await running({ omitRefreshTokenTier2: true })
    expect(Object.keys((await tier2(simulator)).body)).toEqual(['access_token', 'expires_in', 'token_type'])
  })
})

describe('tier 2 refuses', () => {
  const webexShape = { message: expect.any(String), trackingId: expect.stringMatching(/^ROUTERGW_/) }

  test('a missing bearer with 401', async () => {
    const answer = await tier2(await running(), { bearer: null })
    expect(answer.status).toBe(401)
    expect(answer.body).toMatchObject(webexShape)
  })

  test('an expired bearer with 401', async () => {
    const simulator = await running({ managerAccessTtl: 100 })
    simulator.pass(99)
    expect((await tier2(simulator)).status).toBe(200)
    simulator.pass(1)
    expect((await tier2(simulator)).status).toBe(401)
  })

  test("a service app's own bearer with 403", async () => {
    const simulator = await running()
    const answer = await tier2(simulator, { bearer: first(simulator).org.accessToken })
    expect(answer.status).toBe(403)
  })

  test('an integration without spark:applications_token with 403', async () => {
    const simulator = await running()
    simulator.control.setScopes('integration', ['spark:people_read'])
    expect((await tier2(simulator)).status).toBe(403)
  })

  test('an unknown app id with 404', async () => {
    const answer = await tier2(await running(), { appId: 'Y2lzY29' })
    expect(answer.status).toBe(404)
    expect(answer.body).toMatchObject({ ...webexShape, message: 'Service App not found' })
  })

  test('each missing field by its name, with 400', async () => {
    const simulator = await running()
    const answer = await tier2(simulator, { body: { clientId: first(simulator).app.clientId } })
    expect(answer.status).toBe(400)
    expect(answer.body).toMatchObject({
      errors: [{ description: 'clientSecret is required' }, { description: 'targetOrgId is required' }],
    })
  })

  test.each(['not JSON', '[]', 'null', '"text"'])('the body %s with 400', async (body) => {
    expect((await tier2(await running(), { body })).status).toBe(400)
  })

  test('a body that does not say it is JSON with 415', async () => {
    expect((await tier2(await running(), { contentType: 'text/plain' })).status).toBe(415)
  })

  test.each(['clientId', 'clientSecret'])(
    'a wrong %s with 400, Invalid client credentials',
    async (field) => {
      const simulator = await running()
      const { app, org } = first(simulator)
      const right = { clientId: app.clientId, clientSecret: app.clientSecret, targetOrgId: org.orgId }
      const answer = await tier2(simulator, { body: { ...right, [field]: 'wrong' } })
      expect(answer.status).toBe(400)
      expect(answer.body).toMatchObject({ message: 'Invalid client credentials' })
    },
  )

  test('a target org that is no org id with 400', async () => {
    const simulator = await running()
    const { app } = first(simulator)
    const body = { clientId: app.clientId, clientSecret: app.clientSecret, targetOrgId: 'Acme' }
    expect((await tier2(simulator, { body })).status).toBe(400)
  })

  test('an org that never authorised the app with 403', async () => {
    const simulator = await running()
    const { app } = first(simulator)
    const stranger = present(simulator.serviceApps[1]?.orgs[0], 'the org of the second app').orgId
    const body = { clientId: app.clientId, clientSecret: app.clientSecret, targetOrgId: stranger }
    const answer = await tier2(simulator, { body })
    expect(answer.status).toBe(403)
    expect(answer.body).toMatchObject({ message: expect.stringContaining('Control Hub') })
  })
})
