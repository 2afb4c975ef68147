// Open files: whether the files of the open database are still those it was opened with; where they are not, what the
// open handle still has is written to a new file.
import { chmodSync, closeSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, dirname } from 'node:path'
import { syncFolder } from '#base/node/whole-file.ts'
import type { Instant } from '#engine/domain/model.ts'
import { StoreFailure } from '#engine/domain/ports.ts'
import type { Connection } from './connection.ts'
import { COMPANIONS, rescuedPath, rescuingPath } from './data-files.ts'
import { number } from './row.ts'

interface Seen {
  readonly device: bigint
  readonly inode: bigint
  readonly size: bigint
}

export interface OpenFiles {
  /**
   * null: all in place. Once a file is missing, another one or shorter there is a failure until the database is opened
   * anew. When it is noticed, everything is saved to a new file; the failure says where that is and what to do.
   */
  failure(): StoreFailure | null
  /** Saves everything once more in the same place, for what was stored since. Throws when that is not possible. */
  saveAgain(): void
}

export function openFiles(db: Connection, clock: { now(): Instant }): OpenFiles {
  const seen = new Map<string, Seen>()
  let failure: StoreFailure | null = null
  let savedAt: string | null = null

  const changeOf = (companion: string): string | null => {
    const path = db.path + companion
    const name = basename(path)
    const before = seen.get(companion)
    const now = look(path)
    if (now === null) return before === undefined ? null : `${name} is missing`
    if (before === undefined) {
      seen.set(companion, now)
      return null
    }
    if (now.device !== before.device || now.inode !== before.inode) return `${name} is another file`
    const isComplete = () => (companion === '-wal' ? isLogWhole(db) : isWhole(db, now.size))
    if (now.size < before.size && !isComplete()) return `${name} was cut off`
    seen.set(companion, now)
    return null
  }
  const change = () => COMPANIONS.map(changeOf).find((one) => one !== null) ?? null
  change()
  const ownFolder = look(dirname(db.path))

  return {
    failure() {
      const what = failure === null ? change() : null
      if (what === null) return failure
      savedAt = saveSomewhere(db, ownFolder, clock.now())
      failure = new StoreFailure('other', sentence(what, dirname(db.path), savedAt))
      return failure
    },
    saveAgain() {
      if (savedAt !== null) saveAs(db, savedAt)
      else if (failure !== null) throw failure
    },
  }
}

function look(path: string): Seen | null {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false })
  return stat === undefined ? null : { device: stat.dev, inode: stat.ino, size: stat.size }
}

/** Whether a main file of this size holds what SQLite says it has: it becomes shorter by VACUUM alone. */
function isWhole(db: Connection, size: bigint): boolean {
  try {
    const pragma = (name: string) => number(db.get(`PRAGMA ${name}`) ?? {}, name)
    return size > 0n && size === BigInt(pragma('page_count') * pragma('page_size'))
  } catch {
    return false
  }
}

/** Whether all of the log can be moved into the main file: one that SQLite itself has emptied is complete. */
function isLogWhole(db: Connection): boolean {
  try {
    const { busy, log, checkpointed } = db.get('PRAGMA wal_checkpoint(PASSIVE)') ?? {}
    return busy === 0 && log === checkpointed
  } catch {
    return false
  }
}

/**
 * In the data folder; where that is gone or another one, in the first place that can be written: a vault whose folder has
 * taken its name would continue with this file. null: nowhere, or nothing can be read.
 */
function saveSomewhere(db: Connection, ownFolder: Seen | null, now: Instant): string | null {
  const folder = dirname(db.path)
  const found = look(folder)
  const isOwn = found?.device === ownFolder?.device && found?.inode === ownFolder?.inode
  for (const place of [...(isOwn ? [folder] : []), dirname(folder), homedir()]) {
    const path = rescuedPath(place, now)
    try {
      saveAs(db, path)
      return path
    } catch {
      // The next place.
    }
  }
  return null
}

/** A whole file of that name, or the one that was there before. */
function saveAs(db: Connection, path: string): void {
  const partial = rescuingPath(dirname(path))
  rmSync(partial, { force: true })
  try {
    db.copyTo(partial)
    chmodSync(partial, 0o600)
    const file = openSync(partial, 'r+')
    fsyncSync(file)
    closeSync(file)
    renameSync(partial, path)
    syncFolder(dirname(path))
  } catch (error) {
    rmSync(partial, { force: true })
    throw error
  }
}

function sentence(what: string, folder: string, savedAt: string | null): string {
  const happened = `The data file or its folder was moved or replaced while the app was running (${what}). Nothing is renewed or stored any more.`
  if (savedAt === null) {
    return `${happened} What was stored could not be saved elsewhere. Put the file back or restore a backup, then quit and start the app again.`
  }
  const then =
    dirname(savedAt) === folder
      ? 'Quit and start the app again: it continues with that file.'
      : `Put the folder ${folder} back, then quit and start the app again. If it is lost, move the saved file there and name it vault.db.`
  return `${happened} Everything stored was saved to ${savedAt}. ${then}`
}
