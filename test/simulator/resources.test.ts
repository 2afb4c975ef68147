// What tokens are used for: the honest 200, 401 and 403, and the ones that are not so honest.
import { describe, expect, test } from 'vitest'
import { first, get, send } from './support/calls.ts'
import { DAY, running, START } from './support/running.ts'

describe('tokenExpiry', () => {
  test('is the epoch in milliseconds at which the presented token ends', async () => {
    const simulator = await running({ accessTtl: DAY })
    simulator.pass(100)
    const answer = await get(simulator, '/authorizations/tokenExpiry', first(simulator).org.accessToken)
    expect(answer.body).toEqual({ exp: START + DAY * 1000 })
  })

  test('works for the integration too', async () => {
    const simulator = await running({ managerAccessTtl: 100 })
    const answer = await get(simulator, '/authorizations/tokenExpiry', simulator.integration.accessToken)
    expect(answer.body).toEqual({ exp: START + 100_000 })
  })
})

describe('data sources', () => {
  test('schemas need a valid token and no scope', async () => {
    const simulator = await running()
    const { app, org } = first(simulator)
    simulator.control.setScopes(app.name, [])
    expect((await get(simulator, '/dataSources/schemas', org.accessToken)).status).toBe(200)
    expect((await get(simulator, '/dataSources/schemas', simulator.integration.accessToken)).status).toBe(200)
  })

  test('one schema is found by its id, another is not', async () => {
    const simulator = await running()
    const { accessToken } = first(simulator).org
    const list = await get(simulator, '/dataSources/schemas', accessToken)
    const [schema] = JSON.parse(list.text).items
    expect((await get(simulator, `/dataSources/schemas/${schema.id}`, accessToken)).body).toEqual(schema)
    expect((await get(simulator, '/dataSources/schemas/other', accessToken)).status).toBe(404)
  })

  test.each(['/dataSources', '/dataSources/'])('%s lists them', async (path) => {
    const simulator = await running()
    const answer = await get(simulator, path, first(simulator).org.accessToken)
    expect(answer.body).toEqual({ items: [expect.objectContaining({ status: 'active' })] })
  })
})

describe('a scope the token lacks is a 403:', () => {
  test.each(['/dataSources', '/meetings?max=1', '/rooms?max=1', '/contactCenter/tasks?pageSize=1'])(
    '%s',
    async (path) => {
      const simulator = await running()
      const { app, org } = first(simulator)
      expect((await get(simulator, path, org.accessToken)).status).toBe(200)
      simulator.control.setScopes(app.name, [])
      expect((await get(simulator, path, org.accessToken)).status).toBe(403)
    },
  )

  test('/people/me, to every service app', async () => {
    const simulator = await running()
    expect((await get(simulator, '/people/me', first(simulator).org.accessToken)).status).toBe(403)
  })

  test('/people/me, to an integration without people scopes', async () => {
    const simulator = await running()
    expect((await get(simulator, '/people/me', simulator.integration.accessToken)).status).toBe(403)
  })
})

test('a personal access token is told who its person is', async () => {
  const simulator = await running()
  const token = simulator.control.issuePersonalAccessToken()
  expect((await get(simulator, '/people/me', token)).body).toMatchObject({ type: 'person' })
})

describe('an expired token', () => {
  test.each(['/dataSources', '/dataSources/schemas', '/meetings', '/rooms', '/authorizations/tokenExpiry'])(
    'is a 401 at %s',
    async (path) => {
      const simulator = await running({ accessTtl: 100 })
      simulator.pass(100)
      expect((await get(simulator, path, first(simulator).org.accessToken)).status).toBe(401)
    },
  )

  test.each(['/contactCenter/tasks', '/tasks'])('is a 403 at %s', async (path) => {
    const simulator = await running({ accessTtl: 100 })
    simulator.pass(100)
    expect((await get(simulator, path, first(simulator).org.accessToken)).status).toBe(403)
  })
})

describe('without a valid token', () => {
  test.each([
    '/dataSources',
    '/dataSources/schemas',
    '/people/me',
    '/authorizations/tokenExpiry',
    '/meetings',
    '/rooms',
    '/contactCenter/tasks',
    '/nothing/here',
    '/applications/x/token',
  ])('%s is answered with Webex’s own 401', async (path) => {
    const simulator = await running()
    for (const bearer of [undefined, 'never issued']) {
      const answer = await get(simulator, path, bearer)
      expect(answer.status).toBe(401)
      expect(answer.headers.get('Content-Type')).toMatch(/^application\/json/)
      expect(answer.body).toEqual({
        message: expect.stringContaining('valid access token'),
        errors: [{ description: expect.any(String) }],
        trackingId: answer.headers.get('Trackingid'),
      })
    }
  })
})

test('a valid token learns of an unknown path by 404 and of a wrong method by 405', async () => {
  const simulator = await running()
  const { accessToken } = first(simulator).org
  expect((await get(simulator, '/nothing/here', accessToken)).status).toBe(404)
  const headers = { Authorization: `Bearer ${accessToken}` }
  const answer = await send(`${simulator.baseUrl}/meetings`, { method: 'DELETE', headers })
  expect(answer.status).toBe(405)
})

test('every answer has a tracking id of its own and the date of the simulator’s clock', async () => {
  const simulator = await running()
  const answers = await Promise.all([
    get(simulator, '/rooms'),
    get(simulator, '/rooms'),
    get(simulator, '/authorize'),
  ])
  expect(new Set(answers.map(({ headers }) => headers.get('Trackingid'))).size).toBe(3)
  for (const { headers } of answers) {
    expect(headers.get('Trackingid')).toMatch(/^ROUTERGW_[0-9a-f]{8}-/)
    expect(headers.get('Date')).toBe(new Date(START).toUTCString())
  }
})

test('a request body of megabytes is refused', async () => {
  const simulator = await running()
  const answer = await send(`${simulator.baseUrl}/access_token`, {
    method: 'POST',
    body: 'x'.repeat(100_000),
  })
  expect(answer.status).toBe(413)
})
