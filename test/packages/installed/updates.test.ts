// Updates of the real packaged app, an AppImage with the stand-in for its runtime, against a local server: what is installed,
// what is refused, and what is there after a kill, a full disk and a version that does not start.
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { _electron, type ElectronApplication, type Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { UpdatesView } from '#contract/contract.ts'
import { type Simulator, startSimulator } from '#simulator/index.ts'
import { updateFeedOf } from '../../../scripts/release/feed.mjs'
import {
  APP_IMAGE,
  announce,
  type ReleaseKey,
  type ReleaseServer,
  releaseKey,
  serveReleases,
} from '../../desktop/support/release-server.ts'
import { ask } from '../../e2e/support/ask.ts'
import { addFleet } from '../../e2e/support/setup.ts'
import { type AppImages, appImagesFrom } from '../support/app-images.ts'
import { type Made, packages, run } from '../support/packages.ts'

const PATIENCE = { timeout: 120_000, interval: 200 }
/** MiB: for the installed version, the one that replaces it, and not for a third. */
const DISK = 500
/** All that a request says. */
const ASKED = {
  host: expect.any(String),
  'user-agent': 'ServiceAppTokenManager',
  'accept-language': 'en',
  'accept-encoding': expect.any(String),
  connection: 'keep-alive',
  'sec-fetch-dest': 'empty',
  'sec-fetch-mode': 'no-cors',
  'sec-fetch-site': 'none',
}

describe.runIf(process.platform === 'linux')('the packaged app', () => {
  const home = mkdtempSync(path.join(tmpdir(), 'satm-updates-'))
  const folder = path.join(home, 'applications')
  const image = path.join(folder, APP_IMAGE)
  const versions = path.join(home, 'versions')
  let made: Made
  let images: AppImages
  let key: ReleaseKey
  let server: ReleaseServer
  let simulator: Simulator
  let dataFolder: string

  const versionFile = (name: string) => path.join(versions, `${name}.AppImage`)
  const feedOf = (name: string) => path.join(home, `feed-${name}`)

  beforeAll(async () => {
    made = packages(['appimage'])
    for (const place of [folder, versions]) mkdirSync(place)
    run('mount', ['-t', 'tmpfs', '-o', `size=${DISK}m,mode=0755`, 'satm-test', folder])
    key = releaseKey(path.join(home, 'key.pem'))
    server = await serveReleases(feedOf('good'))
    simulator = await startSimulator({ apps: 1, orgs: 2 })
    const feed = updateFeedOf({ SATM_UPDATE_FEED: server.url, SATM_UPDATE_KEYS: key.publicKey }) ?? ''
    images = await appImagesFrom(made.file('.AppImage'), home, feed)
    await images.make(versionFile('0.1.0'), '0.1.0')
    await images.make(versionFile('0.2.0'), '0.2.0')
    await images.make(versionFile('broken'), '0.2.0', { AppRun: '#!/bin/sh\nexit 1\n' })
    await announce(feedOf('good'), { version: '0.2.0', key, files: { [APP_IMAGE]: versionFile('0.2.0') } })
    await announce(feedOf('broken'), { version: '0.2.0', key, files: { [APP_IMAGE]: versionFile('broken') } })
    await announce(feedOf('older'), { version: '0.0.9', key, files: { [APP_IMAGE]: versionFile('broken') } })
    const foreign = releaseKey(path.join(home, 'foreign.pem'))
    await announce(feedOf('foreign'), {
      version: '0.2.0',
      key: foreign,
      files: { [APP_IMAGE]: versionFile('0.2.0') },
    })
    await announce(feedOf('replaced'), {
      version: '9.9.9',
      key: foreign,
      files: { [APP_IMAGE]: versionFile('broken') },
    })
  }, 600_000)

  afterAll(async () => {
    await simulator?.close()
    await server?.close()
    run('umount', ['--lazy', folder])
    made?.remove()
    rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  })

  /** A new data folder, and version 0.1.0 in place. */
  const install = () => {
    for (const name of readdirSync(folder)) rmSync(path.join(folder, name))
    run('cp', [versionFile('0.1.0'), image])
    dataFolder = mkdtempSync(path.join(home, 'data-'))
    serve('good')
  }
  const serve = (name: string, instead: ReleaseServer['instead'] = null) => {
    server.folder = feedOf(name)
    server.instead = instead
  }
  const start = async () => {
    const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
    const app = await _electron.launch({
      executablePath: image,
      args: [...sandbox, '--password-store=gnome-libsecret', `--user-data-dir=${dataFolder}`],
      env: { ...definedEnv(), SATM_WEBEX_BASE_URL: simulator.baseUrl },
      timeout: 120_000,
    })
    const page = await app.firstWindow()
    await page.getByRole('heading', { name: 'Service apps' }).waitFor({ timeout: 60_000 })
    return { app, page }
  }
  const onFile = (answer: (response: ServerResponse, file: Buffer) => void) => {
    const file = readFileSync(versionFile('0.2.0'))
    serve('good', (url, response) => {
      const isFile = url.endsWith('.AppImage')
      if (isFile) answer(response, file)
      return isFile
    })
  }
  const updatesOf = async (page: Page): Promise<UpdatesView> => {
    const { updates } = await ask(page, 'view.get', {})
    if (updates === null) throw new Error('This build has an update server.')
    return updates
  }
  /** By the buttons, as a person. */
  const update = async (page: Page, meanwhile = async () => {}) => {
    await page.getByRole('link', { name: 'Settings', exact: true }).click()
    await page.getByRole('link', { name: 'About', exact: true }).click()
    await page.getByRole('button', { name: 'Check for updates', exact: true }).click()
    await page.getByRole('button', { name: 'Download', exact: true }).click()
    const install = page.getByRole('button', { name: 'Install and restart', exact: true })
    await install.waitFor({ timeout: 120_000 })
    await meanwhile()
    await install.click()
  }
  const logged = (): Record<string, string>[] => {
    const log = path.join(dataFolder, 'logs', 'app.log')
    const lines = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []
    return lines.map((line) => JSON.parse(line))
  }
  /** The versions that began, oldest first. */
  const begun = () => logged().flatMap(({ event, version }) => (event === 'app.start' ? [version] : []))
  /** Ends the version that nobody drives. */
  const end = async () => {
    const pid = Number(/-(\d+)$/.exec(readlinkSync(path.join(dataFolder, 'SingletonLock')))?.[1])
    process.kill(pid)
    await expect.poll(() => existsSync(`/proc/${pid}`), PATIENCE).toBe(false)
  }
  const isVersion = (name: string) =>
    statSync(image).size === statSync(versionFile(name)).size &&
    readFileSync(image).equals(readFileSync(versionFile(name)))
  const left = () => readdirSync(folder).filter((name) => name !== APP_IMAGE)

  test('is updated on the person’s word, keeps its data, and the version before is gone once the new one has started', async () => {
    install()
    const { app, page } = await start()
    const [profileId = ''] = await addFleet(page, simulator)
    expect(await updatesOf(page)).toMatchObject({ step: 'none', version: null, upgrade: null })
    // Not at the start, and by nobody but a person yet.
    expect(server.asked).toEqual([])
    const refresh = async () => {
      simulator.control.fault({ kind: 'slow-drip', endpoint: 'tier1', bytesAtOnce: 100, everyMs: 1000 })
      ask(page, 'profile.refresh', { profileId }).catch(() => undefined)
      await expect
        .poll(async () => (await ask(page, 'view.get', {})).fleet.profiles.map(({ state }) => state))
        .toContain('refreshing')
    }
    await Promise.all([once(app.process(), 'exit'), update(page, refresh)])
    // What was in flight has ended and been stored before.
    const happened = logged().map(({ event, trigger, outcome }) => [event, trigger, outcome].join(' ').trim())
    const [refreshed, installed] = ['attempt manual renewed', 'updates.installed'].map((one) =>
      happened.indexOf(one),
    )
    expect(refreshed).toBeGreaterThan(-1)
    expect(installed).toBeGreaterThan(Number(refreshed))
    await expect.poll(begun, PATIENCE).toEqual(['0.1.0', '0.2.0'])
    await expect.poll(left, PATIENCE).toEqual([])
    expect(isVersion('0.2.0')).toBe(true)
    await end()
    expect(server.asked.map(({ url }) => url)).toEqual(['/feed/latest.json', `/feed/0.2.0/${APP_IMAGE}`])
    for (const { headers } of server.asked) expect(headers).toEqual(ASKED)

    const again = await start()
    onTestFinished(() => again.app.close())
    const { app: shown, fleet } = await ask(again.page, 'view.get', {})
    expect(shown.version).toBe('0.2.0')
    expect(fleet.profiles.map(({ state }) => state)).toEqual(['healthy', 'healthy'])
    await ask(again.page, 'updates.check', {})
    expect(await updatesOf(again.page)).toMatchObject({ step: 'newest', version: null, problem: null })
  })

  test('goes back to the version before when the new one does not start', async () => {
    install()
    serve('broken')
    const { app, page } = await start()
    await Promise.all([once(app.process(), 'exit'), update(page)])
    await expect.poll(begun, PATIENCE).toEqual(['0.1.0', '0.1.0'])
    expect(isVersion('0.1.0')).toBe(true)
    expect(left()).toEqual([])
    await end()
  })

  test('loses a download in the middle of which it was killed, and can begin it again', async () => {
    install()
    const { app, page } = await start()
    onFile((response, file) => response.write(file.subarray(0, 3_000_000)))
    await ask(page, 'updates.check', {})
    const cut = ask(page, 'updates.download', {}).catch(() => undefined)
    await expect.poll(left, PATIENCE).toEqual([expect.stringMatching(/\.update$/)])
    const closed = once(app.process(), 'exit')
    process.kill(await app.evaluate(() => process.pid), 'SIGKILL')
    await Promise.all([closed, cut])
    expect(left()).toHaveLength(1)

    serve('good')
    const again = await start()
    onTestFinished(() => again.app.close())
    await expect.poll(left, PATIENCE).toEqual([])
    expect(isVersion('0.1.0')).toBe(true)
    await ask(again.page, 'updates.check', {})
    await ask(again.page, 'updates.download', {})
    expect(await updatesOf(again.page)).toMatchObject({ step: 'downloaded', problem: null })
  })

  describe('stays as it is, with one sentence and no file left,', () => {
    let app: ElectronApplication
    let page: Page

    beforeAll(async () => {
      install()
      ;({ app, page } = await start())
      await page.getByRole('link', { name: 'Settings', exact: true }).click()
      await page.getByRole('link', { name: 'About', exact: true }).click()
    }, 120_000)
    afterAll(() => app?.close())

    const refused = async (sentence: RegExp) => {
      await ask(page, 'updates.check', {})
      if ((await updatesOf(page)).step === 'available') await ask(page, 'updates.download', {})
      expect((await updatesOf(page)).problem).toMatch(sentence)
      await page.getByRole('alert').getByText(sentence).waitFor()
      expect(left()).toEqual([])
      expect(isVersion('0.1.0')).toBe(true)
    }

    test('where a byte of the file was changed', async () => {
      onFile((response, file) => response.end(Buffer.from(file).fill(1, 5_000_000, 5_000_009)))
      await refused(/not the file that was released, so it was deleted/)
    })

    test('where the file was cut short', async () => {
      onFile((response, file) => response.end(file.subarray(0, -1)))
      await refused(/ended early and was deleted/)
    })

    test.each([
      [
        'an older signed version is replayed',
        'older',
        /version 0\.0\.9, which is older than this one \(0\.1\.0\)/,
      ],
      ['the release is signed with a foreign key', 'foreign', /not signed by the maintainers/],
      ['the whole feed was replaced', 'replaced', /not signed by the maintainers/],
    ])('where %s', async (_, feed, sentence) => {
      serve(feed)
      await refused(sentence)
    })

    test('where the disk is full', async () => {
      serve('good')
      const filler = path.join(home, 'applications', 'filler')
      spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=1M'])
      truncateSync(filler, statSync(filler).size - 20_000_000)
      await ask(page, 'updates.check', {})
      await ask(page, 'updates.download', {})
      rmSync(filler)
      expect((await updatesOf(page)).problem).toMatch(/disk is full: .*applications has no room/)
      expect(left()).toEqual([])
    })

    test('where the server goes away in the middle, and where it is gone', async () => {
      onFile((response, file) => response.write(file.subarray(0, 3_000_000), () => response.destroy()))
      await refused(/connection to the update server was lost/)
      await server.close()
      await refused(/does not accept connections/)
    })
  })
})

function definedEnv(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}
