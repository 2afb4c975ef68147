// Listening socket: in the data folder, or in a private folder elsewhere when that is not possible.
import { createHash } from 'node:crypto'
import { lstatSync, mkdtempSync, rmdirSync, rmSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import path from 'node:path'
import { isPrivate, socketKind } from '../app-location.ts'

const SOCKET = 'satm.sock'
/** Bytes. The system's own limit is 104 on macOS and 108 on Linux, with a NUL at the end. */
const LONGEST_PATH = 103

export interface Environment {
  readonly platform: NodeJS.Platform
  readonly env: Readonly<Record<string, string | undefined>>
  /** For files that live as long as the session. */
  readonly temporary: string
  /** null: the platform has no such thing. */
  readonly userId: number | null
}

/**
 * Where to listen. In the data folder when its path is short enough for a socket and nobody else may write there; else
 * in a new folder of its own that only this user may enter.
 */
export function chooseSocket(dataFolder: string, around: Environment): string {
  if (around.platform === 'win32') return pipeName(dataFolder, around.env)
  const near = path.join(dataFolder, SOCKET)
  if (fits(near) && isPrivate(dataFolder, around.userId)) return near
  const candidates = [around.env.XDG_RUNTIME_DIR || around.temporary, around.temporary, '/tmp']
  const parent = candidates.find(
    (folder) => fits(path.join(folder, 'satm-XXXXXX', SOCKET)) && isFolder(folder),
  )
  return path.join(mkdtempSync(path.join(parent ?? '/tmp', 'satm-')), SOCKET)
}

/** Removes what `chooseSocket` created, at the end or when a killed owner left it; nothing that is not ours. */
export function removeSocket(socket: string, dataFolder: string, userId: number | null): void {
  if (userId === null) return
  if (socketKind(socket, userId) === 'ours') rmSync(socket, { force: true })
  const folder = path.dirname(socket)
  if (folder === dataFolder || !path.basename(folder).startsWith('satm-')) return
  try {
    rmdirSync(folder)
  } catch {
    // Not empty, so not only ours; or gone already.
  }
}

/** The same as long as nothing else lies there; null: nothing does. */
export function identityOf(place: string): string | null {
  const found = lstatSync(place, { bigint: true, throwIfNoEntry: false })
  // An inode's number is soon given again.
  return found === undefined ? null : [found.dev, found.ino, found.birthtimeNs].join()
}

/** Whether a program listens on it. */
export function isAnswered(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asking = connect(socket, () => {
      resolve(true)
      asking.destroy()
    })
    asking.once('error', () => resolve(false))
  })
}

function isFolder(place: string): boolean {
  try {
    return statSync(place).isDirectory()
  } catch {
    return false
  }
}

const fits = (file: string) => Buffer.byteLength(file) <= LONGEST_PATH

/** Windows distinguishes pipes by name only, so the name depends on the user and the folder. */
function pipeName(dataFolder: string, env: Environment['env']): string {
  const owner = `${env.USERDOMAIN ?? ''}\\${env.USERNAME ?? ''}`
  const hash = createHash('sha256').update(`${owner}\0${dataFolder.toLowerCase()}`).digest('hex')
  return `\\\\.\\pipe\\service-app-token-manager-${hash.slice(0, 32)}`
}
