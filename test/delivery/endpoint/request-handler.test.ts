import { Agent } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { LOOPBACK } from '../../connect/support/sockets.ts'
import { FakeClock } from '../../engine/support/fake-clock.ts'
import { ask, type Heard, HOUR, NOW, pairOf, type Running, running } from './support/running.ts'

let endpoint: Running
let secret: string

beforeEach(async () => {
  endpoint = await running()
  secret = endpoint.consumer('ci')
})
afterEach(() => endpoint.close())

const get = (path: string, more: object = {}) => ask(endpoint.port, { path, secret, ...more })

describe('a profile that cannot be read', () => {
  test('is answered with what to do, not as unknown', async () => {
    endpoint.unreadable.add('one')
    const heard = await get('/v1/token/one')
    expect(heard.status).toBe(503)
    expect(heard.headers['retry-after']).toBe('60')
    expect(heard.json()).toMatchObject({
      code: 'no-token-now',
      detail: expect.stringContaining('Open the app'),
    })
  })

  test('still shares its name: nobody gets the token of another customer for it', async () => {
    endpoint.add({ id: 'three', name: 'Profile one' })
    endpoint.unreadable.add('one')
    expect((await get('/v1/token/Profile%20one')).status).toBe(409)
  })
})

describe('a good secret gets', () => {
  test('the token with its end, and nobody keeps it', async () => {
    const heard = await get('/v1/token/one')
    expect(heard.status).toBe(200)
    expect(heard.json()).toEqual({
      access_token: 'token-of-one',
      token_type: 'Bearer',
      expires_at: new Date(NOW + 10 * HOUR).toISOString(),
      expires_in: 36_000,
      profile_id: 'one',
      profile_name: 'Profile one',
      target_org_id: 'org-1',
    })
    expect(heard.headers).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    })
    expect(Object.keys(heard.headers).filter((name) => name.startsWith('access-control'))).toEqual([])
    expect(endpoint.used).toEqual(['ci'])
  })

  test('the same by name', async () => {
    expect((await get('/v1/token/Profile%20two')).json()).toMatchObject({ access_token: 'token-of-two' })
  })

  test('a list of what it may read, without a token, under that one address alone', async () => {
    secret = endpoint.consumer('limited', ['two'])
    const heard = await get('/v1/profiles')
    expect(heard.json()).toEqual({
      now: new Date(NOW).toISOString(),
      profiles: [
        {
          id: 'two',
          name: 'Profile two',
          reference: 'Profile two',
          app_id: 'app',
          org: 'Org 1',
          target_org_id: 'org-1',
          state: 'healthy',
          expires_at: new Date(NOW + 10 * HOUR).toISOString(),
          next_refresh_at: null,
        },
      ],
    })
    expect(heard.headers).toMatchObject({ 'content-type': 'application/json', 'cache-control': 'no-store' })
    expect([heard.text.includes('token-of'), endpoint.used]).toEqual([false, []])
    for (const path of ['/v1/profiles?all=yes', '/v1/profiles/', '/v1/Profiles', '/v1/profiles/two'])
      expect([path, (await get(path)).status]).toEqual([path, 404])
    expect((await get('/v1/profiles', { secret: 'satm_wrong' })).status).toBe(401)
    expect((await get('/v1/profiles', { secret: undefined })).status).toBe(401)
  })

  test('only the head when it asks for that', async () => {
    const heard = await get('/v1/token/one', { method: 'HEAD' })
    expect([heard.status, heard.text]).toEqual([200, ''])
    expect(Number(heard.headers['content-length'])).toBeGreaterThan(100)
  })

  test('an end of null where it is unknown', async () => {
    endpoint.add({ id: 'one', pair: pairOf('pasted', { expiresAt: null }) })
    expect((await get('/v1/token/one')).json()).toMatchObject({ expires_at: null, expires_in: null })
  })

  test('an answer under each of the three names of this machine, on both families', async () => {
    for (const name of ['127.0.0.1', 'localhost', '[::1]', 'LOCALHOST']) {
      for (const address of LOOPBACK) {
        const headers = { host: `${name}:${endpoint.port}` }
        expect((await get('/v1/token/one', { headers, address })).status).toBe(200)
      }
    }
  })

  test('an answer when it asks as the fetch of Node does', async () => {
    const response = await fetch(`http://127.0.0.1:${endpoint.port}/v1/token/one`, {
      headers: { authorization: `Bearer ${secret}` },
    })
    expect(response.status).toBe(200)
  })
})

test('who says that Webex refused the token gets another one if that is so', async () => {
  endpoint.renewal = (id) => {
    endpoint.add({ id, pair: pairOf('renewed-token') })
    return {}
  }
  expect((await get('/v1/token/one?refused=yes')).json()).toMatchObject({ access_token: 'token-of-one' })
  endpoint.refusedByWebex = true
  expect((await get('/v1/token/two?refused=yes')).json()).toMatchObject({ access_token: 'renewed-token' })
  expect(endpoint.refreshed).toEqual(['two'])
})

