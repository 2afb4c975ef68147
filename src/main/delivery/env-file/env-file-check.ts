// Env file check: which file a path leads to, and what a person should know before a token is written there. Changes
// nothing.

import type { Stats } from 'node:fs'
import { access, constants, lstat, readlink, realpath, stat } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, normalize, sep } from 'node:path'
import { searchable } from '#base/node/env-editor.ts'
import { readRights } from './access-list.ts'
import { codeOf, failureSentence } from './file-errors.ts'
import { readCurrent } from './file-replacement.ts'
import { type GitStanding, gitStanding } from './git.ts'
import {
  brokenLink,
  type EnvFileRemark,
  folderMissing,
  gitUnknown,
  hardLinks,
  LARGEST_FILE,
  linkTo,
  type NoFile,
  noAccess,
  notAbsolute,
  notAFile,
  notIgnoredByGit,
  obstacle,
  openFolder,
  otherOwner,
  readableByOthers,
  readOnly,
  rightsUnknown,
  tooBig,
  trackedByGit,
} from './remark.ts'

export interface EnvFileCheck {
  /** Absolute, as far as it was given so. */
  readonly path: string
  /** The file that would be written, by a path without links. */
  readonly target: string
  readonly exists: boolean
  /** What is in the way comes first. */
  readonly remarks: readonly EnvFileRemark[]
}

/** Changes nothing and never rejects. */
export async function checkEnvFile(path: string): Promise<EnvFileCheck> {
  try {
    const located = await locate(path)
    if (located.kind === 'nowhere') return { path, target: path, exists: false, remarks: [located.remark] }
    const { place } = located
    const remarks = await remarksOn(place)
    return {
      path: place.path,
      target: place.target,
      exists: place.stats !== null,
      remarks: remarks.toSorted(
        (one, other) => Number(one.confirm !== null) - Number(other.confirm !== null),
      ),
    }
  } catch (error) {
    const remark = obstacle('no-access', failureSentence(error, path))
    return { path, target: path, exists: false, remarks: [remark] }
  }
}

async function remarksOn(place: Place): Promise<readonly EnvFileRemark[]> {
  const onKind = remarksOnKind(place)
  if (onKind.some(({ confirm }) => confirm === null)) return onKind
  const onAccess = await remarkOnAccess(place)
  if (onAccess !== null) return [...onKind, onAccess]
  const rest = await Promise.all([onContent(place), remarksOnReaders(place), onGit(place)])
  return [...onKind, ...rest.flat()]
}

async function onContent({ target, stats }: Place): Promise<readonly EnvFileRemark[]> {
  if (stats === null) return []
  const current = await readCurrent(target)
  const read = searchable(current.kind === 'file' ? current.bytes : new Uint8Array())
  return read.kind === 'text' ? [] : [obstacle('content', `${target}: ${read.sentence}`)]
}

const GIT_REMARKS: { readonly [S in GitStanding]?: (path: string) => EnvFileRemark } = {
  tracked: trackedByGit,
  'not-ignored': notIgnoredByGit,
  unknown: gitUnknown,
}

async function onGit({ target }: Place): Promise<readonly EnvFileRemark[]> {
  const remark = GIT_REMARKS[await gitStanding(target)]
  return remark === undefined ? [] : [remark(target)]
}

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
    if (folder === null) return found({ path, target, isLink, folder, stats: null })
    target = join(folder, basename(target))
    const stats = await statsOf(target)
    if (!stats?.isSymbolicLink()) return found({ path, target, isLink, folder, stats })
    const link = await readlink(target)
    // Not joined: `..` after a link is above where that leads, which only the system knows.
    target = isAbsolute(link) ? link : folder + sep + link
  }
  return { kind: 'nowhere', remark: brokenLink(path) }
}

function noFile(stats: Pick<Stats, 'isFile' | 'isDirectory' | 'isFIFO' | 'isSocket'>): NoFile | null {
  if (stats.isFile()) return null
  if (stats.isDirectory()) return 'folder'
  if (stats.isFIFO()) return 'pipe'
  return stats.isSocket() ? 'socket' : 'device'
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

/** Windows has neither modes nor owners of this kind. */
const HAS_MODES = process.platform !== 'win32'

/**
 * What a file is, whoever may read it: asked at every write, because it can become another one. In the way of a write
 * unless it is confirmed.
 */
export function remarksOnKind({ path, target, isLink, stats }: Place): readonly EnvFileRemark[] {
  const remarks: EnvFileRemark[] = []
  if (isLink) remarks.push(linkTo(path, target))
  if (stats === null) return remarks
  const what = noFile(stats)
  if (what !== null) return [notAFile(target, what)]
  if (stats.size > LARGEST_FILE) return [tooBig(target)]
  if (stats.nlink > 1) remarks.push(hardLinks(target, stats.nlink))
  const user = process.geteuid?.()
  if (user !== undefined && stats.uid !== user) remarks.push(otherOwner(target, stats.uid, user === 0))
  return remarks
}

/** Who else may read it: asked before the first write only. A mode that changes later must not stop a delivery. */
async function remarksOnReaders({ target, folder, stats }: Place): Promise<readonly EnvFileRemark[]> {
  if (!HAS_MODES || folder === null) return []
  const remarks: EnvFileRemark[] = []
  if (stats !== null && (stats.mode & 0o077) !== 0 && (await readRights(target)).kind === 'unknown') {
    remarks.push(rightsUnknown(target))
  }
  if (stats !== null && (stats.mode & 0o044) !== 0) remarks.push(readableByOthers(target, stats.mode))
  const { mode } = await stat(folder)
  if ((mode & 0o002) !== 0) remarks.push(openFolder(folder, mode))
  return remarks
}

/** What would make a write fail as things are now; null when nothing is known to. */
async function remarkOnAccess({ target, folder, stats }: Place): Promise<EnvFileRemark | null> {
  if (folder === null) return folderMissing(dirname(target))
  if (stats !== null && isReadOnly(stats)) return readOnly(target, stats.mode)
  try {
    await access(folder, constants.W_OK | constants.X_OK)
    if (stats !== null) await access(target, constants.R_OK | constants.W_OK)
    return null
  } catch {
    return noAccess(target)
  }
}

/** A replacement would not need the right to write, but whoever took it away meant it. Root may always; it asks too. */
export function isReadOnly({ mode }: Pick<Stats, 'mode'>): boolean {
  return (mode & 0o200) === 0
}
