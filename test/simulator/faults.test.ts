// Each trouble the cloud or the way to it can make, as it arrives at a caller.
import { describe, expect, test } from 'vitest'
import { ZodError } from 'zod'
import type { FaultInput } from '#simulator/index.ts'
import { type Answered, first, get, refresh, send, tier2 } from './support/calls.ts'
import { type Running, running, START } from './support/running.ts'

/** A first refresh of the first service app that meets the fault. */
async function refreshMeeting(fault: FaultInput, options = {}): Promise<Answered> {
  const simulator = await running(options)
  simulator.control.fault(fault)
  return refreshFirst(simulator)
}

function refreshFirst(simulator: Running): Promise<Answered> {
  const { app, org } = first(simulator)
  return refresh(simulator, app, org.refreshToken)
}

const causeOf = async (promise: Promise<unknown>): Promise<unknown> => {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  )
  return error instanceof Error && error.cause instanceof Error && 'code' in error.cause
    ? error.cause.code
    : error
}

describe('a status', () => {
  test.each([408, 425, 500, 502, 503, 504, 401, 403, 404, 418])('%d, in the Webex shape', async (status) => {
    const answer = await refreshMeeting({ kind: 'status', endpoint: 'tier1', status })
    expect(answer.status).toBe(status)
    expect(answer.body).toEqual({
      message: expect.any(String),
      errors: [{ description: expect.any(String) }],
      trackingId: answer.headers.get('Trackingid'),
    })
  })

  test('in the OAuth shape, with its error and description', async () => {
    const answer = await refreshMeeting({
      kind: 'status',
      endpoint: 'tier1',
      status: 400,
      shape: 'oauth',
      error: 'tokenlimit_reached',
      message: 'Too many tokens',
    })
    expect(answer.body).toEqual({ error: 'tokenlimit_reached', error_description: 'Too many tokens' })
  })

  test('as HTML, such as a portal’s 200', async () => {
    const answer = await refreshMeeting({ kind: 'status', endpoint: 'tier1', status: 200, shape: 'html' })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('Content-Type')).toMatch(/^text\/html/)
    expect(answer.text).toMatch(/^<html>/)
  })

  test('empty, with the tracking id in the header all the same', async () => {
    const answer = await refreshMeeting({ kind: 'status', endpoint: 'tier1', status: 503, shape: 'empty' })
    expect(answer.text).toBe('')
    expect(answer.headers.get('Trackingid')).toMatch(/^ROUTERGW_/)
  })

  test('204, without a body whatever its shape', async () => {
    const answer = await refreshMeeting({ kind: 'status', endpoint: 'tier1', status: 204 })
    expect([answer.status, answer.text]).toEqual([204, ''])
  })
})

describe('too many requests', () => {
  const throttled = { kind: 'throttled', endpoint: 'tier1' } as const

  test.each([
    ['seconds', { seconds: 3600 }, '3600'],
    ['an HTTP date', { dateInSeconds: 90 }, new Date(START + 90_000).toUTCString()],
    ['nothing', 'missing', null],
    ['an absurd number', 'absurd', '99999999999999999999'],
    ['whatever else', { raw: 'soon' }, 'soon'],
  ] as const)('with %s as Retry-After', async (_, retryAfter, header) => {
    const answer = await refreshMeeting({ ...throttled, retryAfter })
    expect(answer.status).toBe(429)
    expect(answer.headers.get('Retry-After')).toBe(header)
  })

  test('as 423, and as HTML', async () => {
    const answer = await refreshMeeting({ ...throttled, retryAfter: 'missing', status: 423, shape: 'html' })
    expect(answer.status).toBe(423)
    expect(answer.text).toMatch(/^<html>/)
  })
})

