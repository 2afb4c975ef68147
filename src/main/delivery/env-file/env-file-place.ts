// Env file place: the file that a path leads to, link by link.
import type { Stats } from 'node:fs'
import { lstat, readlink, realpath, stat } from 'node:fs/promises'
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
  let target = path
  for (let links = 0; links <= MOST_LINKS; links++) {
    const folder = await realFolder(dirname(target))
    const isLink = links > 0
    if (folder === null) return found({ path, target, isLink, folder, stats: null, mount: null })
    target = join(folder, basename(target))
    const stats = await statsOf(target)
    if (!stats?.isSymbolicLink()) {
      const mount = stats === null ? null : await mountOf(target)
      return found({ path, target, isLink, folder, stats, mount })
    }
    const link = await readlink(target)
    // Not joined: `..` after a link is above where that leads, which only the system knows.
    target = isAbsolute(link) ? link : folder + sep + link
  }
  return { kind: 'nowhere', remark: brokenLink(path) }
}

function found(place: Place): Located {
  return { kind: 'place', place }
}

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
