// A server whose storage, whose Webex or both are gone: what it has it gives out until it expires, and then says so.
import { renameSync } from 'node:fs'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { listenAddress } from '#delivery/endpoint/listen-address.ts'
import { freePort, PATIENTLY } from '../../connect/support/sockets.ts'
import { type Authority, createAuthority } from './support/certificates.ts'
import { type Real, real } from './support/real.ts'
import { ask, type Heard } from './support/running.ts'

/** s */
const LIFE = 3
/** ms. Nearer to its end than this a token is not given out. */
const LEAST_LEFT = 1_000

let authority: Authority
let server: Real | null = null

beforeAll(() => {
  authority = createAuthority()
})
afterAll(() => authority.end())
afterEach(() => server?.close())

const loseWebex = (of: Real) => of.simulator.close()
const loseStorage = (of: Real) =>
  renameSync(path.join(of.folder, 'vault.db'), path.join(of.folder, 'elsewhere'))

test.each<[string, RegExp, ((of: Real) => unknown)[]]>([
  ['Webex', /^Webex cannot be reached/, [loseWebex]],
  ['the storage', /could not be written/, [loseStorage]],
  ['Webex and the storage', /could not be written/, [loseStorage, loseWebex]],
])(
  'without %s each token is given out until it expires, and then what is the matter',
  async (_, sentence, losses) => {
    const listen = listenAddress({
      host: '127.0.0.1',
      port: await freePort(),
      tls: authority.issue('DNS:localhost'),
    })
    if (listen.kind === 'refused') throw new Error(listen.problem)
    const { port } = listen.address
    const own = await real({ apps: 1, orgs: 1, accessTtl: LIFE, listen: listen.address })
    server = own
    await own.endpoint.start()
    expect(own.endpoint.view()).toMatchObject({ listening: true, on: true, port })
    await own.endpoint.addConsumer({ name: 'ci', profileIds: ['p0'] })
    const get = () => ask(port, { secret: own.copied[0] ?? '', ca: authority.ca, path: '/v1/token/p0' })
    for (const lose of losses) await lose(own)
    own.engine.start()

    const given = new Map<string, number>()
    const isRefused = async () => {
      const heard = await get()
      if (heard.status !== 200) return heard
      const { access_token, expires_at } = heard.json()
      expect(Date.parse(String(expires_at))).toBeGreaterThan(Date.now())
      given.set(String(access_token), Date.parse(String(expires_at)))
      return null
    }
    let refused: Heard | null = null
    await expect
      .poll(async () => {
        refused = await isRefused()
        return refused?.status
      }, PATIENTLY)
      .toBe(503)
    const [end = 0] = given.values()
    expect(given.size).toBe(1)
    expect(Date.now()).toBeGreaterThanOrEqual(end - LEAST_LEFT)
    expect(Number(answer(refused).headers['retry-after'])).toBeGreaterThan(0)
    expect(answer(refused).json()).toMatchObject({
      code: 'no-token-now',
      detail: expect.stringMatching(sentence),
    })
  },
)

function answer(heard: Heard | null): Heard {
  if (heard === null) throw new Error('no answer')
  return heard
}
