// The files of a data folder: what they are called, who may read them, and how a bad one is set aside.
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { secureFolder } from '#base/node/folder-access.ts'
import { syncFolder } from '#base/node/whole-file.ts'
import type { Instant } from '#engine/domain/model.ts'

const DATABASE = 'vault.db'
const SET_ASIDE = /^vault-set-aside-.*\.db$/
const RESCUED = /^vault-rescued-.*\.db$/
/** What SQLite keeps beside a database; they belong to it and go where it goes. */
export const COMPANIONS = ['', '-wal', '-shm', '-journal'] as const

export function databasePath(folder: string): string {
  return join(folder, DATABASE)
}

/** A database is built here and only takes its name when it is whole. */
export function buildPath(folder: string): string {
  return join(folder, 'vault-new.db')
}

/** Where a copy that has a log is read, so that the log stays as it is. */
export function scratchPath(folder: string): string {
  return join(folder, 'vault-scratch.db')
}

/** Removes a database with its log and journal. */
export function removeDatabase(path: string): void {
  for (const companion of COMPANIONS) rmSync(path + companion, { force: true })
}

export function keptCopyPath(folder: string, version: number, now: Instant): string {
  return freePath(folder, `vault-kept-version-${version}-${dated(now)}`)
}

export function beforeRestorePath(folder: string, now: Instant): string {
  return freePath(folder, `vault-kept-before-restore-${dated(now)}`)
}

/** What an open database was saved as when its own file was gone; the next start continues with it. */
export function rescuedPath(folder: string, now: Instant): string {
  return join(folder, `vault-rescued-${dated(now)}.db`)
}

/** It only takes its name when it is whole. */
export function rescuingPath(folder: string): string {
  return join(folder, 'vault-rescuing.db')
}

/** What is only there while it is being made. */
export function halfMadePaths(folder: string): readonly string[] {
  return [buildPath(folder), scratchPath(folder), rescuingPath(folder)]
}

/** An empty file where the lock of the window could not be stored: the window is locked. */
export function lockedMark(folder: string): string {
  return join(folder, 'window-locked')
}

/**
 * Makes the newest rescued file the database. What lies there under that name by now is set aside: it is not what the app
 * had stored. So are older rescued files: the next start would go back to one of them.
 */
export function takeRescued(folder: string, now: Instant): void {
  const newest = newestOf(folder, RESCUED)
  if (newest === null) return
  if (COMPANIONS.some((companion) => existsSync(databasePath(folder) + companion))) setAside(folder, now)
  renameSync(newest, databasePath(folder))
  for (let older = newestOf(folder, RESCUED); older !== null; older = newestOf(folder, RESCUED)) {
    renameDatabase(folder, older, setAsidePath(folder, now))
  }
  syncFolder(folder)
}

/**
 * Makes the folder and what leads to it, for their owner alone. Node's own `recursive` never returns where a parent is
 * there and takes no new folder with "no such file" (procfs, an automounter's folder whose disk is away).
 */
export function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return
    const parent = dirname(folder)
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (!isMissing || parent === folder || existsSync(parent)) throw error
    makeFolder(parent)
    mkdirSync(folder, { mode: 0o700 })
  }
}

/**
 * Creates the folder for its owner alone, or makes it so; everything made in this process from now on is the owner's alone,
 * too. Throws an `UnsafeFolder` when somebody else could change what is in it.
 */
export function prepareFolder(folder: string): void {
  process.umask(0o077)
  makeFolder(folder)
  secureFolder(folder)
  for (const companion of COMPANIONS) {
    const path = databasePath(folder) + companion
    if (existsSync(path)) chmodSync(path, 0o600)
  }
}

export type Found =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'database' }
  /** A log without its database: SQLite would play it into whatever takes the name. */
  | { readonly kind: 'orphans' }
  | { readonly kind: 'set-aside'; readonly path: string }

export function lookInto(folder: string): Found {
  const path = databasePath(folder)
  if (existsSync(path)) return { kind: 'database' }
  if (COMPANIONS.some((companion) => existsSync(path + companion))) return { kind: 'orphans' }
  const newest = newestOf(folder, SET_ASIDE)
  return newest === null ? { kind: 'nothing' } : { kind: 'set-aside', path: newest }
}

function newestOf(folder: string, name: RegExp): string | null {
  const newest = readdirSync(folder)
    .filter((one) => name.test(one))
    // The second of one moment has a number after its date.
    .sort((one, other) => stemOf(one).localeCompare(stemOf(other), 'en', { numeric: true }))
    .at(-1)
  return newest === undefined ? null : join(folder, newest)
}

function stemOf(name: string): string {
  return name.replace(/\.db$/, '')
}

/** Renames the database and its companions; nothing is copied, changed or deleted. Returns the new path. */
export function setAside(folder: string, now: Instant): string {
  const target = setAsidePath(folder, now)
  renameDatabase(folder, databasePath(folder), target)
  return target
}

/** Undoes a `setAside` that returned `path`, where nothing has taken the name since. */
export function putBack(folder: string, path: string): void {
  if (lookInto(folder).kind === 'set-aside') renameDatabase(folder, path, databasePath(folder))
}

function renameDatabase(folder: string, from: string, to: string): void {
  for (const companion of COMPANIONS) {
    if (existsSync(from + companion)) renameSync(from + companion, to + companion)
  }
  syncFolder(folder)
}

/** Gives a finished database its name. The caller has made sure that the name is free. */
export function takeName(folder: string): void {
  const built = openSync(buildPath(folder), 'r+')
  fsyncSync(built)
  closeSync(built)
  renameSync(buildPath(folder), databasePath(folder))
  syncFolder(folder)
}

function setAsidePath(folder: string, now: Instant): string {
  return freePath(folder, `vault-set-aside-${dated(now)}`)
}

/** The second of one second has a number. */
function freePath(folder: string, stem: string): string {
  for (let n = 1; ; n++) {
    const path = join(folder, n === 1 ? `${stem}.db` : `${stem}-${n}.db`)
    if (!existsSync(path)) return path
  }
}

/** An instant in a form that every system allows in a file name. */
function dated(now: Instant): string {
  return new Date(now)
    .toISOString()
    .replaceAll(':', '-')
    .replace(/\.\d+Z$/, 'Z')
}
