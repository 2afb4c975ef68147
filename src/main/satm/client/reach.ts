// A connection to the app that has a data folder; the app is started if need be.
import { realpathSync } from 'node:fs'
import type { Socket } from 'node:net'
import { homedir } from 'node:os'
import path from 'node:path'
import { type Note, readNote } from '../instance-note.ts'
import { defaultDataFolder, socketKind } from '../socket-location.ts'
import { connected } from './ask.ts'
import type { Reaching } from './command-line.ts'
import { EXIT, Stop } from './exit-codes.ts'
import { findApp, type Started, startApp } from './start-app.ts'
import { monotonic, pause } from './system-time.ts'

/** ms. A cold start on a slow machine, with a keyring to be asked. */
const START_TAKES = 45_000
/** ms between two looks. */
const LOOK_EVERY = 50

type Env = Readonly<Record<string, string | undefined>>

/** Rejects with `Stop` when the app cannot be reached. */
export async function reach({ dataFolder, start }: Reaching, env: Env): Promise<Socket> {
  const folder = folderOf(dataFolder, env)
  const userId = process.getuid?.() ?? null
  const note = readNote(folder, userId)
  const running = await tryToReach(note, userId)
  if (running !== null) return running
  if (!start) throw new Stop(EXIT.unreachable, 'The app is not running. Start it, or leave out --no-start.')
  const command = await findApp(note, env)
  return whenListening(folder, userId, startApp(command, folder, env))
}

/** As the app sees it: two spellings of one folder are one. */
function folderOf(asked: string | null, env: Env): string {
  const chosen = asked ?? (env.SATM_DATA_FOLDER || null)
  const folder = chosen === null ? defaultDataFolder(process.platform, env, homedir()) : path.resolve(chosen)
  try {
    return realpathSync.native(folder)
  } catch {
    return folder
  }
}

/** null: nobody listens. */
async function tryToReach(note: Note | null, userId: number | null): Promise<Socket | null> {
  if (note === null) return null
  const kind = socketKind(note.socket, userId)
  if (kind === 'none') return null
  if (kind === 'foreign') {
    throw new Stop(
      EXIT.unreachable,
      `What lies at ${note.socket} may not be this app’s: it belongs to somebody else, or others may write to its folder.`,
    )
  }
  try {
    return await connected(note.socket)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    // Left by a killed app, taken away just now, or its queue is full.
    if (code === 'ECONNREFUSED' || code === 'ENOENT' || code === 'EAGAIN') return null
    const message = error instanceof Error ? error.message : String(error)
    throw new Stop(EXIT.unreachable, `The app cannot be reached: ${message}.`)
  }
}

async function whenListening(folder: string, userId: number | null, started: Started): Promise<Socket> {
  const began = monotonic()
  while (monotonic() - began < START_TAKES) {
    const socket = await tryToReach(readNote(folder, userId), userId)
    if (socket !== null) return socket
    const failure = started.failure()
    if (failure !== null) throw new Stop(EXIT.unreachable, failure)
    await pause(LOOK_EVERY)
  }
  throw new Stop(
    EXIT.unreachable,
    'The app was started but does not answer. Open its window: it may wait for you, for instance to unlock the keyring.',
  )
}
