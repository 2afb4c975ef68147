// Data sources: the client's calls against the simulated Webex and Cisco's description, and what odd answers are read as.
import { createPublicKey, verify } from 'node:crypto'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { DataSourceRenewal, RemoteDataSource } from '#engine/domain/data-source.ts'
import { Secret } from '#engine/domain/secret.ts'
import { createDataSourceCalls, nextIn, readDataSource } from '#webex/data-sources.ts'
import { first, get, send } from '../simulator/support/calls.ts'
import { findContract, WHERE_TO_FIND_IT } from '../simulator/support/openapi.ts'
import { present } from '../simulator/support/present.ts'
import { running, START } from '../simulator/support/running.ts'
import { answering } from './support/answering-server.ts'
import { NOW, partsFor } from './support/parts.ts'

const contract = findContract()
if (contract === null) console.warn(WHERE_TO_FIND_IT)
const DAY = 1440 * 60_000

async function simulated(options: Parameters<typeof running>[0] = {}) {
  const simulator = await running(options)
  const clock = { now: () => START, after: () => () => undefined }
  const calls = createDataSourceCalls(partsFor(simulator.baseUrl, { clock }))
  const token = new Secret(first(simulator).org.accessToken)
  const list = async (next: string | null = null) => {
    const answer = await calls.list(token, next)
    if (answer.kind !== 'ok' || answer.value === null) throw new Error(JSON.stringify(answer))
    return answer.value
  }
  return { simulator, calls, token, list }
}

const renewalOf = (source: RemoteDataSource, nonce: string): DataSourceRenewal => ({
  schemaId: source.schemaId ?? '',
  url: source.url ?? '',
  audience: source.audience ?? '',
  subject: source.subject ?? '',
  nonce,
  tokenLifetimeMinutes: (source.lifetime ?? 0) / 60_000,
  status: 'active',
})

describe('against the simulated Webex', () => {
  test.each(['jwsToken', 'jwtToken'] as const)(
    'one is read, and renewed with a new nonce: %s',
    async (name) => {
      const { simulator, calls, token, list } = await simulated({ dataSourceToken: name })
      const [source] = (await list()).items
      const { app } = first(simulator)
      expect(source).toEqual({
        id: expect.any(String),
        url: 'https://data.example.invalid/1',
        schemaId: expect.any(String),
        audience: app.name,
        subject: 'callAudioData',
        lifetime: DAY,
        status: 'active',
        issuedAt: START,
        expiresAt: START + DAY,
      })
      simulator.pass(3600)
      const known = present(source, 'a data source')
      const answer = await calls.renew(token, known.id ?? '', renewalOf(known, 'n-1'))
      expect(answer).toMatchObject({ kind: 'ok', value: { expiresAt: START + DAY + 3_600_000 } })
      expect(await calls.read(token, known.id ?? '')).toMatchObject({
        kind: 'ok',
        value: { ...known, issuedAt: START + 3_600_000, expiresAt: START + DAY + 3_600_000 },
      })
    },
  )

  test('its token is signed by the published key, with the nonce as jti', async () => {
    const { simulator, list, calls, token } = await simulated()
    const [source] = (await list()).items
    const known = present(source, 'a data source')
    await calls.renew(token, known.id ?? '', renewalOf(known, 'n-1'))
    const shown = await get(simulator, `/dataSources/${known.id}`, token.reveal())
    const [head = '', payload = '', signature = ''] = String(shown.body.jwsToken).split('.')
    const { keys } = JSON.parse((await send(`${simulator.origin}/idb/oauth2/v2/keys/verificationjwk`)).text)
    const { kid, alg } = JSON.parse(Buffer.from(head, 'base64url').toString())
    expect([alg, kid]).toEqual(['RS256', keys[0].kid])
    const key = createPublicKey({ key: keys[0], format: 'jwk' })
    expect(
      verify('sha256', Buffer.from(`${head}.${payload}`), key, Buffer.from(signature, 'base64url')),
    ).toBe(true)
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({ jti: 'n-1' })
  })

  test('a list of several pages is followed by its links', async () => {
    const { list } = await simulated({
      serviceApps: [{ dataSources: 5 }],
      dataSourcesPerPage: 2,
    })
    const ids: (string | null)[] = []
    let next: string | null = null
    do {
      const page = await list(next)
      ids.push(...page.items.map(({ id }) => id))
      next = page.next
    } while (next !== null)
    expect(new Set(ids).size).toBe(5)
  })

  test.each<[string, Partial<DataSourceRenewal>, string]>([
    ['a nonce that was used', { nonce: 'n-1' }, 'nonce was used before'],
    ['a URL with one more slash', { url: 'https://data.example.invalid/1/' }, 'url is not the one'],
    ['a schema that is not known', { schemaId: 'other' }, 'schemaId is not known'],
    ['more than a day', { tokenLifetimeMinutes: 1441 }, 'tokenLifetimeMinutes'],
  ])('%s is refused', async (_, change, why) => {
    const { calls, token, list } = await simulated()
    const known = present((await list()).items[0], 'a data source')
    await calls.renew(token, known.id ?? '', renewalOf(known, 'n-1'))
    const answer = await calls.renew(token, known.id ?? '', { ...renewalOf(known, 'n-2'), ...change })
    expect(answer).toMatchObject({ kind: 'refused', status: 400, message: expect.stringContaining(why) })
  })

  test.each([
    ['spark-admin:datasource_read', 200, 403],
    ['spark-admin:datasource_write', 403, 200],
  ])('with the scope %s alone, reading is %d and renewing %d', async (scope, reading, renewing) => {
    const { simulator, calls, token, list } = await simulated()
    const known = present((await list()).items[0], 'a data source')
    simulator.control.setScopes(first(simulator).app.name, [scope])
    const statusOf = (answer: { kind: string; status?: number }) =>
      answer.kind === 'ok' ? 200 : (answer.status ?? 0)
    expect(statusOf(await calls.read(token, known.id ?? ''))).toBe(reading)
    expect(statusOf(await calls.renew(token, known.id ?? '', renewalOf(known, 'n-1')))).toBe(renewing)
  })

  test('one of another org, and one that was removed, are not found', async () => {
    const { simulator, calls, token, list } = await simulated()
    const { app } = first(simulator)
    const other = present(app.orgs[1], 'a second org')
    const foreign = simulator.control.registerDataSource(app.name, other.orgId)
    const own = present((await list()).items[0]?.id, 'a data source')
    simulator.control.removeDataSource(app.name, first(simulator).org.orgId, own)
    for (const id of [foreign, own]) {
      expect(await calls.read(token, id)).toMatchObject({ kind: 'refused', status: 404 })
    }
  })
})

