// Web pages, other names, other methods, bytes that are no request, and wrong secrets.
import { once } from 'node:events'
import { connect } from 'node:net'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { admit, createGuessLimiter, isOwnHost } from '#delivery/endpoint/admission.ts'
import { LIMITS } from '#delivery/endpoint/http-listener.ts'
import { LOOPBACK, listenersOn, rawAsk } from '../../connect/support/sockets.ts'
import { FakeClock, settle } from '../../engine/support/fake-clock.ts'
import { ask, type Running, running } from './support/running.ts'

let endpoint: Running
let secret: string

beforeEach(async () => {
  endpoint = await running({
    limits: { ...LIMITS, headersTimeout: 300, requestTimeout: 400, connectionsCheckingInterval: 50 },
  })
  secret = endpoint.consumer('ci')
})
afterEach(() => endpoint.close())

test('listens on loopback only', () => {
  expect(listenersOn(endpoint.port)).toEqual(LOOPBACK)
})

describe('turned away although the secret is right:', () => {
  test.each<[string, Record<string, string>]>([
    ['a foreign host', { host: 'evil.example' }],
    ['a host that resolves to loopback', { host: '127.0.0.1.nip.io' }],
    ['our host under another port', { host: '127.0.0.1:1' }],
    ['our host without its port', { host: '127.0.0.1' }],
    ['an origin', { origin: 'https://evil.example' }],
    ['an origin of null', { origin: 'null' }],
    ['our own origin', { origin: 'http://127.0.0.1' }],
    ['a cross-site request', { 'sec-fetch-site': 'cross-site' }],
    ['a same-origin request', { 'sec-fetch-site': 'same-origin' }],
    ['a typed address', { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }],
    ['an image', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }],
    ['a frame', { 'sec-fetch-dest': 'iframe' }],
  ])('%s', async (_, headers) => {
    const heard = await ask(endpoint.port, { secret, headers })
    expect(heard.status).toBe(403)
    expect(heard.headers['content-type']).toBe('application/problem+json')
    expect(heard.text).not.toContain('token-of')
    expect(Object.keys(heard.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
  })

  test('a preflight', async () => {
    const headers = {
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'authorization',
    }
    expect((await ask(endpoint.port, { method: 'OPTIONS', headers })).status).toBe(403)
  })

  test.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'])('%s', async (method) => {
    const heard = await ask(endpoint.port, { secret, method })
    expect([heard.status, heard.headers.allow]).toEqual([405, 'GET, HEAD'])
  })

  test('a body', async () => {
    const head = `GET /v1/token/one HTTP/1.1\r\nhost: 127.0.0.1:${endpoint.port}\r\nauthorization: Bearer ${secret}`
    expect(await rawAsk(endpoint.port, `${head}\r\ncontent-length: 5\r\n\r\nhello`)).toMatch(
      /^HTTP\/1.1 400 /,
    )
    expect(
      await rawAsk(endpoint.port, `${head}\r\ncontent-length: 9\r\nexpect: 100-continue\r\n\r\n`),
    ).toMatch(/^HTTP\/1.1 400 /)
  })

  test('a second host in the request line', async () => {
    const bytes = `GET http://evil.example/v1/token/one HTTP/1.1\r\nhost: 127.0.0.1:${endpoint.port}\r\nauthorization: Bearer ${secret}\r\n\r\n`
    expect(await rawAsk(endpoint.port, bytes)).toMatch(/^HTTP\/1.1 400 /)
  })

  test('two hosts, or none', async () => {
    const own = `host: 127.0.0.1:${endpoint.port}\r\n`
    const rest = `authorization: Bearer ${secret}\r\n\r\n`
    for (const hosts of [`${own}host: evil.example\r\n`, `host: evil.example\r\n${own}`, `${own}${own}`]) {
      expect(await rawAsk(endpoint.port, `GET /v1/token/one HTTP/1.1\r\n${hosts}${rest}`)).toMatch(
        /^HTTP\/1.1 40[03] /,
      )
    }
    expect(await rawAsk(endpoint.port, `GET /v1/token/one HTTP/1.0\r\n${rest}`)).toMatch(/^HTTP\/1.1 403 /)
  })
})

