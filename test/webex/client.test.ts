import { afterEach, describe, expect, test } from 'vitest'
import { fingerprint } from '#base/node/fingerprint.ts'
import { Secret } from '#engine/domain/secret.ts'
import { isFromWebex } from '#engine/runtime/circuit-breaker.ts'
import { createWebex } from '#webex/client.ts'
import { type AnsweringServer, answering, type Said } from './support/answering-server.ts'
import { NOW, partsFor } from './support/parts.ts'

const credentials = { clientId: 'Cworker', clientSecret: new Secret('s3cret-of-the-worker') }
const refreshToken = new Secret('R3fresh-token-of-the-worker')
const good = {
  access_token: 'acc3ss-token-one',
  expires_in: 1_209_599,
  refresh_token: 'R3fresh-token-two',
  refresh_token_expires_in: 7_775_999,
  token_type: 'Bearer',
}

let server: AnsweringServer
afterEach(() => server.close())

async function refresh(said: Said) {
  server = await answering(said)
  return createWebex(partsFor(server.baseUrl)).refreshGrant(credentials, refreshToken)
}
const refreshWith = (body: unknown, headers: Record<string, string> = {}) =>
  refresh({ body: JSON.stringify(body), headers })

describe('what is sent', () => {
  test('tiers 1 and 3 send a form with the client, its secret and the refresh token', async () => {
    await refreshWith(good)
    const [asked] = server.asked
    expect(asked?.method).toBe('POST')
    expect(asked?.url).toBe('/v1/access_token')
    expect(asked?.headers['content-type']).toBe('application/x-www-form-urlencoded')
    expect(Object.fromEntries(new URLSearchParams(asked?.body))).toEqual({
      grant_type: 'refresh_token',
      client_id: 'Cworker',
      client_secret: 's3cret-of-the-worker',
      refresh_token: 'R3fresh-token-of-the-worker',
    })
  })

  test('tier 2 sends the bearer, the app id encoded into the path, and the credentials as JSON', async () => {
    server = await answering({ body: JSON.stringify(good) })
    const webex = createWebex(partsFor(server.baseUrl))
    await webex.applicationToken(new Secret('b3arer'), 'Y2lz/Y28+=?x', credentials, 'org-1')
    const [asked] = server.asked
    expect(asked?.method).toBe('POST')
    expect(asked?.url).toBe('/v1/applications/Y2lz%2FY28%2B%3D%3Fx/token')
    expect(asked?.headers.authorization).toBe('Bearer b3arer')
    expect(JSON.parse(asked?.body ?? '')).toEqual({
      clientId: 'Cworker',
      clientSecret: 's3cret-of-the-worker',
      targetOrgId: 'org-1',
    })
  })

  test('each request has a tracking id and a user agent of our own, and no cookie', async () => {
    server = await answering({ body: JSON.stringify(good), headers: { 'set-cookie': 'a=b; Path=/' } })
    const webex = createWebex(partsFor(server.baseUrl))
    await webex.refreshGrant(credentials, refreshToken)
    await webex.refreshGrant(credentials, refreshToken)
    expect(server.asked.map((each) => each.headers.trackingid)).toEqual(['SATM_1', 'SATM_2'])
    expect(server.asked[1]?.headers['user-agent']).toBe('service-app-token-manager/0.1.0 (test)')
    expect(server.asked[1]?.headers.cookie).toBeUndefined()
  })

  test('the question whether Webex is there carries no credential', async () => {
    server = await answering({
      status: 401,
      body: '{"message":"The request requires a valid access token."}',
    })
    await createWebex(partsFor(server.baseUrl)).isWebexThere()
    expect(server.asked[0]?.headers.authorization).toBeUndefined()
    expect(server.asked[0]?.body).toBe('')
  })

  test('a probe stays below the base URL whatever its path looks like', async () => {
    server = await answering({ body: '{}' })
    const webex = createWebex(partsFor(server.baseUrl))
    for (const path of ['/rooms?max=1', '//elsewhere.test/x', '/v1/meetings?max=1', 'rooms']) {
      await webex.probe(new Secret('acc3ss'), path)
    }
    expect(server.asked.map((each) => each.url)).toEqual([
      '/v1/rooms?max=1',
      '/v1/elsewhere.test/x',
      '/v1/meetings?max=1',
      '/v1/rooms',
    ])
  })
})

