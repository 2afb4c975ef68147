// Folder lock: one process per vault folder. The system releases it however its owner ended, so a killed one blocks nobody.
import { accessSync, constants, existsSync, lstatSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { StoreFailure } from '#engine/domain/ports.ts'
import { Connection } from './connection.ts'
import { makeFolder } from './data-files.ts'
import { storeFailure, storeFailureOf } from './sqlite-errors.ts'

export type LockTaking =
  /** `folder`: the real path of the folder that is locked. `anew`: this process did not have it before. */
  | { readonly kind: 'held'; readonly folder: string; readonly anew: boolean }
  /** Another process has it. */
  | { readonly kind: 'taken' }
  /** `part`: what cannot be used. */
  | { readonly kind: 'failed'; readonly failure: StoreFailure; readonly part: 'folder' | 'lock-file' }

export interface FolderLock {
  /**
   * Takes the lock for the life of this process, or proves that this process has it: the lock file where the path
   * leads now must be the one that was locked. Makes the folder when it is missing. What was locked before stays locked,
   * wherever the path leads by then: a vault may be open there. `wait`: ms to wait for another process to end.
   */
  take(wait?: number): LockTaking
  /** As `take`, for a vault that is open in the folder of this real path; null: the path leads elsewhere by now. */
  prove(real: string): LockTaking | null
  release(): void
}

/**
 * No other code of this process may open it: closing any descriptor of a file ends all of the process's locks on it
 * (POSIX, fcntl).
 */
export const LOCK_FILE = 'instance.lock'
const START_FILE = 'start.lock'
/** ms. Longer than any start waits for the end of another instance. */
const LONGEST_START = 15_000

interface Held {
  readonly db: Connection
  readonly device: bigint
  readonly inode: bigint
}

export function folderLock(folder: string): FolderLock {
  const held: Held[] = []
  const release = () => {
    process.off('exit', keep)
    for (const { db } of held.splice(0)) db.close()
  }
  // So that the connections are not collected, which would end the locks. They are not closed at the end: Electron removes its
  // own lock after this event, and must not remove that of the next owner.
  const keep = () => held
  const takeFile = (real: string, wait: number): LockTaking => {
    const file = join(real, LOCK_FILE)
    try {
      if (held.some((one) => isSameFile(one, file))) return { kind: 'held', folder: real, anew: false }
      held.push(locked(file, wait))
      process.off('exit', keep).once('exit', keep)
      return { kind: 'held', folder: real, anew: true }
    } catch (error) {
      const failure = storeFailure(error, file)
      if (failure.reason === 'locked') return { kind: 'taken' }
      // Then it is the folder that cannot be used.
      if (lstatSync(file, { throwIfNoEntry: false }) === undefined) {
        accessSync(real, constants.W_OK)
        throw error
      }
      return { kind: 'failed', failure: lockFileFailure(failure, file), part: 'lock-file' }
    }
  }
  const take = (wait = 0): LockTaking => {
    try {
      // Nothing more: what lies in the folder may be another process's.
      makeFolder(folder)
      return takeFile(realpathSync.native(folder), wait)
    } catch (error) {
      return { kind: 'failed', failure: storeFailure(error, join(folder, LOCK_FILE)), part: 'folder' }
    }
  }
  return {
    take,
    // Nothing is made or locked where the path leads elsewhere.
    prove: (real) => (existsSync(folder) && realpathSync.native(folder) === real ? take() : null),
    release,
  }
}

/**
 * Runs what two processes must not do in the same folder at once. Where the folder or the file cannot be used it runs all the
 * same: whoever needs the folder reports that.
 */
export function inTurn<T>(folder: string, act: () => T): T {
  let turn: Held | null = null
  try {
    makeFolder(folder)
    turn = locked(join(folder, START_FILE), LONGEST_START)
  } catch {
    // Or another start takes longer than any should.
  }
  try {
    return act()
  } finally {
    turn?.db.close()
  }
}

/** What SQLite says of it would be taken for the data file's trouble. */
function lockFileFailure({ reason, cause }: StoreFailure, file: string): StoreFailure {
  switch (reason) {
    case 'disk-full':
      return storeFailureOf(reason, cause)
    case 'read-only':
      return new StoreFailure(
        reason,
        `Your account cannot write the lock file ${file}. Make it and its folder writable, or remove it: nothing is stored in it.`,
        { cause },
      )
    default:
      return new StoreFailure(
        'other',
        `The lock file ${file} cannot be used. Remove it: nothing is stored in it, and it is created again.`,
        { cause },
      )
  }
}

/**
 * SQLite's exclusive lock is the system's own on every platform (POSIX advisory locks, `LockFileEx`); the file stays
 * empty and means nothing without it. A file that cannot be written would get a shared lock only, with which two
 * processes would both go on: the statement that writes makes SQLite refuse that.
 */
function locked(file: string, wait: number): Held {
  const db = new Connection(file, { busyTimeout: wait })
  try {
    db.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE; PRAGMA user_version = 1')
    const { dev, ino } = statSync(file, { bigint: true })
    return { db, device: dev, inode: ino }
  } catch (error) {
    db.close()
    throw error
  }
}

function isSameFile({ device, inode }: Held, file: string): boolean {
  const now = statSync(file, { bigint: true, throwIfNoEntry: false })
  return now?.dev === device && now.ino === inode
}
