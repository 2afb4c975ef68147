// The simulator's answers against Cisco's own description of them, successes and errors.
import { describe, expect, test } from 'vitest'
import { type Answered, first, get, send, tier2 } from './support/calls.ts'
import { findContract, WHERE_TO_FIND_IT } from './support/openapi.ts'
import { present } from './support/present.ts'
import { type Running, running } from './support/running.ts'

const found = findContract()
if (found === null) console.warn(WHERE_TO_FIND_IT)

describe.skipIf(found === null)('as Cisco describes it:', () => {
  const TIER2 = '/applications/{applicationId}/token'
  const contract = () => present(found, 'the description')

  test('the request of tier 2 these tests send', async () => {
    const { app, org } = first(await running())
    const body = { clientId: app.clientId, clientSecret: app.clientSecret, targetOrgId: org.orgId }
    expect(contract().requestTo('POST', TIER2, body)).toEqual([])
  })

  test.each<[string, number, (simulator: Running) => Promise<Answered>]>([
    ['a pair', 200, (simulator) => tier2(simulator)],
    ['a missing field', 400, (simulator) => tier2(simulator, { body: {} })],
    [
      'a wrong secret',
      400,
      (simulator) => {
        const { app, org } = first(simulator)
        const body = { clientId: app.clientId, clientSecret: 'wrong', targetOrgId: org.orgId }
        return tier2(simulator, { body })
      },
    ],
    ['no bearer', 401, (simulator) => tier2(simulator, { bearer: null })],
    [
      'an org that did not authorise it',
      403,
      (simulator) => {
        simulator.control.deauthoriseOrg(first(simulator).org.orgId)
        return tier2(simulator)
      },
    ],
    ['an unknown app', 404, (simulator) => tier2(simulator, { appId: 'unknown' })],
  ])('tier 2, %s (%d)', async (_, status, call) => {
    const answer = await call(await running())
    expect(answer.status).toBe(status)
    expect(contract().answerTo('POST', TIER2, answer)).toEqual([])
  })

  test('tier 2 without a refresh token', async () => {
    const answer = await tier2(await running({ omitRefreshTokenTier2: true }))
    expect(contract().answerTo('POST', TIER2, answer)).toEqual([])
  })

  test.each([['/authorizations/tokenExpiry'], ['/dataSources/'], ['/dataSources/schemas'], ['/people/me']])(
    'GET %s, to a token with every right (200) and to none (401)',
    async (path) => {
      const simulator = await running()
      const bearer =
        path === '/people/me'
          ? simulator.control.issuePersonalAccessToken()
          : first(simulator).org.accessToken
      const [granted, refused] = [await get(simulator, path, bearer), await get(simulator, path)]
      expect([granted.status, refused.status]).toEqual([200, 401])
      expect(contract().answerTo('GET', path, granted)).toEqual([])
      expect(contract().answerTo('GET', path, refused)).toEqual([])
    },
  )

  test.each([['/dataSources/'], ['/people/me']])(
    'GET %s, to a token without the right (403)',
    async (path) => {
      const simulator = await running()
      const answer = await get(
        simulator,
        path,
        path === '/people/me' ? first(simulator).org.accessToken : simulator.integration.accessToken,
      )
      expect(answer.status).toBe(403)
      expect(contract().answerTo('GET', path, answer)).toEqual([])
    },
  )

  test('one data source schema, found (200) and not found (404)', async () => {
    const simulator = await running()
    const { accessToken } = first(simulator).org
    const path = '/dataSources/schemas/{schemaId}'
    const list = JSON.parse((await get(simulator, '/dataSources/schemas', accessToken)).text)
    for (const id of [list.items[0].id, 'other']) {
      const answer = await get(simulator, `/dataSources/schemas/${id}`, accessToken)
      expect(contract().answerTo('GET', path, answer)).toEqual([])
    }
  })

  test.each([405, 423, 429, 500, 502, 503, 504])('trouble of status %d', async (status) => {
    const simulator = await running()
    simulator.control.fault({ kind: 'status', endpoint: 'any', status })
    const answer = await get(simulator, '/dataSources/schemas')
    expect(contract().answerTo('GET', '/dataSources/schemas', answer)).toEqual([])
  })

  test('a description that an answer breaks is noticed', async () => {
    const simulator = await running()
    simulator.control.fault({ kind: 'expires-in', endpoint: 'tier2', value: 'string' })
    expect(contract().answerTo('POST', TIER2, await tier2(simulator))).toEqual([
      '/expires_in must be integer',
    ])
    const wrong = await send(`${simulator.baseUrl}/rooms`)
    expect(contract().answerTo('GET', '/authorizations/tokenExpiry', { ...wrong, status: 200 })).not.toEqual(
      [],
    )
  })
})