describe('a token answer', () => {
  test('is read into a grant whose lifetimes are in ms', async () => {
    const answer = await refreshWith({ ...good, scope: 'a b', unheard_of: { x: 1 } })
    if (answer.kind !== 'ok') throw new Error(answer.kind)
    expect(answer.value.accessToken.reveal()).toBe('acc3ss-token-one')
    expect(answer.value.fingerprint).toBe(fingerprint('acc3ss-token-one'))
    expect(answer.value.expiresIn).toBe(1_209_599_000)
    expect(answer.value.refreshToken?.reveal()).toBe('R3fresh-token-two')
    expect(answer.value.refreshTokenExpiresIn).toBe(7_775_999_000)
    expect(answer.value.scope).toBe('a b')
  })

  test('may be without refresh token and scope', async () => {
    const answer = await refreshWith({ access_token: 'a', expires_in: 60 })
    expect(answer).toMatchObject({
      kind: 'ok',
      value: { refreshToken: null, refreshTokenExpiresIn: null, scope: null, expiresIn: 60_000 },
    })
  })

  test('may have any token that fits into a header: the grant may have rotated', async () => {
    const answer = await refreshWith({ ...good, access_token: '{a|b}', refresh_token: '<c>!' })
    if (answer.kind !== 'ok') throw new Error(answer.kind)
    expect(answer.value.accessToken.reveal()).toBe('{a|b}')
    expect(answer.value.refreshToken?.reveal()).toBe('<c>!')
  })

  test('may tell its lifetimes as strings of digits', async () => {
    const answer = await refreshWith({ ...good, expires_in: '3600', refresh_token_expires_in: '7200' })
    expect(answer).toMatchObject({
      kind: 'ok',
      value: { expiresIn: 3_600_000, refreshTokenExpiresIn: 7_200_000 },
    })
  })

  const noLifetimes = [0, -1, -0.5, null, undefined, true, {}, { seconds: 60 }, [], [60]]
  const noLifetimeWords = ['soon', '14 days', '1e3', '-1', '0', '', '0x10', 'NaN', 315_360_001, 1e300]
  test.for([...noLifetimes, ...noLifetimeWords])(
    'whose lifetime is %j keeps both tokens, and their end is unknown',
    async (expires_in) => {
      const answer = await refreshWith({ ...good, expires_in })
      if (answer.kind !== 'ok') throw new Error(answer.kind)
      expect(answer.value.expiresIn).toBeNull()
      expect(answer.value.accessToken.reveal()).toBe('acc3ss-token-one')
      expect(answer.value.refreshToken?.reveal()).toBe('R3fresh-token-two')
      expect(answer.value.refreshTokenExpiresIn).toBe(7_775_999_000)
    },
  )

  test.for([
    ['1e400', null],
    ['-1e400', null],
    ['NaN', null],
    ['-Infinity', null],
    ['undefined', null],
    ['1209599.0', 1_209_599_000],
    ['" 1209599 "', 1_209_599_000],
    ['"1209599.5"', 1_209_599_500],
  ] as const)('whose lifetime is written as %s is read', async ([written, expiresIn]) => {
    const body = `{"access_token":"a:NaN,","expires_in":${written},"refresh_token":"r","scope":"is NaN, \\"NaN"}`
    const answer = await refresh({ body })
    if (answer.kind !== 'ok') throw new Error(answer.kind)
    expect(answer.value.accessToken.reveal()).toBe('a:NaN,')
    expect(answer.value.refreshToken?.reveal()).toBe('r')
    expect(answer.value).toMatchObject({ expiresIn, scope: 'is NaN, "NaN' })
  })

  test.for([0, -1, 'soon', 1e300])(
    'keeps both tokens when only the refresh token’s lifetime is %s',
    async (refresh_token_expires_in) => {
      const answer = await refreshWith({ ...good, refresh_token_expires_in })
      if (answer.kind !== 'ok') throw new Error(answer.kind)
      expect(answer.value.refreshToken?.reveal()).toBe('R3fresh-token-two')
      expect(answer.value.refreshTokenExpiresIn).toBeNull()
    },
  )

  test.for([undefined, null, '', 7, 'two words', 'line\nbreak'])(
    'with access token %j is none',
    async (access_token) => {
      expect(await refreshWith({ ...good, access_token })).toMatchObject({
        kind: 'anomalous',
        anomaly: 'no-access-token',
      })
    },
  )

  test('tells the server’s date and the tracking id of the header', async () => {
    const answer = await refreshWith(good, { date: 'Sun, 01 Mar 2026 12:03:00 GMT', trackingid: 'ROUTER_1' })
    expect(answer).toMatchObject({ trackingId: 'ROUTER_1', serverDate: NOW + 180_000 })
  })
})

