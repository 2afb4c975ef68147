// The window and its page in real Electron: what the page may not do, and how the window goes and comes back.
import type { Page } from 'playwright'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  type BuiltHarness,
  buildHarness,
  eventually,
  launchHarness,
  type RunningHarness,
} from './desktop-harness/launch.ts'
import { boxes, pressInBox } from './support/refused-start.ts'

let built: BuiltHarness
beforeAll(async () => {
  built = await buildHarness()
})
afterAll(() => built.remove())

describe('the page', () => {
  let app: RunningHarness
  let page: Page

  beforeAll(async () => {
    app = await launchHarness(built, built.folder())
    await app.run(({ window }) => window.show())
    page = await app.electron.firstWindow()
    await page.waitForFunction(() => 'views' in window)
  })
  afterAll(() => app.close())

  const refusals = async () => (await app.noticed('refused')).map((one) => 'event' in one && one.event)

  test('comes from our own origin, with style and script', async () => {
    expect(page.url()).toBe('app://satm/')
    expect(await page.evaluate(() => window.origin)).toBe('app://satm')
    expect(await page.evaluate(() => getComputedStyle(document.querySelector('h1') as Element).color)).toBe(
      'rgb(1, 2, 3)',
    )
  })

  test('is answered with the policy, its type and nothing to guess', async () => {
    const headers = await page.evaluate(async () => Object.fromEntries((await fetch('/index.html')).headers))
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    })
    expect(headers['content-security-policy']).toContain("default-src 'none'")
  })

  test.each(['/nothing.js', '/preload.cjs', '/..%2fmain.js', '/.hidden.js'])(
    'finds nothing at %s',
    async (address) => {
      expect(await page.evaluate(async (to) => (await fetch(to)).status, address)).toBe(404)
    },
  )

  test('may only GET', async () => {
    expect(await page.evaluate(async () => (await fetch('/script.js', { method: 'POST' })).status)).toBe(404)
  })

  test('has nothing of Node', async () => {
    const found = await page.evaluate(() =>
      ['require', 'process', 'Buffer', 'module', 'global', 'electron'].filter((name) => name in window),
    )
    expect(found).toEqual([])
  })

  test('runs no inline script and no text as code', async () => {
    expect(await page.title()).toBe('Harness')
    await page.evaluate(() => {
      const script = document.createElement('script')
      script.textContent = 'window.injected = true'
      document.body.append(script)
      document.body.insertAdjacentHTML('beforeend', '<img src="data:," onerror="window.injected = true">')
    })
    // The page's own script tries it: what a test evaluates is exempt.
    expect(await page.evaluate(() => Reflect.get(window, 'evaluated'))).toBe('EvalError')
    expect(await page.evaluate(() => 'injected' in window)).toBe(false)
  })

  test.each(['https://outside.invalid/', 'http://127.0.0.1:9/', 'file:///etc/hostname', 'app://other/x.js'])(
    'reaches nothing at %s',
    async (address) => {
      const reached = await page.evaluate(
        (to) =>
          fetch(to, { mode: 'no-cors' }).then(
            () => true,
            () => false,
          ),
        address,
      )
      expect(reached).toBe(false)
    },
  )

  test('reaches nothing by frame, socket, picture, beacon or worker', async () => {
    const results = await page.evaluate(async () => {
      const frame = document.createElement('iframe')
      frame.src = 'https://outside.invalid/'
      document.body.append(frame)
      const socket = await new Promise((resolve) => {
        try {
          const opened = new WebSocket('ws://127.0.0.1:9/')
          opened.onopen = () => resolve('open')
          opened.onerror = () => resolve('refused')
        } catch {
          resolve('refused')
        }
      })
      const picture = await new Promise((resolve) => {
        const image = new Image()
        image.onload = () => resolve('loaded')
        image.onerror = () => resolve('refused')
        image.src = 'http://127.0.0.1:9/x.png'
      })
      const worker = await new Promise((resolve) => {
        try {
          const made = new Worker(URL.createObjectURL(new Blob(['postMessage(1)'])))
          made.onmessage = () => resolve('ran')
          made.onerror = () => resolve('refused')
        } catch {
          resolve('refused')
        }
      })
      return [socket, picture, worker]
    })
    expect(results).toEqual(['refused', 'refused', 'refused'])
    expect(page.frames().map((frame) => frame.url())).not.toContain('https://outside.invalid/')
  })

  test('opens no window', async () => {
    expect(await page.evaluate(() => window.open('https://outside.invalid/') === null)).toBe(true)
    expect(await page.evaluate(() => window.open('/index.html') === null)).toBe(true)
    await page.getByRole('link', { name: 'Outside' }).click()
    expect(await app.run(({ electron }) => electron.BrowserWindow.getAllWindows().length)).toBe(1)
    await eventually(refusals).toContain('page.window-refused')
  })

  test('stays where it is', async () => {
    for (const address of [
      'https://outside.invalid/',
      'file:///etc/hostname',
      'data:text/html,x',
      'app://satm/style.css',
    ]) {
      await page.evaluate((to) => {
        const link = document.createElement('a')
        link.href = to
        document.body.append(link)
        link.click()
      }, address)
    }
    await eventually(refusals).toContain('page.navigation-refused')
    expect(page.url()).toBe('app://satm/')
  })

  test('saves no file', async () => {
    await page.evaluate(() => document.querySelector<HTMLElement>('a[download]')?.click())
    await eventually(refusals).toContain('page.download-refused')
  })

  test('gets no permission', async () => {
    const asked = await page.evaluate(async () => ({
      notification: await Notification.requestPermission(),
      place: await new Promise((resolve) => {
        navigator.geolocation.getCurrentPosition(
          () => resolve('granted'),
          (error) => resolve(error.code),
        )
      }),
      reading: await navigator.clipboard.readText().then(
        () => 'granted',
        (error: Error) => error.name,
      ),
      clipboard: (await navigator.permissions.query({ name: 'clipboard-read' as PermissionName })).state,
    }))
    expect(asked).toEqual({
      notification: 'denied',
      place: 1,
      reading: 'NotAllowedError',
      clipboard: 'denied',
    })
  })

  test('has no webview: the tag is a word without meaning', async () => {
    expect(
      await page.evaluate(() => typeof Reflect.get(document.querySelector('webview') as Element, 'loadURL')),
    ).toBe('undefined')
    expect(await app.run(({ electron }) => electron.webContents.getAllWebContents().length)).toBe(1)
  })

  test('runs isolated and sandboxed, whatever the defaults are', async () => {
    const preferences = await app.run(({ window }) => {
      const contents = window.webContents()
      return contents === null ? null : Reflect.get(contents, 'getLastWebPreferences').call(contents)
    })
    expect(preferences).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
    })
    expect(await app.run(({ electron }) => electron.session.defaultSession.isSpellCheckerEnabled())).toBe(
      false,
    )
    const devTools = await app.run(({ window }) => {
      window.webContents()?.openDevTools()
      return window.webContents()?.isDevToolsOpened()
    })
    expect(devTools).toBe(false)
  })

  test('is pushed the view', async () => {
    await app.run(({ window }) => window.send({ revision: 7 }))
    await eventually(() => page.evaluate(() => Reflect.get(window, 'views'))).toEqual([{ revision: 7 }])
  })
})

