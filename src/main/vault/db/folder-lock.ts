// One process per vault folder, by a lock the system itself releases: a killed owner blocks nobody.
import { realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { StoreFailure } from '#engine/domain/ports.ts'
import { Connection } from './connection.ts'
import { makeFolder } from './data-files.ts'
import { storeFailure } from './sqlite-errors.ts'

export type LockTaking =
  /** `folder`: the real path of the folder that is locked. `anew`: this process did not have it before. */
  | { readonly kind: 'held'; readonly folder: string; readonly anew: boolean }
  /** Another process has it. */
  | { readonly kind: 'taken' }
  | { readonly kind: 'failed'; readonly failure: StoreFailure }

export interface FolderLock {
  /**
   * Takes the lock for the life of this process, or proves that this process has it: the lock file where the path
   * leads now must be the one that was locked. Makes the folder when it is missing.
   */
  take(): LockTaking
  release(): void
}

interface Held {
  readonly db: Connection
  readonly device: bigint
  readonly inode: bigint
}

export function folderLock(folder: string): FolderLock {
  let held: Held | null = null
  const release = () => {
    process.off('exit', release)
    held?.db.close()
    held = null
  }
  return {
    take() {
      try {
        // Nothing more: what lies in the folder may be another process's.
        makeFolder(folder)
        const real = realpathSync.native(folder)
        const file = join(real, 'instance.lock')
        if (held !== null && isSameFile(held, file)) return { kind: 'held', folder: real, anew: false }
        const next = locked(file)
        release()
        held = next
        // Also keeps the connection from being collected, which would end the lock.
        process.once('exit', release)
        return { kind: 'held', folder: real, anew: true }
      } catch (error) {
        const failure = storeFailure(error, join(folder, 'instance.lock'))
        return failure.reason === 'locked' ? { kind: 'taken' } : { kind: 'failed', failure }
      }
    },
    release,
  }
}

/**
 * SQLite's exclusive lock is the system's own on every platform (POSIX advisory locks, `LockFileEx`); the file stays
 * empty and means nothing without it. A file that cannot be written would get a shared lock only, with which two
 * processes would both go on: the statement that writes makes SQLite refuse that.
 */
function locked(file: string): Held {
  const db = new Connection(file, { busyTimeout: 0 })
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
