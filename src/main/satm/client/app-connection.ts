// Reaches the app of a data folder: connects to its socket, and starts the app in the tray if it is not running. The
// only file of the command line that reads a clock or sets a timer.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import type { Socket } from 'node:net'
import { homedir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { refuseUnsafe, UnsafeFolder } from '#base/node/folder-access.ts'
import { defaultDataFolder, type Note, readNote, socketKind } from '../app-location.ts'
import type { ConnectionOptions } from './command-line.ts'
import { CliError, EXIT } from './exit-codes.ts'
import { openSocket } from './socket-client.ts'

/** ms. A cold start on a slow machine, with a keyring to be asked. */
const START_TAKES = 45_000
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
  if (!start)
    throw new CliError(EXIT.unreachable, 'The app is not running. Start it, or leave out --no-start.')
  return whenListening(folder, userId, startApp(findApp(note, env), folder, env))
}

/** The real path, as the app uses it: two spellings of one folder are one. */
function folderOf(asked: string | null, env: Env): string {
  const chosen = asked ?? (env.SATM_DATA_FOLDER || null)
  const folder = chosen === null ? defaultDataFolder(process.platform, env, homedir()) : path.resolve(chosen)
  try {
    return realpathSync.native(folder)
  } catch {
    return folder
  }
}

/** Throws `CliError` where others could have put it there: a note of this user's, from another folder or of an earlier day. */
function trustedNote(folder: string, userId: number | null): Note | null {
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
async function tryToReach(note: Note | null, userId: number | null): Promise<Socket | null> {
  if (note === null) return null
  const kind = socketKind(note.socket, userId)
  if (kind === 'none') return null
  if (kind === 'foreign') {
    throw new CliError(
      EXIT.unreachable,
      `What lies at ${note.socket} may not be this app’s: it belongs to somebody else, or others may write to its folder.`,
    )
  }
  try {
    return await openSocket(note.socket)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    // Left by a killed app, taken away just now, or its queue is full.
    if (code === 'ECONNREFUSED' || code === 'ENOENT' || code === 'EAGAIN') return null
    const message = error instanceof Error ? error.message : String(error)
    throw new CliError(EXIT.unreachable, `The app cannot be reached: ${message}.`)
  }
}

async function whenListening(
  folder: string,
  userId: number | null,
  failedStart: FailedStart,
): Promise<Socket> {
  const began = performance.now()
  while (performance.now() - began < START_TAKES) {
    const socket = await tryToReach(trustedNote(folder, userId), userId)
    if (socket !== null) return socket
    const failure = failedStart()
    if (failure !== null) throw new CliError(EXIT.unreachable, failure)
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY))
  }
  throw new CliError(
    EXIT.unreachable,
    'The app was started but does not answer. Open its window: it may wait for you, for instance to unlock the keyring.',
  )
}

/** Why the started app will never listen; null as long as it may. */
type FailedStart = () => string | null

/**
 * Program and arguments: SATM_APP, else what the app noted when it last ran with this data folder, else the
 * checkout this script was built in. Throws `CliError` when none of them is there.
 */
function findApp(note: Note | null, env: Env): readonly string[] {
  const chosen = env.SATM_APP
  if (chosen !== undefined && chosen !== '') return [chosen]
  const noted = note?.command ?? null
  if (noted?.every((part) => !path.isAbsolute(part) || existsSync(part))) return noted
  const checkout = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..')
  const resolver = path.join(checkout, 'scripts', 'electron-path.mjs')
  if (existsSync(resolver)) return [runtimeOf(resolver, env), ...sandboxSwitch(), checkout]
  throw new CliError(
    EXIT.unreachable,
    'The app is not running, and satm does not know where it is. Start it once yourself, or set SATM_APP to its executable.',
  )
}

/** Starts it in the tray; it continues when this program ends. */
function startApp(command: readonly string[], dataFolder: string, env: Env): FailedStart {
  const [program = '', ...args] = command
  // Electron would be plain Node with it.
  const { ELECTRON_RUN_AS_NODE: _, ...rest } = env
  const child = spawn(program, [...args, `--user-data-dir=${dataFolder}`, '--hidden'], {
    detached: true,
    stdio: 'ignore',
    cwd: homedir(),
    env: rest,
    windowsHide: true,
  })
  let failure: string | null = null
  child.once('error', (error) => {
    failure = `The app could not be started: ${error.message}. Is SATM_APP right?`
  })
  child.once('exit', (code, signal) => {
    // 0: another one has the folder by now, and will answer.
    if (code === 0) return
    failure = `The app could not start (${signal ?? `exit code ${code}`}). It needs a desktop session; start it yourself to see what is wrong.`
  })
  child.unref()
  return () => failure
}

/** Fetches the runtime if it is missing, and reports that on standard error. */
function runtimeOf(resolver: string, env: Env): string {
  const { status, stdout } = spawnSync(process.execPath, [resolver, '--person'], {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const printed = status === 0 ? stdout.trim().split('\n').at(-1) : ''
  if (printed) return printed
  throw new CliError(EXIT.unreachable, 'There is no Electron runtime to start the app with: see above.')
}

/** Chromium refuses to sandbox what root runs. */
const sandboxSwitch = () => (process.getuid?.() === 0 ? ['--no-sandbox'] : [])
