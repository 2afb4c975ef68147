// Targets and the webhook of the real app: files, commands and receivers outside of it, through a renewal and a kill.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Simulator, startSimulator } from '#simulator/index.ts'
import { closeServer } from '../connect/support/sockets.ts'
import { launchApp, type RunningApp } from './support/app.ts'
import { ask } from './support/ask.ts'
import { addFleet } from './support/setup.ts'

describe.runIf(process.platform === 'linux')('delivery', () => {
  const dataFolder = mkdtempSync(path.join(tmpdir(), 'satm-delivery-'))
  const folder = path.join(dataFolder, 'project')
  const file = path.join(folder, '.env')
  let simulator: Simulator
  let app: RunningApp
  let profileId: string

  /** In place of the store's own command line tool. */
  const VAULT = `#!/bin/sh
case "$*" in
  version) echo 'Vault v1.99.0' ;;
  'token capabilities '*) echo 'create, read, update' ;;
  'kv put '*) cat > "${folder}/stored" ;;
  'kv get '*) exec "${folder}/vault-get" ;;
esac
`
  const tool = (name: string, script: string) => {
    writeFileSync(path.join(folder, name), script)
    chmodSync(path.join(folder, name), 0o755)
  }
  const start = () =>
    launchApp({
      dataFolder,
      env: { SATM_WEBEX_BASE_URL: simulator.baseUrl, PATH: `${folder}:${process.env.PATH}` },
    })
  const targets = async () => (await ask(app.page, 'delivery.targets', { profileId })).targets
  const inFile = () => /^TOKEN=(.+)$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? 'none'
  const isGood = async (token: string) => {
    const headers = { authorization: `Bearer ${token}` }
    return (await fetch(`${simulator.baseUrl}/dataSources/schemas`, { headers })).status === 200
  }
  const renew = async () => {
    const { after } = await ask(app.page, 'profile.refresh', { profileId })
    return after
  }
  const save = (target: object) =>
    ask(app.page, 'delivery.save', { profileId, targetId: null, target: target as never })

  beforeAll(async () => {
    mkdirSync(folder)
    tool('vault', VAULT)
    tool('vault-get', `#!/bin/sh\ncat "${folder}/stored"\n`)
    simulator = await startSimulator({ apps: 1, orgs: 1 })
    app = await start()
    const [first = ''] = await addFleet(app.page, simulator)
    profileId = first
  })

  afterAll(async () => {
    await app?.close()
    await simulator?.close()
    rmSync(dataFolder, { recursive: true, force: true })
  })

  test('puts each new token into a file, where Webex accepts it, and says which', async () => {
    expect(await ask(app.page, 'delivery.check-file', { path: file, targetId: null })).toMatchObject({
      exists: false,
    })
    await save({
      kind: 'env-file',
      path: file,
      accessTokenName: 'TOKEN',
      refreshTokenName: null,
      confirmed: [],
    })
    await expect.poll(async () => (await targets())[0]?.state).toBe('delivered')
    const first = inFile()
    expect(await isGood(first)).toBe(true)
    const after = await renew()
    await expect.poll(async () => (await targets())[0]?.delivered?.fingerprint).toBe(after)
    expect(inFile()).not.toBe(first)
    expect(await isGood(inFile())).toBe(true)
  })

  test('runs a command with the token in its environment, without what is of the app, and not in any argument', async () => {
    await save({
      kind: 'hook',
      command: `env > "${folder}/environment"; cat /proc/*/cmdline > "${folder}/arguments" 2>/dev/null; echo done`,
      pass: 'environment',
      timeLimitSeconds: 30,
    })
    await expect.poll(async () => (await targets())[1]?.state).toBe('delivered')
    const environment = readFileSync(path.join(folder, 'environment'), 'utf8')
    const token = /^WEBEX_SERVICE_APP_ACCESS_TOKEN=(.+)$/m.exec(environment)?.[1] ?? 'none'
    expect(token).toBe(inFile())
    expect(environment).not.toMatch(/^(ELECTRON|NODE_|CHROME|LD_|SATM_WEBEX)/m)
    expect(readFileSync(path.join(folder, 'arguments'), 'latin1')).not.toContain(token)
  })

  test('lets no new token that Webex rejects replace one that works, and says so', async () => {
    const before = inFile()
    simulator.control.fault({
      kind: 'status',
      endpoint: 'dataSourceSchemas',
      status: 401,
      times: 'until cleared',
    })
    const after = await renew()
    await expect.poll(async () => (await targets()).map(({ state }) => state)).toEqual(['failing', 'failing'])
    expect((await targets())[0]?.failure?.fingerprint).toBe(after)
    expect(inFile()).toBe(before)
    // A person's press is no reason either.
    expect(await ask(app.page, 'delivery.deliver', { profileId, targetId: null })).toEqual({
      delivered: 0,
      unverified: 0,
      of: 2,
    })
    expect(inFile()).toBe(before)
    await app.page.evaluate((id) => {
      location.hash = `#/service-apps/${id}`
    }, profileId)
    await app.page.getByText('Webex rejected the new token (401)').first().waitFor()
    simulator.control.clearFaults()
    expect(await isGood(before)).toBe(true)
    await ask(app.page, 'delivery.deliver', { profileId, targetId: null })
    await expect.poll(async () => (await targets())[0]?.delivered?.fingerprint).toBe(after)
    expect(inFile()).not.toBe(before)
    expect(await isGood(inFile())).toBe(true)
  })

  test('brings each new token into a secret store and proves it, chosen and checked in the window', async () => {
    const { page } = app
    await page.getByRole('button', { name: 'Add delivery', exact: true }).click()
    await page.getByRole('radio', { name: 'Secret store' }).click()
    await page.getByText('vault found: Vault v1.99.0').waitFor()
    await page.getByRole('textbox', { name: 'Address' }).fill('https://vault.example.com')
    await page.getByRole('textbox', { name: 'Path of the secret' }).fill('webex/orders')
    await page.getByRole('button', { name: 'Check access' }).click()
    await page.getByText('create, read, update').waitFor()
    expect(existsSync(path.join(folder, 'stored'))).toBe(false)
    await page.getByRole('button', { name: 'Add and deliver' }).click()
    await expect.poll(async () => (await targets())[2]?.state).toBe('delivered')
    expect(readFileSync(path.join(folder, 'stored'), 'utf8')).toBe(inFile())
    // What is stored cannot be read any more; what is written still is.
    chmodSync(path.join(folder, 'vault-get'), 0o600)
    const after = await renew()
    await expect
      .poll(async () => (await targets())[2])
      .toMatchObject({ state: 'unverified', delivered: { fingerprint: after } })
    await page.getByText('Written, not verified', { exact: true }).waitFor()
    await ask(page, 'delivery.remove', { targetId: (await targets())[2]?.id ?? '' })
  })

  test('tells a receiver by the network of the system, and follows no redirect', async () => {
    const heard: (readonly [string | undefined, string])[] = []
    const receiver = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk) => (body += chunk))
      request.on('end', () => {
        heard.push([request.headers['webhook-signature']?.toString(), body])
        if (request.url === '/elsewhere') response.writeHead(307, { location: '/' }).end()
        else response.writeHead(204).end()
      })
    })
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
    const address = receiver.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    try {
      await ask(app.page, 'webhook.save', { url: `${url}/` })
      expect(await ask(app.page, 'webhook.test', {})).toEqual({
        delivered: true,
        sentence: 'Delivered (HTTP 204).',
      })
      expect(heard).toEqual([[expect.stringMatching(/^v1,/), expect.stringContaining('"event":"test"')]])
      await ask(app.page, 'webhook.save', { url: `${url}/elsewhere` })
      expect(await ask(app.page, 'webhook.test', {})).toMatchObject({
        delivered: false,
        sentence: expect.stringContaining('leads elsewhere'),
      })
      expect(heard).toHaveLength(2)
      await ask(app.page, 'webhook.copy-secret', {})
      const secret = await app.electron.evaluate(({ clipboard }) => clipboard.readText())
      expect(secret).toMatch(/^whsec_/)
      const log = readFileSync(path.join(dataFolder, 'logs', 'app.log'), 'utf8')
      expect(log + JSON.stringify(await ask(app.page, 'view.get', {}))).not.toContain(secret.slice(6))
      await ask(app.page, 'webhook.save', { url: null })
    } finally {
      await closeServer(receiver)
    }
  })

  test('says what keeps a token out, and brings it after a kill and a restart', async () => {
    rmSync(folder, { recursive: true })
    const after = await renew()
    await expect
      .poll(async () => (await ask(app.page, 'view.get', {})).delivery.failing.map((each) => each.sentence))
      .toContainEqual(expect.stringContaining(`${folder} is not there`))
    // The token before it may not have been delivered yet, and fail first.
    await expect
      .poll(async () => (await targets())[0])
      .toMatchObject({ state: 'failing', failure: { fingerprint: after } })
    const main = app.electron.process()
    main.kill('SIGKILL')
    await app.close().catch(() => undefined)
    mkdirSync(folder)
    chmodSync(folder, 0o700)
    app = await start()
    await expect.poll(async () => (await targets())[0]).toMatchObject({ state: 'delivered', failure: null })
    expect(await isGood(inFile())).toBe(true)
  })

  test('one template delivers for all customers, and goes on after a restart', async () => {
    await ask(app.page, 'fleet-delivery.save', {
      id: null,
      appId: null,
      target: {
        kind: 'env-file',
        path: path.join(folder, '{app}-{customer}.env'),
        accessTokenName: 'TOKEN',
        refreshTokenName: null,
        confirmed: [],
      },
    })
    const ofFleet = async () => (await targets()).find(({ isOfFleet }) => isOfFleet === true)
    await expect.poll(async () => (await ofFleet())?.state).toBe('delivered')
    const spec = (await ofFleet())?.spec
    const written = spec?.kind === 'env-file' ? spec.path : ''
    expect(path.basename(written, '.env')).toMatch(/^[\w-]+$/)
    await app.close()
    app = await start()
    await expect.poll(async () => (await ofFleet())?.state).toBe('delivered')
    const after = await renew()
    await expect.poll(async () => (await ofFleet())?.delivered?.fingerprint).toBe(after)
    expect(await isGood(/^TOKEN=(.+)$/m.exec(readFileSync(written, 'utf8'))?.[1] ?? 'none')).toBe(true)
    const { deliveries } = await ask(app.page, 'fleet-delivery.list', {})
    expect(deliveries).toMatchObject([{ customers: 1, delivered: 1, failing: 0, held: false }])
  })

  test.each([
    ['is locked', () => ask(app.page, 'lock.now', {})],
    [
      'is closed',
      () => app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.destroy()),
    ],
  ] as const)('a check of a store ends with all it has started when the window %s', async (_, end) => {
    const passphrase = 'correct horse battery'
    const pid = path.join(folder, 'pid')
    rmSync(pid, { force: true })
    tool('vault', `#!/bin/sh\nsleep 600 & echo $! > "${pid}.new"; mv "${pid}.new" "${pid}"; wait\n`)
    await ask(app.page, 'security.set-passphrase', { passphrase, mode: 'beside' }).catch(() => undefined)
    const values = { address: 'https://vault.example.com', mount: 'secret', path: 'orders', key: 'token' }
    const checked = ask(app.page, 'delivery.check-store', { store: 'vault', values, template: null })
    // Its window may be gone before the answer.
    checked.catch(() => undefined)
    await expect.poll(() => existsSync(pid)).toBe(true)
    const started = readFileSync(pid, 'utf8').trim()
    await end()
    // The time limit would end it after 15 s.
    await expect.poll(() => existsSync(`/proc/${started}`), { timeout: 5_000 }).toBe(false)
    if (app.electron.windows().length > 0) await ask(app.page, 'lock.open', { passphrase })
  })
})
