// The real app behind real proxies: which one it goes through, what it is given as a sign-in, and who gets that.
import { execFile, execFileSync } from 'node:child_process'
import { createHash, X509Certificate } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, request as forward } from 'node:http'
import { createServer as createTlsServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Attempt, Input } from '#contract/contract.ts'
import { type Simulator, startSimulator } from '#simulator/index.ts'
import { closeServer, freePort } from '../connect/support/sockets.ts'
import { launchApp, type RunningApp } from './support/app.ts'
import { ask } from './support/ask.ts'
import { networkServices } from './support/network-services.ts'
import { startProxy, type TestProxy } from './support/proxy.ts'
import { addFleet } from './support/setup.ts'

const SATM = path.resolve(import.meta.dirname, '../../out/satm/index.js')
const HOST = 'webex.company.test'
const USER = 'jane'
const PASSWORD = 'C4nary-of-the-proxy'
const BASIC = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}`
const PATIENTLY = { timeout: 20_000, interval: 50 }

describe.runIf(process.platform === 'linux')('the proxy', () => {
  const home = mkdtempSync(path.join(tmpdir(), 'satm-proxy-settings-'))
  const dataFolder = path.join(home, 'data')
  let simulator: Simulator
  let webex: Server
  /** What Webex answers in place of its own; null: its own. */
  let instead: { readonly status: number; readonly headers: Record<string, string> } | null = null
  let authorizations: (string | undefined)[] = []
  let one: TestProxy
  let other: TestProxy
  let app: RunningApp
  let profileIds: readonly string[] = []
  let switches: readonly string[] = []
  let env: Record<string, string> = {}

  const launch = async (more: Readonly<Record<string, string>> = {}, args: readonly string[] = []) => {
    app = await launchApp({ dataFolder, env: { ...env, ...more }, args: [...switches, ...args] })
  }
  const view = () => ask(app.page, 'view.get', {})
  const refresh = (profileId = profileIds[0] ?? '') => ask(app.page, 'profile.refresh', { profileId })
  const results = ({ calls }: Attempt) => calls.map(({ result }) => result)
  const save = (input: Partial<Input<'proxy.save'>>) =>
    ask(app.page, 'proxy.save', {
      proxyMode: 'system',
      proxyAddress: '',
      proxyBypass: '',
      user: '',
      password: null,
      ...input,
    })
  const manual = (proxy: TestProxy) => ({ proxyMode: 'manual', proxyAddress: proxy.address }) as const
  const titles = async () => (await view()).fleet.incidents.map(({ title }) => title)
  const signIns = ({ sent }: TestProxy) => sent.filter((each) => each !== null)

  beforeAll(async () => {
    simulator = await startSimulator({ apps: 2, orgs: 2 })
    const { tls, spki } = certificate(home)
    const { port } = new URL(simulator.baseUrl)
    webex = createTlsServer(tls, (request, response) => {
      authorizations.push(request.headers.authorization)
      if (instead !== null) {
        response.writeHead(instead.status, instead.headers).end()
        return
      }
      const { url, method, headers } = request
      const onwards = forward({ host: '127.0.0.1', port, path: url, method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
      })
      onwards.on('error', () => response.destroy())
      request.pipe(onwards)
    })
    await new Promise<void>((resolve) => webex.listen(0, '127.0.0.1', resolve))
    const ends = { [HOST]: (webex.address() as AddressInfo).port }
    ;[one, other] = [await startProxy(ends), await startProxy(ends)]
    switches = [`--ignore-certificate-errors-spki-list=${spki}`]
    env = {
      SATM_WEBEX_BASE_URL: `https://${HOST}/v1`,
      https_proxy: one.address,
      http_proxy: one.address,
      XDG_CURRENT_DESKTOP: '',
    }
    await launch()
    profileIds = await addFleet(app.page, simulator)
  })
  afterAll(async () => {
    await app?.close()
    await Promise.all([one?.close(), other?.close(), simulator?.close()])
    if (webex !== undefined) await closeServer(webex)
    rmSync(home, { recursive: true, force: true })
  })
  beforeEach(() => {
    instead = null
    authorizations = []
    for (const proxy of [one, other]) {
      proxy.sent.length = 0
      proxy.requires = null
    }
  })

  test('of the environment is used, and a sign-in that is saved lets at once pass what was held back', async () => {
    one.requires = `${USER}:${PASSWORD}`
    one.cut()
    expect(results(await refresh())).toEqual(['interference'])
    await expect.poll(titles, PATIENTLY).toEqual(['The proxy requires a sign-in'])
    expect((await view()).fleet.incidents[0]?.fix).toEqual({ kind: 'set-proxy' })
    expect(signIns(one)).toEqual([])
    await app.page.getByRole('link', { name: 'Problems', exact: true }).click()
    await app.page.getByRole('button', { name: 'Proxy settings' }).click()
    await app.page.getByLabel('Proxy user name').fill(USER)
    await app.page.getByLabel('Proxy password', { exact: true }).fill(PASSWORD)
    await app.page.getByRole('button', { name: 'Save proxy' }).click()
    await expect.poll(titles, PATIENTLY).toEqual([])
    expect((await view()).proxy.signIn).toEqual({ user: USER, proxy: one.address, rejected: false })
    expect(new Set(signIns(one))).toEqual(new Set([BASIC]))
    expect(results(await refresh())).toEqual(['ok'])
    expect(await ask(app.page, 'proxy.test', {})).toEqual({
      reached: true,
      sentence: `Webex answered through ${one.address}.`,
    })
  })

  test('gets a sign-in that was rejected once, however many requests follow, and once for each press', async () => {
    one.requires = `${USER}:changed`
    await app.close()
    one.sent.length = 0
    await launch()
    await expect.poll(async () => (await view()).proxy.signIn?.rejected, PATIENTLY).toBe(true)
    expect(signIns(one)).toEqual([BASIC])
    const attempts = await Promise.all(profileIds.map(refresh))
    for (const attempt of attempts) expect(results(attempt)).not.toContain('answer-lost')
    await expect.poll(titles, PATIENTLY).toEqual(['The proxy rejected the sign-in'])
    expect(signIns(one)).toEqual([BASIC, BASIC])

    // The schedule, the question whether Webex is there, programs and a start send none.
    one.sent.length = 0
    await app.electron.evaluate(({ powerMonitor }) => powerMonitor.emit('resume'))
    await expect.poll(() => one.sent.length, PATIENTLY).toBeGreaterThan(0)
    await app.close()
    await launch()
    await expect.poll(() => one.sent.length, PATIENTLY).toBeGreaterThan(1)
    expect((await view()).proxy.signIn?.rejected).toBe(true)
    expect(signIns(one)).toEqual([])

    const attempt = await refresh()
    expect(attempt.sentence).toMatch(/^The proxy rejected the saved user name and password/)
    expect(signIns(one)).toEqual([BASIC])
    expect((await ask(app.page, 'proxy.test', {})).reached).toBe(false)
    expect(signIns(one)).toEqual([BASIC, BASIC])
  })

  test('gets the new password, and what Webex knows of a token is as before', async () => {
    one.requires = `${USER}:${PASSWORD}2`
    await expect(save({ user: USER })).resolves.toBe(null)
    await save({ user: USER, password: `${PASSWORD}2` })
    await expect.poll(titles, PATIENTLY).toEqual([])
    expect(results(await refresh())).toEqual(['ok'])
    expect((await view()).fleet.profiles.every(({ refreshToken }) => refreshToken?.dead === false)).toBe(true)
  })

  test('alone gets its sign-in: neither a server that asks with 401, nor another proxy', async () => {
    one.requires = `${USER}:${PASSWORD}2`
    instead = { status: 401, headers: { 'www-authenticate': 'Basic realm="company"' } }
    await refresh()
    expect(authorizations.length).toBeGreaterThan(0)
    expect(authorizations.filter((each) => each?.startsWith('Basic'))).toEqual([])
    instead = null
    other.requires = `${USER}:${PASSWORD}2`
    await save(manual(other))
    expect((await refresh()).sentence).toMatch(/^The proxy requires a sign-in/)
    expect(other.sent.length).toBeGreaterThan(0)
    expect(signIns(other)).toEqual([])
    expect((await view()).proxy.signIn).toMatchObject({ proxy: one.address, rejected: false })
    await expect(save({ ...manual(other), user: USER })).rejects.toThrow(/Enter the password for/)
    await save({ ...manual(other), user: USER, password: `${PASSWORD}2` })
    await expect.poll(titles, PATIENTLY).toEqual([])
    expect(results(await refresh())).toEqual(['ok'])
  })

  test('that is set stays in force, with its sign-in, when the network service was killed', async () => {
    other.requires = `${USER}:${PASSWORD}2`
    // A page that was still loading would be loaded again.
    await app.page.waitForLoadState()
    for (const pid of networkServices(app.electron.process().pid ?? 0)) process.kill(pid, 'SIGKILL')
    expect(results(await refresh())).toEqual(['ok'])
    expect(signIns(other).length).toBeGreaterThan(0)
    expect(one.sent).toEqual([])
  })

  test('changes at once, and a request under way ends as it began', async () => {
    await save(manual(one))
    const before = simulator.ledger.at('tier1').length
    simulator.control.setLatency(1_500)
    const slow = refresh()
    await expect.poll(() => simulator.ledger.at('tier1').length - before, PATIENTLY).toBe(1)
    const ofFirst = one.sent.length
    await save(manual(other))
    simulator.control.setLatency(0)
    expect(results(await refresh(profileIds[1]))).toEqual(['ok'])
    expect(other.sent.length).toBeGreaterThan(0)
    expect(one.sent.length).toBe(ofFirst)
    expect(results(await slow)).toEqual(['ok'])
    expect(simulator.ledger.at('tier1').length - before).toBe(2)
  })

  test('is passed by where none is set, and for the hosts in its list', async () => {
    for (const direct of [
      { proxyMode: 'none' } as const,
      { ...manual(one), proxyBypass: `*.company.test` },
    ]) {
      await save(direct)
      // What had begun before ends over the other proxy.
      await expect
        .poll(async () => (await view()).fleet.profiles.map(({ state }) => state), PATIENTLY)
        .not.toContain('refreshing')
      one.sent.length = 0
      other.sent.length = 0
      // Nobody knows the name but the proxies.
      expect((await refresh()).sentence).toMatch(
        /^Webex cannot be reached \((its name could not be resolved|this computer is offline)\)/,
      )
      expect(await ask(app.page, 'proxy.test', {})).toMatchObject({ reached: false })
      expect({ ...direct, one: one.sent, other: other.sent }).toEqual({ ...direct, one: [], other: [] })
    }
    await save({ ...manual(one), proxyBypass: 'elsewhere.test' })
    await expect.poll(titles, PATIENTLY).toEqual([])
    expect(results(await refresh())).toEqual(['ok'])
  })

  test('leaves no password in clear in any file or in what the window has, and none at all once it is removed', async () => {
    const files = () =>
      readdirSync(dataFolder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => path.join(parentPath, name))
    const found = () => files().filter((file) => readFileSync(file).includes(PASSWORD))
    expect(found()).toEqual([])
    expect(JSON.stringify(await view())).not.toContain(PASSWORD)
    expect(app.output()).not.toContain(PASSWORD)
    await save(manual(other))
    other.requires = `${USER}:${PASSWORD}2`
    other.cut()
    await ask(app.page, 'proxy.forget-sign-in', {})
    expect((await view()).proxy.signIn).toBe(null)
    other.sent.length = 0
    expect(results(await refresh())).toEqual(['interference'])
    expect(signIns(other)).toEqual([])
  })

  test('that cannot be used is named by satm doctor, and so is one that requires a sign-in', async () => {
    const doctor = () =>
      new Promise<string>((resolve) => {
        const words = [SATM, 'doctor', `--data-folder=${dataFolder}`]
        execFile(process.execPath, words, (_error, stdout) => resolve(stdout))
      })
    const dead = `http://127.0.0.1:${await freePort()}`
    await save({ proxyMode: 'manual', proxyAddress: dead })
    expect(await doctor()).toMatch(new RegExp(`^problem\tproxy\t${dead}: .*the proxy could not be used`, 'm'))
    other.requires = `${USER}:${PASSWORD}2`
    await save(manual(other))
    const stdout = await doctor()
    expect(stdout).toMatch(new RegExp(`^problem\tproxy\t${other.address}: The proxy requires a sign-in`, 'm'))
    expect(stdout).toContain('skipped\tWebex')
  })

  test('of a script of the system (PAC) is used, and gets its sign-in', async () => {
    const script = createServer((_request, response) => {
      response.setHeader('content-type', 'application/x-ns-proxy-autoconfig')
      response.end(`function FindProxyForURL(url, host) { return 'PROXY 127.0.0.1:${other.port}' }`)
    })
    await new Promise<void>((resolve) => script.listen(0, '127.0.0.1', resolve))
    await save({})
    await app.close()
    const { port } = script.address() as AddressInfo
    await launch({ auto_proxy: `http://127.0.0.1:${port}/proxy.pac` })
    other.requires = `${USER}:${PASSWORD}2`
    one.sent.length = 0
    await save({ user: USER, password: `${PASSWORD}2` })
    expect((await view()).proxy.signIn?.proxy).toBe(other.address)
    await expect.poll(titles, PATIENTLY).toEqual([])
    expect(results(await refresh())).toEqual(['ok'])
    expect(one.sent).toEqual([])
    await closeServer(script)
  })

  test('of the command line is used by each session, also after the network service was killed', async () => {
    await app.close()
    await launch({}, [`--proxy-server=127.0.0.1:${one.port}`])
    // A page that was still loading would be loaded again.
    await app.page.waitForLoadState()
    for (const pid of networkServices(app.electron.process().pid ?? 0)) process.kill(pid, 'SIGKILL')
    expect(results(await refresh())).toEqual(['ok'])
    expect(one.sent.length).toBeGreaterThan(0)
  })
})

/** For the host alone, and its key as Chromium's switch for tests wants it. */
function certificate(folder: string) {
  const [key, cert] = ['key', 'cert'].map((name) => path.join(folder, `${name}.pem`)) as [string, string]
  const subject = ['-subj', `/CN=${HOST}`, '-addext', `subjectAltName=DNS:${HOST}`, '-days', '2']
  const made = ['-keyout', key, '-out', cert, '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256']
  execFileSync('openssl', ['req', '-x509', '-nodes', ...made, ...subject], { stdio: 'pipe' })
  const tls = { key: readFileSync(key), cert: readFileSync(cert) }
  const spki = new X509Certificate(tls.cert).publicKey.export({ type: 'spki', format: 'der' })
  return { tls, spki: createHash('sha256').update(spki).digest('base64') }
}