describe('is not held up by', () => {
  test.each([
    [
      'huge headers',
      (port: number) => `GET / HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
      431,
    ],
    ['what is no HTTP', () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
    ['headers that never end', (port: number) => `GET / HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n`, 408],
  ])('%s', async (_, bytes, status) => {
    expect(await rawAsk(endpoint.port, bytes(endpoint.port))).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
  })

  test('connections that say nothing', async () => {
    const idle = Array.from({ length: 50 }, () => connect(endpoint.port, '127.0.0.1'))
    const gone = idle.map((socket) =>
      once(
        socket.resume().on('error', () => {}),
        'close',
      ),
    )
    expect((await ask(endpoint.port, { secret })).status).toBe(200)
    await Promise.all(gone)
  })

  test('many wrong secrets: good ones are answered meanwhile, and what is too much is told so', async () => {
    const wrong = Array.from({ length: 70 }, () => ask(endpoint.port, { secret: 'wrong' }))
    const heard = await ask(endpoint.port, { secret })
    expect(heard.status).toBe(200)
    await endpoint.close()
    const statuses = await Promise.all(
      wrong.map((one) =>
        one.then(
          ({ status }) => status,
          () => 0,
        ),
      ),
    )
    // One at once, fifty wait their turn, the rest is turned away.
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(15)
    expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(51)
  })
})

describe('a host', () => {
  const port = 7286
  const own = ['127.0.0.1:7286', 'localhost:7286', '[::1]:7286']

  test('is ours under exactly three spellings, whatever the case', () => {
    fc.assert(
      fc.property(fc.constantFrom(...own), fc.func(fc.boolean()), (host, upper) => {
        const spelled = [...host].map((letter, at) => (upper(at) ? letter.toUpperCase() : letter)).join('')
        expect(isOwnHost(spelled, port)).toBe(true)
      }),
    )
  })

  test('is nobody else: neither a changed spelling nor anything a URL would take for loopback', () => {
    const name = fc.oneof(
      // Most often a spelling of ours, so that what stands around it decides.
      { weight: 4, arbitrary: fc.constantFrom('127.0.0.1', 'localhost', '[::1]') },
      fc.domain(),
      fc.ipV4(),
      fc.ipV6().map((address) => `[${address}]`),
      fc.constantFrom(
        '127.1',
        '2130706433',
        '0x7f.1',
        '0.0.0.0',
        '[::ffff:127.0.0.1]',
        'localhost.',
        '127.0.0.1.',
        '',
      ),
    )
    const suffix = fc.oneof(
      fc.constantFrom(
        '',
        ':',
        ':7286',
        ':07286',
        ':7286 ',
        ':+7286',
        ':7286:7286',
        ':7286/',
        '@evil:7286',
        ':728６',
      ),
      fc.nat(70_000).map((number) => `:${number}`),
    )
    const around = fc.constantFrom('', ' ', '\t', 'user@', 'http://', ',', '\u0000')
    fc.assert(
      fc.property(around, name, suffix, around, (before, middle, end, after) => {
        const host = `${before}${middle}${end}${after}`
        expect(isOwnHost(host, port)).toBe(own.includes(host))
      }),
      { numRuns: 2000 },
    )
  })

  test('of any bytes is ours only if it is one of the three', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (host) => {
        const admitted = admit({ method: 'GET', target: '/', rawHeaders: ['Host', host] }, port)
        expect(admitted.kind === 'admitted').toBe(own.includes(host.toLowerCase()))
      }),
    )
  })

  test('needs no port where that is the one of http', () => {
    expect(isOwnHost('localhost', 80)).toBe(true)
    expect(isOwnHost('localhost:80', 80)).toBe(true)
    expect(isOwnHost('localhost', port)).toBe(false)
  })
})

test('wrong secrets are answered ten a second, fifty wait, the rest is turned away at once', async () => {
  const clock = new FakeClock()
  const limiter = createGuessLimiter(clock)
  const answered: number[] = []
  let turnedAway = 0
  for (let at = 0; at < 60; at += 1) {
    void limiter.turn().then((may) => {
      if (may) answered.push(clock.monotonic())
      else turnedAway += 1
    })
  }
  await settle()
  expect([answered.length, turnedAway]).toEqual([1, 9])
  await clock.advance(1000)
  expect(answered.length).toBe(11)
  await clock.advance(60_000)
  expect(answered.length).toBe(51)
  expect(await limiter.turn()).toBe(true)
})