describe('a 2xx that is no answer of Webex', () => {
  test.for<[string, Said, string]>([
    ['a page', { body: '<!doctype html>', headers: { 'content-type': 'text/html' } }, 'html'],
    ['a page that says it is JSON', { body: '\n <html></html>' }, 'html'],
    ['nothing', { body: '' }, 'empty'],
    ['white space', { body: ' \n' }, 'empty'],
    ['no content', { status: 204 }, 'empty'],
    ['words', { body: 'ok', headers: { 'content-type': 'text/plain' } }, 'not-json'],
    ['half a JSON', { body: '{"access_token":"x' }, 'not-json'],
    ['a JSON list', { body: '[]' }, 'no-access-token'],
    ['JSON null', { body: 'null' }, 'no-access-token'],
    ['an error with status 200', { body: '{"error":"invalid_grant"}' }, 'no-access-token'],
  ])('%s', async ([, said, anomaly]) => {
    expect(await refresh(said)).toMatchObject({ kind: 'anomalous', anomaly, status: said.status ?? 200 })
  })
})

describe('a refusal', () => {
  test('in the OAuth shape', async () => {
    const body = JSON.stringify({ error: 'invalid_grant', error_description: 'The refresh token is dead.' })
    expect(await refresh({ status: 400, body })).toMatchObject({
      kind: 'refused',
      status: 400,
      code: 'invalid_grant',
      message: 'The refresh token is dead.',
      webexShaped: true,
      retryAfter: null,
    })
  })

  test('in Webex’s shape, with the tracking id in the body', async () => {
    const body = JSON.stringify({
      message: 'Service App not found',
      errors: [{ description: 'Service App not found' }, { description: 'Look at the app id' }],
      trackingId: 'ROUTER_2',
    })
    expect(await refresh({ status: 404, body })).toMatchObject({
      kind: 'refused',
      status: 404,
      code: null,
      message: 'Service App not found; Look at the app id',
      webexShaped: true,
      trackingId: 'ROUTER_2',
    })
  })

  test.for<[string, Said]>([
    ['HTML', { status: 502, body: '<h1>Bad gateway</h1>', headers: { 'content-type': 'text/html' } }],
    ['empty', { status: 502 }],
    ['no JSON', { status: 503, body: 'upstream connect error' }],
    ['JSON of another shape', { status: 403, body: '{"reason":"blocked"}' }],
    ['more than the cap', { status: 500, body: 'x'.repeat(1_100_000) }],
  ])('of something in between: %s', async ([, said]) => {
    expect(await refresh(said)).toMatchObject({
      kind: 'refused',
      status: said.status,
      code: null,
      message: null,
      webexShaped: false,
    })
  })

  test.each([400, 401, 403, 404])('that is a page is no verdict of Webex: %i', async (status) => {
    const page = { status, body: '<h1>Blocked</h1>', headers: { 'content-type': 'text/html' } }
    expect(await refresh(page)).toMatchObject({ kind: 'anomalous', status, anomaly: 'html' })
  })

  test('quotes nothing that was sent, and nothing that looks like a token', async () => {
    const body = JSON.stringify({
      message: `Bad R3fresh-token-of-the-worker for s3cret-of-the-worker;\n token ${'Ab3'.repeat(20)}_P0A1_2d5e`,
      refresh_token: 'sh0rt-lived',
      errors: [{ description: 'not sh0rt-lived' }],
    })
    const answer = await refresh({ status: 400, body })
    expect(answer).toMatchObject({
      message: 'Bad [redacted] for [redacted]; token [redacted]; not [redacted]',
    })
  })

  test('with more tokens in it than can be looked for is quoted in nothing', async () => {
    const tokens = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`${n}_token`, `sh0rt-${n}`]))
    const body = JSON.stringify({ message: 'not sh0rt-29', error: 'sh0rt-28', ...tokens })
    expect(await refresh({ status: 400, body })).toMatchObject({ kind: 'refused', message: null, code: null })
  })

  test('is one line of at most 300 characters', async () => {
    const answer = await refresh({
      status: 400,
      body: JSON.stringify({ message: 'no\r\n\u0007'.repeat(500) }),
    })
    if (answer.kind !== 'refused') throw new Error(answer.kind)
    expect(answer.message).toHaveLength(300)
    expect(answer.message).toMatch(/^(no )+no…$|^(no )+n?…$/)
  })

  test('names no OAuth error that is not one', async () => {
    const answer = await refresh({
      status: 400,
      body: JSON.stringify({ error: 'Something went wrong, sorry' }),
    })
    expect(answer).toMatchObject({ code: null, webexShaped: true })
  })

  test('tells how long to wait, in seconds', async () => {
    expect(await refresh({ status: 429, headers: { 'retry-after': '3600' } })).toMatchObject({
      retryAfter: 3_600_000,
    })
  })

  test('tells how long to wait by a date, measured on the server’s own clock', async () => {
    const headers = { date: 'Sun, 01 Mar 2026 15:00:00 GMT', 'retry-after': 'Sun, 01 Mar 2026 15:02:00 GMT' }
    expect(await refresh({ status: 429, headers })).toMatchObject({ retryAfter: 120_000 })
  })

  test.for([
    ['30.5', 31],
    ['0.2', 1],
    ['30 ', 30],
    ['rand(30),add(30)', 30],
    ['30,60', 60],
    ['30, 60.5', 61],
    ['"90"', 90],
    ['30s', 30],
    ['-5', 5],
    ['P30S', 30],
    ['Sun, 35 Foo 2026 15:02:00 GMT', 300],
    ['{{ 86400 }}', 300],
  ] as const)('waits for Retry-After “%s” %i s', async ([text, seconds]) => {
    expect(await refresh({ status: 429, headers: { 'retry-after': text } })).toMatchObject({
      retryAfter: seconds * 1000,
    })
  })

  test.for(['', ' ', 'soon', 'rand(),add()'])('has no wait in Retry-After “%s”', async (text) => {
    expect(await refresh({ status: 429, headers: { 'retry-after': text } })).toMatchObject({
      retryAfter: null,
    })
  })

  test('has no tracking id that is a secret', async () => {
    const answer = await refresh({ status: 400, headers: { trackingid: 's3cret-of-the-worker' } })
    expect(answer.trackingId).toBeNull()
  })
})

