import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { READ_GRACE } from '#base/common/timer.ts'
import { Secret } from '#engine/domain/secret.ts'
import { createWebex, type WebexDependencies } from '#webex/client.ts'
import { BODY_CAP, CALL_DEADLINE } from '#webex/http-exchange.ts'
import { answering } from './support/answering-server.ts'
import { partsFor, stillClock } from './support/parts.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

const credentials = { clientId: 'Cworker', clientSecret: new Secret('s3cret-of-the-worker') }
const refresh = (baseUrl: string, changed: Partial<WebexDependencies> = {}) =>
  createWebex(partsFor(baseUrl, changed)).refreshGrant(credentials, new Secret('R3fresh-token'))

async function http(said: Parameters<typeof answering>[0]) {
  const server = await answering(said)
  closing.push(() => server.close())
  return server
}

async function tcp(onConnection: (socket: Socket) => void): Promise<string> {
  const server: Server = createTcpServer(onConnection).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
}

describe('redirects', () => {
  test.for([301, 302, 303, 307, 308])('a %s is not followed', async (status) => {
    const other = await http({ body: '{}' })
    const server = await http({ status, headers: { location: `${other.baseUrl}/elsewhere` } })
    expect(await refresh(server.baseUrl)).toMatchObject({ kind: 'anomalous', anomaly: 'redirect' })
    expect(other.asked).toEqual([])
  })

  test('a 3xx without an address is odd too', async () => {
    const server = await http({ status: 304 })
    expect(await refresh(server.baseUrl)).toMatchObject({
      kind: 'anomalous',
      anomaly: 'redirect',
      status: 304,
    })
  })
})

describe('the deadline', () => {
  test('is 15 s and the read grace, ends a call that gets no answer, and tells that it may have been sent', async () => {
    const clock = stillClock()
    let asked = () => {}
    const isAsked = new Promise<void>((resolve) => (asked = resolve))
    const server = await http(() => asked())
    const answer = refresh(server.baseUrl, { clock })
    await isAsked
    expect(clock.delays()).toEqual([CALL_DEADLINE])
    clock.ring()
    expect(clock.delays()).toEqual([READ_GRACE])
    clock.ring()
    expect(await answer).toMatchObject({ kind: 'unreachable', reason: 'timeout', sent: true })
  })

  /** The answer to a call whose time ends after the headers came and before the body did. */
  async function endInTheBody(baseUrl: string) {
    const clock = stillClock()
    let headersAreThere = () => {}
    const headers = new Promise<void>((resolve) => {
      headersAreThere = resolve
    })
    const answer = refresh(baseUrl, {
      clock,
      fetch: (url, init) => fetch(url, init).finally(headersAreThere),
    })
    await headers
    // What waits for them has gone on to the body.
    await new Promise(setImmediate)
    clock.ring()
    clock.ring()
    return answer
  }

  test('covers the body and closes the connection', async () => {
    let closed: Promise<unknown> = Promise.resolve()
    const server = await http((response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"access_token":')
      closed = once(response, 'close')
    })
    const answer = await endInTheBody(server.baseUrl)
    expect(answer).toMatchObject({ kind: 'unreachable', reason: 'timeout', sent: true })
    await closed
  })

  test('a refusal whose body does not end is a refusal', async () => {
    const server = await http((response) => {
      response.writeHead(503, { 'content-type': 'text/html' }).write('<html>')
    })
    expect(await endInTheBody(server.baseUrl)).toMatchObject({ kind: 'refused', status: 503 })
  })

  test('holds even if fetch ignores its signal', async () => {
    const clock = stillClock()
    const answer = refresh('http://127.0.0.1:9/v1', { clock, fetch: () => new Promise(() => {}) })
    clock.ring()
    clock.ring()
    expect(await answer).toMatchObject({ kind: 'unreachable', reason: 'timeout' })
  })

  test('leaves no timer behind when the answer came in time', async () => {
    const clock = stillClock()
    const server = await http({ body: '{"access_token":"a","expires_in":60}' })
    expect(await refresh(server.baseUrl, { clock })).toMatchObject({ kind: 'ok' })
    expect(clock.delays()).toEqual([])
  })
})

