// The real app in the real runtime, driven by Playwright.
import { existsSync } from 'node:fs'
import path from 'node:path'
import { _electron, type Browser, chromium, type ElectronApplication, type Page } from 'playwright'

const root = path.resolve(import.meta.dirname, '../../..')
/** Chromium's sandbox refuses to run for the superuser; nobody else is given the switch. */
const sandboxSwitch = process.getuid?.() === 0 ? ['--no-sandbox'] : []

export interface RunningApp {
  readonly electron: ElectronApplication
  readonly page: Page
  /** What the app wrote to its standard output and error. */
  output(): string
  close(): Promise<void>
}

/** `dataFolder` outlives the app, so a second launch is a restart. */
export async function launchApp(options: {
  readonly dataFolder: string
  readonly env?: Readonly<Record<string, string>>
  readonly args?: readonly string[]
  /** A script that ends up as the runtime with the same arguments. */
  readonly startedBy?: string
  /** `none`: a machine on which nothing protects what is stored. */
  readonly keyring?: 'real' | 'none'
}): Promise<RunningApp> {
  const electron = await _electron.launch({
    executablePath: options.startedBy ?? runtime(),
    // Playwright would switch it off for everybody.
    chromiumSandbox: true,
    args: [
      ...sandboxSwitch,
      `--password-store=${options.keyring === 'none' ? 'basic' : 'gnome-libsecret'}`,
      root,
      `--user-data-dir=${options.dataFolder}`,
      ...(options.args ?? []),
    ],
    env: { ...definedEnv(), ...options.env },
  })
  const written: string[] = []
  const child = electron.process()
  child.stdout?.on('data', (chunk: Buffer) => written.push(chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => written.push(chunk.toString()))
  const page = await electron.firstWindow()
  await page.waitForLoadState('domcontentloaded')
  return { electron, page, output: () => written.join(''), close: () => electron.close() }
}

/** Debian's Chromium: the person's browser in these tests. */
export function launchBrowser(): Promise<Browser> {
  const executablePath = '/usr/bin/chromium'
  if (!existsSync(executablePath)) throw new Error('Chromium is missing: apt-get install chromium')
  return chromium.launch({ executablePath, args: [...sandboxSwitch, '--disable-quic'] })
}

/** `npm test` resolves the runtime once and hands it down. */
export function runtime(): string {
  const executable = process.env.SATM_ELECTRON
  if (executable === undefined || executable === '') {
    throw new Error(
      'SATM_ELECTRON is not set: run "npm test", or SATM_ELECTRON=$(npm run --silent electron-path)',
    )
  }
  return executable
}

function definedEnv(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}
