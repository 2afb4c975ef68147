// A server for other machines as a process of its own: TLS, an exchanged certificate, health checks and metrics.
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { connect } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Authority, createAuthority } from '../delivery/endpoint/support/certificates.ts'
import { ask } from '../delivery/endpoint/support/running.ts'
import { aFreePort, aPlace, aServer, aWebex, buildServer, satm } from './support/running-server.ts'
import { fillVault } from './support/server-vault.ts'

const NAMES = 'DNS:localhost,IP:127.0.0.1'

let authority: Authority

beforeAll(async () => {
  authority = createAuthority()
  await buildServer()
})
afterAll(() => authority.end())

async function aServerForOthers() {
  const webex = await aWebex()
  const operations = await aFreePort()
  const place = aPlace({
    SATM_WEBEX_BASE_URL: webex.baseUrl,
    SATM_OPERATIONS_LISTEN: `127.0.0.1:${operations}`,
  })
  await fillVault(place, webex, { ageOf: () => 0.1 })
  const [cert, key] = ['tls.crt', 'tls.key'].map((name) =>
    path.join(path.dirname(place.passphraseFile), name),
  )
  if (cert === undefined || key === undefined) throw new Error('no files')
  const install = (files: { readonly cert: string; readonly key: string }) => {
    writeFileSync(cert, files.cert)
    writeFileSync(key, files.key, { mode: 0o600 })
  }
  install(authority.issue(NAMES))
  const port = await aFreePort()
  const listen = ['--listen', `127.0.0.1:${port}`, '--tls-cert', cert, '--tls-key', key]
  const server = await aServer(place, listen)
  await server.logged('server.ready')
  const { out } = await satm(place, 'consumers', 'add', 'orders')
  const secret = /satm_[\w-]{43}/.exec(out)?.[0] ?? ''
  const get = (more: object = {}) =>
    ask(port, { secret, ca: authority.ca, path: '/v1/token/Data%20Vault%20Connector%20Acme%20Corp', ...more })
  const watch = (what: string) => fetch(`http://127.0.0.1:${operations}/${what}`)
  return { server, port, install, get, watch }
}

/** The serial number of the certificate that a new connection is shown. */
function shownAt(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca: authority.ca }, () => {
      resolve(socket.getPeerCertificate().serialNumber)
      socket.destroy()
    }).on('error', reject)
  })
}

test('a program elsewhere gets its token, and what it asked is counted', async () => {
  const { server, get, watch } = await aServerForOthers()
  const heard = await get({ from: '127.0.0.2' })
  expect(heard.status).toBe(200)
  expect((await get({ secret: 'satm_wrong' })).status).toBe(401)
  expect((await get({ headers: { host: 'evil.example' } })).status).toBe(421)
  expect([(await watch('livez')).status, (await watch('readyz')).status]).toEqual([200, 200])
  const metrics = await (await watch('metrics')).text()
  for (const line of [
    'satm_leader 1',
    'satm_profiles{state="healthy"} 1',
    'satm_token_requests_total{code="200"} 1',
    'satm_token_requests_total{code="401"} 1',
  ])
    expect(metrics.split('\n')).toContain(line)
  const end = /^satm_token_expiration_timestamp_seconds\{.*customer="Acme Corp".*\} (\S+)$/m.exec(
    metrics,
  )?.[1]
  expect(Number(end) * 1000).toBe(Date.parse(String(heard.json().expires_at)))
  expect(metrics).not.toContain(String(heard.json().access_token))
  expect(server.out()).not.toContain(String(heard.json().access_token))
  expect(await server.stop()).toBe(0)
})

test('SIGHUP takes over a new certificate, and leaves the one before where the files cannot be used', async () => {
  const { server, port, install, get } = await aServerForOthers()
  const first = await shownAt(port)
  install(authority.issue(NAMES))
  server.child.kill('SIGHUP')
  await server.logged('server.reloaded')
  const second = await shownAt(port)
  expect(second).not.toBe(first)
  install({ ...authority.issue(NAMES), key: authority.issue(NAMES).key })
  server.child.kill('SIGHUP')
  expect(await server.logged('server.not-reloaded')).toMatchObject({
    reason: expect.stringContaining('belong'),
  })
  expect(await shownAt(port)).toBe(second)
  expect((await get()).status).toBe(200)
  expect(await server.stop()).toBe(0)
})

test('other machines without TLS and files that do not belong together end the start with a sentence', async () => {
  const webex = await aWebex()
  const place = aPlace({ SATM_WEBEX_BASE_URL: webex.baseUrl })
  const port = await aFreePort()
  const open = await aServer(place, ['--listen', `0.0.0.0:${port}`])
  expect(await open.ended).toBe(2)
  expect(open.err()).toContain('--tls-cert')
  const [cert, key] = ['tls.crt', 'tls.key'].map((name) =>
    path.join(path.dirname(place.passphraseFile), name),
  )
  writeFileSync(cert ?? '', authority.issue(NAMES).cert)
  writeFileSync(key ?? '', authority.issue(NAMES).key)
  const tls = ['--listen', `127.0.0.1:${port}`, '--tls-cert', cert ?? '', '--tls-key', key ?? '']
  const mixed = await aServer(place, tls)
  expect(await mixed.ended).toBe(2)
  expect(mixed.err()).toContain('does not belong')
})
