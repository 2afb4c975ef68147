// What a walk through the window needs: the app on a machine without a keyring, a Webex of its own, and a hand.
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { ElectronApplication, Locator, Page } from 'playwright'
import { type Simulator, startSimulator } from '#simulator/index.ts'
import { notingBrowser } from '../../../scripts/run/noting-browser.mjs'
import { launchApp } from './app.ts'
import type { Hand } from './hands.ts'

/** High enough for messages not to lie on what is pressed next. */
const SIZE = { width: 1440, height: 960 }
/** ms */
const PATIENCE = 20_000

export interface Walk {
  readonly page: Page
  readonly hand: Hand
  readonly simulator: Simulator
  /** Registered for the integration; other than the app's usual one. */
  readonly redirectPort: number
  readonly home: string
  /** Looks at the place one is at; `name` tells it from the others. */
  look(name: string): Promise<void>
  button(name: string): Locator
  field(name: string): Locator
  dialog(name?: string | RegExp): Locator
  /** The system's dialogs cannot be driven; what a person would choose in them is. */
  chooses(file: string): Promise<void>
  /** What a person copied elsewhere. */
  copied(text: string): Promise<void>
  /** The address the browser was last opened at. */
  consentPage(): Promise<string>
  end(): Promise<void>
}

export interface Manner {
  hand(page: Page): Hand
  look(page: Page, place: string): Promise<void>
}

export async function startWalk(manner: Manner): Promise<Walk> {
  const home = mkdtempSync(path.join(tmpdir(), 'satm-walk-'))
  const browser = notingBrowser(path.join(home, 'desktop'))
  const redirectPort = await freePort()
  const simulator = await startSimulator({
    redirectUri: `http://localhost:${redirectPort}/callback`,
    accessTtl: 1209599,
    refreshTtl: 7775999,
    serviceApps: [
      { name: 'Orders', orgs: 2 },
      { name: 'Wallboard', orgs: 1 },
    ],
  })
  const app = await launchApp({
    dataFolder: path.join(home, 'data'),
    keyring: 'none',
    env: { ...browser.env, SATM_WEBEX_BASE_URL: simulator.baseUrl },
  })
  const { page, electron } = app
  page.setDefaultTimeout(PATIENCE)
  await page.setViewportSize(SIZE)
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
  return {
    page,
    simulator,
    redirectPort,
    home,
    hand: manner.hand(page),
    look: (place) => manner.look(page, place),
    button: (name) => page.getByRole('button', { name, exact: true }),
    field: (name) => page.getByRole('textbox', { name, exact: true }),
    dialog: (name) => page.getByRole('dialog', name === undefined ? {} : { name }),
    chooses: (file) => chooseInDialogs(electron, file),
    copied: (text) => electron.evaluate(({ clipboard }, copied) => clipboard.writeText(copied), text),
    consentPage: () =>
      browser.next(0).catch(async (error: Error) => {
        throw new Error(`${error.message} The dialog: ${await page.getByRole('dialog').innerText()}`)
      }),
    async end() {
      await app.close()
      await simulator.close()
      rmSync(home, { recursive: true, force: true })
    },
  }
}

/** Below the ports systems give out by themselves: other tests take and leave those while this one walks. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000)
    const server = createServer().listen(port)
    const free = await once(server, 'listening').then(
      () => true,
      () => false,
    )
    server.close()
    if (free) return port
  }
}

function chooseInDialogs(electron: ElectronApplication, file: string): Promise<void> {
  return electron.evaluate(({ dialog }, chosen) => {
    dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [chosen] })
    dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath: chosen })
  }, file)
}
