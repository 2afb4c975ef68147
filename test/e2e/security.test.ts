// Electron's security checklist on the running app, every point under its name. The harness of desktop-window.test.ts
// tries each rule from many sides; here the app that people run is shown to have them all. What cannot be tried in a
// running app is asserted from what decides it, and says so.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runtime } from './support/app.ts'
import { ask } from './support/ask.ts'
import { type Besieged, besiege } from './support/besieged.ts'
import { releasedCopy } from './support/released-copy.ts'

const root = path.resolve(import.meta.dirname, '../..')
const PATIENTLY = { timeout: 20_000, interval: 50 }
const THERE_IS_NO_SUCH_REQUEST = {
  ok: false,
  error: { code: 'invalid', message: 'Unknown request.' },
}

let app: Besieged
beforeAll(async () => {
  app = await besiege()
})
afterAll(() => app?.end())

/** What the window was really made with. */
const preferences = () =>
  app.electron.evaluate(({ BrowserWindow }) => {
    const contents = BrowserWindow.getAllWindows()[0]?.webContents
    return contents === undefined ? null : Reflect.get(contents, 'getLastWebPreferences').call(contents)
  })

describe('1. only secure content is loaded', () => {
  test('all that the window has loaded is its own', async () => {
    const loaded: string[] = []
    app.page.on('request', (request) => loaded.push(request.url()))
    await app.page.reload()
    expect(loaded.length).toBeGreaterThan(3)
    expect(loaded.filter((address) => !/^(app:\/\/satm\/|data:)/.test(address))).toEqual([])
    expect(await app.page.evaluate(() => isSecureContext)).toBe(true)
  })

  test('nothing can be fetched from elsewhere, in whatever way', async () => {
    const reached = await app.page.evaluate(async (outside) => {
      const settled = (made: Promise<unknown>) =>
        made.then(
          () => true,
          () => false,
        )
      const loaded = (tag: 'img' | 'script' | 'link' | 'video', attribute: string) =>
        new Promise((resolve) => {
          const element = document.createElement(tag)
          element.addEventListener('load', () => resolve(true))
          element.addEventListener('error', () => resolve(false))
          if (tag === 'link') element.setAttribute('rel', 'stylesheet')
          element.setAttribute(attribute, `${outside}/${tag}`)
          document.body.append(element)
        })
      return [
        await settled(fetch(`${outside}/fetch`)),
        await settled(fetch(`${outside}/opaque`, { mode: 'no-cors' })),
        await settled(fetch('https://outside.invalid/')),
        await loaded('img', 'src'),
        await loaded('script', 'src'),
        await loaded('link', 'href'),
        await loaded('video', 'src'),
      ]
    }, app.outside)
    expect(reached).toEqual([false, false, false, false, false, false, false])
    expect(app.visits()).toEqual([])
  })
})

describe('2. no Node integration', () => {
  test('the page has nothing of Node or Electron', async () => {
    const found = await app.page.evaluate(() =>
      ['require', 'process', 'Buffer', 'module', 'exports', 'global', 'setImmediate', 'ipcRenderer'].filter(
        (name) => name in window,
      ),
    )
    expect(found).toEqual([])
    expect(await preferences()).toMatchObject({ nodeIntegration: false, nodeIntegrationInSubFrames: false })
  })

  test('nor has a frame of it', async () => {
    const inFrame = await app.page.evaluate(() => {
      const frame = document.body.appendChild(document.createElement('iframe'))
      const inside = frame.contentWindow ?? {}
      return ['require', 'process', 'Buffer', 'satm'].filter((name) => name in inside)
    })
    expect(inFrame).toEqual([])
  })
})

test('3. the context is isolated: functions of the bridge lead into no world but the page’s', async () => {
  expect(await preferences()).toMatchObject({ contextIsolation: true })
  const found = await app.page.evaluate(() => {
    const { request } = Reflect.get(window, 'satm')
    return request.constructor('return [typeof process, typeof require, this === window]')()
  })
  expect(found).toEqual(['undefined', 'undefined', true])
})

