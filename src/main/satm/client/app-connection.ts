// Reaches the app of a data folder: connects to its socket, and starts the app in the tray if it is not running there. Makes
// no data folder. The only file of the command line that reads a clock or sets a timer.
import { existsSync, lstatSync, realpathSync, statSync } from 'node:fs'
import type { Socket } from 'node:net'
import { homedir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { refuseUnsafe, UnsafeFolder } from '#base/node/folder-access.ts'
import { defaultDataFolder, isDataFolder, type Note, readNote, socketKind } from '../app-location.ts'
import { CliError, EXIT } from './exit-codes.ts'
import type { ConnectionOptions } from './option-values.ts'
import { openSocket } from './socket-client.ts'

/** ms. A cold start on a slow machine, with a keyring to be asked. */
const START_TAKES = 45_000
/** ms. An app that is running creates its socket and note again within a second. */
const RESTORING_TAKES = 2_000
/** ms between two looks. */
const LOOK_EVERY = 50

type Env = Readonly<Record<string, string | undefined>>

/** Rejects with `CliError` when the app cannot be reached. */
export async function connectToApp({ dataFolder, start }: ConnectionOptions, env: Env): Promise<Socket> {
  const folder = folderOf(dataFolder, env)
  const userId = process.getuid?.() ?? null
  const note = trustedNote(folder, userId)
  const running = await tryToReach(note, userId)
  if (running !== null) return running
  if (note?.isServer === true) throw unreachable(serverStopped(folder))
  if (!isDataFolder(folder)) throw unreachable(`${noData(folder)} ${whereNamed(dataFolder, env)}`)
  if (!start) {
    throw unreachable(
      `The app is not running with the data folder ${folder}. Start it, or leave out --no-start.`,
    )
  }
  return whenListening(folder, userId, startApp(findApp(note, folder, env), folder, env))
}

/** Loaded where it is needed: whoever asks for a token mostly starts nothing. */
export const childProcess = () => process.getBuiltinModule('node:child_process')

/** `length`: ms. */
export const pause = (length: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, length)
  })

/** `length`: ms. The returned function cancels it. */
export function deadline(length: number, expire: () => void): () => void {
  const timer = setTimeout(expire, length)
  return () => clearTimeout(timer)
}

const unreachable = (message: string) => new CliError(EXIT.unreachable, message)

export const noData = (folder: string) =>
  existsSync(folder)
    ? `The app has never run with the data folder ${folder}: it contains no file of the app that you can read.`
    : `There is no data folder ${folder}.`

/** The app is not started in its place: it would ask for a folder that the server takes again. */
export const serverStopped = (folder: string) =>
  `A server (satm serve) owns the data folder ${folder}, and it is not running. Start it, mostly with: systemctl start satm.`

export function whereNamed(asked: string | null, env: Env): string {
  if (asked !== null) return 'Check --data-folder.'
  if (env.SATM_DATA_FOLDER) return 'Check SATM_DATA_FOLDER.'
  return 'Start the app once, or name its data folder with --data-folder.'
}

/** The real path, as the app uses it: two spellings of one folder are one. */
export function folderOf(asked: string | null, env: Env): string {
  const chosen = asked ?? (env.SATM_DATA_FOLDER || null)
  const folder = chosen === null ? defaultDataFolder(process.platform, env, homedir()) : path.resolve(chosen)
  try {
    return realpathSync.native(folder)
  } catch {
    return folder
  }
}

/** Throws `CliError` where others could have put it there: a note of this user's, from another folder or of an earlier day. */
export function trustedNote(folder: string, userId: number | null): Note | null {
  const note = readNote(folder, userId)
  if (note === null) return null
  try {
    refuseUnsafe(folder)
    return note
  } catch (error) {
    if (error instanceof UnsafeFolder) throw new CliError(EXIT.unreachable, error.message)
    throw error
  }
}

/** null: nobody listens. */
export async function tryToReach(note: Note | null, userId: number | null): Promise<Socket | null> {
  const place = note?.socket ?? null
  if (place === null) return null
  const kind = socketKind(place, userId)
  if (kind === 'none') return null
  if (kind === 'no-socket') {
    throw unreachable(
      `${place} is not a socket, so satm cannot reach the app. Remove it. A running app listens there again within seconds.`,
    )
  }
  if (kind === 'foreign') {
    throw unreachable(
      `What lies at ${place} may not be this app’s: another user owns it or can write to its folder.`,
    )
  }
  try {
    return await openSocket(place)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    // Left by a killed app, taken away just now, or its queue is full.
    if (code === 'ECONNREFUSED' || code === 'ENOENT' || code === 'EAGAIN') return null
    const message = error instanceof Error ? error.message : String(error)
    throw unreachable(`The app cannot be reached: ${message}.`)
  }
}

