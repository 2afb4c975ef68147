// What the system itself says about the port: before, during and after.

import { once } from 'node:events'
import { connect as dial } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { type Harness, harness, movableClock } from './support/harness.ts'
import { besiege, ways } from './support/siege.ts'
import { ask, LOOPBACK, listenersOn, PATIENTLY, socketsOn } from './support/sockets.ts'

let flow: Harness
afterEach(() => flow.connect.cancel())

test('nothing before, loopback only during, nothing after', async () => {
  flow = await harness()
  expect(socketsOn(flow.port)).toEqual([])
  await flow.begin()
  expect(listenersOn(flow.port)).toEqual(LOOPBACK)
  await ask(flow.port, { target: `/callback?code=c0de&state=${flow.state()}` })
  expect((await ask(flow.port, { target: '/answered' })).status).toBe(200)
  await expect.poll(() => socketsOn(flow.port), PATIENTLY).toEqual([])
})

test('the port is free within a second of the answer, even if the browser never asks for the last page', async () => {
  const clock = movableClock()
  flow = await harness({ clock })
  await flow.begin()
  await ask(flow.port, { target: `/callback?code=c0de&state=${flow.state()}` })
  clock.move(999)
  await expect.poll(() => socketsOn(flow.port), PATIENTLY).toEqual([])
})

test('idle connections neither hold the answer up nor keep the port', async () => {
  flow = await harness()
  await flow.begin()
  const idle = Array.from({ length: 50 }, () => dial(flow.port, '127.0.0.1'))
  await Promise.all(idle.map((socket) => once(socket, 'connect')))
  const gone = Promise.all(
    idle.map((socket) =>
      once(
        socket.on('error', () => {}),
        'close',
      ),
    ),
  )
  const heard = await ask(flow.port, { target: `/callback?code=c0de&state=${flow.state()}` })
  expect(heard.status).toBe(303)
  await gone
  await expect.poll(() => socketsOn(flow.port), PATIENTLY).toEqual([])
})

describe('a stranger that has the port besieged', () => {
  test.each(ways)('with connections that %s keeps the answer out on neither family', async (way) => {
    for (const address of LOOPBACK) {
      flow = await harness()
      // From before the port is open until the answer was taken.
      const begun = flow.begin()
      const siege = await besiege(flow.port, way, 100, LOOPBACK)
      expect((await begun).kind).toBe('waiting')
      try {
        const heard = await ask(flow.port, { address, target: `/callback?code=c0de&state=${flow.state()}` })
        expect(heard.status).toBe(303)
        expect((await ask(flow.port, { address, target: '/answered' })).status).toBe(200)
        await flow.until('connected')
      } finally {
        await siege.end()
      }
      await flow.connect.cancel()
    }
  })

  test('takes 32 connections at most', async () => {
    flow = await harness()
    await flow.begin()
    const siege = await besiege(flow.port, 'say nothing', 100, LOOPBACK)
    const open = process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap')
    await siege.end()
    expect(open.length).toBeLessThanOrEqual(32 + LOOPBACK.length)
  })
})

test('a slow exchange does not keep the port open', async () => {
  let exchanged = () => {}
  flow = await harness({
    exchangeCode: () =>
      new Promise((resolve) => {
        exchanged = () =>
          resolve({ kind: 'unreachable', reason: 'timeout', sent: true, trackingId: null, serverDate: null })
      }),
  })
  await flow.begin()
  await ask(flow.port, { target: `/callback?code=c0de&state=${flow.state()}` })
  await expect.poll(() => socketsOn(flow.port), PATIENTLY).toEqual([])
  expect(flow.connect.state().kind).toBe('exchanging')
  exchanged()
  await flow.until('failed')
})

test('while no flow waits nothing listens, however the last one ended', async () => {
  flow = await harness()
  for (const end of ['declined', 'cancelled', 'connected']) {
    await flow.begin()
    expect(listenersOn(flow.port)).toEqual(LOOPBACK)
    const state = flow.state()
    if (end === 'cancelled') await flow.connect.cancel()
    else {
      const outcome = end === 'declined' ? 'error=access_denied' : 'code=c0de'
      await ask(flow.port, { target: `/callback?${outcome}&state=${state}` })
    }
    await expect.poll(() => socketsOn(flow.port), PATIENTLY).toEqual([])
  }
})