describe('4. processes are sandboxed', () => {
  test('the page’s process is, and its preload asks for nothing but Electron’s few modules', async () => {
    expect(await preferences()).toMatchObject({ sandbox: true })
    const preload = readFileSync(path.join(root, 'out/preload/index.cjs'), 'utf8')
    expect([...preload.matchAll(/require\(["']([^"']+)["']\)/g)].map(([, name]) => name)).toEqual([
      'electron',
    ])
  })

  test.runIf(process.platform === 'linux')(
    'the system filters its calls; only for the superuser Chromium has no sandbox',
    async () => {
      const pid = await app.electron.evaluate(({ BrowserWindow }) =>
        BrowserWindow.getAllWindows()[0]?.webContents.getOSProcessId(),
      )
      const status = readFileSync(`/proc/${pid}/status`, 'utf8')
      expect(status).toMatch(process.getuid?.() === 0 ? /^Seccomp:\s+[02]$/m : /^Seccomp:\s+2$/m)
    },
  )
})

test('5. every permission is denied', async () => {
  const denied = await app.page.evaluate(async () => {
    const refusal = (made: Promise<unknown>) =>
      made.then(
        () => 'granted',
        () => 'denied',
      )
    return {
      notification: await Notification.requestPermission(),
      place: await refusal(
        new Promise((resolve, reject) => navigator.geolocation.getCurrentPosition(resolve, reject)),
      ),
      camera: await refusal(navigator.mediaDevices.getUserMedia({ video: true })),
      screen: await refusal(navigator.mediaDevices.getDisplayMedia()),
      clipboard: await refusal(navigator.clipboard.readText()),
      midi: await refusal(navigator.requestMIDIAccess({ sysex: true })),
    }
  })
  expect(new Set(Object.values(denied))).toEqual(new Set(['denied']))
  await expect.poll(() => app.refusals('page.permission-refused').length, PATIENTLY).toBeGreaterThan(0)
})

test('6. web security is not switched off', async () => {
  expect(await preferences()).toMatchObject({ webSecurity: true })
})

describe('7. a content security policy holds', () => {
  test('it comes with the page and begins with nothing', async () => {
    const policy = await app.page.evaluate(async () =>
      (await fetch('/')).headers.get('content-security-policy'),
    )
    expect(policy).toMatch(/^default-src 'none';/)
    expect(policy).not.toMatch(/unsafe-eval|\*|https?:/)
    expect(policy?.match(/script-src[^;]*/)?.[0]).toBe("script-src 'self'")
  })

  test('no script runs that came as text', async () => {
    const ran = await app.page.evaluate(() => {
      const script = document.createElement('script')
      script.textContent = 'window.injected = true'
      document.body.append(script)
      document.body.insertAdjacentHTML(
        'beforeend',
        '<img src="data:," onerror="window.injected = true"><a href="javascript:window.injected = true">x</a>',
      )
      const imported = document.createElement('script')
      imported.src = 'data:text/javascript,window.injected = true'
      document.body.append(imported)
      return new Promise((resolve) => {
        imported.addEventListener('error', () => resolve('injected' in window))
        imported.addEventListener('load', () => resolve(true))
      })
    })
    expect(ran).toBe(false)
  })
})

test('8. insecure content is not run', async () => {
  expect(await preferences()).toMatchObject({ allowRunningInsecureContent: false })
})

test('9. experimental features are off', async () => {
  expect(await preferences()).toMatchObject({ experimentalFeatures: false })
})

test('10. no Blink feature is switched on', async () => {
  expect(await preferences()).toMatchObject({ enableBlinkFeatures: '' })
  const switches = await app.electron.evaluate(({ app: { commandLine } }) =>
    [
      'enable-blink-features',
      'enable-features',
      'disable-web-security',
      'allow-running-insecure-content',
    ].filter((name) => commandLine.hasSwitch(name)),
  )
  expect(switches.filter((name) => name !== 'enable-features')).toEqual([])
})

describe('11. and 12. there is no webview', () => {
  test('the tag is a word without meaning, popups allowed or not', async () => {
    const kind = await app.page.evaluate(() => {
      document.body.insertAdjacentHTML('beforeend', '<webview src="https://outside.invalid/" allowpopups>')
      return typeof Reflect.get(document.querySelector('webview') ?? {}, 'loadURL')
    })
    expect(kind).toBe('undefined')
    expect(await preferences()).toMatchObject({ webviewTag: false })
    expect(await app.electron.evaluate(({ webContents }) => webContents.getAllWebContents().length)).toBe(1)
  })

  test('one that came to be all the same is refused, whatever its options', async () => {
    const refused = await app.electron.evaluate(({ BrowserWindow }) => {
      let prevented = false
      const event = { preventDefault: () => (prevented = true) }
      BrowserWindow.getAllWindows()[0]?.webContents.emit('will-attach-webview', event, {}, {})
      return prevented
    })
    expect(refused).toBe(true)
  })
})

