import { afterEach, describe, expect, test } from 'vitest'
import { Secret } from '#engine/domain/secret.ts'
import { createAuthorization } from '#webex/authorization.ts'
import { type AnsweringServer, answering, type Said } from './support/answering-server.ts'
import { partsFor } from './support/parts.ts'

let server: AnsweringServer | null = null
afterEach(async () => {
  await server?.close()
  server = null
})

const REDIRECT_URI = 'http://localhost:3000/callback'
const exchangeAt = (baseUrl: string) =>
  createAuthorization(partsFor(baseUrl)).exchangeCode({
    credentials: { clientId: 'Cint', clientSecret: new Secret('s3cret of the integration/+') },
    code: new Secret('c0de+/='),
    redirectUri: REDIRECT_URI,
    codeVerifier: new Secret('v3rifier'.repeat(6)),
  })

async function exchange(said: Said) {
  server = await answering(said)
  return exchangeAt(server.baseUrl)
}

describe('the authorization URL', () => {
  const url = new URL(
    createAuthorization(partsFor('https://webexapis.com/v1')).authorizationUrl({
      clientId: 'C&1',
      redirectUri: REDIRECT_URI,
      scope: 'spark:applications_token',
      state: 'st@te',
      codeChallenge: 'ch_all-enge',
    }),
  )

  test('is Webex’s own', () => {
    expect(url.origin + url.pathname).toBe('https://webexapis.com/v1/authorize')
  })

  test('asks for a code by PKCE S256, with the redirect URI byte for byte', () => {
    expect(Object.fromEntries(url.searchParams)).toEqual({
      response_type: 'code',
      client_id: 'C&1',
      redirect_uri: REDIRECT_URI,
      scope: 'spark:applications_token',
      state: 'st@te',
      code_challenge: 'ch_all-enge',
      code_challenge_method: 'S256',
    })
  })
})

describe('the exchange', () => {
  test('is a form with the client secret in it, under our own user agent and tracking id', async () => {
    await exchange({ body: '{"access_token":"a","expires_in":60}' })
    const [asked] = server?.asked ?? []
    expect(asked?.method).toBe('POST')
    expect(asked?.url).toBe('/v1/access_token')
    expect(asked?.headers['content-type']).toMatch(/^application\/x-www-form-urlencoded/)
    expect(asked?.headers['user-agent']).toBe('service-app-token-manager/0.1.0 (test)')
    expect(asked?.headers.trackingid).toBe('SATM_1')
    expect(asked?.headers.authorization).toBeUndefined()
    expect(Object.fromEntries(new URLSearchParams(asked?.body))).toEqual({
      grant_type: 'authorization_code',
      client_id: 'Cint',
      client_secret: 's3cret of the integration/+',
      code: 'c0de+/=',
      redirect_uri: REDIRECT_URI,
      code_verifier: 'v3rifier'.repeat(6),
    })
  })

  test('ends in a grant', async () => {
    expect(await exchange({ body: '{"access_token":"a","expires_in":"60"}' })).toMatchObject({
      kind: 'ok',
      value: { expiresIn: 60_000 },
    })
  })

  test('understands Webex’s own shape of errors, and quotes neither code nor verifier', async () => {
    const message = `code c0de+/= or ${'v3rifier'.repeat(6)} is invalid`
    const answer = await exchange({ status: 400, body: JSON.stringify({ message, trackingId: 'ROUTER_5' }) })
    expect(answer).toMatchObject({
      kind: 'refused',
      status: 400,
      message: 'code [redacted] or [redacted] is invalid',
      trackingId: 'ROUTER_5',
    })
  })

  test('follows no redirect', async () => {
    expect(await exchange({ status: 302, headers: { location: 'http://127.0.0.1:1/' } })).toMatchObject({
      kind: 'anomalous',
      anomaly: 'redirect',
    })
  })

  test('sends nothing over plain http to another computer', async () => {
    let asked = 0
    const parts = partsFor('http://webex.example/v1', {
      fetch: async () => {
        asked++
        return new Response()
      },
    })
    const answer = await createAuthorization(parts).exchangeCode({
      credentials: { clientId: 'Cint', clientSecret: new Secret('s3cret') },
      code: new Secret('c0de'),
      redirectUri: REDIRECT_URI,
      codeVerifier: new Secret('v'.repeat(43)),
    })
    expect(answer.kind).toBe('unreachable')
    expect(asked).toBe(0)
  })
})
