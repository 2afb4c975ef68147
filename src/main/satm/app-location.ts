// Where the command line finds the app: its data folder, the note in it that names socket and program, and whether
// either can be trusted.
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'

/** Within the platform's folder for the data of applications. */
export const DATA_FOLDER_NAME = 'service-app-token-manager'

type Env = Readonly<Record<string, string | undefined>>

/** The app's default data folder, as Electron's `appData` has it. */
export function defaultDataFolder(platform: NodeJS.Platform, env: Env, home: string): string {
  return path.join(appData(platform, env, home), DATA_FOLDER_NAME)
}

export type SocketKind = 'none' | 'ours' | 'no-socket' | 'foreign'

/** `no-socket`: a file or link. `foreign`: another user's socket, or one in a folder where others may write. */
export function socketKind(socket: string, userId: number | null): SocketKind {
  if (userId === null) return 'ours'
  try {
    const found = lstatSync(socket)
    if (!found.isSocket()) return 'no-socket'
    return found.uid === userId && isPrivate(path.dirname(socket), userId) ? 'ours' : 'foreign'
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'none'
    return 'foreign'
  }
}

/** Only this user may create files in it. */
export function isPrivate(folder: string, userId: number | null): boolean {
  const found = statSync(folder)
  return found.isDirectory() && found.uid === userId && (found.mode & 0o022) === 0
}

function appData(platform: NodeJS.Platform, env: Env, home: string): string {
  if (platform === 'darwin') return path.join(home, 'Library', 'Application Support')
  if (platform === 'win32') return env.APPDATA || path.join(home, 'AppData', 'Roaming')
  return env.XDG_CONFIG_HOME || path.join(home, '.config')
}

/** How the app is found, and started again, by the command line. */
export interface Note {
  /** Path of the socket or pipe; null: of another data folder, which this one is a copy of or was called before. */
  readonly socket: string | null
  /** Program and arguments, without those for the data folder; null: it cannot be started again, as a demo. */
  readonly command: readonly string[] | null
  /** A server had the folder last (`satm serve`): the app is never started in it. */
  readonly isServer?: boolean
}

const NOTE = 'satm.json'
/** Bytes. */
const LONGEST_NOTE = 64 * 1024

/** Whether the app has run with it: only then is there a reason to start it there again. */
export function isDataFolder(folder: string): boolean {
  return [NOTE, path.join('vault', 'vault.db')].some((name) => existsSync(path.join(folder, name)))
}

/** Atomic; readable by its user alone. `dataFolder`: the real path. */
export function writeNote(dataFolder: string, note: Note): void {
  const file = path.join(dataFolder, NOTE)
  const next = `${file}.new`
  rmSync(next, { force: true })
  writeFileSync(next, `${JSON.stringify({ ...note, dataFolder })}\n`, { mode: 0o600, flag: 'wx' })
  renameSync(next, file)
}

/**
 * `dataFolder`: the real path. null: there is none, or it cannot be trusted. A program named by somebody else is never run.
 */
export function readNote(dataFolder: string, userId: number | null): Note | null {
  try {
    const fd = openSync(path.join(dataFolder, NOTE), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
    try {
      const { size, uid, mode } = fstatSync(fd)
      const trusted = userId === null || (uid === userId && (mode & 0o022) === 0)
      return trusted && size <= LONGEST_NOTE ? noteOf(JSON.parse(readFileSync(fd, 'utf8')), dataFolder) : null
    } finally {
      closeSync(fd)
    }
  } catch {
    // Absent or damaged: a running app writes it again within seconds.
    return null
  }
}

function noteOf(value: unknown, dataFolder: string): Note | null {
  if (typeof value !== 'object' || value === null) return null
  const {
    socket: noted,
    command,
    dataFolder: owner = dataFolder,
    isServer,
  } = value as Record<string, unknown>
  if (typeof noted !== 'string' || noted === '') return null
  const socket = owner === dataFolder ? noted : null
  if (isServer === true) return { socket, command: null, isServer }
  if (command === null) return { socket, command: null }
  if (!Array.isArray(command) || command.length === 0) return null
  return command.every((part) => typeof part === 'string') ? { socket, command } : null
}