describe.skipIf(contract === null)('as Cisco describes it:', () => {
  const ONE = '/dataSources/{dataSourceId}'
  const json = { 'Content-Type': 'application/json' }

  test('list, details, renewal and their refusals', async () => {
    const { simulator, token, list } = await simulated()
    const authorization = { Authorization: `Bearer ${token.reveal()}` }
    const source = present((await list()).items[0], 'a data source')
    const body = renewalOf(source, 'n-1')
    const address = `${simulator.baseUrl}/dataSources/${source.id}`
    expect(contract?.requestTo('PUT', ONE, body)).toEqual([])
    const put = (value: unknown) =>
      send(address, { method: 'PUT', headers: { ...authorization, ...json }, body: JSON.stringify(value) })
    const answers = [
      await get(simulator, '/dataSources/', token.reveal()),
      await send(address, { headers: authorization }),
      await put(body),
      await put(body),
      await send(address),
      await send(`${simulator.baseUrl}/dataSources/none`, { headers: authorization }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 400, 401, 404])
    const faults = answers.flatMap((answer, n) =>
      n === 0
        ? contract?.answerTo('GET', '/dataSources/', answer)
        : contract?.answerTo(n === 2 || n === 3 ? 'PUT' : 'GET', ONE, answer),
    )
    expect(faults).toEqual([])
    expect((await send(address, { method: 'DELETE', headers: authorization })).status).toBe(204)
  })
})

describe('what is sent', () => {
  test('a renewal is a PUT of the whole body to the ID, encoded, and nothing else', async () => {
    const server = await answering({ body: '{"id":"a"}' })
    onTestFinished(() => server.close())
    const renewal: DataSourceRenewal = {
      schemaId: 's',
      url: 'HTTPS://Data.Example/Ä b?x=1#y',
      audience: 'a',
      subject: 'b',
      nonce: 'n',
      tokenLifetimeMinutes: 60,
      status: 'active',
    }
    await createDataSourceCalls(partsFor(server.baseUrl)).renew(new Secret('b3arer'), 'a/../b?c', renewal)
    const [asked] = server.asked
    expect([asked?.method, asked?.url]).toEqual(['PUT', '/v1/dataSources/a%2F..%2Fb%3Fc'])
    expect(asked?.headers).toMatchObject({
      authorization: 'Bearer b3arer',
      'content-type': 'application/json',
    })
    expect(JSON.parse(asked?.body ?? '')).toEqual(renewal)
  })

  test('the next page is asked of the same host, whatever the link names', async () => {
    const server = await answering({
      body: '{"items":[]}',
      headers: { link: '<https://elsewhere.invalid/steal?cursor=2>; rel="next"' },
    })
    onTestFinished(() => server.close())
    const calls = createDataSourceCalls(partsFor(server.baseUrl))
    const page = await calls.list(new Secret('b3arer'), null)
    expect(page).toMatchObject({ kind: 'ok', value: { items: [], next: '?cursor=2' } })
    await calls.list(new Secret('b3arer'), '?cursor=2')
    expect(server.asked.map(({ url }) => url)).toEqual(['/v1/dataSources', '/v1/dataSources?cursor=2'])
  })
})

