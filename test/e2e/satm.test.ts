// The command line beside the real app: what it prints and how it ends, what others can see of it, and that it brings the
// app up when nobody has.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { type Simulator, startSimulator } from '#simulator/index.ts'
import { launchApp, type RunningApp } from './support/app.ts'
import { ask } from './support/ask.ts'
import { addFleet } from './support/setup.ts'

const script = path.resolve(import.meta.dirname, '../../out/satm/index.js')
const WAIT = { timeout: 30_000, interval: 100 }

interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

describe.runIf(process.platform === 'linux')('satm', () => {
  const dataFolder = mkdtempSync(path.join(tmpdir(), 'satm-command-line-'))
  const config = mkdtempSync(path.join(tmpdir(), 'satm config-'))
  let simulator: Simulator
  let app: RunningApp
  let names: readonly string[]
  let tokens: readonly string[]

  const spawned = (args: readonly string[]) =>
    spawn(process.execPath, [script, ...args], {
      env: { ...process.env, SATM_DATA_FOLDER: dataFolder, SATM_WEBEX_BASE_URL: simulator.baseUrl },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  const satm = async (...args: string[]): Promise<Ran> => {
    const child = spawned(args)
    const said = { out: '', err: '' }
    child.stdout.on('data', (chunk: Buffer) => {
      said.out += chunk.toString()
    })
    child.stderr.on('data', (chunk: Buffer) => {
      said.err += chunk.toString()
    })
    const [code] = await once(child, 'close')
    return { code, ...said }
  }
  const [first, second] = [() => names[0] ?? '', () => names[1] ?? '']
  const theApp = () => {
    const [pid, ...others] = appsOf(dataFolder)
    // 0 would be all of us.
    if (pid === undefined || others.length > 0) throw new Error('There has to be one app.')
    return pid
  }
  /** What Webex says to whoever bears it. */
  const statusOf = async (token: string) => {
    const answer = await fetch(`${simulator.baseUrl}/dataSources/schemas`, {
      headers: { authorization: `Bearer ${token}` },
    })
    return answer.status
  }

  beforeAll(async () => {
    simulator = await startSimulator({ apps: 2, orgs: 1 })
    app = await launchApp({
      dataFolder,
      env: { SATM_WEBEX_BASE_URL: simulator.baseUrl, XDG_CONFIG_HOME: config },
    })
    await addFleet(app.page, simulator)
    names = (await ask(app.page, 'view.get', {})).fleet.profiles.map(({ name }) => name)
  })

  afterAll(async () => {
    await app?.close()
    for (const pid of appsOf(dataFolder)) process.kill(pid, 'SIGKILL')
    await vi.waitFor(() => expect(processesOf(dataFolder)).toEqual([]), WAIT)
    await simulator?.close()
    for (const folder of [dataFolder, config])
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  })

  test('token prints one that Webex accepts', async () => {
    const ran = await Promise.all(names.map((name) => satm('token', name)))
    tokens = ran.map(({ out }) => out.trimEnd())
    expect(ran).toEqual(tokens.map((token) => ({ code: 0, out: `${token}\n`, err: '' })))
    expect(await Promise.all(tokens.map(statusOf))).toEqual([200, 200])
  })

  test('list and status show the fleet, and no token', async () => {
    const [list, status, one] = await Promise.all([
      satm('list'),
      satm('status'),
      satm('status', first(), '--json'),
    ])
    expect([list, status, one].map(({ code, err }) => ({ code, err }))).toEqual(
      Array(3).fill({ code: 0, err: '' }),
    )
    for (const name of names) expect(list.out).toContain(`${name}\t`)
    expect(status.out).toContain('2 healthy')
    expect(JSON.parse(one.out).profile).toMatchObject({ name: first(), state: 'healthy' })
    for (const token of tokens) expect(list.out + status.out + one.out).not.toContain(token)
  })

  test('env is for a shell to run', async () => {
    const { out } = await satm('env', first(), '--variable', 'T')
    const said = execFileSync('sh', ['-c', 'eval "$(cat)"; printf %s "$T"'], { input: out, encoding: 'utf8' })
    expect(said).toBe(tokens[0])
  })

  test('exec gives a program the token, and ends as it does', async () => {
    const printed = await satm('exec', first(), '--', 'env')
    expect(printed.code).toBe(0)
    expect(printed.out.split('\n')).toContain(`WEBEX_SERVICE_APP_ACCESS_TOKEN=${tokens[0]}`)
    const codes = await Promise.all([
      satm('exec', first(), '--', 'sh', '-c', 'exit 7'),
      satm('exec', first(), '--', 'sh', '-c', 'kill -TERM $$'),
      satm('exec', first(), '--', '/no/such/program'),
    ])
    expect(codes.map(({ code }) => code)).toEqual([7, 143, 127])
  })

  test('what is secret is in no process’s arguments, and in the environment of the program alone', async () => {
    const child = spawned(['exec', first(), '--', 'sleep', '60'])
    const holds = (file: string) => pidsWith(file, tokens)
    await expect.poll(() => holds('environ').length, WAIT).toBe(1)
    expect(holds('cmdline')).toEqual([])
    const [holder = 0] = holds('environ')
    expect(readFileSync(`/proc/${holder}/cmdline`, 'utf8')).toBe('sleep\u000060\u0000')
    child.kill('SIGTERM')
    expect(await once(child, 'close')).toEqual([143, null])
  })

  test('refresh and history tell what came of it', async () => {
    expect(await satm('refresh', first())).toMatchObject({
      code: 0,
      out: expect.stringMatching(/: renewed by tier 1, valid for \d+ d/),
    })
    const { out } = await satm('history', first(), '--limit', '1')
    expect(out.trimEnd().split('\t').slice(1, 6)).toEqual([
      first(),
      expect.any(String),
      'manual',
      '1 ✓',
      'renewed',
    ])
    expect((await satm('token', first())).out.trimEnd()).not.toBe(tokens[0])
  })

  test('a refresh that Webex refuses says why, with the tracking id', async () => {
    const [, refused] = simulator.serviceApps
    const orgId = refused?.orgs[0]?.orgId ?? ''
    simulator.control.killRefreshToken(refused?.name ?? '', orgId)
    simulator.control.deauthoriseOrg(orgId, refused?.name)
    const failed = await satm('refresh', second())
    expect(failed).toMatchObject({ code: 5, out: '' })
    expect(failed.err).toMatch(/Control Hub.*\(tracking id \S+\)\n$/)
    // It goes on giving the token that lives.
    expect(await satm('token', second())).toMatchObject({ code: 0 })
    expect(await satm('refresh', '--all')).toMatchObject({ code: 5, out: expect.stringContaining(first()) })
  })

  test('what is meant by nobody, and what is no command, end with codes of their own', async () => {
    const [unknown, wrong] = await Promise.all([satm('token', 'nobody'), satm('token')])
    expect(unknown).toMatchObject({ code: 3, out: '', err: expect.stringContaining(first()) })
    expect(wrong).toMatchObject({ code: 2, out: '', err: expect.stringContaining('satm token --help') })
  })

  test.each([
    ['the socket', ['satm.sock']],
    ['the note', ['satm.json']],
    ['both', ['satm.sock', 'satm.json']],
  ])('whoever removes %s while it runs has it back within 3 s', async (_, names) => {
    for (const name of names) rmSync(path.join(dataFolder, name))
    const began = performance.now()
    expect(await satm('token', second())).toMatchObject({ code: 0, err: '' })
    expect(performance.now() - began).toBeLessThan(3_000)
    expect(names.map((name) => existsSync(path.join(dataFolder, name)))).toEqual(names.map(() => true))
    expect((await satm('token', second(), '--no-start')).code).toBe(0)
  })

  test('a mistyped folder is named, stays missing and starts nothing', async () => {
    const mistyped = `${dataFolder}s`
    const ran = await satm('token', second(), '--data-folder', mistyped)
    expect(ran).toMatchObject({
      code: 4,
      out: '',
      err: expect.stringContaining(`no data folder ${mistyped}.`),
    })
    expect(existsSync(mistyped)).toBe(false)
    expect(processesOf(mistyped)).toEqual([])
  })

  test('the lock of the window stops no program', async () => {
    onTestFinished(
      async () => void (await ask(app.page, 'lock.open', { passphrase: 'correct horse battery' })),
    )
    await ask(app.page, 'security.set-passphrase', { passphrase: 'correct horse battery', mode: 'beside' })
    await ask(app.page, 'lock.now', {})
    expect(await satm('token', first())).toMatchObject({ code: 0, err: '' })
  })

  test('the entry that starts the app at login starts it with its data folder', async () => {
    const startsAtLogin = async () => (await ask(app.page, 'view.get', {})).settings.startAtLogin
    await ask(app.page, 'settings.save', { startAtLogin: true })
    expect(await startsAtLogin()).toBe(true)
    const autostart = path.join(config, 'autostart')
    const [name = '', ...others] = readdirSync(autostart)
    expect(others).toEqual([])
    const preferences = readFileSync(path.join(dataFolder, 'preferences.json'), 'utf8')
    expect(preferences).not.toContain('startAtLogin')
    await app.close()
    execFileSync('gio', ['launch', path.join(autostart, name)], {
      // The app would keep a pipe open.
      stdio: 'ignore',
      env: { ...process.env, SATM_WEBEX_BASE_URL: simulator.baseUrl },
    })
    await expect.poll(async () => (await satm('token', second(), '--no-start')).code, WAIT).toBe(0)
    process.kill(theApp(), 'SIGTERM')
    await expect.poll(() => appsOf(dataFolder), WAIT).toEqual([])
  })

  test('the app is started in the tray when it does not run, and lives on', async () => {
    await app.close()
    expect(await satm('token', first(), '--no-start')).toMatchObject({ code: 4, out: '' })
    expect(appsOf(dataFolder)).toEqual([])
    const { code, out } = await satm('token', first())
    expect(code).toBe(0)
    expect(await statusOf(out.trimEnd())).toBe(200)
    expect(theApp()).toBeGreaterThan(0)
    expect(rendererOf(dataFolder)).toEqual([])
  })

  test('a socket that a killed app left keeps nobody from starting it again', async () => {
    process.kill(theApp(), 'SIGKILL')
    await expect.poll(() => appsOf(dataFolder), WAIT).toEqual([])
    expect(existsSync(path.join(dataFolder, 'satm.sock'))).toBe(true)
    expect(await satm('token', first(), '--no-start')).toMatchObject({ code: 4 })
    vi.stubEnv('DISPLAY', '')
    const began = performance.now()
    const withoutDisplay = await satm('token', first())
    expect(performance.now() - began).toBeLessThan(3_000)
    expect(withoutDisplay).toMatchObject({ code: 4, err: expect.stringContaining('names a display') })
    vi.unstubAllEnvs()
    const ran = await Promise.all([satm('token', first()), satm('token', first())])
    expect(ran.map(({ code, err }) => ({ code, err }))).toEqual(Array(2).fill({ code: 0, err: '' }))
    // Each has started one; the second leaves when it has found the first.
    await expect.poll(() => appsOf(dataFolder), WAIT).toHaveLength(1)
    expect(rendererOf(dataFolder)).toEqual([])
    process.kill(theApp(), 'SIGTERM')
    await expect.poll(() => appsOf(dataFolder), WAIT).toEqual([])
    expect(existsSync(path.join(dataFolder, 'satm.sock'))).toBe(false)
  })
})

/** Main processes of the app with that data folder. */
function appsOf(dataFolder: string): readonly number[] {
  return commandLines()
    .filter(({ words }) => words.includes(`--user-data-dir=${dataFolder}`) && !isOfChromium(words))
    .map(({ pid }) => pid)
}

/** The process of a page: there is one as long as there is a window. */
function rendererOf(dataFolder: string): readonly (readonly string[])[] {
  return processesOf(dataFolder).filter((words) => words.includes('--type=renderer'))
}

/** The app's and Chromium's, by their words. */
function processesOf(dataFolder: string): readonly (readonly string[])[] {
  return commandLines()
    .map(({ words }) => words)
    .filter((words) => words.some((word) => word.startsWith(`--user-data-dir=${dataFolder}`)))
}

const isOfChromium = (words: readonly string[]) => words.some((word) => word.startsWith('--type='))

/** Chromium joins its own with spaces. */
function commandLines(): readonly { readonly pid: number; readonly words: readonly string[] }[] {
  return pids().map((pid) => ({ pid, words: (textOf(pid, 'cmdline') ?? '').split(/[\0 ]/) }))
}

function pidsWith(file: string, secrets: readonly string[]): readonly number[] {
  return pids().filter((pid) => secrets.some((secret) => textOf(pid, file)?.includes(secret)))
}

const pids = () =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)

/** null: it has ended meanwhile. */
function textOf(pid: number, file: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return null
  }
}
