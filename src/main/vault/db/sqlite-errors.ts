// What an SQLite error means to whoever has to do something about it.
import { rmSync, statfsSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { StoreFailure } from '#engine/domain/ports.ts'

/** https://www.sqlite.org/rescode.html: the low byte is the primary code. */
const PRIMARY = {
  busy: 5,
  locked: 6,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  notADatabase: 26,
} as const

/** Bytes. Where they cannot be written, an I/O error is taken for a disk without room: SQLite reports some of them so. */
const NEXT_TO_NOTHING = 64 * 1024

/** Of the vault of one computer. */
export type OwnReason = Exclude<StoreFailure['reason'], 'shared' | 'conflict'>

const SENTENCES: Record<OwnReason, string> = {
  'disk-full': 'The disk is full. Free some space; storing is retried automatically.',
  'read-only':
    'The data folder cannot be written. Make it writable for your account; storing is retried automatically.',
  locked: 'Another program is using the data file. Close it; storing is retried automatically.',
  damaged: 'The data file is damaged. Restore a backup from the settings; do not quit before.',
  other: 'The data file could not be written. Storing is retried automatically.',
}

export function primaryCode(error: unknown): number | null {
  if (!(error instanceof Error)) return null
  const raw: unknown = 'rawCode' in error ? error.rawCode : undefined
  if (typeof raw === 'number') return raw & 0xff
  // The driver puts the code of a failed open into the message only.
  const inMessage = /: (\d+)"?\)?$/.exec(error.message)?.[1]
  return inMessage === undefined ? null : Number(inMessage) & 0xff
}

/** The file is no database, or so broken that its tables cannot be listed. */
export function isBeyondOpening(error: unknown): boolean {
  const code = primaryCode(error)
  return code === PRIMARY.notADatabase || code === PRIMARY.corrupt
}

/** `path`: the database, for trying what the system says beside it. */
export function storeFailure(error: unknown, path: string): StoreFailure {
  if (error instanceof StoreFailure) return error
  return storeFailureOf(reasonOf(error, path), error)
}

export function storeFailureOf(reason: OwnReason, cause?: unknown): StoreFailure {
  return new StoreFailure(reason, SENTENCES[reason], { cause })
}

function reasonOf(error: unknown, path: string): OwnReason {
  switch (primaryCode(error)) {
    case PRIMARY.full:
      return 'disk-full'
    case PRIMARY.readOnly:
      return 'read-only'
    case PRIMARY.busy:
    case PRIMARY.locked:
      return 'locked'
    case PRIMARY.corrupt:
    case PRIMARY.notADatabase:
      return 'damaged'
    case PRIMARY.ioError:
    case PRIMARY.cannotOpen:
      return systemReason(refusalOfRoom(dirname(path)) ?? error)
    default:
      return systemReason(error)
  }
}

/** Of an error of the file system. */
export function systemReason(error: unknown): OwnReason {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'disk-full'
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return 'read-only'
  return 'other'
}

/**
 * The system's own reason why there is no room, which SQLite does not pass on; null: there is some. Tried, since a quota is
 * no matter of free bytes.
 */
function refusalOfRoom(folder: string): unknown {
  const file = join(folder, `room-${process.pid}`)
  try {
    writeFileSync(file, Buffer.alloc(NEXT_TO_NOTHING), { mode: 0o600, flush: true })
    return null
  } catch (error) {
    return error
  } finally {
    rmSync(file, { force: true })
  }
}

/** Something else has the name of a folder, or a link that leads nowhere. */
export function isNoFolder({ cause }: StoreFailure): boolean {
  const code: unknown = cause instanceof Error && 'code' in cause ? cause.code : undefined
  return code === 'EEXIST' || code === 'ENOTDIR' || code === 'ELOOP'
}

/** Free to an ordinary account, none where no file can be made; Infinity where the system does not say. */
export function freeBytes(path: string): number {
  try {
    const { bavail, bsize, files, ffree } = statfsSync(dirname(path))
    // Some file systems have no fixed number of files and say 0.
    return files > 0 && ffree === 0 ? 0 : bavail * bsize
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
