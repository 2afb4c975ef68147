// A stranger on the network, and a consumer over TLS that asks for too much: neither keeps the others from their tokens.
import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { connect } from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { LIMITS } from '#delivery/endpoint/http-listener.ts'
import { networkAddress } from '#delivery/endpoint/listen-address.ts'
import { besiege, type Way } from '../../connect/support/siege.ts'
import { FakeClock } from '../../engine/support/fake-clock.ts'
import { type Authority, certificateOf, createAuthority } from './support/certificates.ts'
import { ask, type Running, running } from './support/running.ts'

/** More than one peer may keep without a secret, and more than the endpoint keeps of it. */
const MANY = 300
/** ms. A consumer that is shut out loses its connection, or waits for ever; handshakes keep a busy machine busy. */
const SOON = 20_000
/** Of the strangers 127.0.0.1: they have that address. */
const ELSEWHERE = '127.0.0.2'

let authority: Authority
let endpoint: Running
let secret: string

beforeAll(() => {
  authority = createAuthority()
})
afterAll(() => authority.end())
beforeEach(async () => {
  const certificate = certificateOf(authority.issue('DNS:localhost'))
  endpoint = await running({
    network: networkAddress('127.0.0.1', certificate),
    limits: { ...LIMITS, unreadTimeout: 300 },
  })
  secret = endpoint.consumer('ci')
})
afterEach(() => endpoint.close())

const sockets = () => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length

/** What a connection can do instead of a handshake, and after it. */
const WAYS: readonly (readonly [Way, 'at once' | 'over TLS'])[] = [
  ['say nothing', 'at once'],
  ['send no HTTP, and keep their half open', 'at once'],
  ['come and go', 'at once'],
  ['say nothing', 'over TLS'],
  ['ask with wrong secrets in rows, and read nothing', 'over TLS'],
  ['reset in the middle', 'over TLS'],
]

test.each(WAYS)(
  '300 connections of a stranger that %s, %s, keep nobody out elsewhere, and take no more than their share',
  async (way, when) => {
    const stranger = await besiege(endpoint.port, way, MANY, ['127.0.0.1'], when === 'over TLS')
    try {
      for (let at = 0; at < 5; at += 1) {
        const began = performance.now()
        const heard = await ask(endpoint.port, { secret, ca: authority.ca, from: ELSEWHERE })
        expect(heard.status).toBe(200)
        expect(performance.now() - began).toBeLessThan(SOON)
      }
      expect(sockets()).toBeLessThanOrEqual(256 + 10)
    } finally {
      await stranger.end()
    }
    expect(endpoint.failed).toEqual([])
  },
)

test('new connections of a peer beyond 400 at once and 100 a second are closed before their handshake', async () => {
  const clock = new FakeClock()
  const certificate = certificateOf(authority.issue('DNS:localhost'))
  const limited = await running({ network: networkAddress('127.0.0.1', certificate), clock })
  const ours = limited.consumer('ci')
  const { port } = limited
  const greedy = async (count: number) => {
    const strangers = Array.from({ length: count }, () =>
      connectTcp({ port, host: '127.0.0.1' }).on('error', () => undefined),
    )
    await Promise.all(strangers.map((socket) => once(socket, 'connect')))
    for (const socket of strangers) socket.destroy()
  }
  const get = (from: string) => ask(port, { secret: ours, ca: authority.ca, from })
  try {
    await greedy(399)
    expect((await get('127.0.0.1')).status).toBe(200)
    await expect(get('127.0.0.1')).rejects.toThrow(/ECONNRESET|EPIPE|disconnected/)
    expect((await get(ELSEWHERE)).status).toBe(200)
    await clock.advance(1000)
    await greedy(99)
    expect((await get('127.0.0.1')).status).toBe(200)
    await expect(get('127.0.0.1')).rejects.toThrow(/ECONNRESET|EPIPE|disconnected/)
  } finally {
    await limited.close()
  }
})

test('half-open connections of many addresses together leave room for whoever shows a secret', async () => {
  const { port } = endpoint
  const strangers = Array.from({ length: 1500 }, (_, at) =>
    connectTcp({ port, host: '127.0.0.1', localAddress: `127.0.1.${(at % 10) + 1}` }).on(
      'error',
      () => undefined,
    ),
  )
  try {
    await expect.poll(() => strangers.filter(({ connecting }) => connecting).length).toBe(0)
    for (let at = 0; at < 3; at += 1)
      expect((await ask(port, { secret, ca: authority.ca, from: ELSEWHERE })).status).toBe(200)
    const open = strangers.filter(({ readyState }) => readyState === 'open')
    // Their own ends are in this process as well.
    expect(sockets()).toBeLessThanOrEqual(open.length + 1024 + 10)
  } finally {
    for (const socket of strangers) socket.destroy()
  }
})

describe('a consumer', () => {
  const request = (profile: string) =>
    `GET /v1/token/${profile} HTTP/1.1\r\nhost: localhost:${endpoint.port}\r\nauthorization: Bearer ${secret}\r\n\r\n`
  const open = () => {
    const socket = connect({
      port: endpoint.port,
      host: '127.0.0.1',
      servername: 'localhost',
      ca: authority.ca,
    })
    return socket.on('error', () => undefined)
  }

  test('that reads none of its answers loses the connection', async () => {
    endpoint.add({ id: 'long', name: 'x'.repeat(50_000) })
    await expect.poll(sockets).toBe(0)
    const socket = open()
    await once(socket, 'secureConnect')
    socket.pause()
    await expect.poll(sockets).toBe(2)
    // The client's own is left.
    const isClosed = () => sockets() === 1
    for (let sent = 1; !isClosed(); sent += 1) {
      socket.write(request('long'))
      await expect
        .poll(() => isClosed() || endpoint.used.length >= sent, { interval: 2, timeout: SOON })
        .toBe(true)
    }
    socket.destroy()
    expect(endpoint.used.length).toBeGreaterThan(10)
  })

  test('that sends a thousand requests on one connection without an answer loses it', async () => {
    const socket = open()
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.write(request('one').repeat(1000))
    await closed
    expect((await ask(endpoint.port, { secret, ca: authority.ca })).status).toBe(200)
  })
})