describe('a token answer', () => {
  test('that is cut in the middle of its JSON', async () => {
    const answer = await refreshMeeting({ kind: 'malformed-json', endpoint: 'tier1', effect: 'done' })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('Content-Type')).toMatch(/^application\/json/)
    expect(() => JSON.parse(answer.text)).toThrow(SyntaxError)
  })

  test.each(['access_token', 'expires_in', 'refresh_token', 'refresh_token_expires_in', 'token_type'])(
    'without %s',
    async (field) => {
      const answer = await refreshMeeting({ kind: 'missing-field', endpoint: 'tier1', field })
      expect(answer.status).toBe(200)
      expect(answer.body).not.toHaveProperty(field)
      expect(Object.keys(answer.body)).toHaveLength(5)
    },
  )

  test.each([
    ['negative', -1],
    ['zero', 0],
    ['string', '1209599'],
    ['huge', Number.MAX_SAFE_INTEGER],
    ['words', '14 days'],
    ['null', null],
    ['boolean', true],
    ['object', { seconds: 1_209_599 }],
    ['list', [1_209_599]],
  ] as const)('whose expires_in is %s', async (value, expected) => {
    const answer = await refreshMeeting({ kind: 'expires-in', endpoint: 'tier1', value })
    expect(answer.body).toMatchObject({ expires_in: expected, access_token: expect.any(String) })
  })

  test('whose refresh_token_expires_in is odd', async () => {
    const field = 'refresh_token_expires_in'
    const answer = await refreshMeeting({ kind: 'expires-in', endpoint: 'tier1', value: 'zero', field })
    expect(answer.body).toMatchObject({ refresh_token_expires_in: 0, expires_in: 1_209_599 })
  })

  test('that would have been an error stays that error', async () => {
    const simulator = await running()
    simulator.control.fault({ kind: 'expires-in', endpoint: 'tier1', value: 'zero' })
    const answer = await refresh(simulator, first(simulator).app, 'never issued')
    expect(answer.body).toEqual({ error: 'invalid_grant', error_description: expect.any(String) })
  })

  test('that drips, so many bytes at a time with a pause after each', async () => {
    const simulator = await running()
    simulator.control.fault({ kind: 'slow-drip', endpoint: 'tier1', bytesAtOnce: 100, everyMs: 500 })
    const answer = await refreshFirst(simulator)
    expect(answer.body).toMatchObject({ token_type: 'Bearer' })
    expect(simulator.delays).toEqual(Array(Math.ceil(answer.text.length / 100)).fill(500))
  })

  test('that is far over a megabyte, and JSON to its end', async () => {
    const answer = await refreshMeeting({ kind: 'huge-body', endpoint: 'tier1' })
    expect(answer.text.length).toBeGreaterThan(2_097_152)
    expect(answer.body).toMatchObject({ token_type: 'Bearer' })
    expect(answer.headers.has('Content-Length')).toBe(false)
  })

  test('that leads to another host', async () => {
    const location = 'http://127.0.0.2:1/login'
    const answer = await refreshMeeting({ kind: 'redirect', endpoint: 'tier1', location, status: 307 })
    expect(answer.status).toBe(307)
    expect(answer.headers.get('Location')).toBe(location)
  })

  test('whose Date is off', async () => {
    const answer = await refreshMeeting({ kind: 'date-skew', endpoint: 'tier1', ms: -7_200_000 })
    expect(answer.headers.get('Date')).toBe(new Date(START - 7_200_000).toUTCString())
    expect(answer.body).toMatchObject({ token_type: 'Bearer' })
  })
})

describe('a connection', () => {
  test('that is reset', async () => {
    const simulator = await running()
    simulator.control.fault({ kind: 'reset', endpoint: 'tier1' })
    expect(await causeOf(refreshFirst(simulator))).toBe('ECONNRESET')
  })

  test('that hangs until the caller gives up', async () => {
    const simulator = await running()
    simulator.control.fault({ kind: 'hang', endpoint: 'rooms' })
    const gaveUp = new AbortController()
    const asked = causeOf(send(`${simulator.baseUrl}/rooms`, { signal: gaveUp.signal }))
    await expect.poll(() => simulator.ledger.entries.length).toBe(1)
    expect(simulator.ledger.pending).toBe(1)
    gaveUp.abort()
    expect(await asked).toMatchObject({ name: 'AbortError' })
    await expect.poll(() => simulator.ledger.pending).toBe(0)
  })

  test('that hangs does not keep the simulator from closing', async () => {
    const simulator = await running()
    simulator.control.fault({ kind: 'hang', endpoint: 'rooms' })
    const asked = causeOf(get(simulator, '/rooms'))
    await expect.poll(() => simulator.ledger.pending).toBe(1)
    await simulator.close()
    expect(await asked).toMatch(/ECONNRESET|UND_ERR_SOCKET/)
  })
})

describe('the effect:', () => {
  const kinds: readonly FaultInput[] = [
    { kind: 'reset', endpoint: 'tier1' },
    { kind: 'status', endpoint: 'tier1', status: 504, shape: 'empty' },
    { kind: 'malformed-json', endpoint: 'tier1' },
    { kind: 'huge-body', endpoint: 'tier1' },
    { kind: 'redirect', endpoint: 'tier1' },
  ]

  test.each(kinds)('$kind before it leaves the refresh token as it was', async (fault) => {
    const simulator = await running()
    simulator.control.fault(fault)
    await causeOf(refreshFirst(simulator))
    expect((await refreshFirst(simulator)).status).toBe(200)
  })

  test.each(kinds)('$kind after it has rotated the refresh token away', async (fault) => {
    const simulator = await running()
    simulator.control.fault({ ...fault, effect: 'done' } as FaultInput)
    await causeOf(refreshFirst(simulator))
    expect((await refreshFirst(simulator)).body).toMatchObject({ error: 'invalid_grant' })
  })
})

