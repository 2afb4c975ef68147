// The running app with an attacker in its page: a server outside to be reached, a browser to be opened, ways to forge.
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { notingBrowser } from '../../../scripts/run/noting-browser.mjs'
import { launchApp, type RunningApp } from './app.ts'

export interface Besieged extends Pick<RunningApp, 'electron' | 'page'> {
  /** A server whose answers anybody may read. */
  readonly outside: string
  /** The paths it was asked for. */
  visits(): readonly string[]
  /** What the system's browser was given. */
  openedOutside(): readonly string[]
  /** The lines of the app's log about one event. */
  refusals(event: string): readonly unknown[]
  /** The page asks over its bridge, whatever the name. */
  request(name: unknown, input: unknown): Promise<unknown>
  /** Another window with our preload asks, from a page at `address`. */
  requestFromElsewhere(address: string): Promise<unknown>
  /** A message that says it comes from a frame inside our page, or from one that is gone. */
  forgeFromFrame(): Promise<{ mainFrame: unknown; subframe: unknown; gone: unknown }>
  /** The page's process dies. */
  crashPage(): Promise<void>
  /** Of whatever page the window has; Playwright's handle does not outlive a crash. */
  textOnPage(): Promise<unknown>
  /** What was kept of crashes, and whether it would be sent anywhere. */
  crashReports(): Promise<{ readonly dumps: readonly string[]; readonly uploads: boolean }>
  end(): Promise<void>
}

export async function besiege(): Promise<Besieged> {
  const home = await mkdtemp(path.join(tmpdir(), 'satm-security-'))
  const dataFolder = path.join(home, 'data')
  const browser = notingBrowser(path.join(home, 'desktop'))
  const visits: string[] = []
  const server = createServer((request, response) => {
    visits.push(request.url ?? '')
    response.setHeader('Access-Control-Allow-Origin', '*').end('outside')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const outside = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const app = await launchApp({
    dataFolder,
    // Nobody listens there: the app itself reaches nothing either.
    env: { ...browser.env, SATM_WEBEX_BASE_URL: 'http://127.0.0.1:9/v1' },
  })
  const { electron, page } = app
  return {
    electron,
    page,
    outside,
    visits: () => visits,
    openedOutside: browser.opened,
    refusals: (event) =>
      readFileSync(path.join(dataFolder, 'logs', 'app.log'), 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line): { event: string } => JSON.parse(line))
        .filter((line) => line.event === event),
    request: (name, input) =>
      page.evaluate(
        ([asked, given]) => {
          // Not as the contract has it: whatever an attacker sends.
          const bridge: { request(name: unknown, input: unknown): Promise<unknown> } = Reflect.get(
            window,
            'satm',
          )
          return bridge.request(asked, given)
        },
        [name, input] as const,
      ),
    requestFromElsewhere: (address) =>
      electron.evaluate(async ({ app: running, BrowserWindow }, from) => {
        const preload = `${running.getAppPath()}/out/preload/index.cjs`
        const other = new BrowserWindow({ show: false, webPreferences: { preload, sandbox: true } })
        await other.loadURL(from)
        const answer = await other.webContents.executeJavaScript("window.satm.request('view.get', {})")
        other.destroy()
        return answer
      }, address),
    async forgeFromFrame() {
      await page.evaluate(() => {
        const frame = document.createElement('iframe')
        frame.srcdoc = 'inside'
        document.body.append(frame)
        return new Promise((resolve) => frame.addEventListener('load', resolve))
      })
      // No frame has a preload, so none can send at all: the message is put where Electron would put it.
      return electron.evaluate(async ({ BrowserWindow, ipcMain }) => {
        const sender = BrowserWindow.getAllWindows()[0]?.webContents
        const subframe = sender?.mainFrame.framesInSubtree.find((frame) => frame.parent !== null)
        const handler = Reflect.get(ipcMain, '_invokeHandlers').get('satm:request')
        if (subframe === undefined) throw new Error('The page has no frame.')
        const from = (senderFrame: unknown) => handler({ sender, senderFrame }, 'view.get', {})
        return {
          mainFrame: await from(sender?.mainFrame),
          subframe: await from(subframe),
          gone: await from(null),
        }
      })
    },
    crashPage: () =>
      electron.evaluate(({ BrowserWindow }) => {
        BrowserWindow.getAllWindows()[0]?.webContents.forcefullyCrashRenderer()
      }),
    textOnPage: () =>
      electron.evaluate(({ BrowserWindow }) =>
        BrowserWindow.getAllWindows()[0]?.webContents.executeJavaScript('document.body.innerText'),
      ),
    async crashReports() {
      const { folder, uploads } = await electron.evaluate(({ app: running, crashReporter }) => ({
        folder: running.getPath('crashDumps'),
        uploads: crashReporter.getUploadToServer(),
      }))
      const files = [...filesIn(folder), ...filesIn(dataFolder)]
      return { uploads, dumps: files.filter((file) => file.endsWith('.dmp')) }
    },
    async end() {
      await app.close()
      server.close()
      await rm(home, { recursive: true, force: true })
    },
  }
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
  } catch {
    return []
  }
}