describe('is Webex there', () => {
  const ask = async (said: Said) => {
    server = await answering(said)
    return createWebex(partsFor(server.baseUrl)).isWebexThere()
  }

  test('yes, by its own JSON 401', async () => {
    const body = JSON.stringify({
      message: 'The request requires a valid access token.',
      trackingId: 'ROUTER_3',
    })
    expect(await ask({ status: 401, body })).toMatchObject({
      kind: 'ok',
      value: true,
      trackingId: 'ROUTER_3',
    })
  })

  test('no, by the 401 of a proxy', async () => {
    expect(await ask({ status: 401, body: '<h1>Sign in</h1>' })).toMatchObject({
      kind: 'anomalous',
      anomaly: 'html',
    })
    expect(isFromWebex(await ask({ status: 401, body: '{"login":true}' }))).toBe(false)
  })

  const id = { trackingid: 'ROUTER_5' }
  const error = JSON.stringify({ message: 'no', errors: [{ description: 'no' }], trackingId: 'ROUTER_5' })
  const bare = JSON.stringify({ message: 'no' })
  test.for<[string, Said]>([
    ['data', { body: '{"items":[]}', headers: id }],
    ['401, id in the header alone', { status: 401, body: bare, headers: id }],
    ['400 in OAuth’s shape', { status: 400, body: '{"error":"invalid_request"}', headers: id }],
    ['403', { status: 403, body: error }],
    ['404', { status: 404, body: error }],
    ['429 with JSON', { status: 429, body: error }],
    ['429 without a body', { status: 429, headers: id }],
    ['500', { status: 500, body: error }],
    ['503 with JSON', { status: 503, body: error }],
    ['503 without a body', { status: 503, headers: id }],
    ['404 with a body of white space', { status: 404, body: ' \n', headers: id }],
    ['JSON in a shape of neither kind', { status: 502, body: '{"trackingId":"ROUTER_5"}' }],
  ])('yes, by %s with a tracking id', async ([, said]) => {
    expect(isFromWebex(await ask(said))).toBe(true)
  })

  test.for<[string, Said]>([
    ['JSON of a captive portal', { body: '{"login":"http://portal.test/"}' }],
    ['a 401 that has Webex’s words and no tracking id', { status: 401, body: bare }],
    ['a 429 that has Retry-After and no tracking id', { status: 429, headers: { 'retry-after': '30' } }],
    ['a 503 without a body or id', { status: 503 }],
    [
      'a 429 without a body, with an id that is none',
      { status: 429, headers: { trackingid: 'go to <login>' } },
    ],
    ['an empty 407 with a tracking id', { status: 407, headers: id }],
    ['an empty 511 with a tracking id', { status: 511, headers: id }],
    ['half a JSON with an id in it', { status: 503, body: '{"trackingId":"ROUTER_5","message":"' }],
    [
      'a page with a tracking id',
      { status: 503, body: '<html>', headers: { ...id, 'content-type': 'text/html' } },
    ],
    ['a page that says it is JSON', { status: 404, body: '<html>', headers: id }],
    ['an empty 200 with a tracking id', { headers: id }],
    ['text with a tracking id', { body: 'OK', headers: id }],
    ['a proxy that wants a login (407)', { status: 407, body: error }],
    ['a network that wants a login (511)', { status: 511, body: error }],
    ['a redirect', { status: 302, body: error, headers: { location: 'http://portal.test/' } }],
  ])('no, by %s', async ([, said]) => {
    expect(isFromWebex(await ask(said))).toBe(false)
  })

  test.for(['120', new Date(NOW + 120_000).toUTCString()])(
    'and how long it asks to wait: %s',
    async (wait) => {
      const headers = { ...id, 'retry-after': wait, date: new Date(NOW).toUTCString() }
      for (const said of [{ status: 429 }, { status: 429, body: error }, { status: 503, body: error }]) {
        const answer = await ask({ ...said, headers })
        expect(answer).toMatchObject({ kind: 'refused', webexShaped: true, retryAfter: 120_000 })
        await server.close()
      }
    },
  )

  test('no, by a sign-in page', async () => {
    expect(await ask({ body: '<html>', headers: { 'content-type': 'text/html' } })).toMatchObject({
      kind: 'anomalous',
      anomaly: 'html',
    })
  })
})

