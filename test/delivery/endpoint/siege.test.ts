// A stranger on this computer, and a consumer that asks for too much: neither keeps the others from their tokens.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { LIMITS } from '#delivery/endpoint/http-listener.ts'
import { besiege, ways } from '../../connect/support/siege.ts'
import { LOOPBACK } from '../../connect/support/sockets.ts'
import { FakeClock } from '../../engine/support/fake-clock.ts'
import { ask, NOW, pairOf, type Running, running } from './support/running.ts'

/** More than the endpoint keeps. */
const MANY = 600
/** ms. A consumer that is shut out waits for its deadline, or for ever. */
const SOON = 3_000

let endpoint: Running
let secret: string

beforeEach(async () => {
  endpoint = await running()
  secret = endpoint.consumer('ci')
})
afterEach(() => endpoint.close())

const sockets = () => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length

async function consumersAreServed(): Promise<void> {
  for (let at = 0; at < 10; at += 1) {
    const began = performance.now()
    const heard = await ask(endpoint.port, { secret, address: LOOPBACK[at % LOOPBACK.length] ?? '127.0.0.1' })
    expect(heard.status).toBe(200)
    expect(performance.now() - began).toBeLessThan(SOON)
  }
}

describe.each(ways)('600 connections of a stranger that %s', (way) => {
  test('keep nobody out, on either family, and take no more than their share', async () => {
    const stranger = await besiege(endpoint.port, way, MANY, LOOPBACK)
    try {
      await consumersAreServed()
      expect(sockets()).toBeLessThanOrEqual(512 + LOOPBACK.length)
    } finally {
      await stranger.end()
    }
    expect(endpoint.failed).toEqual([])
  })
})

test('a connection that was refused is closed, though the other side keeps its half', async () => {
  await expect.poll(sockets).toBe(0)
  const socket = connect({ port: endpoint.port, host: '127.0.0.1', allowHalfOpen: true })
  socket.on('error', () => undefined)
  socket.write('no http\r\n\r\n')
  const [answer] = await once(socket, 'data')
  expect(String(answer)).toMatch(/^HTTP\/1\.1 400 /)
  // The client's own is left.
  await expect.poll(sockets, { timeout: SOON }).toBe(1)
  socket.destroy()
})

describe('a consumer', () => {
  const request = () =>
    `GET /v1/token/waiting HTTP/1.1\r\nhost: 127.0.0.1:${endpoint.port}\r\nauthorization: Bearer ${secret}\r\n\r\n`
  let clock: FakeClock

  beforeEach(async () => {
    await endpoint.close()
    clock = new FakeClock()
    endpoint = await running({ clock })
    secret = endpoint.consumer('greedy')
    endpoint.add({ id: 'waiting', pair: pairOf('ended', { expiresAt: NOW }) })
  })

  test('that waits on a thousand connections keeps 128, and the others are answered at once', async () => {
    const heard: string[] = []
    const all = Array.from({ length: 1000 }, (_, at) => {
      const socket = connect(endpoint.port, LOOPBACK[at % LOOPBACK.length])
      socket.on('error', () => undefined)
      socket.on('data', (chunk) => heard.push(chunk.toString('latin1').slice(0, 12)))
      socket.write(request())
      return socket
    })
    await expect.poll(() => heard.length).toBe(1000 - 128)
    expect(new Set(heard)).toEqual(new Set(['HTTP/1.1 429']))
    const other = endpoint.consumer('modest')
    expect((await ask(endpoint.port, { secret: other })).status).toBe(200)
    heard.length = 0
    await clock.advance(10_000)
    await expect.poll(() => heard.length).toBe(128)
    expect(new Set(heard)).toEqual(new Set(['HTTP/1.1 503']))
    for (const socket of all) socket.destroy()
  })

  test('that keeps idle connections gives up its own for a new one', async () => {
    const idle: Socket[] = []
    for (let at = 0; at < 128; at += 1) {
      const socket = connect(endpoint.port, '127.0.0.1')
      socket.write(request().replace('waiting', 'one'))
      await once(socket, 'data')
      idle.push(socket)
    }
    const [oldest] = idle
    const closed = oldest === undefined ? null : once(oldest, 'close')
    expect((await ask(endpoint.port, { secret })).status).toBe(200)
    await closed
    expect(idle.filter((socket) => !socket.closed)).toHaveLength(127)
    for (const socket of idle) socket.destroy()
  })

  test('that sends a thousand requests on one connection without an answer loses it', async () => {
    const socket = connect(endpoint.port, '127.0.0.1')
    socket.on('error', () => undefined)
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.write(request().repeat(1000))
    await closed
    expect((await ask(endpoint.port, { secret })).status).toBe(200)
  })

  test('that reads none of its answers loses the connection', async () => {
    await endpoint.close()
    endpoint = await running({ limits: { ...LIMITS, unreadTimeout: 300 } })
    secret = endpoint.consumer('deaf')
    endpoint.add({ id: 'long', name: 'x'.repeat(50_000) })
    // Those of the test before are gone.
    await expect.poll(sockets).toBe(0)
    const socket = connect(endpoint.port, '127.0.0.1').pause()
    socket.on('error', () => undefined)
    await expect.poll(sockets).toBe(2)
    // The client's own is left.
    const isClosed = () => sockets() === 1
    // Until the system takes no more answers, and the endpoint therefore no more requests.
    for (let sent = 1; !isClosed(); sent += 1) {
      socket.write(request().replace('waiting', 'long'))
      await expect
        .poll(() => isClosed() || endpoint.used.length >= sent, { interval: 2, timeout: SOON })
        .toBe(true)
    }
    socket.destroy()
    expect(endpoint.used.length).toBeGreaterThan(10)
  })

  test('that sends a few at once gets all answers, in their order', async () => {
    const socket = connect(endpoint.port, '127.0.0.1')
    let heard = ''
    socket.on('data', (chunk) => {
      heard += chunk.toString('latin1')
    })
    socket.write(request().replace('waiting', 'one') + request().replace('waiting', 'two'))
    await expect
      .poll(() => heard.match(/"profile_id":"\w+"/g))
      .toEqual(['"profile_id":"one"', '"profile_id":"two"'])
    socket.destroy()
  })
})

test.each([
  ['CONNECT', 'CONNECT 127.0.0.1:443 HTTP/1.1\r\nhost: x\r\n\r\n', /^$/],
  [
    'an upgrade',
    (own: string) => `GET / HTTP/1.1\r\n${own}connection: upgrade\r\nupgrade: websocket\r\n\r\n`,
    /^HTTP\/1\.1 401 /,
  ],
  ['HTTP/1.0', (own: string) => `GET / HTTP/1.0\r\n${own}\r\n`, /^HTTP\/1\.1 401 /],
  [
    'an expectation nobody knows',
    (own: string) => `GET / HTTP/1.1\r\n${own}expect: a-miracle\r\n\r\n`,
    /^HTTP\/1\.1 401 /,
  ],
])('%s of a stranger ends its connection', async (_, bytes, answer) => {
  const own = `host: 127.0.0.1:${endpoint.port}\r\n`
  const socket = connect({ port: endpoint.port, host: '127.0.0.1', allowHalfOpen: true })
  let heard = ''
  socket.on('error', () => undefined)
  socket.on('data', (chunk) => {
    heard += chunk.toString('latin1')
  })
  socket.write(typeof bytes === 'string' ? bytes : bytes(own))
  await once(socket, 'end')
  expect(heard).toMatch(answer)
  socket.destroy()
  await consumersAreServed()
})
