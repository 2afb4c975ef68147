// The code grant at POST /access_token: RFC 6749 section 4.1.3, RFC 7636 section 4.5, and a secret on top.
import { describe, expect, test } from 'vitest'
import { exchange, first, get, newCode, postForm, refresh, stringIn, tier2 } from './support/calls.ts'
import { DAY, running } from './support/running.ts'

describe('a code', () => {
  test('gives a pair with both lifetimes and the scope', async () => {
    const simulator = await running()
    const answer = await exchange(simulator, await newCode(simulator))
    expect(answer.status).toBe(200)
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    expect(answer.body).toEqual({
      scope: 'spark:applications_token',
      access_token: expect.stringMatching(/^[\w-]{64}_P0A1_[0-9a-f-]{36}$/),
      expires_in: 14 * DAY - 1,
      refresh_token: expect.any(String),
      refresh_token_expires_in: 90 * DAY - 1,
      token_type: 'Bearer',
    })
  })

  test('gives a bearer for tier 2 and a grant for tier 3', async () => {
    const simulator = await running()
    const pair = await exchange(simulator, await newCode(simulator))
    expect((await tier2(simulator, { bearer: stringIn(pair, 'access_token') })).status).toBe(200)
    const refreshed = await refresh(simulator, simulator.integration, stringIn(pair, 'refresh_token'))
    expect(refreshed.status).toBe(200)
  })

  test('lives a minute', async () => {
    const simulator = await running()
    const [inTime, tooLate] = [await newCode(simulator), await newCode(simulator)]
    simulator.pass(60)
    expect((await exchange(simulator, inTime)).status).toBe(200)
    simulator.pass(1)
    expect((await exchange(simulator, tooLate)).body).toMatchObject({ error: 'invalid_grant' })
  })

  test('used twice is refused and kills the tokens it gave', async () => {
    const simulator = await running()
    const code = await newCode(simulator)
    const pair = await exchange(simulator, code)
    expect((await exchange(simulator, code)).body).toMatchObject({ error: 'invalid_grant' })
    expect((await get(simulator, '/dataSources/schemas', stringIn(pair, 'access_token'))).status).toBe(401)
    const refreshed = await refresh(simulator, simulator.integration, stringIn(pair, 'refresh_token'))
    expect(refreshed.body).toMatchObject({ error: 'invalid_grant' })
  })

  test('used twice leaves the tokens of other authorisations alone', async () => {
    const simulator = await running()
    const code = await newCode(simulator)
    await exchange(simulator, code)
    await exchange(simulator, code)
    expect((await tier2(simulator)).status).toBe(200)
  })
})

describe('a code is refused', () => {
  test.each([
    [
      'with another verifier',
      { code_verifier: 'another-verifier-of-forty-three-characters-or-so' },
      'invalid_grant',
    ],
    ['with another redirect URI', { redirect_uri: 'http://localhost:3001/callback' }, 'invalid_grant'],
    ['if it was never issued', { code: 'x' }, 'invalid_grant'],
    ['without a verifier', { code_verifier: '' }, 'invalid_request'],
    ['without a redirect URI', { redirect_uri: '' }, 'invalid_request'],
    ['without a client secret', { client_secret: '' }, 'invalid_request'],
    ['with a wrong client secret', { client_secret: 'wrong' }, 'invalid_client'],
    ['with an unknown client', { client_id: 'C0' }, 'invalid_client'],
  ])('%s', async (_, changes, error) => {
    const simulator = await running()
    const answer = await exchange(simulator, await newCode(simulator), changes)
    expect(answer.status).toBe(error === 'invalid_client' ? 401 : 400)
    expect(answer.body).toEqual({ error, error_description: expect.any(String) })
  })

  test("with a service app's credentials", async () => {
    const simulator = await running()
    const { app } = first(simulator)
    const changes = { client_id: app.clientId, client_secret: app.clientSecret }
    const answer = await exchange(simulator, await newCode(simulator), changes)
    expect(answer.body).toMatchObject({ error: 'invalid_grant' })
  })
})

describe('the token endpoint refuses', () => {
  test('a body that is no form', async () => {
    const simulator = await running()
    const answer = await fetch(`${simulator.baseUrl}/access_token`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ grant_type: 'refresh_token' }),
    })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ error: 'invalid_request' })
  })

  test('a parameter that is there twice', async () => {
    const simulator = await running()
    const answer = await fetch(`${simulator.baseUrl}/access_token`, {
      method: 'POST',
      body: new URLSearchParams('grant_type=refresh_token&grant_type=refresh_token'),
    })
    expect(await answer.json()).toMatchObject({ error: 'invalid_request' })
  })

  test('another grant type', async () => {
    const answer = await postForm(await running(), { grant_type: 'client_credentials' })
    expect(answer.body).toMatchObject({ error: 'unsupported_grant_type' })
  })

  test('a missing grant type', async () => {
    const answer = await postForm(await running(), { client_id: 'C0' })
    expect(answer.body).toMatchObject({ error: 'invalid_request' })
  })
})
