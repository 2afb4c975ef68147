// The client against the simulated Webex: every tier, and every kind of trouble it can make.

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Answer, TokenGrant } from '#engine/domain/ports.ts'
import { Secret } from '#engine/domain/secret.ts'
import { classify } from '#engine/failure/classifier.ts'
import { type FaultInput, type Simulator, startSimulator } from '#simulator/index.ts'
import { createWebex } from '#webex/client.ts'
import { partsFor } from './support/parts.ts'

let simulator: Simulator
beforeEach(async () => {
  simulator = await startSimulator({ slide: true })
})
afterEach(() => simulator.close())

const webex = () => createWebex(partsFor(simulator.baseUrl))
const credentialsOf = ({ clientId, clientSecret }: { clientId: string; clientSecret: string }) => ({
  clientId,
  clientSecret: new Secret(clientSecret),
})

function worker() {
  const [app] = simulator.serviceApps
  const [org] = app?.orgs ?? []
  if (app === undefined || org === undefined) throw new Error('the simulator has no service app')
  return { app, org, credentials: credentialsOf(app) }
}
const tier1 = () => webex().refreshGrant(worker().credentials, new Secret(worker().org.refreshToken))
const tier2 = (bearer = simulator.integration.accessToken, appId = worker().app.appId) =>
  webex().applicationToken(new Secret(bearer), appId, worker().credentials, worker().org.orgId)

describe('the tiers', () => {
  test.for<[string, () => Promise<Answer<TokenGrant>>]>([
    ['tier 1', tier1],
    ['tier 2', () => tier2()],
    [
      'tier 3',
      () =>
        webex().refreshGrant(
          credentialsOf(simulator.integration),
          new Secret(simulator.integration.refreshToken),
        ),
    ],
  ])('%s gives a pair that works', async ([, call]) => {
    const answer = await call()
    if (answer.kind !== 'ok') throw new Error(answer.kind)
    expect(answer.value.expiresIn).toBe(1_209_599_000)
    expect(answer.value.refreshTokenExpiresIn).toBe(7_775_999_000)
    expect(answer.trackingId).not.toBeNull()
    expect(answer.serverDate).not.toBeNull()
    expect(await webex().tokenExpiry(answer.value.accessToken)).toMatchObject({ kind: 'ok' })
  })

  test('a token proves itself where it needs no scope, and lacks the right where it does', async () => {
    const token = new Secret(worker().org.accessToken)
    expect(await webex().probe(token, '/dataSources/schemas')).toMatchObject({ kind: 'ok', value: 200 })
    expect(await webex().probe(token, '/people/me')).toMatchObject({ kind: 'refused', status: 403 })
  })

  test('it is there', async () => {
    expect(await webex().isWebexThere()).toMatchObject({ kind: 'ok', value: true })
  })
})

describe('the ways tier 2 is refused', () => {
  test('a dead token manager', async () => {
    simulator.control.expireIntegrationAccess()
    expect(await tier2()).toMatchObject({ kind: 'refused', status: 401, webexShaped: true })
  })

  test('an org that has not authorised the service app', async () => {
    simulator.control.deauthoriseOrg(worker().org.orgId)
    expect(await tier2()).toMatchObject({
      kind: 'refused',
      status: 403,
      message: expect.stringContaining('Control Hub'),
    })
  })

  test('an unknown app id', async () => {
    const answer = await tier2(simulator.integration.accessToken, 'Y2lzY29zcGFyazovL3Vz/none')
    expect(answer).toMatchObject({ kind: 'refused', status: 404, trackingId: expect.any(String) })
  })
})

describe('a refusal over HTTP means', () => {
  test.for([
    ['oauth-400', false, 'grant-dead'],
    ['webex-401', false, 'grant-dead'],
    ['code-400', false, 'grant-dead'],
    ['empty-401', false, 'unclear'],
    ['empty-401', true, 'grant-dead'],
  ] as const)('dead as %s, unclear before: %s: %s', async ([deadGrantAnswer, unclearBefore, kind]) => {
    simulator.control.setBehaviour({ deadGrantAnswer })
    simulator.control.killRefreshToken(worker().app.name, worker().org.orgId)
    expect(classify({ tier: 1, unclearBefore }, await tier1())).toMatchObject({ kind })
  })

  test.for<[string, Omit<Extract<FaultInput, { kind: 'status' }>, 'endpoint' | 'kind'>]>([
    ['in the OAuth shape', { status: 400, shape: 'oauth', error: 'tokenlimit_reached', message: '' }],
    [
      'with a description',
      { status: 400, shape: 'oauth', error: 'tokenlimit_reached', message: 'Too many.' },
    ],
    ['in the Webex shape', { status: 400, message: 'tokenlimit_reached' }],
    ['as 403 in words', { status: 403, message: 'Token limit reached for this account' }],
    ['as 429', { status: 429, shape: 'oauth', error: 'tokenlimit_reached' }],
  ])('the token limit %s', async ([, said]) => {
    simulator.control.fault({ endpoint: 'any', kind: 'status', times: 2, ...said })
    expect(classify({ tier: 1 }, await tier1())).toMatchObject({ kind: 'token-limit', status: said.status })
    expect(classify({ tier: 2 }, await tier2())).toMatchObject({ kind: 'token-limit', status: said.status })
  })
})

