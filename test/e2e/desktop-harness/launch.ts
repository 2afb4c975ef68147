// Builds the harness once a test file and starts it in the real runtime.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { _electron, type ElectronApplication } from 'playwright'
import { build } from 'vite'
import { expect, vi } from 'vitest'
import type { Harness, Noticed } from './main.ts'

const here = import.meta.dirname
const root = path.resolve(here, '../../..')
const icons = path.join(root, 'resources', 'icons', 'tray')
const sandboxSwitch = process.getuid?.() === 0 ? ['--no-sandbox'] : []

export interface BuiltHarness {
  readonly app: string
  /** A new, empty folder below the harness's own. */
  folder(): string
  remove(): void
}

export interface RunningHarness {
  readonly electron: ElectronApplication
  /** Runs in the main process; only what JSON can hold goes in and out. */
  run<T, A>(task: (harness: Harness, argument: A) => T | Promise<T>, argument: A): Promise<T>
  run<T>(task: (harness: Harness) => T | Promise<T>): Promise<T>
  noticed(what: Noticed['what']): Promise<readonly Noticed[]>
  close(): Promise<void>
}

/** Asks again until it is so; a busy machine may take its time. */
export function eventually(look: () => unknown): ReturnType<typeof expect.poll> {
  return expect.poll(look, { timeout: 30_000, interval: 50 })
}

export async function buildHarness(): Promise<BuiltHarness> {
  const place = mkdtempSync(path.join(tmpdir(), 'satm-harness-'))
  const app = path.join(place, 'app')
  await build({
    root: here,
    configFile: false,
    logLevel: 'silent',
    publicDir: false,
    build: {
      outDir: app,
      emptyOutDir: true,
      minify: false,
      target: 'node20',
      ssr: path.join(here, 'main.ts'),
      rolldownOptions: {
        external: ['electron', ...builtinModules, /^node:/],
        output: { format: 'es', entryFileNames: 'main.js' },
      },
    },
    ssr: { noExternal: true },
  })
  cpSync(path.join(here, 'page'), path.join(app, 'page'), { recursive: true })
  writeFileSync(
    path.join(app, 'package.json'),
    JSON.stringify({
      name: 'desktop-harness',
      productName: 'Harness',
      version: '1.0.0',
      type: 'module',
      main: 'main.js',
    }),
  )
  let folders = 0
  return {
    app,
    folder() {
      folders += 1
      const folder = path.join(place, `data-${folders}`)
      mkdirSync(folder)
      return folder
    },
    remove: () => rmSync(place, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }),
  }
}

export async function launchHarness(
  built: BuiltHarness,
  folder: string,
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<RunningHarness> {
  const electron = await _electron.launch({
    executablePath: runtime(),
    // Playwright would switch it off for everybody.
    chromiumSandbox: true,
    args: [...sandboxSwitch, built.app],
    env: defined({ ...process.env, SATM_HARNESS_FOLDER: folder, SATM_HARNESS_ICONS: icons, ...env }),
  })
  await vi.waitFor(async () => {
    if (await electron.evaluate(() => globalThis.harness === undefined)) throw new Error('not ready yet')
  }, 20_000)
  return {
    electron,
    run: <T, A>(task: (harness: Harness, argument: A) => T | Promise<T>, argument?: A) =>
      electron.evaluate(
        // The function crosses as its text: it sees nothing of this file.
        (_electron, [text, given]) => new Function(`return (${text})`)()(globalThis.harness, given),
        [task.toString(), argument] as const,
      ) as Promise<T>,
    noticed: (what) =>
      electron.evaluate(
        (_electron, wanted) => globalThis.harness.noticed.filter((one) => one.what === wanted),
        what,
      ),
    close: () => electron.close(),
  }
}

function runtime(): string {
  const executable = process.env.SATM_ELECTRON
  if (executable === undefined) {
    throw new Error(
      'SATM_ELECTRON is not set: run "npm test", or SATM_ELECTRON=$(npm run --silent electron-path)',
    )
  }
  return executable
}

function defined(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}
