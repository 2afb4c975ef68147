// What the app asks of the system around it: sleep and wake, clipboard, browser, autostart, keyring, network.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  type BuiltHarness,
  buildHarness,
  eventually,
  launchHarness,
  type RunningHarness,
} from './desktop-harness/launch.ts'
import { startLogind, startSystemBus } from './desktop-harness/mock-services.ts'

const TOKEN = 'NGRmOTYzMTAtYzA0Yi00ZDRhLTk5NjQt_PF84_1eb65fdf-9643-417f-9974-ad72cae0e10f'

let built: BuiltHarness
let folder = ''
let app: RunningHarness

beforeAll(async () => {
  built = await buildHarness()
})
afterAll(() => built.remove())
afterEach(() => app.close())

async function launch(env: Readonly<Record<string, string | undefined>> = {}) {
  folder = built.folder()
  app = await launchHarness(built, folder, env)
}

test.runIf(process.platform === 'linux')('waking and going to sleep are told', async () => {
  const bus = await startSystemBus()
  const logind = await startLogind({ ...process.env, ...bus.env })
  await launch(bus.env)
  try {
    // Electron has asked logind to be told before the machine sleeps.
    await eventually(async () => (await logind.calls('Inhibit')).length).toBeGreaterThan(0)
    await logind.emit('PrepareForSleep', 'b', [true])
    await eventually(async () => (await app.noticed('locked')).length).toBeGreaterThan(0)
    await logind.emit('PrepareForSleep', 'b', [false])
    await eventually(() => app.noticed('power')).toContainEqual({ what: 'power', reason: 'resume' })
  } finally {
    await logind.stop()
    await bus.stop()
  }
})

test('a key that is struck in a window counts as its use', async () => {
  await launch()
  await app.run(({ window }) => window.show())
  await eventually(() => app.run(({ window }) => window.isFocused())).toBe(true)
  const page = await app.electron.firstWindow()
  const before = await app.run(({ lastUse }) => lastUse())
  await page.keyboard.press('a')
  await eventually(() => app.run(({ lastUse }) => lastUse())).toBeGreaterThan(before)
})

describe('the clipboard', () => {
  const content = () => app.run(async ({ electron }) => await electron.clipboard.readText())

  test('holds a copied token for its time', async () => {
    await launch()
    // Looked at in the same breath: a second may be over before another question comes.
    const copied = await app.run(async (harness, token) => {
      harness.clearAfter = 1_000
      const seconds = harness.clipboard.copyToken(token)
      let content = ''
      for (let look = 0; look < 100 && content === ''; look += 1)
        content = await harness.electron.clipboard.readText()
      return { seconds, content }
    }, TOKEN)
    expect(copied).toEqual({ seconds: 1, content: TOKEN })
    await eventually(content).toBe('')
  })

  test('keeps a text that was copied meanwhile', async () => {
    await launch()
    await app.run(async ({ clipboard, electron }, token) => {
      clipboard.copyToken(token)
      await electron.clipboard.writeText('a shopping list')
      await clipboard.clearNow()
    }, TOKEN)
    expect(await content()).toBe('a shopping list')
  })

  test('is cleared of a token on quit or lock', async () => {
    await launch()
    await app.run(async ({ clipboard }, token) => {
      clipboard.copyToken(token)
      await clipboard.clearNow()
    }, TOKEN)
    expect(await content()).toBe('')
  })
})

describe('the authorization page', () => {
  test.each([
    ['of another origin', 'https://evil.example/', 'https://webexapis.com'],
    ['of a file', 'file:///etc/passwd', 'null'],
  ])('%s is refused', async (_what, url, origin) => {
    await launch()
    const outcome = await app.run(
      ({ openAuthorizationUrl }, [address, allowed]) =>
        openAuthorizationUrl(address, allowed).then(
          () => 'opened',
          (error: Error) => error.name,
        ),
      [url, origin] as const,
    )
    expect(outcome).toBe('LinkRefused')
  })
})