describe('an answer takes 10 s at most', () => {
  let clock: FakeClock
  const expired = () => endpoint.add({ id: 'one', pair: pairOf('old', { expiresAt: NOW }) })

  beforeEach(async () => {
    await endpoint.close()
    clock = new FakeClock()
    endpoint = await running({ clock })
    secret = endpoint.consumer('ci')
  })

  /** The answer, which comes once the clock has moved for `ms`, and not before. */
  const answerAfter = async (ms: number, path: string) => {
    let heard: Heard | null = null
    const armed = clock.armed.length
    const answered = get(path).then((one) => {
      heard = one
    })
    await expect.poll(() => clock.armed.length).toBeGreaterThan(armed)
    await clock.advance(ms - 1)
    expect(heard).toBeNull()
    await clock.advance(1)
    await answered
    return heard as unknown as Heard
  }

  test('where the renewal takes longer: it goes on, and the next request gets what it brought', async () => {
    expired()
    let answer = () => {}
    endpoint.renewal = () =>
      new Promise((resolve) => {
        answer = () => {
          endpoint.add({ id: 'one', pair: pairOf('renewed-token') })
          resolve({})
        }
      })
    const heard = await answerAfter(10_000, '/v1/token/one')
    expect([heard.status, heard.headers['retry-after']]).toEqual([503, '5'])
    expect(heard.headers['content-type']).toBe('application/problem+json')
    expect(heard.json()).toMatchObject({ code: 'no-token-now', detail: expect.stringContaining('continues') })
    answer()
    expect((await get('/v1/token/one')).json()).toMatchObject({ access_token: 'renewed-token' })
    expect(endpoint.refreshed).toEqual(['one'])
  })

  test('where first Webex does not say whether it refuses the token, then the renewal hangs', async () => {
    endpoint.refusedByWebex = null
    expired()
    expect((await answerAfter(10_000, '/v1/token/one?refused=yes')).status).toBe(503)
  })

  test('with the token that lives, where Webex does not say that it refuses it', async () => {
    endpoint.refusedByWebex = null
    const heard = await answerAfter(10_000, '/v1/token/one?refused=yes')
    expect(heard.json()).toMatchObject({ access_token: 'token-of-one' })
  })

  test('and none at all for a token that lives, however soon it ends', async () => {
    endpoint.add({ id: 'one', pair: pairOf('nearly-over', { expiresAt: NOW + 5_000 }) })
    expect((await get('/v1/token/one')).json()).toMatchObject({ access_token: 'nearly-over' })
  })

  test('for each of many that ask meanwhile', async () => {
    expired()
    const all = Array.from({ length: 20 }, () => get('/v1/token/one'))
    await expect.poll(() => endpoint.refreshed.length).toBe(20)
    await clock.advance(10_000)
    const statuses = (await Promise.all(all)).map(({ status }) => status)
    expect(new Set(statuses)).toEqual(new Set([503]))
  })
})

describe('nothing is told', () => {
  test.each([
    ['without a secret', null, null],
    ['with a wrong secret', `satm_${'A'.repeat(43)}`, 'invalid_token'],
    ['with a secret in another scheme', undefined, 'invalid_token'],
  ])('%s', async (_, given, error) => {
    const headers: Record<string, string> =
      given === undefined ? { authorization: `Basic ${btoa(`ci:${secret}`)}` } : {}
    const heard = await ask(endpoint.port, { secret: given ?? null, headers })
    expect(heard.status).toBe(401)
    expect(heard.headers['www-authenticate']).toBe(
      `Bearer realm="service-app-token-manager"${error === null ? '' : `, error="${error}"`}`,
    )
    expect(heard.headers['content-type']).toBe('application/problem+json')
    expect(heard.json()).toMatchObject({ type: 'about:blank', title: 'Unauthorized', status: 401 })
    expect(heard.text).not.toContain('token-of')
  })

  test('by a secret in the address', async () => {
    expect((await ask(endpoint.port, { path: `/v1/token/one?access_token=${secret}` })).status).toBe(401)
  })

  test('about profiles and addresses before a secret was shown', async () => {
    const [there, absent, elsewhere] = await Promise.all(
      ['/v1/token/one', '/v1/token/none', '/'].map((path) => ask(endpoint.port, { path })),
    )
    expect(there?.text).toBe(absent?.text)
    expect(elsewhere?.text).toBe(absent?.text)
  })

  test('to a consumer about a profile that is not its own, as if there were none', async () => {
    secret = endpoint.consumer('narrow', ['two'])
    expect((await get('/v1/token/two')).status).toBe(200)
    const [others, unknown, byName] = await Promise.all(
      ['/v1/token/one', '/v1/token/none', '/v1/token/Profile%20one'].map((path) => get(path)),
    )
    expect(others?.status).toBe(404)
    expect(others?.text).toBe(unknown?.text)
    expect(byName?.text).toBe(unknown?.text)
  })

  test('once it is revoked, on a connection that was kept as well', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const first = await get('/v1/token/one', { agent })
    endpoint.consumers.remove('ci')
    const second = await get('/v1/token/one', { agent })
    agent.destroy()
    expect([first.status, first.headers.connection, second.status]).toEqual([200, 'keep-alive', 401])
    // Whoever has no good secret keeps no connection either.
    expect(second.headers.connection).toBe('close')
  })

  test('to one that was revoked while the token was being renewed', async () => {
    endpoint.add({ id: 'one', pair: pairOf('old', { expiresAt: NOW }) })
    endpoint.renewal = () => {
      endpoint.add({ id: 'one', pair: pairOf('renewed-token') })
      endpoint.consumers.remove('ci')
      return {}
    }
    const heard = await get('/v1/token/one')
    expect(heard.status).toBe(401)
    expect(heard.text).not.toContain('renewed-token')
  })

  test('while the app cannot read its data', async () => {
    endpoint.isOpen = false
    const heard = await get('/v1/token/one')
    expect([heard.status, heard.headers['retry-after']]).toEqual([503, '30'])
    expect(heard.json()).toMatchObject({ code: 'app-is-closed' })
  })
})