describe('the cap on the body', () => {
  test('an answer of exactly 1 MiB is read', async () => {
    const body = '{"access_token":"a","expires_in":60}'.padEnd(BODY_CAP, ' ')
    expect(await refresh((await http({ body })).baseUrl)).toMatchObject({ kind: 'ok' })
  })

  test('one byte more is too large', async () => {
    const body = '{"access_token":"a","expires_in":60}'.padEnd(BODY_CAP + 1, ' ')
    expect(await refresh((await http({ body })).baseUrl)).toMatchObject({
      kind: 'anomalous',
      anomaly: 'too-large',
    })
  })

  test('an endless answer is cut off, not swallowed', async () => {
    let written = 0
    let cut = () => {}
    const isCut = new Promise<void>((resolve) => (cut = resolve))
    const server = await http((response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const chunk = Buffer.alloc(65_536, 0x20)
      const pour = () => {
        while (!response.destroyed && response.write(chunk)) written += chunk.length
        written += chunk.length
      }
      response.on('drain', pour).on('close', cut)
      pour()
    })
    expect(await refresh(server.baseUrl)).toMatchObject({ kind: 'anomalous', anomaly: 'too-large' })
    await isCut
    // What lies in socket buffers is written without being read.
    expect(written).toBeLessThan(16 * BODY_CAP)
  })
})

describe('no answer', () => {
  test('a refused connection: nothing was sent', async () => {
    const server = await answering({})
    await server.close()
    expect(await refresh(server.baseUrl)).toMatchObject({
      kind: 'unreachable',
      reason: 'refused',
      sent: false,
    })
  })

  test('a name nobody knows: nothing was sent', async () => {
    expect(await refresh('http://webex.invalid/v1')).toMatchObject({
      kind: 'unreachable',
      reason: 'dns',
      sent: false,
    })
  })

  test('a connection cut after the request: it may have been sent', async () => {
    const baseUrl = await tcp((socket) => socket.once('data', () => socket.resetAndDestroy()))
    expect(await refresh(baseUrl)).toMatchObject({ kind: 'unreachable', reason: 'reset', sent: true })
  })

  test('a connection closed without a word: it may have been sent', async () => {
    const baseUrl = await tcp((socket) => socket.once('data', () => socket.end()))
    expect(await refresh(baseUrl)).toMatchObject({ kind: 'unreachable', reason: 'reset', sent: true })
  })

  test('an answer cut in the middle: it was sent, and the tracking id is kept', async () => {
    const baseUrl = await tcp((socket) =>
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\ntrackingid: ROUTER_4\r\n\r\n{"acc')
        setImmediate(() => socket.destroy())
      }),
    )
    expect(await refresh(baseUrl)).toMatchObject({
      kind: 'unreachable',
      reason: 'reset',
      sent: true,
      trackingId: 'ROUTER_4',
    })
  })

  test.for([400, 401, 403, 429, 503])(
    'a %i cut in the middle of its body is a refusal: no token was given',
    async (status) => {
      const baseUrl = await tcp((socket) =>
        socket.once('data', () => {
          socket.write(
            `HTTP/1.1 ${status} No\r\ncontent-length: 100\r\ntrackingid: ROUTER_4\r\nretry-after: 7\r\n\r\n{"er`,
          )
          setImmediate(() => socket.destroy())
        }),
      )
      expect(await refresh(baseUrl)).toMatchObject({
        kind: 'refused',
        status,
        webexShaped: false,
        retryAfter: 7000,
        trackingId: 'ROUTER_4',
      })
    },
  )

  test('someone who does not speak HTTP', async () => {
    const baseUrl = await tcp((socket) => socket.once('data', () => socket.end('SSH-2.0-x\r\n')))
    expect(await refresh(baseUrl)).toMatchObject({ kind: 'unreachable', reason: 'other', sent: true })
  })

  test('a certificate nobody vouches for: nothing was sent', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'satm-tls-'))
    closing.push(() => rmSync(folder, { recursive: true }))
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-keyout',
        key,
        '-out',
        cert,
        '-subj',
        '/CN=localhost',
      ],
      { stdio: 'ignore' },
    )
    let asked = 0
    const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, () => asked++)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    closing.push(() => server.close())
    const baseUrl = `https://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
    expect(await refresh(baseUrl)).toMatchObject({ kind: 'unreachable', reason: 'tls', sent: false })
    expect(asked).toBe(0)
  })

  test('a token that no header can carry is not sent and not quoted', async () => {
    const server = await http({ body: '{}' })
    const answer = await createWebex(partsFor(server.baseUrl)).probe(new Secret('acc3ss\ntoken'), '/rooms')
    expect(answer).toMatchObject({ kind: 'unreachable', reason: 'other' })
    expect(JSON.stringify(answer)).not.toContain('acc3ss')
    expect(server.asked).toEqual([])
  })
})