describe('odd answers', () => {
  const jws = (claims: object) =>
    `${Buffer.from('{}').toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`
  const seconds = (ms: number) => ms / 1000

  test('the list of Cisco’s own example has neither ID nor URL: the token has the URL', () => {
    const read = readDataSource(
      {
        DataSource: '',
        jwsToken: jws({
          aud: 'MyApp2',
          sub: 'MyAppsPurpose2',
          exp: seconds(NOW + DAY),
          'com.cisco.datasource.url': 'https://schiffert.me/ds2',
          'com.cisco.datasource.schema.uuid': '78efc775',
          iat: seconds(NOW),
        }),
      },
      NOW,
    )
    expect(read).toEqual({
      id: null,
      url: 'https://schiffert.me/ds2',
      schemaId: '78efc775',
      audience: 'MyApp2',
      subject: 'MyAppsPurpose2',
      lifetime: DAY,
      status: null,
      issuedAt: NOW,
      expiresAt: NOW + DAY,
    })
  })

  test.each<[string, object, number | null]>([
    ['a date', { tokenExpiryTime: new Date(NOW + DAY).toISOString() }, NOW + DAY],
    ['epoch milliseconds', { tokenExpiryTime: NOW + DAY }, NOW + DAY],
    ['epoch seconds in text', { tokenExpiryTime: String(seconds(NOW + DAY)) }, NOW + DAY],
    [
      'the token’s own',
      { tokenExpiryTime: '2026-03-02', jwsToken: jws({ exp: seconds(NOW + 60_000) }) },
      NOW + 60_000,
    ],
    ['no date', { tokenExpiryTime: 'tomorrow' }, null],
    ['a date in 40 years', { tokenExpiryTime: NOW + 40 * 365 * DAY }, null],
    ['none', {}, null],
  ])('its end is %s', (_, said, end) => {
    expect(readDataSource(said, NOW)?.expiresAt).toBe(end)
  })

  test.each<[string, object]>([
    ['no JWS', { jwsToken: 'x' }],
    ['claims that are no JSON', { jwsToken: 'e.e.e' }],
    ['claims that are no object', { jwsToken: `e.${Buffer.from('[1]').toString('base64url')}.e` }],
    ['claims of other types', { jwsToken: jws({ aud: 1, sub: {}, exp: 'x', iat: null }) }],
    ['several audiences', { jwsToken: jws({ aud: ['a', 'b'], sub: 7 }) }],
  ])('with %s the fields beside it count', (_, said) => {
    const read = readDataSource({ ...said, audience: 'a-field', subject: 's-field' }, NOW)
    expect(read).toMatchObject({ audience: 'a-field', subject: 's-field', expiresAt: null })
  })

  test.each([[[]], ['text'], [null], [7]])('%j is none', (json) => {
    expect(readDataSource(json, NOW)).toBeNull()
  })

  test.each<[string, string | null]>([
    ['<https://webexapis.com/v1/dataSources?max=5&cursor=a%3D>; rel="next"', '?max=5&cursor=a%3D'],
    ['<https://x/prev?a=1>; rel="prev", <https://x/next?a=2>; rel=next', '?a=2'],
    ['</v1/dataSources?cursor=1>; title="x"; rel="next"', '?cursor=1'],
    ['<https://x/next>; rel="next"', null],
    ['<https://x/prev?a=1>; rel="prev"', null],
    ['rel=next', null],
  ])('the link %s leads to %s', (link, next) => {
    const meta = { trackingId: null, serverDate: null }
    const reply = {
      kind: 'answered',
      status: 200,
      body: '',
      contentType: null,
      retryAfter: null,
      link,
      meta,
    } as const
    expect(nextIn(reply)).toBe(next)
  })
})
