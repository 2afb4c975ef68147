// The command `satm data-sources` over a real engine and a real socket.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readCommandLine } from '#satm/client/command-line.ts'
import { refused } from '../engine/support/answers.ts'
import { START } from '../engine/support/fake-clock.ts'
import { aKept, FakeDataSources } from '../engine/support/fake-data-sources.ts'
import { DAY, HOUR } from '../engine/support/world.ts'
import { type Ran, type Running, running, satm } from './support/running.ts'

let app: Running
let webex: FakeDataSources
const run = (...args: string[]): Promise<Ran> => satm(app, ['data-sources', ...args])

beforeEach(async () => {
  app = await running({
    profiles: [{ id: 'one', name: 'Orders', orgName: 'Acme', targetOrgId: 'org-1' }],
    dataSources: (clock, cloud) => {
      webex = new FakeDataSources(clock, (token) => cloud.accepts(token))
      webex.add('d', { age: HOUR })
      webex.add('e', { age: 2 * HOUR, status: 'disabled' })
      return { calls: webex, kept: [aKept('d', { issuedAt: START - HOUR, expiresAt: START + 23 * HOUR })] }
    },
  })
})
afterEach(() => app.close())

describe('list', () => {
  test('is a line for each, tab-separated, with state codes and ISO 8601', async () => {
    const { out, code } = await run('list', 'orders')
    expect(code).toBe(0)
    expect(out.split('\n').map((line) => line.split('\t').slice(0, 4))).toEqual([
      ['d', 'https://data.example/d', 'kept', new Date(START + 23 * HOUR).toISOString()],
      ['e', 'https://data.example/e', 'disabled', new Date(START + 22 * HOUR).toISOString()],
      [''],
    ])
  })

  test('as JSON has everything but tokens', async () => {
    const { out } = await run('list', 'orders', '--json')
    expect(JSON.parse(out).sources[0]).toMatchObject({
      id: 'd',
      isKept: true,
      state: 'kept',
      expiresAt: new Date(START + 23 * HOUR).toISOString(),
    })
    expect(out).not.toContain('access-')
  })

  test('without the scope it says which one and who adds it, with exit code 5', async () => {
    webex.fault = () => ({ answer: refused(403, { message: 'no' }) })
    const { out, err, code } = await run('list', 'orders')
    expect([out, code]).toEqual(['', 5])
    expect(err).toContain('spark-admin:datasource_read')
    expect(err.split('\n')).toHaveLength(2)
  })

  test('of an unknown service app is refused, and a mistake in the arguments explained', async () => {
    expect(await run('list', 'nobody')).toMatchObject({ code: 3 })
    expect(await run('list')).toMatchObject({ code: 2, err: expect.stringContaining('needs the name') })
    expect(await run('show', 'orders')).toMatchObject({
      code: 2,
      err: expect.stringContaining('list or renew'),
    })
    expect(await run('list', 'orders', 'd')).toMatchObject({ code: 2 })
  })
})

describe('renew', () => {
  test('renews what is kept alive, or the one that is named', async () => {
    expect(await run('renew', 'orders')).toMatchObject({
      code: 0,
      out: 'd: renewed, valid for 1 d\n',
      err: '',
    })
    expect(webex.calls('renew').map(({ id }) => id)).toEqual(['d'])
    expect(webex.sources.get('d')?.expiresAt).toBeGreaterThanOrEqual(START + DAY)
  })

  test('of one that does not exist fails, with exit code 5', async () => {
    const { err, code } = await run('renew', 'orders', 'gone')
    expect(code).toBe(5)
    expect(err).toContain('gone: Webex does not know this data source any more.')
  })

  test('that Webex cannot do at the moment fails, with exit code 1', async () => {
    webex.fault = (call) => (call === 'renew' ? { answer: refused(503) } : null)
    expect(await run('renew', 'orders', 'd')).toMatchObject({ code: 1, out: '' })
  })
})

test('a name that begins with a dash, and several IDs, are read', () => {
  expect(readCommandLine(['data-sources', 'renew', '--', '-orders', 'a', 'b'])).toMatchObject({
    kind: 'data-sources',
    action: 'renew',
    profile: '-orders',
    ids: ['a', 'b'],
  })
})