describe.runIf(process.platform === 'linux')('start at login', () => {
  let config = ''
  const entry = (name: string) => path.join(config, 'autostart', `${name}.desktop`)
  const usual = () => entry('service-app-token-manager')
  const isOn = (dataFolder: string) =>
    app.run(({ createLoginItem }, folder) => createLoginItem(['/opt/app'], folder).isOn(), dataFolder)
  const set = (dataFolder: string, on: boolean) =>
    app.run(
      ({ createLoginItem }, [folder, wanted]) => {
        const item = createLoginItem(['/opt/app', '--no-sandbox', '/src'], folder)
        try {
          item.set(wanted)
          return item.isOn()
        } catch (error) {
          return `${(error as Error).message} ${item.isOn()}`
        }
      },
      [dataFolder, on] as const,
    )

  beforeEach(async () => {
    config = built.folder()
    await launch({ XDG_CONFIG_HOME: config })
  })

  test('is an entry for each data folder, with that folder and the switches', async () => {
    const own = path.join(config, 'service-app-token-manager')
    expect([await set(own, true), await set('/data/b c', true)]).toEqual([true, true])
    expect(statSync(usual()).mode & 0o777).toBe(0o600)
    const exec = (folder: string) =>
      `Exec="/opt/app" "--no-sandbox" "/src" "--user-data-dir=${folder}" "--started-at-login"\n`
    expect(readFileSync(usual(), 'utf8')).toContain(exec(own))
    const names = readdirSync(path.join(config, 'autostart')).filter(
      (name) => name !== path.basename(usual()),
    )
    expect(names).toEqual([expect.stringMatching(/^service-app-token-manager-[0-9a-f]{8}\.desktop$/)])
    expect(readFileSync(path.join(config, 'autostart', names[0] ?? ''), 'utf8')).toContain(exec('/data/b c'))
    expect(await set(own, false)).toBe(false)
    expect([existsSync(usual()), await isOn('/data/b c'), await isOn('/data/b')]).toEqual([
      false,
      true,
      false,
    ])
    expect(await set(own, false)).toBe(false)
  })

  test('is what the file says, whoever changed it', async () => {
    const own = path.join(config, 'service-app-token-manager')
    await set(own, true)
    const seen = await app.run(
      ({ createLoginItem }, [folder, file]) => {
        const { appendFileSync, rmSync } = process.getBuiltinModule('node:fs')
        const item = createLoginItem(['/opt/app'], folder)
        const look = () => [item.refresh(), item.isOn()]
        const looks = [look()]
        appendFileSync(file, 'Hidden=true\n')
        looks.push(look())
        item.set(true)
        looks.push(look())
        rmSync(file)
        looks.push(look())
        return looks
      },
      [own, usual()] as const,
    )
    expect(seen).toEqual([
      [false, true],
      [true, false],
      [false, true],
      [true, false],
    ])
  })

  test.each([
    [
      'a file in place of the folder',
      () => writeFileSync(path.join(config, 'autostart'), ''),
      /EEXIST|ENOTDIR/,
    ],
    [
      'a folder in place of the entry',
      () => mkdirSync(path.join(usual(), 'x'), { recursive: true }),
      /EISDIR/,
    ],
  ])('with %s gets a sentence, and is off', async (_, harm, code) => {
    harm()
    const said = await set(path.join(config, 'service-app-token-manager'), true)
    expect(said).toMatch(code)
    expect(said).toMatch(/desktop cannot be written .* Make its folder writable for your account\. false$/)
  })

  test('is not offered to a demo', async () => {
    const said = await app.run(({ createLoginItem }) => {
      try {
        createLoginItem(null, '/demo').set(true)
        return ''
      } catch (error) {
        return (error as Error).message
      }
    })
    expect(said).toContain('demo')
    expect(existsSync(path.join(config, 'autostart'))).toBe(false)
  })
})

describe.runIf(process.platform === 'linux')('the keyring that runs here', () => {
  test('is named on a desktop nobody knows', async () => {
    await launch({ XDG_CURRENT_DESKTOP: 'sway' })
    expect(await app.run(({ keyring }) => keyring)).toBe('gnome-libsecret')
  })

  test('is left to Chromium on a known one, and where there is no bus', async () => {
    await launch({ XDG_CURRENT_DESKTOP: 'GNOME' })
    expect(await app.run(({ keyring }) => keyring)).toBeNull()
    await app.close()
    await launch({
      XDG_CURRENT_DESKTOP: 'sway',
      DBUS_SESSION_BUS_ADDRESS: undefined,
      XDG_RUNTIME_DIR: undefined,
    })
    expect(await app.run(({ keyring }) => keyring)).toBeNull()
  })
})

describe('the network', () => {
  let server: Server
  let address = ''
  let asked: (string | undefined)[] = []

  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(request.url)
      response.setHeader('Access-Control-Allow-Origin', '*')
      response.end('here')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => {
    server.close()
  })

  test('is there for the app and not for its page', async () => {
    await launch()
    asked = []
    expect(
      await app.run(async ({ electron }, url) => (await electron.net.fetch(`${url}/app`)).text(), address),
    ).toBe('here')
    await app.run(({ window }) => window.show())
    const page = await app.electron.firstWindow()
    await page.waitForLoadState('load')
    const reached = await page.evaluate(
      (url) =>
        fetch(`${url}/page`).then(
          () => true,
          () => false,
        ),
      address,
    )
    expect(reached).toBe(false)
    expect(asked).toEqual(['/app'])
  })
})

test('what is written down about an error nobody caught has no secret in it', async () => {
  await launch()
  await app.run(({ log }, token) => {
    log.knownSecret('correct horse battery')
    process.emit(
      'unhandledRejection',
      new Error(`refused: ${token}, correct horse battery`),
      Promise.resolve(),
    )
  }, TOKEN)
  const written = readFileSync(path.join(folder, 'logs', 'app.log'), 'utf8')
  expect(written).toContain('process.unhandled-rejection')
  expect(written).not.toMatch(/correct horse|NGRmOTYz/)
})
