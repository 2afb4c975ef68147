// Starts of the real app as a person's: without a debugger, seen by the windows that are on the screen.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, vi } from 'vitest'
import { runtime } from './app.ts'

const root = path.resolve(import.meta.dirname, '../../..')
const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []

export interface Start {
  readonly pid: number
  /** Its exit code, or the signal that ended it; null while it runs. */
  ended(): number | string | null
  /** What it wrote to the standard error. */
  said(): string
  signal(name: NodeJS.Signals): void
}

/** Killed when the test is over. `inside`: a command that runs the app in a place of the test's own. */
export function startApp(
  args: readonly string[],
  place: { readonly inside?: readonly string[]; readonly env?: NodeJS.ProcessEnv } = {},
): Start {
  const [command = '', ...rest] = [...(place.inside ?? []), runtime(), ...sandbox, root, ...args]
  const started = spawn(command, rest, {
    env: { ...process.env, ...place.env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  started.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  onTestFinished(async () => {
    if (started.exitCode !== null || started.signalCode !== null) return
    started.kill('SIGKILL')
    await once(started, 'exit')
  })
  return {
    pid: started.pid ?? 0,
    ended: () => started.exitCode ?? started.signalCode,
    said: () => said,
    signal: (name) => void started.kill(name),
  }
}

/**
 * What runs a command with mounts of its own, which nobody else sees: `script` makes them, with `at` as `$0`. The command has
 * no more rights than without.
 */
export function withMounts(at: string, script: string): readonly string[] {
  const shell = (command: string) => ['sh', '-c', `set -e; ${script}; exec ${command}`, at]
  if (process.getuid?.() === 0) return ['unshare', '--mount', ...shell('"$@"')]
  // Only in a user namespace may an ordinary user mount anything.
  const asRoot = ['unshare', '--user', '--map-current-user', '--keep-caps', '--mount']
  return [...asRoot, ...shell('setpriv --ambient-caps=-all --inh-caps=-all "$@"')]
}

const xdotool = async (...parameters: readonly string[]) =>
  (await promisify(execFile)('xdotool', parameters)).stdout

/** The visible windows of that title. A search that meets a window that has just gone fails, and finds nothing: it is made again. */
export async function boxes(title: string): Promise<readonly string[]> {
  for (;;) {
    const search = ['search', '--onlyvisible', '--name', `^${title}$`]
    const { stdout, stderr } = await promisify(execFile)('xdotool', search).catch(
      // Ends with 1 and says nothing when no window has that title.
      (cause: { code?: unknown; stdout: string; stderr: string }) => {
        if (cause.code === 1) return cause
        throw cause
      },
    )
    if (!stderr.includes('X Error')) return stdout.split('\n').filter((line) => line !== '')
  }
}

/** The app's windows on the screen. */
export const windows = () => boxes('Service App Token Manager')

const REFUSAL = 'Service App Token Manager: error'
/** The boxes with why a start ended. */
export const refusals = () => boxes(REFUSAL)

/** Presses a key in the box of that title once it is there. */
export async function pressInBox(title: string, key: 'Return' | 'Escape'): Promise<void> {
  const box = await vi.waitFor(
    async () => {
      const [only, ...others] = await boxes(title)
      if (only === undefined || others.length > 0) throw new Error(`No box, or several: ${title}.`)
      return only
    },
    { timeout: 60_000, interval: 50 },
  )
  // The box goes with the press, and xdotool with the box, if it is one call.
  await xdotool('keydown', '--window', box, key)
  await releaseKeys(key)
}

/** A key that stays pressed repeats itself in every window that comes after. */
export async function releaseKeys(...keys: readonly string[]): Promise<void> {
  await xdotool('keyup', ...keys)
}

/** A start that ends, once somebody has read why in the window. */
export async function refusedStart(
  dataFolder: string,
  place: { readonly inside?: readonly string[]; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<{ readonly code: unknown; readonly said: string }> {
  const started = startApp([`--user-data-dir=${dataFolder}`], place)
  // Its only button.
  await pressInBox(REFUSAL, 'Return').catch((cause: unknown) => {
    throw new Error(`No box. Ended: ${started.ended()}. Said: ${started.said()}`, { cause })
  })
  await expect.poll(started.ended, { timeout: 60_000 }).not.toBeNull()
  // The X server takes away what an ended process had a moment later; the next start is not to be mistaken for this one.
  await expect.poll(refusals, { timeout: 60_000 }).toEqual([])
  return { code: started.ended(), said: started.said() }
}
