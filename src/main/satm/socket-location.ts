// Where the command line looks for the app, and whether what it finds there can be trusted.
import { lstatSync, statSync } from 'node:fs'
import path from 'node:path'

/** Below the platform's folder for the data of applications. */
export const DATA_FOLDER_NAME = 'service-app-token-manager'

type Env = Readonly<Record<string, string | undefined>>

/** Where the app keeps its data when nobody says otherwise; as Electron's `appData`. */
export function defaultDataFolder(platform: NodeJS.Platform, env: Env, home: string): string {
  return path.join(appData(platform, env, home), DATA_FOLDER_NAME)
}

export type SocketKind = 'none' | 'ours' | 'foreign'

/** Whose it is. A link, another user's socket, or one in a folder where others may write is nobody's to trust. */
export function socketKind(socket: string, userId: number | null): SocketKind {
  if (userId === null) return 'ours'
  try {
    const found = lstatSync(socket)
    const ours = found.isSocket() && found.uid === userId && isPrivate(path.dirname(socket), userId)
    return ours ? 'ours' : 'foreign'
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'none'
    return 'foreign'
  }
}

/** Nobody else may put anything there. */
export function isPrivate(folder: string, userId: number | null): boolean {
  const found = statSync(folder)
  return found.isDirectory() && found.uid === userId && (found.mode & 0o022) === 0
}

function appData(platform: NodeJS.Platform, env: Env, home: string): string {
  if (platform === 'darwin') return path.join(home, 'Library', 'Application Support')
  if (platform === 'win32') return env.APPDATA || path.join(home, 'AppData', 'Roaming')
  return env.XDG_CONFIG_HOME || path.join(home, '.config')
}
