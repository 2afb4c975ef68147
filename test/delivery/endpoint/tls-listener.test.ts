// Other machines at the TLS listener: what they see of it, old protocols, and requests that mean two things.
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { Agent } from 'node:https'
import { connect as connectTcp } from 'node:net'
import { type ConnectionOptions, connect } from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createEndpointSwitch } from '#delivery/endpoint/endpoint-switch.ts'
import { LIMITS } from '#delivery/endpoint/http-listener.ts'
import { networkAddress, type ServerCertificate } from '#delivery/endpoint/listen-address.ts'
import { systemClock } from '#desktop/system/system-clock.ts'
import { listenersOn, rawAsk } from '../../connect/support/sockets.ts'
import { type Authority, certificateOf, createAuthority } from './support/certificates.ts'
import { type Asked, ask, type Running, running } from './support/running.ts'

const HOST = '127.0.0.1'
const NAMES = 'DNS:localhost,DNS:tokens.example,DNS:*.pods.example,IP:127.0.0.1'

let authority: Authority
let certificate: ServerCertificate
let endpoint: Running
let secret: string

beforeAll(() => {
  authority = createAuthority()
  certificate = certificateOf(authority.issue(NAMES))
})
afterAll(() => authority.end())
beforeEach(async () => {
  endpoint = await running({
    network: networkAddress(HOST, certificate),
    limits: {
      ...LIMITS,
      headersTimeout: 300,
      requestTimeout: 400,
      connectionsCheckingInterval: 50,
      handshakeTimeout: 300,
    },
  })
  secret = endpoint.consumer('ci')
})
afterEach(() => endpoint.close())

const get = (asked: Asked = {}) => ask(endpoint.port, { secret, ca: authority.ca, ...asked })
const code = (error: NodeJS.ErrnoException) => error.code ?? error.message
const head = () => `host: localhost:${endpoint.port}\r\nauthorization: Bearer ${secret}\r\n`

/** Everything that comes back until the other side closes, and the codes of the client's own errors. */
async function rawOverTls(bytes: string, options: ConnectionOptions = {}): Promise<string> {
  const socket = connect({
    port: endpoint.port,
    host: HOST,
    servername: 'localhost',
    ca: authority.ca,
    ...options,
  })
  let heard = ''
  socket.on('error', (error) => {
    heard += `<${code(error)}>`
  })
  socket.on('data', (chunk) => {
    heard += chunk.toString('latin1')
  })
  socket.write(bytes, 'latin1')
  await once(socket, 'close')
  return heard
}

describe('a program on another machine', () => {
  test('gets the token of its service app under each name of the certificate, and through another port', async () => {
    for (const name of ['localhost', 'tokens.example', 'LOCALHOST', HOST, 'one.pods.example']) {
      for (const host of [`${name}:${endpoint.port}`, name, `${name}:443`]) {
        const heard = await get({ headers: { host } })
        expect([host, heard.status]).toEqual([host, 200])
      }
    }
    expect((await get()).json()).toMatchObject({ access_token: 'token-of-one' })
  })

  test('is limited to its service apps', async () => {
    const narrow = endpoint.consumer('narrow', ['two'])
    expect((await get({ secret: narrow, path: '/v1/token/two' })).status).toBe(200)
    const other = await get({ secret: narrow })
    expect([other.status, other.json().code]).toEqual([404, 'unknown-profile'])
    expect(other.text).toContain('satm consumers list')
  })

  test('is told what to do on a server, which has no window', async () => {
    expect((await get({ secret: 'wrong' })).text).toContain('satm consumers add')
    endpoint.isOpen = false
    const heard = await get()
    expect([heard.status, heard.headers['retry-after']]).toEqual([503, '30'])
    expect(heard.text).not.toContain('window')
  })

  test('keeps its connection while the certificate is exchanged; the next one sees the new certificate', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    expect((await get({ agent })).status).toBe(200)
    endpoint.listener.exchangeCertificate(certificateOf(authority.issue('DNS:localhost,DNS:renamed.example')))
    expect((await get({ agent })).status).toBe(200)
    agent.destroy()
    expect((await get({ headers: { host: 'tokens.example' } })).status).toBe(421)
    expect((await get({ headers: { host: 'renamed.example' } })).status).toBe(200)
  })

  test('is never handed a token over TCP alone: the listener has no other family and no plain port', async () => {
    expect(listenersOn(endpoint.port)).toEqual([HOST])
    const plain = await rawAsk(endpoint.port, `GET /v1/token/one HTTP/1.1\r\n${head()}\r\n`)
    expect(plain).not.toContain('HTTP')
  })
})