describe('a fault meets', () => {
  const down = { kind: 'status', endpoint: 'tier1', status: 503 } as const
  const statuses = async (simulator: Running, count: number): Promise<readonly number[]> => {
    const seen: number[] = []
    for (let n = 0; n < count; n += 1) seen.push((await get(simulator, '/rooms')).status)
    return seen
  }

  test('the next request only', async () => {
    const simulator = await running()
    simulator.control.fault({ ...down, endpoint: 'rooms' })
    expect(await statuses(simulator, 2)).toEqual([503, 401])
  })

  test('as many as it says', async () => {
    const simulator = await running()
    simulator.control.fault({ ...down, endpoint: 'rooms', times: 2 })
    expect(await statuses(simulator, 3)).toEqual([503, 503, 401])
  })

  test('the nth', async () => {
    const simulator = await running()
    simulator.control.fault({ ...down, endpoint: 'rooms', skip: 2 })
    expect(await statuses(simulator, 4)).toEqual([401, 401, 503, 401])
  })

  test('all until it is cleared', async () => {
    const simulator = await running()
    const id = simulator.control.fault({ ...down, endpoint: 'rooms', times: 'until cleared' })
    expect(await statuses(simulator, 5)).toEqual(Array(5).fill(503))
    simulator.control.clearFaults(id)
    expect(await statuses(simulator, 1)).toEqual([401])
  })

  test('requests in the order they were queued, one fault each', async () => {
    const simulator = await running()
    for (const status of [500, 502, 504]) simulator.control.fault({ ...down, endpoint: 'rooms', status })
    expect(await statuses(simulator, 4)).toEqual([500, 502, 504, 401])
  })

  test('nothing after all were cleared', async () => {
    const simulator = await running()
    simulator.control.fault({ ...down, endpoint: 'rooms' })
    simulator.control.fault({ ...down, endpoint: 'any' })
    simulator.control.clearFaults()
    expect(await statuses(simulator, 1)).toEqual([401])
  })

  test('tier 1 and leaves tiers 2 and 3 alone', async () => {
    const simulator = await running()
    const { integration } = simulator
    simulator.control.fault({ ...down, times: 'until cleared' })
    expect((await refreshFirst(simulator)).status).toBe(503)
    expect((await refresh(simulator, integration, integration.refreshToken)).status).toBe(200)
    expect((await tier2(simulator)).status).toBe(200)
  })

  test('all of the token endpoint', async () => {
    const simulator = await running()
    const { integration } = simulator
    simulator.control.fault({ ...down, endpoint: 'anyAccessToken', times: 'until cleared' })
    expect((await refreshFirst(simulator)).status).toBe(503)
    expect((await refresh(simulator, integration, integration.refreshToken)).status).toBe(503)
    expect((await tier2(simulator)).status).toBe(200)
  })

  test('one client or one org only', async () => {
    const simulator = await running()
    const { app, org } = first(simulator)
    const other = app.orgs[1]?.refreshToken ?? ''
    simulator.control.fault({ ...down, orgId: org.orgId, times: 'until cleared' })
    simulator.control.fault({ ...down, endpoint: 'any', client: 'integration', times: 'until cleared' })
    expect((await refreshFirst(simulator)).status).toBe(503)
    expect((await refresh(simulator, app, other)).status).toBe(200)
    expect((await get(simulator, '/rooms', simulator.integration.accessToken)).status).toBe(503)
  })
})

test('what is no fault is refused, saying why', async () => {
  const { control } = await running()
  const wrong = { kind: 'status', endpoint: 'tier9', status: 503 } as unknown as FaultInput
  expect(() => control.fault(wrong)).toThrow(ZodError)
})

test('latency is waited for before every answer', async () => {
  const simulator = await running({ latency: 200 })
  await get(simulator, '/rooms')
  simulator.control.setLatency(50)
  await get(simulator, '/rooms')
  expect(simulator.delays).toEqual([200, 50])
})

test('a lasting skew of the Date is on every answer', async () => {
  const simulator = await running({ dateSkew: 60_000 })
  expect((await get(simulator, '/rooms')).headers.get('Date')).toBe(new Date(START + 60_000).toUTCString())
  simulator.control.setDateSkew(-60_000)
  expect((await get(simulator, '/rooms')).headers.get('Date')).toBe(new Date(START - 60_000).toUTCString())
})
