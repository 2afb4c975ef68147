// One running instance per data folder, by a lock the system itself releases: a killed owner blocks nobody.
import { join } from 'node:path'
import type { StoreFailure } from '../engine/ports.ts'
import { Connection } from './connection.ts'
import { prepareFolder } from './data-files.ts'
import { storeFailure } from './sqlite-failure.ts'

export type FolderLock =
  | { readonly kind: 'held'; release(): void }
  /** Another process has it. */
  | { readonly kind: 'taken' }
  | { readonly kind: 'failed'; readonly failure: StoreFailure }

/**
 * Takes the lock for the life of this process, or until released. SQLite's exclusive lock is the system's own on
 * every platform (POSIX advisory locks, `LockFileEx`); the file stays and means nothing without it.
 */
export function lockFolder(folder: string): FolderLock {
  const path = join(folder, 'instance.lock')
  let db: Connection | null = null
  try {
    prepareFolder(folder)
    db = new Connection(path, { busyTimeout: 0 })
    db.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    return held(db)
  } catch (error) {
    db?.close()
    const failure = storeFailure(error, path)
    return failure.reason === 'locked' ? { kind: 'taken' } : { kind: 'failed', failure }
  }
}

function held(db: Connection): FolderLock {
  const release = () => {
    process.off('exit', release)
    db.close()
  }
  // Also keeps the connection from being collected, which would end the lock.
  process.once('exit', release)
  return { kind: 'held', release }
}
