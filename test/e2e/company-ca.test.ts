// A CA of a company's own: a real TLS server whose certificate it signed is refused, the diagnostics name the certificate,
// and the command that the app names makes it trusted.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Simulator, startSimulator } from '#simulator/index.ts'
import { closeServer } from '../connect/support/sockets.ts'
import { launchApp, type RunningApp } from './support/app.ts'
import { ask } from './support/ask.ts'
import { addFleet } from './support/setup.ts'

const home = mkdtempSync(path.join(tmpdir(), 'satm-ca-'))

const inHome = (name: string) => path.join(home, name)
let simulator: Simulator
let server: Server
let baseUrl: string
let app: RunningApp | null = null

const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' }).toString()

beforeAll(async () => {
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/O=Soylent/CN=Soylent Root',
    '-keyout',
    inHome('ca.key'),
    '-out',
    inHome('ca.pem'),
  )
  openssl(
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-subj',
    '/O=Soylent/CN=localhost',
    '-keyout',
    inHome('key.pem'),
    '-out',
    inHome('csr.pem'),
  )
  writeFileSync(inHome('ext'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n')
  openssl(
    'x509',
    '-req',
    '-in',
    inHome('csr.pem'),
    '-CA',
    inHome('ca.pem'),
    '-CAkey',
    inHome('ca.key'),
    '-CAcreateserial',
    '-days',
    '2',
    '-extfile',
    inHome('ext'),
    '-out',
    inHome('cert.pem'),
  )
  simulator = await startSimulator({ apps: 1, orgs: 1 })
  const { port } = new URL(simulator.baseUrl)
  server = createServer(
    { key: readFileSync(inHome('key.pem')), cert: readFileSync(inHome('cert.pem')) },
    (asked, answer) => {
      const { url, method, headers } = asked
      const passed = request(
        { port, host: '127.0.0.1', path: url, method, headers: { ...headers, host: `127.0.0.1:${port}` } },
        (given) => {
          answer.writeHead(given.statusCode ?? 502, given.headers)
          given.pipe(answer)
        },
      )
      asked.pipe(passed)
    },
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  baseUrl = `https://127.0.0.1:${(server.address() as AddressInfo).port}${new URL(simulator.baseUrl).pathname}`
})
afterAll(async () => {
  await app?.close()
  await simulator?.close()
  if (server !== undefined) await closeServer(server)
  rmSync(home, { recursive: true, force: true })
})

// The keyring's daemon is started with the home it has.
const launch = (name: string) =>
  launchApp({ dataFolder: inHome(name), env: { SATM_WEBEX_BASE_URL: baseUrl, HOME: home } })

test.runIf(process.platform === 'linux')(
  'a CA of a company is refused, named, and accepted once it is added as the app says',
  async () => {
    expect(homedir()).not.toBe(home)
    app = await launch('refused')
    await expect(addFleet(app.page, simulator)).rejects.toThrow('certutil -d sql:$HOME/.pki/nssdb -A')
    const clipboard = async () => {
      const running = app
      if (running === null) return ''
      await ask(running.page, 'app.copy-diagnostics', {})
      return running.electron.evaluate(({ clipboard: board }) => board.readText())
    }
    await expect.poll(clipboard, { timeout: 20_000 }).toContain('refusedCertificate')
    const text = await clipboard()
    const fingerprint = openssl('x509', '-in', inHome('cert.pem'), '-noout', '-fingerprint', '-sha256')
      .split('=')[1]
      ?.trim()
    for (const part of [
      'net::ERR_CERT_AUTHORITY_INVALID',
      'localhost, Soylent',
      'Soylent Root, Soylent',
      fingerprint,
    ])
      expect(text).toContain(part)
    await app.close()

    // Chromium has made the store.
    const store = `sql:${inHome('.pki/nssdb')}`
    execFileSync('certutil', ['-d', store, '-A', '-t', 'C,,', '-n', 'NAME', '-i', inHome('ca.pem')], {
      stdio: 'pipe',
      timeout: 10_000,
    })
    app = await launch('accepted')
    expect(await addFleet(app.page, simulator)).toHaveLength(1)
  },
)