async function whenListening(folder: string, userId: number | null, started: Started): Promise<Socket> {
  const began = performance.now()
  while (performance.now() - began < START_TAKES) {
    const socket = await tryToReach(trustedNote(folder, userId), userId)
    if (socket !== null) return socket
    const { failure, endedAt } = started()
    if (failure !== null) throw unreachable(failure)
    if (endedAt !== null && performance.now() - endedAt > RESTORING_TAKES && !isStarting(folder)) {
      throw unreachable(
        `The app is already running with the data folder ${folder}, but satm cannot reach it. See Settings → Delivery in its window, or quit it and try again.`,
      )
    }
    await pause(LOOK_EVERY)
  }
  throw unreachable(
    `The app was started with the data folder ${folder} but does not respond. Open its window: it may be waiting, for instance for the keyring to be unlocked.`,
  )
}

/** Whether the instance that has the folder began so short a time ago that it may not listen yet. */
function isStarting(folder: string): boolean {
  // Chromium's lock is made anew at each start.
  const lock = lstatSync(path.join(folder, 'SingletonLock'), { throwIfNoEntry: false })
  return lock === undefined || Math.abs(Date.now() - lock.mtimeMs) < START_TAKES
}

/** What became of the started app. `failure`: why it will never listen. `endedAt`: another one has the folder. */
type Started = () => { readonly failure: string | null; readonly endedAt: number | null }

/** The app's executable as seen from the folder of a packaged satm. */
const BESIDE: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  linux: 'service-app-token-manager',
  win32: 'Service App Token Manager.exe',
  darwin: '../MacOS/Service App Token Manager',
}

/**
 * Program and arguments: SATM_APP, else what the app noted when it last ran with this data folder, else the app in whose
 * package satm lies, else the checkout this script was built in. Throws `CliError` when none of them is there.
 */
export function findApp(note: Note | null, folder: string, env: Env): readonly string[] {
  const chosen = env.SATM_APP
  if (chosen !== undefined && chosen !== '') return [chosen]
  const noted = note?.command ?? null
  if (noted?.every((part) => !path.isAbsolute(part) || existsSync(part))) return noted
  // Packaged, this is the folder of the executable.
  const here = path.dirname(fileURLToPath(import.meta.url))
  const beside = path.join(here, BESIDE[process.platform] ?? '')
  if (statSync(beside, { throwIfNoEntry: false })?.isFile()) return [beside, ...sandboxSwitch()]
  const checkout = path.resolve(here, '..', '..')
  const resolver = path.join(checkout, 'scripts', 'electron-path.mjs')
  if (existsSync(resolver)) return [runtimeOf(resolver, env), ...sandboxSwitch(), checkout]
  throw unreachable(
    `The app is not running with the data folder ${folder}, and satm does not know where the app is. Start the app once, or set SATM_APP to its executable.`,
  )
}

/** On Linux even an app that stays in the tray needs one; what SATM_APP names may bring its own (xvfb-run). */
export function hasDisplay(command: readonly string[], env: Env): boolean {
  if (process.platform !== 'linux' || command.includes('--ozone-platform=headless')) return true
  return Boolean(env.SATM_APP || env.DISPLAY || env.WAYLAND_DISPLAY)
}

/** Starts it in the tray; it continues when this program ends. */
function startApp(command: readonly string[], folder: string, env: Env): Started {
  const [program = '', ...args] = command
  if (!hasDisplay(command, env)) {
    throw unreachable(
      `The app is not running with the data folder ${folder}, and it cannot be started here: neither DISPLAY nor WAYLAND_DISPLAY names a display. Start it in a desktop session.`,
    )
  }
  // Electron would be plain Node with it.
  const { ELECTRON_RUN_AS_NODE: _, ...rest } = env
  const child = childProcess().spawn(program, [...args, `--user-data-dir=${folder}`, '--hidden'], {
    detached: true,
    stdio: 'ignore',
    cwd: homedir(),
    env: rest,
    windowsHide: true,
  })
  let failure: string | null = null
  let endedAt: number | null = null
  child.once('error', (error) => {
    failure = `The app could not be started: ${error.message}. Is SATM_APP right?`
  })
  child.once('exit', (code, signal) => {
    endedAt = performance.now()
    // 0: another one has the folder by now, and will answer.
    if (code === 0) return
    failure = `The app could not start with the data folder ${folder} (${signal ?? `exit code ${code}`}). It needs a desktop session. Start the app manually to see the problem.`
  })
  child.unref()
  return () => ({ failure, endedAt })
}

/** Fetches nothing: a download takes minutes, and offline its tries do as well. */
function runtimeOf(resolver: string, env: Env): string {
  const { status, stdout } = childProcess().spawnSync(process.execPath, [resolver, '--person', '--present'], {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const printed = status === 0 ? stdout.trim().split('\n').at(-1) : ''
  if (printed) return printed
  throw unreachable(
    'The app is not running, and no Electron runtime is installed. Run "npm start" once to install what is missing.',
  )
}

/** Chromium refuses to sandbox what root runs. */
const sandboxSwitch = () => (process.getuid?.() === 0 ? ['--no-sandbox'] : [])
