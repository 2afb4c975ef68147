// The app's own client against an authorization server that nobody here wrote.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { redirectUriOf } from '#connect/flow.ts'
import { Secret } from '#engine/domain/secret.ts'
import { createAuthorization } from '#webex/authorization.ts'
import { createWebex, type WebexDependencies } from '#webex/client.ts'
import {
  type AuthorizationServer,
  browseUntil,
  startAuthorizationServer,
} from './support/authorization-server.ts'
import { CLIENT, type Harness, harness, realClock } from './support/harness.ts'
import { ask, freePort } from './support/sockets.ts'

let server: AuthorizationServer
let flow: Harness
let parts: WebexDependencies
let redirectUri: string

beforeEach(async () => {
  const port = await freePort()
  redirectUri = redirectUriOf(port)
  server = await startAuthorizationServer(redirectUri)
  parts = {
    baseUrl: () => server.baseUrl,
    fetch: (url, init) => fetch(url, init),
    clock: realClock,
    userAgent: 'service-app-token-manager/0.1.0 (test)',
    newTrackingId: () => 'SATM_test',
  }
  const { authorizationUrl, exchangeCode } = createAuthorization(parts)
  flow = await harness({ port, authorizationUrl, exchangeCode })
})
afterEach(async () => {
  await flow.connect.cancel()
  await server.close()
})

async function connect(): Promise<Secret> {
  await flow.begin()
  const callback = await browseUntil(flow.opened.at(-1) ?? '', redirectUri)
  expect((await navigate(callback)).headers.location).toBe('/answered')
  const state = await flow.until('connected')
  expect(state).toMatchObject({ kind: 'connected' })
  const refreshToken = flow.stored.at(-1)?.grant.refreshToken
  if (refreshToken === null || refreshToken === undefined) throw new Error('no refresh token')
  return refreshToken
}

/** As the browser follows the last redirect. */
function navigate(callback: string) {
  const { pathname, search } = new URL(callback)
  return ask(flow.port, { target: `${pathname}${search}` })
}

async function refresh(token: Secret) {
  return createWebex(parts).refreshGrant(CLIENT, token)
}

describe('connect', () => {
  test('ends with both tokens and the scope, over one exchange', async () => {
    await connect()
    const { grant } = flow.stored[0] ?? {}
    expect(grant?.expiresIn).toBe(3_600_000)
    expect(grant?.scope).toBe('spark:applications_token')
    expect(server.tokenRequests).toHaveLength(1)
  })

  test('shows the verifier, the client secret in the form, and the very redirect URI of the first leg', async () => {
    await connect()
    const [sent] = server.tokenRequests
    expect(sent?.get('grant_type')).toBe('authorization_code')
    expect(sent?.get('client_secret')).toBe(CLIENT.clientSecret.reveal())
    expect(sent?.get('code_verifier')).toMatch(/^[\w-]{43}$/)
    expect(sent?.get('redirect_uri')).toBe(new URL(flow.opened[0] ?? '').searchParams.get('redirect_uri'))
  })

  test('twice gives two grants', async () => {
    const [first, second] = [await connect(), await connect()]
    expect(first.equals(second)).toBe(false)
    expect((await refresh(first)).kind).toBe('ok')
    expect((await refresh(second)).kind).toBe('ok')
  })

  test('a code is worth nothing without its verifier', async () => {
    await flow.begin()
    const callback = new URL(await browseUntil(flow.opened[0] ?? '', redirectUri))
    const code = new Secret(callback.searchParams.get('code') ?? '')
    const stolen = await createAuthorization(parts).exchangeCode({
      credentials: CLIENT,
      code,
      redirectUri,
      codeVerifier: new Secret('v'.repeat(43)),
    })
    expect(stolen).toMatchObject({ kind: 'refused', status: 400, code: 'invalid_grant' })
    expect(JSON.stringify(stolen)).not.toContain(code.reveal())
  })

  test('the wrong client secret is refused as such', async () => {
    const wrong = { ...CLIENT, clientSecret: new Secret('wr0ng-secret') }
    await flow.connect.begin({ credentials: wrong, port: flow.port, managerId: null })
    await navigate(await browseUntil(flow.opened[0] ?? '', redirectUri))
    expect(await flow.until('failed')).toMatchObject({
      sentence: expect.stringMatching(/client ID or client secret/),
    })
    expect(JSON.stringify(flow.shown)).not.toContain('wr0ng-secret')
  })
})

describe('refresh', () => {
  test('rotates the refresh token', async () => {
    const first = await connect()
    const answer = await refresh(first)
    if (answer.kind !== 'ok') throw new Error(answer.kind)
    expect(answer.value.refreshToken?.equals(first)).toBe(false)
    expect(answer.value.accessToken.equals(flow.stored[0]?.grant.accessToken ?? null)).toBe(false)
  })

  test('a replayed refresh token is refused, and its successor with it', async () => {
    const first = await connect()
    const answer = await refresh(first)
    const second = answer.kind === 'ok' ? answer.value.refreshToken : null
    if (second === null) throw new Error('no second refresh token')
    expect(await refresh(first)).toMatchObject({ kind: 'refused', status: 400, code: 'invalid_grant' })
    expect(await refresh(second)).toMatchObject({ kind: 'refused', status: 400, code: 'invalid_grant' })
  })

  test('a refresh token of someone else’s making is refused, and not quoted', async () => {
    const answer = await refresh(new Secret('inv3nted-refresh-token'))
    expect(answer).toMatchObject({ kind: 'refused', code: 'invalid_grant', webexShaped: true })
    expect(JSON.stringify(answer)).not.toContain('inv3nted')
  })
})