test('13. the window goes nowhere', async () => {
  const { page } = app
  const where = page.url()
  await page.evaluate((outside) => {
    for (const address of [
      'file:///etc/hostname',
      'data:text/html,elsewhere',
      'javascript:document.write(1)',
      'app://elsewhere/',
      'app://satm/assets/',
      `${outside}/navigation`,
      'https://outside.invalid/',
    ]) {
      const link = document.createElement('a')
      link.href = address
      document.body.append(link)
      link.click()
      const form = document.createElement('form')
      form.action = address
      document.body.append(form)
      form.submit()
      location.assign(address)
    }
  }, app.outside)
  await expect.poll(() => app.refusals('page.navigation-refused').length, PATIENTLY).toBeGreaterThan(0)
  expect(page.url()).toBe(where)
  expect(await page.getByRole('navigation').count()).toBeGreaterThan(0)
  expect(app.visits()).toEqual([])
})

test('14. no new window is opened, by script, link or mouse', async () => {
  expect(await app.page.evaluate(() => window.open('https://outside.invalid/') === null)).toBe(true)
  expect(await app.page.evaluate(() => window.open('/') === null)).toBe(true)
  await app.page.evaluate(() => {
    document.body.insertAdjacentHTML(
      'beforeend',
      '<a id="lure" href="https://outside.invalid/" target="_blank" rel="opener">lure</a>',
    )
    const lure = document.getElementById('lure')
    if (lure !== null) lure.style.cssText = 'position: fixed; inset: 0; z-index: 99999; background: white'
  })
  const { mouse, keyboard } = app.page
  await mouse.click(400, 300)
  await mouse.click(400, 300, { button: 'middle' })
  for (const key of ['Control', 'Shift', 'Meta']) {
    await keyboard.down(key)
    await mouse.click(400, 300)
    await keyboard.up(key)
  }
  await expect.poll(() => app.refusals('page.window-refused').length, PATIENTLY).toBeGreaterThanOrEqual(7)
  await app.page.evaluate(() => document.getElementById('lure')?.remove())
  expect(await app.electron.evaluate(({ webContents }) => webContents.getAllWebContents().length)).toBe(1)
  expect(app.openedOutside()).toEqual([])
})

describe('15. openExternal gets no address of the page’s', () => {
  test('the page names one of a few links, never an address', async () => {
    for (const link of ['https://outside.invalid/', 'file:///etc/passwd', 'developer-portal/../x', null]) {
      expect(await app.request('app.open-link', { link })).toMatchObject({ ok: false })
    }
    expect(app.openedOutside()).toEqual([])
  })

  test('what such a link means is fixed', async () => {
    await ask(app.page, 'app.open-link', { link: 'control-hub' })
    await expect.poll(app.openedOutside, PATIENTLY).toEqual(['https://admin.webex.com/apps/serviceapps'])
  })

  test('one file calls it, as the sources show', () => {
    const sources = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })
    const callers = sources
      .filter((file) => /\.tsx?$/.test(file))
      .filter((file) => readFileSync(path.join(root, 'src', file), 'utf8').includes('.openExternal('))
    expect(callers).toEqual(['main/desktop/system/links.ts'])
  })
})

test('16. Electron is a current one: the declared version, or its stand-in where that cannot be downloaded', async () => {
  const declared = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).devDependencies.electron
  // Exact, and of the newest major when this was written; what is current next year no test can know.
  expect(declared).toMatch(/^(4[5-9]|[5-9]\d)\.\d+\.\d+$/)
  const running = await app.electron.evaluate(() => process.versions.electron)
  expect([declared, '33.2.1']).toContain(running)
})

describe('17. who sends a message is checked', () => {
  test('a page of another origin with the very same preload is not answered', async () => {
    expect(await app.requestFromElsewhere('data:text/html,elsewhere')).toEqual(THERE_IS_NO_SUCH_REQUEST)
  })

  test('nor is a second window on our own page', async () => {
    expect(await app.requestFromElsewhere('app://satm/')).toEqual(THERE_IS_NO_SUCH_REQUEST)
  })

  test('nor is a frame inside our window, though it is of our origin', async () => {
    expect(await app.forgeFromFrame()).toEqual({
      mainFrame: expect.objectContaining({ ok: true }),
      subframe: THERE_IS_NO_SUCH_REQUEST,
      gone: THERE_IS_NO_SUCH_REQUEST,
    })
  })

  test('each is written down', async () => {
    await expect.poll(() => app.refusals('ipc.stranger').length, PATIENTLY).toBeGreaterThanOrEqual(4)
  })
})

