import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { networkAddress } from '#delivery/endpoint/listen-address.ts'
import {
  CONNECTION_RATE,
  createConnectionRate,
  createFailureLimit,
  createRequestLimit,
  FAILURE_LIMIT,
} from '#delivery/endpoint/rate-limits.ts'
import { FakeClock } from '../../engine/support/fake-clock.ts'
import { type Authority, certificateOf, createAuthority } from './support/certificates.ts'
import { type Asked, ask, type Running, running } from './support/running.ts'

describe('the request limit', () => {
  test('lets 200 pass at once and 50 a second after that, for each consumer on its own', async () => {
    const clock = new FakeClock()
    const limit = createRequestLimit(clock)
    const passed = (key: string, times: number) =>
      Array.from({ length: times }, () => limit.take(key)).filter((wait) => wait === 0).length
    expect(passed('greedy', 500)).toBe(200)
    expect(limit.take('greedy')).toBeGreaterThan(0)
    expect(limit.take('greedy')).toBeLessThanOrEqual(20)
    expect(passed('modest', 10)).toBe(10)
    await clock.advance(1000)
    expect(passed('greedy', 500)).toBe(50)
    // Whoever waits for as long as it was told is let in.
    await clock.advance(limit.take('greedy'))
    expect(limit.take('greedy')).toBe(0)
    await clock.advance(3_600_000)
    expect(passed('greedy', 500)).toBe(200)
  })
})

test('the connection limit forgets the peer that came longest ago, and no other, once there are 10,000', () => {
  const limit = createConnectionRate(new FakeClock())
  const passes = (peer: string) => limit.take(peer) === 0
  for (let at = 0; at < CONNECTION_RATE.burst; at += 1)
    expect([passes('first'), passes('second')]).toEqual([true, true])
  expect([passes('first'), passes('second')]).toEqual([false, false])
  for (let at = 0; at < 9_999; at += 1) limit.take(`peer ${at}`)
  expect(passes('second')).toBe(false)
  expect(passes('first')).toBe(true)
})

describe('the failure limit', () => {
  let clock: FakeClock
  beforeEach(() => {
    clock = new FakeClock()
  })

  test('makes a peer wait after ten, twice as long each time, five minutes at most', async () => {
    const limit = createFailureLimit(clock)
    for (let at = 0; at < 10; at += 1) expect(limit.take('stranger')).toBe(0)
    const waits: number[] = []
    for (let at = 0; at < 12; at += 1) {
      const wait = limit.take('stranger')
      waits.push(wait / 1000)
      // Those meanwhile change nothing.
      await clock.advance(wait - 1)
      expect(limit.take('stranger')).toBe(1)
      await clock.advance(1)
      expect(limit.take('stranger')).toBe(0)
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300])
  })

  test('is one for each peer, and forgotten after a quarter of an hour', async () => {
    const limit = createFailureLimit(clock)
    for (let at = 0; at < 50; at += 1) limit.take('stranger')
    expect(limit.take('stranger')).toBeGreaterThan(0)
    expect(limit.take('other')).toBe(0)
    await clock.advance(FAILURE_LIMIT.forgottenAfter + FAILURE_LIMIT.firstWait + 1)
    for (let at = 0; at < 10; at += 1) expect(limit.take('stranger')).toBe(0)
  })

  test('remembers as many peers as it may', () => {
    const limit = createFailureLimit(clock)
    for (let at = 0; at < 11; at += 1) limit.take('first')
    expect(limit.take('first')).toBeGreaterThan(0)
    for (let at = 0; at < FAILURE_LIMIT.peers; at += 1) limit.take(`peer ${at}`)
    expect(limit.take('first')).toBe(0)
  })
})

describe('at the TLS listener', () => {
  let authority: Authority
  let endpoint: Running
  let clock: FakeClock
  beforeEach(async () => {
    authority = createAuthority()
    clock = new FakeClock()
    const certificate = certificateOf(authority.issue('DNS:localhost'))
    endpoint = await running({ clock, network: networkAddress('127.0.0.1', certificate) })
  })
  afterEach(async () => {
    await endpoint.close()
    authority.end()
  })
  const get = (asked: Asked) => ask(endpoint.port, { ca: authority.ca, ...asked })
  const guess = async (times: number) => {
    const answers = []
    for (let at = 0; at < times; at += 1) answers.push(await get({ secret: `satm_${at}`, from: '127.0.0.2' }))
    return answers
  }

  test('who guesses secrets is told to wait, longer each time; a consumer there and others are served', async () => {
    const secret = endpoint.consumer('ci')
    expect((await guess(10)).map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 401))
    const [refused] = await guess(1)
    expect([refused?.status, refused?.headers['retry-after'], refused?.headers.connection]).toEqual([
      429,
      '1',
      'close',
    ])
    await clock.advance(1000)
    const [once, more] = await guess(2)
    expect([once?.status, more?.status, more?.headers['retry-after']]).toEqual([401, 429, '2'])
    for (const from of ['127.0.0.1', '127.0.0.2']) expect((await get({ secret, from })).status).toBe(200)
    expect((await get({ secret: 'wrong', from: '127.0.0.1' })).status).toBe(401)
  })

  test('nothing of the answer to a wrong secret tells how wrong it is', async () => {
    const secret = endpoint.consumer('ci')
    const last = secret.endsWith('A') ? 'B' : 'A'
    const [close, far] = await Promise.all(
      [`${secret.slice(0, -1)}${last}`, 'satm_x'].map((wrong) => get({ secret: wrong })),
    )
    const { date: _, ...headers } = close?.headers ?? {}
    expect(far?.headers).toMatchObject(headers)
    expect(far?.text).toBe(close?.text)
  })

  test('a consumer that asks in a loop is told to wait on its connection, and another one is not', async () => {
    const [greedy, modest] = [endpoint.consumer('greedy'), endpoint.consumer('modest')]
    const heard = []
    for (let at = 0; at < 8; at += 1)
      heard.push(...(await Promise.all(Array.from({ length: 26 }, () => get({ secret: greedy })))))
    const refused = heard.filter(({ status }) => status === 429)
    expect(refused).toHaveLength(8 * 26 - 200)
    expect(refused[0]?.headers['retry-after']).toBe('1')
    expect(refused[0]?.json()).toMatchObject({ code: 'too-many-requests' })
    expect((await get({ secret: modest })).status).toBe(200)
    await clock.advance(1000)
    expect((await get({ secret: greedy })).status).toBe(200)
  })
})
