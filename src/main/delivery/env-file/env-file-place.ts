// Env file place: the file that a path leads to, link by link, and whether two paths lead to one.
import type { Stats } from 'node:fs'
import { lstat, readlink, realpath, stat, statfs } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, normalize, sep } from 'node:path'
import { codeOf } from './file-errors.ts'
import { type FileMount, mountOf } from './mounts.ts'
import { brokenLink, type EnvFileRemark, notAbsolute } from './remark.ts'

export interface Place {
  /** As it was given, normalized. */
  readonly path: string
  /** The file to write, by a path without links. */
  readonly target: string
  /** `path` itself is a link. */
  readonly isLink: boolean
  /** null: there is no folder to hold it. */
  readonly folder: string | null
  /** Of the target; null when it does not exist. */
  readonly stats: Stats | null
  /** The file alone is mounted; null: not that it is known. */
  readonly mount: FileMount | null
}

export type Located =
  | { readonly kind: 'place'; readonly place: Place }
  | { readonly kind: 'nowhere'; readonly remark: EnvFileRemark }

/** As many as Linux follows. */
const MOST_LINKS = 40

/**
 * Resolves links one by one, so that a link as the last part of the path is seen and reported. Rejects with the system's
 * error where it cannot look.
 */
export async function locate(given: string): Promise<Located> {
  if (!isAbsolute(given) || given.includes('\0')) return { kind: 'nowhere', remark: notAbsolute(given) }
  const path = normalize(given)
  const end = await followLinks(path)
  if (end === null) return { kind: 'nowhere', remark: brokenLink(path) }
  const mount = end.stats === null ? null : await mountOf(end.target)
  return { kind: 'place', place: { path, ...end, mount } }
}

/** null: links lead to each other. */
async function followLinks(path: string): Promise<Omit<Place, 'path' | 'mount'> | null> {
  let target = path
  for (let links = 0; links <= MOST_LINKS; links++) {
    const folder = await realFolder(dirname(target))
    const isLink = links > 0
    if (folder === null) return { target, isLink, folder, stats: null }
    target = join(folder, basename(target))
    const stats = await statsOf(target)
    if (!stats?.isSymbolicLink()) return { target, isLink, folder, stats }
    const link = await readlink(target)
    // Not joined: `..` after a link is above where that leads, which only the system knows.
    target = isAbsolute(link) ? link : folder + sep + link
  }
  return null
}

/**
 * The same for all paths of one file, whether it is there or not: by links, by a folder that is mounted twice, and by
 * upper and lower case where the file system does not tell them apart. Never rejects.
 */
export async function fileKey(given: string): Promise<string> {
  const path = normalize(given)
  try {
    const end = await followLinks(path)
    return await keyOf(end?.target ?? path, end?.folder ?? null)
  } catch {
    // What cannot be read is distinguished by its path.
    return folded(path)
  }
}

/** The nearest folder that exists, and the way from there. */
async function keyOf(target: string, known: string | null): Promise<string> {
  let folder = known ?? dirname(target)
  let rest = basename(target)
  while (known === null && (await realFolder(folder)) === null && dirname(folder) !== folder) {
    rest = join(basename(folder), rest)
    folder = dirname(folder)
  }
  const { dev, ino } = await stat(folder, { bigint: true })
  let folds = foldsByDevice.get(dev)
  if (folds === undefined) {
    folds = FOLDING_TYPES.has((await statfs(folder, { bigint: true })).type)
    foldsByDevice.set(dev, folds)
  }
  return `${dev}:${ino}${sep}${folds ? rest.toLowerCase() : folded(rest)}`
}

/** Whether names are the same in upper and lower case there. */
const foldsByDevice = new Map<bigint, boolean>()

/** The usual file systems of both take two spellings for one file. */
function folded(path: string): string {
  return process.platform === 'win32' || process.platform === 'darwin' ? path.toLowerCase() : path
}

/** On Linux, by `statfs(2)`: FAT, exFAT, the shares of Windows servers (CIFS, SMB2), NTFS (ntfs3), HFS+. */
const FOLDING_TYPES: ReadonlySet<bigint> = new Set([
  0x4d44n,
  0x2011bab0n,
  0xff534d42n,
  0xfe534d42n,
  0x7366746en,
  0x482bn,
])

async function realFolder(folder: string): Promise<string | null> {
  try {
    const real = await realpath(folder)
    return (await stat(real)).isDirectory() ? real : null
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

async function statsOf(path: string): Promise<Stats | null> {
  try {
    return await lstat(path)
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR'
}