describe('other answers', () => {
  test('a token’s expiry is an instant', async () => {
    server = await answering({ body: JSON.stringify({ exp: NOW + 5_000 }) })
    const answer = await createWebex(partsFor(server.baseUrl)).tokenExpiry(new Secret('acc3ss'))
    expect(answer).toMatchObject({ kind: 'ok', value: NOW + 5_000 })
    expect(server.asked[0]?.url).toBe('/v1/authorizations/tokenExpiry')
    expect(server.asked[0]?.headers.authorization).toBe('Bearer acc3ss')
  })

  test('an expiry that can only be in seconds is taken as seconds', async () => {
    server = await answering({ body: JSON.stringify({ exp: NOW / 1000 }) })
    const answer = await createWebex(partsFor(server.baseUrl)).tokenExpiry(new Secret('acc3ss'))
    expect(answer).toMatchObject({ kind: 'ok', value: NOW })
  })

  test.for(['"never"', '0', '9007199254740991', 'null', '[1]'])('an expiry of %s is odd', async (exp) => {
    server = await answering({ body: `{"exp":${exp}}` })
    const answer = await createWebex(partsFor(server.baseUrl)).tokenExpiry(new Secret('acc3ss'))
    expect(answer).toMatchObject({ kind: 'anomalous', anomaly: 'bad-expiry' })
  })

  test.for([
    [200, '{"items":[]}'],
    [204, ''],
  ] as const)('a probe that gets %s proves the token', async ([status, body]) => {
    server = await answering({ status, body })
    const answer = await createWebex(partsFor(server.baseUrl)).probe(new Secret('acc3ss'), '/rooms?max=1')
    expect(answer).toMatchObject({ kind: 'ok', value: status })
  })

  test('a probe that gets a page proves nothing', async () => {
    server = await answering({ body: '<html>' })
    const answer = await createWebex(partsFor(server.baseUrl)).probe(new Secret('acc3ss'), '/rooms?max=1')
    expect(answer).toMatchObject({ kind: 'anomalous', anomaly: 'html' })
  })
})