describe('18. custom protocol instead of file://', () => {
  test('no page of the app is a file, and the page reads none', async () => {
    const addresses = await app.electron.evaluate(({ webContents }) =>
      webContents.getAllWebContents().map((contents) => contents.getURL()),
    )
    expect(addresses.map((address) => new URL(address).protocol)).toEqual(['app:'])
    const read = await app.page.evaluate(() =>
      fetch('file:///etc/hostname').then(
        () => true,
        () => false,
      ),
    )
    expect(read).toBe(false)
  })

  test.each([
    '/../../main/index.js',
    '/..%2f..%2fmain%2findex.js',
    '/%2e%2e/preload/index.cjs',
    '//etc/hostname',
  ])('the protocol serves nothing outside the page’s folder: %s', async (address) => {
    expect(await app.page.evaluate(async (to) => (await fetch(`app://satm${to}`)).status, address)).toBe(404)
  })
})

describe.runIf(process.platform === 'linux')(
  '19. fuses, on a copy of the runtime flipped as for a release',
  () => {
    test('it is no Node, takes no NODE_OPTIONS, no inspector, and no app folder beside its archive', async () => {
      const copy = await releasedCopy(runtime())
      try {
        expect(copy.before).toEqual({ plainNode: true, runsFolder: true })
        expect(copy.after).toEqual({ plainNode: false, runsFolder: false })
        expect(copy.wire).toMatchObject({
          RunAsNode: false,
          // On Linux it would have Chromium ask a locked keyring at the start.
          EnableCookieEncryption: process.platform !== 'linux',
          EnableNodeOptionsEnvironmentVariable: false,
          EnableNodeCliInspectArguments: false,
          OnlyLoadAppFromAsar: true,
          GrantFileProtocolExtraPrivileges: false,
        })
      } finally {
        copy.remove()
      }
    })
  },
)

describe('20. no Electron API is exposed', () => {
  test('the bridge is two functions', async () => {
    const bridge = await app.page.evaluate(() =>
      Object.entries(Reflect.get(window, 'satm')).map(([name, value]) => `${name}: ${typeof value}`),
    )
    expect(bridge.sort()).toEqual(['onView: function', 'request: function'])
  })

  test.each([
    ['nothing.here', {}],
    ['satm:request', {}],
    ['constructor', {}],
    ['__proto__', {}],
    ['', {}],
    [['view.get'], {}],
    [null, {}],
  ])('there is no request %j', async (name, input) => {
    expect(await app.request(name, input)).toEqual(THERE_IS_NO_SUCH_REQUEST)
  })

  test.each([
    ['a part too many', 'view.get', { extra: true }],
    ['an object for a text', 'profile.refresh', { profileId: { $ne: '' } }],
    ['a text too long', 'clipboard.copy-text', { text: 'x'.repeat(5000) }],
    ['an address it must not have', 'settings.save', { baseUrl: 'http://outside.invalid/v1' }],
  ])('a request does not take %s', async (_what, name, input) => {
    expect(await app.request(name, input)).toMatchObject({ ok: false, error: { code: expect.any(String) } })
  })

  test('a listener gets the view and no event of Electron’s', async () => {
    const given = app.page.evaluate(
      () =>
        new Promise((resolve) => {
          Reflect.get(window, 'satm').onView((...all: unknown[]) => resolve(all.map((one) => typeof one)))
        }),
    )
    await ask(app.page, 'settings.save', { theme: 'dark' })
    expect(await given).toHaveLength(1)
  })
})

describe('a crash', () => {
  test('of the page leaves no dump behind and sends none; the page is loaded again and reports it', async () => {
    await app.crashPage()
    await expect.poll(() => app.refusals('window.crashed').length, PATIENTLY).toBe(1)
    await expect.poll(app.textOnPage, PATIENTLY).toContain('The window stopped unexpectedly')
    expect(await app.crashReports()).toEqual({ dumps: [], uploads: false })
  })
})