describe('the window', () => {
  let folder = ''
  let app: RunningHarness

  beforeEach(async () => {
    folder = built.folder()
    app = await launchHarness(built, folder)
  })
  afterEach(() => app.close())

  const count = () => app.run(({ electron }) => electron.BrowserWindow.getAllWindows().length)
  const shown = async (times: number) => {
    await app.run(({ window }) => window.show())
    await eventually(async () => (await app.noticed('shown')).length).toBe(times)
  }
  const closeByHand = () => app.run(({ electron }) => electron.BrowserWindow.getAllWindows()[0]?.close())

  test('is made only when it is shown', async () => {
    expect(await count()).toBe(0)
    expect(
      await app.run(({ window }) => [window.isVisible(), window.isFocused(), window.webContents()]),
    ).toEqual([false, false, null])
    await shown(1)
    expect(await count()).toBe(1)
    expect(await app.run(({ window }) => window.isVisible())).toBe(true)
  })

  test('closed to the tray is gone, says so once, and comes back', async () => {
    await app.run((harness) => {
      harness.trayThere = true
    })
    await shown(1)
    await closeByHand()
    await eventually(count).toBe(0)
    await shown(2)
    await closeByHand()
    await eventually(count).toBe(0)
    expect(await app.noticed('first-close')).toEqual([{ what: 'first-close', to: 'tray' }])
    await eventually(() => app.noticed('closed')).toHaveLength(2)
  })

  test('without a tray is kept when it is closed', async () => {
    await app.run((harness) => {
      harness.trayThere = false
    })
    await shown(1)
    await closeByHand()
    await eventually(() => app.noticed('first-close')).toEqual([{ what: 'first-close', to: 'taskbar' }])
    expect(await count()).toBe(1)
    await app.run(({ window }) => window.show())
    await eventually(() => app.run(({ window }) => window.isVisible())).toBe(true)
  })

  test('does not hold up a quit', async () => {
    await app.run((harness) => {
      harness.trayThere = false
    })
    await shown(1)
    const ended = new Promise((resolve) => app.electron.process().once('exit', resolve))
    await app.run(({ electron }) => setTimeout(() => electron.app.quit()) && undefined)
    expect(await ended).toBe(0)
    expect(await launchAndSee((harness) => harness.preferences.values().closedToTrayBefore)).toBe(false)
  })

  test('closes to the tray again after a quit that was called off', async () => {
    await app.run((harness) => {
      harness.trayThere = false
      harness.electron.app.once('before-quit', (event) => event.preventDefault())
      harness.electron.app.quit()
    })
    await shown(1)
    await closeByHand()
    await eventually(() => app.noticed('first-close')).toHaveLength(1)
    expect(await count()).toBe(1)
  })

  test('comes back at its place and size after a restart', async () => {
    await shown(1)
    const bounds = { x: 60, y: 40, width: 950, height: 640 }
    await app.run(
      ({ electron }, wanted) => electron.BrowserWindow.getAllWindows()[0]?.setBounds(wanted),
      bounds,
    )
    await eventually(() =>
      app.run(({ electron }) => electron.BrowserWindow.getAllWindows()[0]?.getBounds()),
    ).toEqual(bounds)
    await app.close()
    app = await launchHarness(built, folder)
    await shown(1)
    await eventually(() =>
      app.run(({ electron }) => electron.BrowserWindow.getAllWindows()[0]?.getBounds()),
    ).toEqual(bounds)
  })

  test('cannot be made smaller than it works', async () => {
    await shown(1)
    expect(
      await app.run(({ electron }) => electron.BrowserWindow.getAllWindows()[0]?.getMinimumSize()),
    ).toEqual([900, 600])
  })

  describe('that lost its page', () => {
    /** A page that answers has loaded. */
    const pageAnswers = () =>
      app.run(({ window }) => window.webContents()?.executeJavaScript('document.readyState'))
    const crash = () => app.run(({ window }) => window.webContents()?.forcefullyCrashRenderer())
    const crashTwice = async () => {
      await crash()
      await eventually(() => app.noticed('loaded-again')).toHaveLength(1)
      await eventually(pageAnswers).toBe('complete')
      await crash()
      await eventually(count).toBe(0)
    }

    test('loads it again, without anybody’s help', async () => {
      await shown(1)
      await crash()
      await eventually(() => app.noticed('loaded-again')).toHaveLength(1)
      await eventually(pageAnswers).toBe('complete')
      expect(await app.noticed('closed')).toEqual([])
    })

    test('twice within a minute asks, and opens when it is wanted', async () => {
      await shown(1)
      await crashTwice()
      await pressInBox('Harness', 'Return')
      await eventually(count).toBe(1)
      await eventually(pageAnswers).toBe('complete')
      expect(await app.noticed('loaded-again')).toHaveLength(1)
    })

    test('twice within a minute stays away when it is not wanted, and comes when it is called', async () => {
      await shown(1)
      await crashTwice()
      await pressInBox('Harness', 'Escape')
      await eventually(() => boxes('Harness')).toEqual([])
      expect(await count()).toBe(0)
      await shown(2)
    })
  })

  test('is dark before the page has painted when the theme is', async () => {
    const colours = await app.run(({ applyTheme, backgroundColour }) => {
      applyTheme('dark')
      const dark = backgroundColour()
      applyTheme('light')
      return [dark, backgroundColour()]
    })
    expect(colours).toEqual(['#000000', '#f7f7f7'])
  })

  async function launchAndSee<T>(look: (harness: typeof globalThis.harness) => T): Promise<T> {
    app = await launchHarness(built, folder)
    return app.run(look)
  }
})
