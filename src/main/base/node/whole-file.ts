// Whole files: one that a person chose is read within a limit, one that a person named is written at once or not at all.
import { randomUUID } from 'node:crypto'
import {
  closeSync,
  constants,
  createWriteStream,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  type WriteStream,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** Characters of the name that the file being written shares with what it becomes; a name has 255 bytes. */
const SHARED_NAME = 40

/**
 * Writes into a new file of the owner's alone and gives it the name when it is complete and on the disk. Its own name
 * cannot be foreseen and must be free, so nothing that somebody put there is written through or kept open; a link of the
 * final name is replaced, not followed. Until then an older file stays as it is. Rejects with the system's error.
 */
export async function replaceFile(
  path: string,
  write: (file: WriteStream) => Promise<unknown>,
): Promise<void> {
  const there = lstatSync(path, { throwIfNoEntry: false })
  // A rename would put a file in the place of a device or a pipe.
  if (there !== undefined && !there.isFile() && !there.isSymbolicLink()) {
    throw Object.assign(new Error('something that is not a file has this name'), { code: 'EEXIST' })
  }
  const partial = join(dirname(path), `${basename(path).slice(0, SHARED_NAME)}.${randomUUID()}.partial`)
  try {
    await write(createWriteStream(partial, { flags: 'wx', mode: 0o600, flush: true }))
    renameSync(partial, path)
    syncFolder(dirname(path))
  } catch (error) {
    rmSync(partial, { force: true })
    throw error
  }
}

/** Makes a rename durable. Windows has no such call and journals its folders. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

export type WholeFile =
  | { readonly kind: 'read'; readonly bytes: Buffer }
  | { readonly kind: 'too-large'; readonly size: number }
  | { readonly kind: 'not-a-file' | 'unreadable' }

/** Windows has no such flag. Without it, opening a pipe waits for a writer. */
const READ = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)

/** The bytes are in memory that threads can share. `most`: bytes. */
export function readWholeFile(path: string, most: number): WholeFile {
  try {
    const file = openSync(path, READ)
    try {
      const stats = fstatSync(file)
      if (!stats.isFile()) return { kind: 'not-a-file' }
      if (stats.size > most) return { kind: 'too-large', size: stats.size }
      const bytes = Buffer.from(new SharedArrayBuffer(stats.size))
      let length = 0
      for (let read = -1; read !== 0 && length < bytes.length; length += read) {
        read = readSync(file, bytes, length, bytes.length - length, null)
      }
      return { kind: 'read', bytes: bytes.subarray(0, length) }
    } finally {
      closeSync(file)
    }
  } catch {
    return { kind: 'unreadable' }
  }
}
