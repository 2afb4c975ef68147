// The real app in login sessions of the test's own, whose real keyring is locked or missing when the app starts.
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { hardenedCopy } from '../../scripts/electron-runtime/hardened-copy.mjs'
import { cacheFolder } from '../../scripts/project.mjs'
import { launchApp, runtime } from './support/app.ts'
import { ask } from './support/ask.ts'
import { keyringHome, type LoginSession, loginSession, PASSWORD } from './support/login-session.ts'
import { boxes, releaseKeys, startApp, windows } from './support/refused-start.ts'

const run = promisify(execFile)
const SATM = path.resolve(import.meta.dirname, '../../out/satm/index.js')
const SOON = { timeout: 30_000, interval: 100 }
/** ms. From the unlock to the open vault; how long another start takes is the machine's matter. */
const AT_MOST = 10_000

describe.runIf(process.platform === 'linux')('a keyring that', () => {
  const home = keyringHome()
  const dataFolder = realpathSync(mkdtempSync(path.join(tmpdir(), 'satm-keyring-app-')))
  let session: LoginSession | null = null

  const signIn = async (installs: boolean) => {
    session = await loginSession(home.path, installs)
    return session
  }
  const start = (desktop: string, ...args: readonly string[]) =>
    startApp([`--user-data-dir=${dataFolder}`, ...args], {
      env: { ...session?.env, XDG_CURRENT_DESKTOP: desktop },
    })
  /** What satm gets of the app: null once the vault is open, and why it is not. */
  const refusal = async () => {
    const args = [SATM, 'list', '--no-start', `--data-folder=${dataFolder}`]
    return run(process.execPath, args).then(
      () => null,
      ({ stderr }: { stderr: string }) => stderr,
    )
  }
  const starts = () => {
    const lines = readFileSync(path.join(dataFolder, 'logs', 'app.log'), 'utf8').split('\n')
    return lines.filter((line) => line.includes('app.start')).length
  }
  const opensWithin = async (ms: number) => expect.poll(refusal, { timeout: ms, interval: 50 }).toBeNull()
  /** Main processes of the app: their arguments. */
  const apps = () =>
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => {
        try {
          return [{ pid: Number(pid), words: readFileSync(`/proc/${pid}/cmdline`, 'utf8').split(/[\0 ]/) }]
        } catch {
          return []
        }
      })
      .filter(({ words }) => words.includes(`--user-data-dir=${dataFolder}`))
      .filter(({ words }) => !words.some((word) => word.startsWith('--type=') || word === SATM))
  const quit = async () => {
    for (const { pid } of apps()) process.kill(pid, 'SIGTERM')
    await expect.poll(apps, SOON).toEqual([])
  }

  afterEach(async () => {
    vi.unstubAllEnvs()
    await quit()
    await session?.end()
  })
  afterAll(() => {
    home.remove()
    rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  })

  test('is unlocked at the start seals the new vault', async () => {
    const here = await signIn(false)
    await here.unlock()
    start('GNOME', '--hidden')
    await opensWithin(SOON.timeout)
  })

  // The runtime of `npm start`: its fuses must not let Chromium at the keyring before the app.
  test('is unlocked after the start opens the vault in the same process, which stays in the tray', async () => {
    vi.stubEnv('SATM_ELECTRON', await hardenedCopy(runtime(), { cache: cacheFolder(process.env) }))
    const here = await signIn(true)
    await here.start()
    const before = starts()
    const app = start('GNOME', '--hidden')
    await expect.poll(refusal, SOON).toMatch(/is locked\. Unlock it, and the app opens\./)
    await expect.poll(prompts, SOON).toHaveLength(1)
    expect(await windows()).toEqual([])
    const doctor = await run(process.execPath, [SATM, 'doctor', `--data-folder=${dataFolder}`]).catch(
      ({ stdout, code }: { stdout: string; code: number }) => ({ stdout, code }),
    )
    expect(doctor).toMatchObject({
      code: 5,
      stdout: expect.stringMatching(/^problem\tkeyring\t.*is locked/m),
    })
    await here.unlock()
    await opensWithin(AT_MOST)
    expect([app.ended(), starts() - before, await windows()]).toEqual([null, 1, []])
  })

  test('starts after the app opens the vault in a new process, with the switches and without a window', async () => {
    const here = await signIn(false)
    const app = start('sway', '--hidden', '--disable-gpu')
    await expect.poll(refusal, SOON).toMatch(/which is not running\. Start it, and the app opens\./)
    await here.unlock()
    await opensWithin(SOON.timeout)
    expect(app.ended()).not.toBeNull()
    expect(await windows()).toEqual([])
    const [{ words = [] } = {}] = apps()
    expect(words).toEqual(
      expect.arrayContaining([
        `--user-data-dir=${dataFolder}`,
        '--hidden',
        '--disable-gpu',
        '--keyring-restarts=1',
      ]),
    )
  })

  test('starts after the app, which shows a window, opens it in a window', async () => {
    const here = await signIn(false)
    const app = start('sway')
    await expect.poll(windows, SOON).toHaveLength(1)
    await expect.poll(refusal, SOON).toMatch(/not running/)
    await here.unlock()
    await opensWithin(SOON.timeout)
    await expect.poll(windows, SOON).toHaveLength(1)
    expect(app.ended()).not.toBeNull()
    expect(apps().flatMap(({ words }) => words)).not.toContain('--hidden')
  })

  test('is removed and made anew is told from the one that sealed the data, and starts nothing again and again', async () => {
    const other = keyringHome()
    onTestFinished(other.remove)
    session = await loginSession(other.path, false)
    await session.unlock()
    await session.remove()
    const before = starts()
    start('GNOME', '--hidden')
    await expect.poll(refusal, SOON).toMatch(/is not running/)
    await session.stop()
    await session.unlock()
    await expect.poll(refusal, SOON).toMatch(/its key was replaced/)
    expect(starts() - before).toBeLessThanOrEqual(2)
  })

  test('the person will not unlock at first is asked for again by a button', async () => {
    const here = await signIn(true)
    await here.start()
    const app = await launchApp({ dataFolder, keyring: 'real', env: here.env })
    const { page } = app
    await page.getByRole('heading', { name: 'The keychain is locked' }).waitFor()
    await answerPrompt('Escape')
    const unlock = page.getByRole('button', { name: 'Unlock the keyring…' })
    expect(await page.getByRole('button').allTextContents()).toEqual([
      'Unlock the keyring…',
      'Open data folder',
    ])
    await unlock.click()
    await answerPrompt('Escape')
    await page.getByText('The keyring is still locked.').waitFor()
    await unlock.click()
    await answerPrompt('ctrl+a', ...PASSWORD, 'Return')
    await page.getByRole('heading', { name: 'Service apps' }).waitFor()

    // Locked again, everything goes on: the key is in memory.
    await here.lock()
    await ask(page, 'security.set-passphrase', { passphrase: 'correct horse battery', mode: 'beside' })
    await ask(page, 'security.remove-passphrase', { passphrase: 'correct horse battery' })
    expect((await ask(page, 'view.get', {})).storage).toMatchObject({ kind: 'open', level: 'protected' })
    await app.close()
  })
})

/** The desktop's question for the keyring's password. */
const prompts = () => boxes('Unlock Login Keyring')

/** Without a window manager nothing has the focus, and a box that has just appeared may miss it. */
async function answerPrompt(...keys: readonly string[]): Promise<void> {
  await expect.poll(prompts, SOON).toHaveLength(1)
  const answered = async () => {
    const [box] = await prompts()
    if (box === undefined) return true
    await run('xdotool', ['windowfocus', box, 'key', ...keys]).catch(() => undefined)
    // The box may go before its last key is released.
    await releaseKeys(...keys)
    return false
  }
  await expect.poll(answered, { timeout: 20_000, interval: 700 }).toBe(true)
}