describe('turned away although the secret is right:', () => {
  test.each<[string, number, Record<string, string>]>([
    ['a name the certificate does not have', 421, { host: 'evil.example' }],
    ['a name below a wildcard', 421, { host: 'a.b.pods.example' }],
    ['an address the certificate does not have', 421, { host: '127.0.0.2' }],
    ['a user before the name', 421, { host: 'evil@localhost' }],
    ['a port that is none', 421, { host: 'localhost:x' }],
    ['a dot at the end', 421, { host: 'localhost.' }],
    ['an origin', 403, { origin: 'https://tokens.example' }],
    ['a cross-site request', 403, { 'sec-fetch-site': 'cross-site' }],
    ['an image', 403, { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }],
  ])('%s', async (_, status, headers) => {
    const heard = await get({ headers })
    expect([heard.status, heard.headers.connection]).toEqual([status, 'close'])
    expect(heard.text).not.toContain('token-of')
  })

  test.each(['POST', 'OPTIONS', 'TRACE'])('%s', async (method) => {
    expect((await get({ method })).status).toBe(405)
  })
})

describe('a client that checks the certificate sends no secret to', () => {
  test.each<[string, () => Parameters<typeof certificateOf>[0], string]>([
    ['one that has expired', () => authority.issue(NAMES, -1), 'CERT_HAS_EXPIRED'],
    ['one of another name', () => authority.issue('DNS:other.example'), 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['one that nobody vouches for', () => authority.selfSigned(NAMES), 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ])('%s', async (_, files, reason) => {
    endpoint.listener.exchangeCertificate(certificateOf(files()))
    expect(await get().catch(code)).toBe(reason)
    expect(endpoint.used).toEqual([])
  })
})

describe('TLS', () => {
  // OpenSSL's own client, which still speaks what Node's does not.
  const client = async (options: readonly string[], typed = 'Q\n') => {
    const own = ['-connect', `${HOST}:${endpoint.port}`, '-servername', 'localhost', '-no_ign_eof']
    const child = execFile('openssl', ['s_client', ...own, ...options])
    let heard = ''
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (heard += chunk))
    child.stdin?.end(typed)
    await once(child, 'close')
    return heard
  }

  test.each([
    ['1.3', ['-tls1_3'], 'TLSv1.3, Cipher is TLS_AES_256_GCM_SHA384'],
    ['1.2', ['-tls1_2'], 'TLSv1.2, Cipher is ECDHE-ECDSA-AES256-GCM-SHA384'],
  ])('%s is spoken', async (_, options, expected) => {
    expect(await client(options)).toContain(expected)
  })

  test.each([
    ['1.0', ['-tls1', '-cipher', 'ALL:@SECLEVEL=0']],
    ['1.1', ['-tls1_1', '-cipher', 'ALL:@SECLEVEL=0']],
    ['1.2 without encryption', ['-tls1_2', '-cipher', 'eNULL:@SECLEVEL=0']],
    ['1.2 without authentication', ['-tls1_2', '-cipher', 'aNULL:@SECLEVEL=0']],
    ['1.2 with CBC', ['-tls1_2', '-cipher', 'ECDHE-ECDSA-AES128-SHA']],
    ['1.2 with keys that last', ['-tls1_2', '-cipher', 'kRSA:@SECLEVEL=0']],
    ['1.3 with a short tag', ['-tls1_3', '-ciphersuites', 'TLS_AES_128_CCM_8_SHA256']],
    ['with HTTP/2 alone', ['-alpn', 'h2']],
  ])('%s is refused', async (_, options) => {
    const heard = await client(options)
    expect(heard).toMatch(/alert|no protocols available|no cipher match|no ciphers available/)
    expect(heard).not.toMatch(/Cipher is (?!\(NONE\))/)
  })

  test('is not negotiated anew on the client’s wish', async () => {
    const heard = await client(['-tls1_2'], 'R\n')
    expect(heard).toContain('RENEGOTIATING')
    expect(heard).toContain('no renegotiation')
    expect((await get()).status).toBe(200)
  })

  test('that is not finished in time ends', async () => {
    const socket = connectTcp(endpoint.port, HOST)
    socket.on('error', () => undefined)
    // A client hello of 512 bytes, of which the first five are sent.
    socket.write('\x16\x03\x01\x02\x00', 'latin1')
    socket.resume()
    await once(socket, 'close')
    expect((await get()).status).toBe(200)
  })

  test('that is being set up does not keep the endpoint from closing', async () => {
    const sockets = Array.from({ length: 20 }, () => connectTcp(endpoint.port, HOST))
    const gone = sockets.map((socket) => {
      // A connection that nobody has accepted yet is reset.
      socket.on('error', () => undefined).resume()
      return new Promise((resolve) => socket.once('close', resolve))
    })
    await Promise.all(sockets.map((socket) => once(socket, 'connect')))
    const began = performance.now()
    await endpoint.close()
    expect(performance.now() - began).toBeLessThan(250)
    await Promise.all(gone)
  })
})

describe('an address that cannot be listened on is said:', () => {
  const problemAt = async (host: string, port: number) => {
    const endpoint = createEndpointSwitch({
      answering: () => Promise.reject(new Error('not asked')),
      clock: systemClock(),
      portOwner: async () => 'node (process 4711)',
      changed: () => undefined,
      failed: () => undefined,
      network: networkAddress(host, certificate),
    })
    return endpoint.on(port, 'or not at all')
  }

  test('a port that is taken', async () => {
    const problem = await problemAt(HOST, endpoint.port)
    expect(problem).toMatch(
      /^Port \d+ is taken by node \(process 4711\)\. Stop that, or choose another one, such as \d+\.$/,
    )
  })

  test('an address of another machine, or a name of none', async () => {
    for (const host of ['192.0.2.1', 'nowhere.invalid'])
      expect(await problemAt(host, 0)).toMatch(`${host} is not an address of this computer`)
  })
})

describe('a request that a proxy could take for another one is the last of its connection:', () => {
  const smuggled = () => `GET /v1/token/two HTTP/1.1\r\n${head()}\r\n`
  const one = 'GET /v1/token/one HTTP/1.1\r\n'
  test.each<[string, (second: string) => string]>([
    [
      'CL.TE',
      (second) =>
        `content-length: ${second.length + 5}\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${second}`,
    ],
    [
      'TE.CL',
      (second) => `transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n5c\r\n${second}\r\n0\r\n\r\n`,
    ],
    ['TE.TE', (second) => `transfer-encoding: chunked\r\ntransfer-encoding: x\r\n\r\n0\r\n\r\n${second}`],
    ['an encoding almost chunked', (second) => `transfer-encoding: xchunked\r\n\r\n0\r\n\r\n${second}`],
    ['a space before the colon', (second) => `transfer-encoding : chunked\r\n\r\n0\r\n\r\n${second}`],
    ['a chunked body', (second) => `transfer-encoding: chunked\r\n\r\n0\r\n\r\n${second}`],
    ['a body', (second) => `content-length: 5\r\n\r\nhello${second}`],
    [
      'a length that covers the next request',
      (second) => `content-length: ${second.length}\r\n\r\n${second}`,
    ],
    ['two lengths', (second) => `content-length: 0\r\ncontent-length: ${second.length}\r\n\r\n${second}`],
    ['the same length twice', (second) => `content-length: 0\r\ncontent-length: 0\r\n\r\n${second}`],
    ['a list of lengths', (second) => `content-length: 0, 5\r\n\r\n${second}`],
    ['a length with a sign', (second) => `content-length: +0\r\n\r\n${second}`],
    ['a folded line', (second) => `x: y\r\n transfer-encoding: chunked\r\n\r\n${second}`],
    ['a lone line feed', (second) => `x: y\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${second}`],
    ['a lone carriage return', (second) => `x: y\rtransfer-encoding: chunked\r\n\r\n${second}`],
    ['a zero byte', (second) => `x: y\0z\r\n\r\n${second}`],
  ])('%s', async (_, rest) => {
    const heard = await rawOverTls(`${one}${head()}${rest(smuggled())}`)
    expect(heard.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400'])
    expect(heard).not.toContain('token-of')
  })

  test.each<[string, () => string, RegExp]>([
    ['line feeds alone', () => `${one}${head()}\r\n`.replaceAll('\r', ''), /^HTTP\/1\.1 400 /],
    [
      'a whole address',
      () => `GET https://localhost:${endpoint.port}/v1/token/one HTTP/1.1\r\n${head()}\r\n`,
      /^HTTP\/1\.1 400 /,
    ],
    ['CONNECT', () => `CONNECT localhost:443 HTTP/1.1\r\n${head()}\r\n`, /^(<\w+>)?$/],
    ['a foreign host', () => `${one}host: evil.example\r\n\r\n`, /^HTTP\/1\.1 421 /],
    ['a second host', () => `${one}host: evil.example\r\n${head()}\r\n`, /^HTTP\/1\.1 4(00|21) /],
    ['a wrong secret', () => `${one}${head().replace(secret, 'wrong')}\r\n`, /^HTTP\/1\.1 401 /],
    ['the preface of HTTP/2', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['HTTP/0.9', () => 'GET /v1/token/one\r\n\r\n', /^HTTP\/1\.1 4\d\d /],
    ['headers of 20 kB', () => `${one}${head()}x: ${'y'.repeat(20_000)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
  ])('%s', async (_, bytes, expected) => {
    const heard = await rawOverTls(`${bytes()}${smuggled()}`)
    expect(heard).toMatch(expected)
    expect(heard.match(/HTTP\/1\.1 \d+/g)?.length ?? 0).toBeLessThanOrEqual(1)
    expect(heard).not.toContain('token-of')
  })

  test.each([
    ['of a WebSocket', 'upgrade: websocket'],
    ['to HTTP/2', 'upgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__'],
  ])('an upgrade %s is an answer in HTTP/1.1', async (_, upgrade) => {
    const heard = await rawOverTls(
      `${one}${head().replace(secret, 'wrong')}connection: upgrade\r\n${upgrade}\r\n\r\n${smuggled()}`,
    )
    expect(heard.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 401'])
  })

  test('line ends in an address get into no header of the answer', async () => {
    const heard = await get({ path: '/v1/token/x%0d%0aset-cookie:%20a=b' })
    expect([heard.status, heard.headers['set-cookie']]).toEqual([404, undefined])
  })
})
