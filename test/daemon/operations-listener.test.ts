// Health checks and metrics over real sockets, and strangers at their port.
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type OperationsListener, openOperationsListener } from '#daemon/operations-listener.ts'
import { systemClock } from '#desktop/system/system-clock.ts'
import { besiege } from '../connect/support/siege.ts'
import { freePort, listenersOn, rawAsk, stranger } from '../connect/support/sockets.ts'

let listener: OperationsListener
let isAlive: boolean
let ready: Record<string, boolean>
let scrapes: number
let scrape: () => Promise<string>
let failures: unknown[]

const open = (host: string, port = 0) =>
  openOperationsListener(
    { host, port },
    {
      clock: systemClock(),
      isAlive: () => isAlive,
      readiness: () => ready,
      scrape: () => {
        scrapes += 1
        return scrape()
      },
      failed: (error) => failures.push(error),
    },
  )
const opened = async (host: string) => {
  const opening = await open(host)
  if (opening.kind !== 'listening') throw new Error(opening.problem)
  return opening.listener
}

beforeEach(async () => {
  isAlive = true
  ready = { vault: true, engine: true, listener: true }
  scrapes = 0
  scrape = async () => 'satm_leader 1\n'
  failures = []
  listener = await opened('127.0.0.1')
})
afterEach(() => listener.close())

const get = (path: string, options: RequestInit = {}) =>
  fetch(`http://127.0.0.1:${listener.port}${path}`, options)

test('/livez says whether a new start would help', async () => {
  expect((await get('/livez')).status).toBe(200)
  isAlive = false
  expect((await get('/livez')).status).toBe(503)
})

test('/readyz says in one line of JSON what is missing', async () => {
  expect(await (await get('/readyz')).json()).toEqual({
    ready: true,
    vault: true,
    engine: true,
    listener: true,
  })
  ready.engine = false
  const response = await get('/readyz')
  expect([response.status, response.headers.get('content-type')]).toEqual([503, 'application/json'])
  expect(await response.text()).toBe('{"ready":false,"vault":true,"engine":false,"listener":true}\n')
})

test('/metrics is text as Prometheus reads it, made once a second at most, and HEAD has no body', async () => {
  const all = await Promise.all(Array.from({ length: 20 }, () => get('/metrics')))
  expect(all[0]?.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(await Promise.all(all.map((response) => response.text()))).toEqual(
    Array.from({ length: 20 }, () => 'satm_leader 1\n'),
  )
  expect(scrapes).toBeLessThanOrEqual(2)
  const head = await get('/metrics?collect[]=x', { method: 'HEAD' })
  expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '14', ''])
})

test('a scrape that fails is an answer of 500 without its reason', async () => {
  scrape = () => Promise.reject(new Error('secret-of-the-house'))
  const response = await get('/metrics')
  expect([response.status, await response.text()]).toEqual([500, expect.not.stringContaining('secret')])
  expect(failures).toHaveLength(1)
  expect((await get('/livez')).status).toBe(200)
})

test.each([
  ['/', 404],
  ['/metrics/', 404],
  ['/Metrics', 404],
  ['/livez/../metrics', 404],
  ['//metrics', 404],
  ['/v1/token/one', 404],
  ['/%6detrics', 404],
  ['http://127.0.0.1/metrics', 404],
])('GET %s is answered with %i', async (target, status) => {
  const heard = await rawAsk(
    listener.port,
    `GET ${target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`,
  )
  expect(heard).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
})

test.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PATCH'])('%s is refused', async (method) => {
  const bytes = `${method} /metrics HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\n\r\nhelloGET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n`
  const heard = await rawAsk(listener.port, bytes)
  expect(heard).toMatch(/^HTTP\/1.1 405 /)
  expect(heard.match(/HTTP\/1.1/g)).toHaveLength(1)
})

describe('on loopback', () => {
  test('a name that was made to resolve to it gets nothing', async () => {
    for (const host of ['evil.example', '127.0.0.1.nip.io', `evil.example:${listener.port}`, '']) {
      const heard = await rawAsk(listener.port, `GET /metrics HTTP/1.1\r\nhost: ${host}\r\n\r\n`)
      expect(heard).toMatch(/^HTTP\/1.1 403 /)
    }
    for (const host of ['localhost', `127.0.0.1:${listener.port}`, '[::1]:8080', 'LOCALHOST:1']) {
      const heard = await rawAsk(
        listener.port,
        `GET /livez HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`,
      )
      expect(heard).toMatch(/^HTTP\/1.1 200 /)
    }
    expect(scrapes).toBe(0)
  })

  test('nobody else is listened to', () => {
    expect(listenersOn(listener.port)).toEqual(['127.0.0.1'])
  })
})

test('on an address for others, any name is answered', async () => {
  const everywhere = await opened('0.0.0.0')
  const bytes = 'GET /livez HTTP/1.1\r\nhost: satm-0.satm.svc:9180\r\nconnection: close\r\n\r\n'
  expect(await rawAsk(everywhere.port, bytes)).toMatch(/^HTTP\/1.1 200 /)
  await everywhere.close()
})

test.each(['say nothing', 'send a byte of a header now and then', 'expect something and wait'] as const)(
  '200 connections of a stranger that %s keep no health check out',
  async (way) => {
    const siege = await besiege(listener.port, way, 200, ['127.0.0.1'])
    try {
      for (let at = 0; at < 10; at += 1)
        expect((await get('/readyz', { headers: { connection: 'close' } })).status).toBe(200)
    } finally {
      await siege.end()
    }
    expect(failures).toEqual([])
  },
)

test('what is no HTTP, too large or asks for another protocol ends its connection', async () => {
  const big = `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`
  expect(await rawAsk(listener.port, big)).toMatch(/^HTTP\/1.1 431 /)
  expect(await rawAsk(listener.port, '\x16\x03\x01\x02\x00')).toMatch(/^HTTP\/1.1 400 /)
  expect(await rawAsk(listener.port, 'CONNECT x:443 HTTP/1.1\r\nhost: localhost\r\n\r\n')).toBe('')
})

test('a taken port, and an address that is not this computer’s, are said in a sentence', async () => {
  const port = await freePort()
  const other = await stranger(port, '127.0.0.1')
  expect(await open('127.0.0.1', port)).toMatchObject({
    problem: expect.stringContaining(`Port ${port} of 127.0.0.1`),
  })
  await other.close()
  expect(await open('192.0.2.1', port)).toMatchObject({
    problem: expect.stringContaining('192.0.2.1 is not an address'),
  })
})

test('closes although connections are kept', async () => {
  const socket = connect(listener.port, '127.0.0.1')
  socket.write('GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n')
  await once(socket, 'data')
  const closed = once(socket, 'close')
  await listener.close()
  await closed
  expect(listenersOn(listener.port)).toEqual([])
})