describe('tier 1 with a dead grant or a wrong secret', () => {
  test.for([
    ['oauth-400', 400, 'invalid_grant'],
    ['webex-401', 401, null],
  ] as const)('dead, as %s', async ([deadGrantAnswer, status, code]) => {
    simulator.control.setBehaviour({ deadGrantAnswer })
    simulator.control.killRefreshToken(worker().app.name, worker().org.orgId)
    expect(await tier1()).toMatchObject({
      kind: 'refused',
      status,
      code,
      message: expect.stringMatching(/refresh token/i),
    })
  })

  test.for([
    ['oauth-401', 401, 'invalid_client'],
    ['oauth-400', 400, 'invalid_client'],
    ['webex-401', 401, null],
    ['webex-400', 400, null],
  ] as const)('wrong secret, as %s', async ([badClientAnswer, status, code]) => {
    simulator.control.setBehaviour({ badClientAnswer })
    simulator.control.regenerateSecret(worker().app.name)
    expect(await tier1()).toMatchObject({
      kind: 'refused',
      status,
      code,
      message: expect.stringMatching(/client/i),
    })
  })
})

describe('trouble', () => {
  test.for<[FaultInput, object]>([
    [
      { endpoint: 'tier1', kind: 'status', status: 503 },
      { kind: 'refused', status: 503 },
    ],
    [
      { endpoint: 'tier1', kind: 'status', status: 502, shape: 'html' },
      { kind: 'refused', webexShaped: false },
    ],
    [
      { endpoint: 'tier1', kind: 'status', status: 200, shape: 'html' },
      { kind: 'anomalous', anomaly: 'html' },
    ],
    [
      { endpoint: 'tier1', kind: 'status', status: 200, shape: 'empty' },
      { kind: 'anomalous', anomaly: 'empty' },
    ],
    [
      { endpoint: 'tier1', kind: 'throttled', retryAfter: { seconds: 3600 } },
      { kind: 'refused', status: 429, retryAfter: 3_600_000 },
    ],
    [
      { endpoint: 'tier1', kind: 'throttled', retryAfter: { dateInSeconds: 60 } },
      { kind: 'refused', status: 429, retryAfter: 60_000 },
    ],
    [
      { endpoint: 'tier1', kind: 'throttled', status: 423, retryAfter: 'missing' },
      { kind: 'refused', status: 423, retryAfter: null },
    ],
    [
      { endpoint: 'tier1', kind: 'malformed-json' },
      { kind: 'anomalous', anomaly: 'not-json' },
    ],
    [
      { endpoint: 'tier1', kind: 'missing-field', field: 'access_token' },
      { kind: 'anomalous', anomaly: 'no-access-token' },
    ],
    [
      { endpoint: 'tier1', kind: 'missing-field', field: 'expires_in' },
      { kind: 'ok', value: { expiresIn: null } },
    ],
    [{ endpoint: 'tier1', kind: 'missing-field', field: 'refresh_token' }, { kind: 'ok' }],
    [
      { endpoint: 'tier1', kind: 'expires-in', value: 'zero' },
      { kind: 'ok', value: { expiresIn: null } },
    ],
    [
      { endpoint: 'tier1', kind: 'expires-in', value: 'negative' },
      { kind: 'ok', value: { expiresIn: null } },
    ],
    [
      { endpoint: 'tier1', kind: 'expires-in', value: 'huge' },
      { kind: 'ok', value: { expiresIn: null } },
    ],
    ...(['words', 'null', 'boolean', 'object', 'list'] as const).map((value): [FaultInput, object] => [
      { endpoint: 'tier1', kind: 'expires-in', value },
      { kind: 'ok', value: { expiresIn: null } },
    ]),
    [
      { endpoint: 'tier1', kind: 'expires-in', value: 'string' },
      { kind: 'ok', value: { expiresIn: 1_209_599_000 } },
    ],
    [
      { endpoint: 'tier1', kind: 'expires-in', value: 'negative', field: 'refresh_token_expires_in' },
      { kind: 'ok', value: { refreshTokenExpiresIn: null } },
    ],
    [
      { endpoint: 'tier1', kind: 'reset' },
      { kind: 'unreachable', reason: 'reset', sent: true },
    ],
    [
      { endpoint: 'tier1', kind: 'huge-body' },
      { kind: 'anomalous', anomaly: 'too-large' },
    ],
    [
      { endpoint: 'tier1', kind: 'redirect' },
      { kind: 'anomalous', anomaly: 'redirect' },
    ],
  ])('%j', async ([fault, expected]) => {
    simulator.control.fault(fault)
    expect(await tier1()).toMatchObject(expected)
  })
})