describe('a name that several profiles share', () => {
  beforeEach(() => {
    endpoint.add({ id: 'a', name: 'Same', orgName: 'Acme' })
    endpoint.add({ id: 'b', name: 'Same', orgName: 'Beta' })
  })

  test('is answered with the candidates', async () => {
    const heard = await get('/v1/token/Same')
    expect(heard.status).toBe(409)
    expect(heard.json()).toMatchObject({
      candidates: [
        { id: 'a', org: 'Acme' },
        { id: 'b', org: 'Beta' },
      ],
    })
  })

  test('is one name to a consumer that may read only one of them', async () => {
    secret = endpoint.consumer('narrow', ['b'])
    expect((await get('/v1/token/Same')).json()).toMatchObject({ profile_id: 'b' })
  })

  test('names only candidates that the consumer may read', async () => {
    endpoint.add({ id: 'c', name: 'Same', orgName: 'Secret customer' })
    secret = endpoint.consumer('narrow', ['a', 'b'])
    const heard = await get('/v1/token/Same')
    expect(heard.status).toBe(409)
    expect(heard.text).not.toContain('Secret customer')
  })

  test('is told apart by name@org, as the command line does', async () => {
    expect((await get('/v1/token/Same@Beta')).json()).toMatchObject({ profile_id: 'b' })
    expect((await get('/v1/token/same%40acme')).json()).toMatchObject({ profile_id: 'a' })
    expect((await get('/v1/token/Same@Gamma')).status).toBe(404)
  })

  test('with an org is nobody’s to a consumer that may not read it', async () => {
    secret = endpoint.consumer('narrow', ['b'])
    expect((await get('/v1/token/Same@Acme')).status).toBe(404)
    expect((await get('/v1/token/Same@Beta')).json()).toMatchObject({ profile_id: 'b' })
  })

  test('means the profile with that id first', async () => {
    endpoint.add({ id: 'Same', name: 'Another' })
    expect((await get('/v1/token/Same')).json()).toMatchObject({ profile_id: 'Same' })
  })
})

test.each([
  ['/', 404],
  ['/v1/token/', 404],
  ['/v1/token/one/', 404],
  ['/v1/token/../token/one', 404],
  ['/v1//token/one', 404],
  ['/V1/token/one', 404],
  ['/v1/token/..%2f..%2fetc%2fpasswd', 404],
  ['/v1/token/%2e%2e%2ftoken%2fone', 404],
  ['/v1/token/%256f%256e%2565', 404],
  ['/v1/token/one%00', 404],
  ['/v1/token/__proto__', 404],
  ['/v1/token/%', 400],
  ['/v1/token/%ff%fe', 400],
  ['/v1/token/one?min-ttl=soon', 400],
  ['/v1/token/one?min-ttl=', 400],
  ['/v1/token/one?min-ttl=1m&min-ttl=2m', 400],
  ['/v1/token/one?min_ttl=1m', 400],
  ['/v1/token/one?refused', 400],
  ['/v1/token/one?refused=no', 400],
])('%s is answered with %i', async (path, status) => {
  const heard = await get(path)
  expect(heard.status).toBe(status)
  expect(heard.json()).toMatchObject({ status })
  expect(endpoint.used).toEqual([])
})

test('an address that is too long is told so', async () => {
  expect((await get(`/v1/token/${'x'.repeat(2100)}`)).status).toBe(414)
})
