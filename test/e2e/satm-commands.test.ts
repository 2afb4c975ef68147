// satm beside the real app: what it changes there, the failing deliveries it reports, and what satm doctor finds.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Simulator, startSimulator } from '#simulator/index.ts'
import { freePort, stranger } from '../connect/support/sockets.ts'
import { launchApp, type RunningApp } from './support/app.ts'
import { ask } from './support/ask.ts'
import { answerConsent } from './support/consent.ts'
import { addFleet } from './support/setup.ts'

const SCRIPT = path.resolve(import.meta.dirname, '../../out/satm/index.js')
const SOON = { timeout: 20_000, interval: 100 }
const HOUR = 3_600_000

describe.runIf(process.platform === 'linux')('satm', () => {
  const home = realpathSync(mkdtempSync(path.join(tmpdir(), 'satm-commands-')))
  const dataFolder = path.join(home, 'data')
  const drop = path.join(home, 'drop')
  const file = path.join(home, 'customers.csv')
  let simulator: Simulator
  let app: RunningApp
  let port: number

  const satm = (...args: string[]): Promise<{ code: number; out: string; err: string }> =>
    new Promise((resolve) => {
      const env = { ...process.env, SATM_DATA_FOLDER: dataFolder, SATM_NO_START: '1' }
      execFile(process.execPath, [SCRIPT, ...args], { env }, (error, out, err) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err }),
      )
    })
  const problems = async () => {
    const { out } = await satm('doctor')
    return out.split('\n').filter((line) => line.startsWith('problem\t'))
  }
  const fleet = async () => (await ask(app.page, 'view.get', {})).fleet

  beforeAll(async () => {
    port = await freePort()
    const redirectUri = `http://localhost:${port}/callback`
    simulator = await startSimulator({ apps: 1, orgs: 2, redirectUri })
    mkdirSync(drop, { mode: 0o700 })
    app = await launchApp({ dataFolder, env: { SATM_WEBEX_BASE_URL: simulator.baseUrl } })
    await addFleet(app.page, simulator)
    await ask(app.page, 'settings.save', { redirectPort: port, alertAfterFailures: 1 })
  })
  afterAll(async () => {
    await app?.close()
    await simulator?.close()
    rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  })

  test('doctor finds nothing wrong with an app that works', async () => {
    const { code, out } = await satm('doctor')
    expect(out).not.toMatch(/^problem/m)
    expect(code).toBe(0)
    const names = out.split('\n').map((line) => line.split('\t')[1])
    expect(names).toEqual(
      expect.arrayContaining([
        'data folder',
        'socket',
        'versions',
        'keyring',
        'storage',
        'proxy',
        'Webex',
        'clock',
      ]),
    )
  })

  test('doctor names the program that has the port of the redirect URI', async () => {
    const other = await stranger(port, '::1')
    onTestFinished(other.close)
    expect(await problems()).toEqual([
      expect.stringMatching(
        `^problem\tport ${port}\t.+ \\(process ${process.pid}\\) uses it\\. Quit that program`,
      ),
    ])
  })

  test('doctor says how far the clock is off', async () => {
    simulator.control.setDateSkew(3 * HOUR)
    onTestFinished(() => simulator.control.setDateSkew(0))
    expect(await problems()).toEqual([expect.stringMatching(/^problem\tclock\t3 h behind Webex’s\./)])
  })

  test('test, pause and resume are seen in the app', async () => {
    const [first] = (await fleet()).profiles
    const name = first?.name ?? ''
    expect(await satm('test', name)).toMatchObject({ code: 0, out: expect.stringContaining(': valid. ') })
    expect((await satm('pause', name)).code).toBe(0)
    expect((await fleet()).profiles[0]?.state).toBe('paused')
    expect((await satm('list', '--state', 'paused', '-q')).out).toBe(`${name}\n`)
    expect((await satm('resume', name)).code).toBe(0)
    await expect.poll(async () => (await fleet()).profiles[0]?.state).toBe('healthy')
  })

  test('a delivery that fails is a problem until it is snoozed, and deliver brings the token once it can', async () => {
    const [first] = (await fleet()).profiles
    const name = first?.name ?? ''
    expect((await satm('deliver', name)).code).toBe(5)
    const target = {
      kind: 'env-file' as const,
      path: path.join(drop, '.env'),
      accessTokenName: 'TOKEN',
      refreshTokenName: null,
      confirmed: [],
    }
    await ask(app.page, 'delivery.save', { profileId: first?.id ?? '', targetId: null, target })
    const token = (await satm('token', name)).out.trimEnd()
    await expect.poll(() => readFileSync(target.path, 'utf8'), SOON).toContain(token)
    expect((await satm('status', '--check')).code).toBe(0)

    rmSync(drop, { recursive: true })
    const failed = await satm('deliver', name)
    expect(failed).toMatchObject({ code: 1, out: expect.stringContaining('delivered to 0 of 1 target') })
    expect(failed.err).toContain(drop)
    const checked = await satm('status', '--check')
    expect(checked).toMatchObject({ code: 5, out: expect.stringContaining('not delivered') })
    expect((await satm('status')).out).toMatch(/^problem +Tokens of .* not delivered/m)
    expect(await problems()).toEqual([expect.stringMatching(/^problem\tservice apps\t1 problem/)])

    const [incident] = (await fleet()).incidents
    await ask(app.page, 'problem.snooze', { key: incident?.key ?? '', until: Date.now() + HOUR })
    expect((await satm('status', '--check')).code).toBe(0)
    expect((await satm('status')).out).toMatch(/^snoozed +until .* not delivered/m)

    mkdirSync(drop, { mode: 0o700 })
    expect(await satm('deliver', name)).toMatchObject({ code: 0, err: '' })
    expect(readFileSync(target.path, 'utf8')).toContain(token)
  })

  test('import reads a file of secrets, prints none, and stores only without --dry-run', async () => {
    const secret = 'c4'.repeat(32)
    const org = '11111111-2222-4333-8444-555555555551'
    writeFileSync(
      file,
      `name,app id,client id,client secret,target org id,org name\nCoral,C123,C1234567890abcdef,${secret},${org},Coral Ltd\nDelta,C124,C2234567890abcdef,${secret},,Delta Ltd\n`,
    )
    const dry = await satm('import', file, '--dry-run')
    expect(dry).toMatchObject({ code: 5, err: '' })
    expect(dry.out).toMatch(/^line 3\trejected\tDelta.*\n1 of 2 are ready, 1 rejected\n$/m)
    expect((await fleet()).profiles).toHaveLength(2)
    const done = await satm('import', file)
    expect((await fleet()).profiles.map(({ name }) => name)).toContain('Coral')
    expect(dry.out + done.out + done.err).not.toContain(secret)
    expect(readFileSync(path.join(dataFolder, 'logs', 'app.log'), 'utf8')).not.toContain(secret)
    await ask(app.page, 'fleet.remove', {
      profileIds: (await fleet()).profiles.filter(({ name }) => name === 'Coral').map(({ id }) => id),
    })
  })

  /** satm as a program that waits for what is pasted. */
  const connecting = () => {
    const env = { ...process.env, SATM_DATA_FOLDER: dataFolder, SATM_NO_START: '1' }
    const child = spawn(process.execPath, [SCRIPT, 'connect'], { env })
    const closed = once(child, 'close')
    const said = { out: '', err: '' }
    child.stdout.on('data', (chunk: Buffer) => {
      said.out += chunk.toString()
    })
    child.stderr.on('data', (chunk: Buffer) => {
      said.err += chunk.toString()
    })
    onTestFinished(() => void child.kill())
    return {
      said,
      closed,
      paste: (text: string) => void child.stdin.write(`${text}\n`),
      async url() {
        await expect.poll(() => said.out, SOON).toMatch(/\n$/)
        return said.out.trim()
      },
    }
  }

  test('connect needs neither the port nor a browser, and its code is exchanged once', async () => {
    const other = await stranger(port, '127.0.0.1')
    onTestFinished(other.close)
    const before = (await fleet()).managers.map(({ id }) => id)

    const declined = connecting()
    declined.paste(await answerConsent(await declined.url(), 'decline'))
    expect(await declined.closed).toEqual([1, null])
    expect(declined.said.err).toContain('The authorization was declined in the browser.')

    const connected = connecting()
    const url = await connected.url()
    const address = await answerConsent(url, 'accept')
    connected.paste('https://example.com/')
    await expect.poll(() => connected.said.err, SOON).toContain('This is not the redirected URL')
    connected.paste(address.replace('&', '\n&'))
    expect(await connected.closed).toEqual([0, null])
    expect(connected.said.out).toMatch(/: connected\n$/)
    expect((await fleet()).managers.map(({ id, state }) => [id, state])).toEqual([[before[0], 'ready']])

    const again = connecting()
    expect(await again.url()).not.toBe(url)
    again.paste(address)
    await expect.poll(() => again.said.err, SOON).toContain('does not belong to the current authorization')
    const code = new URL(address).searchParams.get('code') ?? ''
    expect(readFileSync(path.join(dataFolder, 'logs', 'app.log'), 'utf8')).not.toContain(code)
  })

  test('consumers are added with a secret that a server’s address takes, and removed', async () => {
    const endpointPort = await freePort()
    await ask(app.page, 'endpoint.save', { on: true, port: endpointPort })
    const [first, second] = (await fleet()).profiles.map(({ name }) => name)
    const added = await satm('consumers', 'add', 'ci', '--service-app', first ?? '')
    expect(added.out).toMatch(/^satm_[\w-]{43}\n$/)
    const secret = path.join(home, 'consumer')
    writeFileSync(secret, added.out, { mode: 0o600 })
    const remote = ['--server', `http://127.0.0.1:${endpointPort}`, '--consumer-file', secret]
    expect((await satm(...remote, 'list', '-q')).out).toBe(`${first}\n`)
    expect((await satm(...remote, 'token', first ?? '')).out).toBe((await satm('token', first ?? '')).out)
    expect((await satm(...remote, 'token', second ?? '')).code).toBe(3)
    expect((await satm('consumers', 'list')).out).toContain(`ci\t${first}\tactive\t`)
    expect((await satm('consumers', 'remove', 'ci')).code).toBe(0)
    expect(await satm(...remote, 'list')).toMatchObject({ code: 5, out: '' })
    expect(added.err + readFileSync(path.join(dataFolder, 'logs', 'app.log'), 'utf8')).not.toContain(
      added.out.trim(),
    )
  })

  test('what a backup brings is listed whole and acts only when it was confirmed', async () => {
    const [first] = (await fleet()).profiles
    const marker = path.join(home, 'ran')
    const target = {
      kind: 'hook',
      command: `cat > /dev/null; touch ${marker}`,
      pass: 'stdin',
      timeLimitSeconds: 30,
    } as const
    await ask(app.page, 'delivery.save', { profileId: first?.id ?? '', targetId: null, target })
    await expect.poll(() => existsSync(marker), SOON).toBe(true)
    await ask(app.page, 'endpoint.add-consumer', { name: 'nightly', profileIds: null })
    await ask(app.page, 'webhook.save', { url: 'https://hooks.example.com/T0/key' })
    const backup = path.join(home, 'backup')
    await app.electron.evaluate(({ dialog }, chosen) => {
      dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [chosen] })
      dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath: chosen })
    }, backup)
    const passphrase = 'orbit velvet cactus trumpet 41'
    await ask(app.page, 'backup.write', { passphrase })
    const { targets } = await ask(app.page, 'delivery.targets', { profileId: first?.id ?? '' })
    for (const { id } of targets) await ask(app.page, 'delivery.remove', { targetId: id })
    const { consumers } = (await ask(app.page, 'view.get', {})).delivery.endpoint
    for (const { id } of consumers) await ask(app.page, 'endpoint.revoke', { consumerId: id })
    await ask(app.page, 'webhook.save', { url: null })
    rmSync(marker)
    await ask(app.page, 'backup.choose', {})
    await ask(app.page, 'backup.read', { passphrase })
    await ask(app.page, 'backup.restore', { paused: false })

    await expect
      .poll(async () => (await satm('confirm', '--list')).out, SOON)
      .toContain(`runs ${target.command}\t`)
    const { out } = await satm('confirm', '--list')
    expect(out).toContain('\tconsumer\tnightly\tgets the tokens of all service apps, including future ones\n')
    expect(out).toContain('\twebhook\talerts\tsends alerts to https://hooks.example.com/T0/key\n')
    expect((await satm('confirm', '--all')).code).toBe(2)
    expect(existsSync(marker)).toBe(false)

    const id =
      out
        .split('\n')
        .find((line) => line.includes(target.command))
        ?.split('\t')[0] ?? ''
    expect(await satm('confirm', id)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^delivery of .*: delivered\n$/),
    })
    expect(existsSync(marker)).toBe(true)
    const rest = await satm('confirm', '--all', '--yes')
    expect(rest).toMatchObject({
      code: 0,
      out: expect.stringMatching(/\nconsumer nightly: confirmed\nwhsec_\S+\n$/),
    })
    expect(await satm('confirm', '--list')).toMatchObject({ out: '', err: 'Nothing is held.\n' })
    const { endpoint, webhook } = (await ask(app.page, 'view.get', {})).delivery
    expect([endpoint.consumers.map(({ held }) => held), webhook.held]).toEqual([[false], false])
  })

  test('open shows the service app in the window', async () => {
    const [first] = (await fleet()).profiles
    expect((await satm('open', first?.name ?? '')).code).toBe(0)
    await app.page
      .getByRole('heading', { name: first?.name ?? '' })
      .first()
      .waitFor()
  })

  test('doctor says that Webex cannot be reached, and that it retries', async () => {
    await simulator.close()
    expect(await problems()).toContainEqual(
      expect.stringMatching(/^problem\tWebex\tWebex cannot be reached \(the connection was refused\)/),
    )
  })

  test('doctor says that the data file is gone, and how it comes back', async () => {
    const vault = path.join(dataFolder, 'vault')
    renameSync(vault, `${vault}-away`)
    const found = await problems()
    renameSync(`${vault}-away`, vault)
    expect(found).toContainEqual(expect.stringMatching(/^problem\tstorage\t.*Put the folder .* back/))
  })
})
