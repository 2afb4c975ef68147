// On, off, another port, and a port that somebody else has.
import { once } from 'node:events'
import { Agent, createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createEndpointSwitch, type EndpointSwitch } from '#delivery/endpoint/endpoint-switch.ts'
import type { Answering } from '#delivery/endpoint/request-handler.ts'
import {
  closeServer,
  EVERYWHERE,
  freePort,
  LOOPBACK,
  listenersOn,
  PATIENTLY,
  stranger,
} from '../../connect/support/sockets.ts'
import { FakeClock } from '../../engine/support/fake-clock.ts'
import { ask } from './support/running.ts'

let clock: FakeClock
let endpoint: EndpointSwitch
let answering: Answering
let port: number

beforeEach(async () => {
  clock = new FakeClock()
  port = await freePort()
  answering = async () => ({ status: 204, headers: {}, body: '', keepsConnection: true })
  endpoint = createEndpointSwitch({
    clock,
    answering: (...asked) => answering(...asked),
    portOwner: async () => 'node (process 4711)',
    changed: () => {},
    failed: (error) => {
      throw error
    },
  })
})
afterEach(() => endpoint.off())

test('listens when it is on and not when it is off', async () => {
  expect(endpoint.state()).toEqual({ listening: false, problem: null })
  expect(await endpoint.on(port, 'or not at all')).toBeNull()
  expect(endpoint.state()).toEqual({ listening: true, problem: null })
  expect(listenersOn(port)).toEqual(LOOPBACK)
  await endpoint.off()
  expect(endpoint.state()).toEqual({ listening: false, problem: null })
  expect(listenersOn(port)).toEqual([])
})

test('moves to another port and leaves the first', async () => {
  await endpoint.on(port, 'or not at all')
  const other = await freePort()
  await endpoint.on(other, 'or not at all')
  expect((await ask(other, {})).status).toBe(204)
  expect(listenersOn(port)).toEqual([])
})

test('what is asked for quickly one after another ends as it was asked for last', async () => {
  await Promise.all([
    endpoint.on(port, 'or not at all'),
    endpoint.off(),
    endpoint.on(port, 'or not at all'),
    endpoint.off(),
    endpoint.on(port, 'or not at all'),
  ])
  expect(endpoint.state().listening).toBe(true)
  expect((await ask(port, {})).status).toBe(204)
})

test.each(EVERYWHERE)('a port taken on %s: says by whom, and names one that is free', async (address) => {
  const other = await stranger(port, address)
  const problem = await endpoint.on(port, 'or not at all')
  await other.close()
  expect(problem).toMatch(
    /^Port \d+ is taken by node \(process 4711\)\. Stop that, or choose another one, such as (\d+)\./,
  )
  const offered = Number(/such as (\d+)/.exec(problem ?? '')?.[1])
  expect(offered).toBeGreaterThan(port)
  expect(endpoint.state()).toEqual({ listening: false, problem: null })
  expect(listenersOn(port)).toEqual([])
  expect(await endpoint.on(offered, 'or not at all')).toBeNull()
})

test('a port taken by somebody leaves the one it listens on as it is', async () => {
  await endpoint.on(port, 'or not at all')
  const taken = await freePort()
  const other = await stranger(taken, '127.0.0.1')
  expect(await endpoint.on(taken, 'or not at all')).not.toBeNull()
  await other.close()
  expect((await ask(port, {})).status).toBe(204)
})

test('at the start, a taken port is said and tried again until it is free', async () => {
  const other = await stranger(port, '127.0.0.1')
  await endpoint.on(port, 'keep trying')
  await clock.advance(25_000)
  expect(endpoint.state()).toEqual({ listening: false, problem: expect.stringContaining('taken by node') })
  await other.close()
  await clock.advance(10_000)
  await expect.poll(() => endpoint.state(), PATIENTLY).toEqual({ listening: true, problem: null })
})

test('switched off while it tries, it stays off', async () => {
  const other = await stranger(port, '127.0.0.1')
  await endpoint.on(port, 'keep trying')
  await endpoint.off()
  await other.close()
  await clock.advance(60_000)
  await endpoint.off()
  expect(listenersOn(port)).toEqual([])
  expect(endpoint.state()).toEqual({ listening: false, problem: null })
})

test('a request under way is answered before it goes, idle connections are not waited for', async () => {
  let answer = () => {}
  const asked = new Promise<void>((arrived) => {
    answering = () => {
      arrived()
      return new Promise((resolve) => {
        answer = () => resolve({ status: 204, headers: {}, body: '', keepsConnection: true })
      })
    }
  })
  await endpoint.on(port, 'or not at all')
  const agent = new Agent({ keepAlive: true })
  const heard = ask(port, { agent })
  await asked
  const off = endpoint.off()
  answer()
  expect(await heard).toMatchObject({ status: 204, headers: { connection: 'close' } })
  await off
  agent.destroy()
})

test('a request that never ends holds nothing up for long', async () => {
  const asked = new Promise<void>((arrived) => {
    answering = () => {
      arrived()
      return new Promise(() => {})
    }
  })
  await endpoint.on(port, 'or not at all')
  const heard = ask(port, {}).catch((error: Error) => error)
  await asked
  const off = endpoint.off()
  await clock.advance(2_000)
  await off
  expect(await heard).toBeInstanceOf(Error)
})

test('the neighbours it offers are really free', async () => {
  const first = await listening(port)
  const neighbour = await listening(port + 1).catch(() => null)
  const problem = await endpoint.on(port, 'or not at all')
  await closeServer(first)
  if (neighbour !== null) await closeServer(neighbour)
  expect(problem).not.toContain(`such as ${port + 1}.`)
})

async function listening(wanted: number): Promise<Server> {
  const server = createServer()
  server.listen(wanted, '127.0.0.1')
  await Promise.race([
    once(server, 'listening'),
    once(server, 'error').then(([error]) => Promise.reject(error)),
  ])
  return (server.address() as AddressInfo).port === wanted
    ? server
    : Promise.reject(new Error('another port'))
}
