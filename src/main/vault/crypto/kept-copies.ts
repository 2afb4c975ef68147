// Kept copies: the other databases in the vault's folder, kept before a restore or a migration, set aside, or put there, and
// the record in each of what opens its data key.
import type { KeyObject } from 'node:crypto'
import { chmodSync, constants, copyFileSync, existsSync, lstatSync, readdirSync, utimesSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { syncFolder } from '#base/node/whole-file.ts'
import type { Instant } from '#engine/domain/model.ts'
import { asItStands, attached, type Connection } from '../db/connection.ts'
import { COMPANIONS, databasePath, halfMadePaths, removeDatabase, scratchPath } from '../db/data-files.ts'
import { isOurs, rewriteTables } from '../db/database.ts'
import { LOCK_FILE } from '../db/folder-lock.ts'
import { MIGRATIONS } from '../db/migrations.ts'
import { number } from '../db/row.ts'
import { type KeyRecord, readKeyRecord, writeKeyRecord } from './key-envelopes.ts'

export interface KeptCopy {
  readonly path: string
  /** Bytes, its log and journal included. */
  readonly size: number
  /** When what it holds was written last. */
  readonly modifiedAt: Instant
  /** Its last writer ended without closing it: what counts is partly in a log or a journal. */
  readonly hasLog: boolean
}

/** With the data key of what it holds. */
export interface OpenCopy {
  readonly copy: KeptCopy
  readonly key: KeyObject
}

/** Removes what a killed process left half-made: nobody relies on it, and it may hold secrets. */
export function removeHalfMade(folder: string): void {
  for (const path of halfMadePaths(folder)) removeDatabase(path)
}

/** Newest first. */
export function findCopies(folder: string): readonly KeptCopy[] {
  const names = new Set(readdirSync(folder).map((name) => name.replace(/-(wal|shm|journal)$/, '')))
  for (const path of [databasePath(folder), ...halfMadePaths(folder)]) names.delete(basename(path))
  names.delete(LOCK_FILE)
  return [...names]
    .map((name) => join(folder, name))
    .filter(isCopy)
    .map(describe)
    .toSorted((one, other) => other.modifiedAt - one.modifiedAt)
}

/** A log whose database is gone counts too: it holds rows. */
function isCopy(path: string): boolean {
  if (/^vault-.+\.db$/.test(basename(path))) return !isFolder(path)
  try {
    return lstatSync(path).isFile() && isOurs(path)
  } catch {
    return false
  }
}

function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

function describe(path: string): KeptCopy {
  const parts = COMPANIONS.map((companion) => lstatSync(path + companion, { throwIfNoEntry: false }))
  const [main, log, , journal] = parts
  const times = parts.map((part) => part?.mtimeMs ?? 0)
  return {
    path,
    size: parts.reduce((sum, part) => sum + (part?.size ?? 0), 0),
    modifiedAt: main?.mtimeMs ?? Math.max(...times),
    hasLog: (log?.size ?? 0) + (journal?.size ?? 0) > 0,
  }
}

export function readCopyRecord(copy: KeptCopy): KeyRecord | null {
  return readCopy(copy, readKeyRecord)
}

/**
 * null: it cannot be read, or is of a newer version of the app, whose rows may mean something else. Leaves every byte of the
 * copy as it is.
 */
export function readCopy<T>({ path, hasLog }: KeptCopy, read: (db: Connection) => T): T | null {
  const readKnown = (db: Connection) => (isNewer(db) ? null : read(db))
  const scratch = scratchPath(dirname(path))
  try {
    // A link leads to a file that is somebody else's business.
    if (!lstatSync(path).isFile()) return null
    if (!hasLog) return attached(asItStands(path), readKnown)
    for (const companion of COMPANIONS) {
      // Where the file system can, without copying a byte.
      if (existsSync(path + companion))
        copyFileSync(path + companion, scratch + companion, constants.COPYFILE_FICLONE)
    }
    return attached(scratch, readKnown)
  } catch {
    return null
  } finally {
    if (hasLog) removeDatabase(scratch)
  }
}

function isNewer(db: Connection): boolean {
  return number(db.get('PRAGMA copy.user_version') ?? {}, 'user_version') > MIGRATIONS.length
}

/**
 * Durable when it returns: `record` alone says what opens the copy, and nothing of the one before is left in its files.
 * Killed in between, the copy opens as before. Throws when it cannot be written.
 */
export function writeCopyRecord(path: string, record: KeyRecord): void {
  const { atime, mtime } = lstatSync(path)
  attached(path, (db) => {
    // Of a copy in WAL mode the log is played in and removed. EXTRA: the removal of the journal is durable, too.
    db.exec(`
      PRAGMA copy.secure_delete = ON;
      PRAGMA copy.journal_mode = DELETE;
      PRAGMA copy.synchronous = EXTRA;
      PRAGMA fullfsync = ON;
      PRAGMA temp_store = MEMORY;`)
    db.transaction(() => {
      writeKeyRecord(db, record)
      rewriteTables(db, ['meta'])
    })
    const free = db.get('PRAGMA copy.freelist_count') ?? {}
    // Pages that an older version gave up without overwriting them.
    if (number(free, 'freelist_count') > 0) db.exec('VACUUM copy')
  })
  chmodSync(path, 0o600)
  // It is as old as what it holds.
  utimesSync(path, atime, mtime)
}

export function removeCopy(path: string): void {
  removeDatabase(path)
  syncFolder(dirname(path))
}
