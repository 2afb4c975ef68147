// Env file check: what a person should know before a token is written to the file that a path leads to. Changes nothing.

import { createHash } from 'node:crypto'
import type { Stats } from 'node:fs'
import { access, constants, lstat, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { searchable } from '#base/node/env-editor.ts'
import { type Folder, foldersTo, type Others, othersIn } from '#base/node/folder-access.ts'
import type { SeenAccess, SeenFile } from '#engine/domain/delivery-spec.ts'
import { type AccessRights, copyAttributes, haveNoLists, readRights } from './access-list.ts'
import { locate, type Place } from './env-file-place.ts'
import { failureSentence } from './file-errors.ts'
import { readCurrent } from './file-replacement.ts'
import { type GitStanding, gitStanding } from './git.ts'
import {
  attributesLost,
  changed,
  type EnvFileRemark,
  folderMissing,
  gitUnknown,
  hardLinks,
  LARGEST_FILE,
  linkTo,
  mounted,
  type NoFile,
  noAccess,
  notAFile,
  notIgnoredByGit,
  obstacle,
  octal,
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
  /** null: it could not be looked at. */
  readonly seen: SeenFile | null
}

/** Of all that a person is shown of a file, and of what is stored of it: the same for the same file with the same rights. */
export function digestOf({ target, exists, remarks, seen }: EnvFileCheck): string {
  return createHash('sha256')
    .update(JSON.stringify([target, exists, remarks, seen]))
    .digest('hex')
}

/** `before`: as it was confirmed; null: it was not. Changes nothing and never rejects. */
export async function checkEnvFile(path: string, before: SeenFile | null = null): Promise<EnvFileCheck> {
  const nowhere = (remark: EnvFileRemark) => ({
    path,
    target: path,
    exists: false,
    remarks: [remark],
    seen: null,
  })
  try {
    const located = await locate(path)
    if (located.kind === 'nowhere') return nowhere(located.remark)
    const { place } = located
    const look = place.folder === null ? null : await lookAt(place, place.folder)
    const remarks = await remarksOn(place, look, before)
    return {
      path: place.path,
      target: place.target,
      exists: place.stats !== null,
      seen: look?.seen ?? null,
      remarks: remarks.toSorted(
        (one, other) => Number(one.confirm !== null) - Number(other.confirm !== null),
      ),
    }
  } catch (error) {
    return nowhere(obstacle('no-access', failureSentence(error, path)))
  }
}

async function remarksOn(
  place: Place,
  look: Look | null,
  before: SeenFile | null,
): Promise<readonly EnvFileRemark[]> {
  const onKind = remarksOnKind(place)
  if (onKind.some(({ confirm }) => confirm === null)) return onKind
  const onAccess = await remarkOnAccess(place)
  if (onAccess !== null || look === null) return [...onKind, ...(onAccess === null ? [] : [onAccess])]
  const onChanges = before === null ? [] : remarksOnChanges(before, look)
  const rest = await Promise.all([
    onContent(place),
    remarksOnOthers(place, look),
    onAttributes(place),
    onGit(place),
  ])
  return [...onChanges, ...onKind, ...rest.flat()]
}

/** Tried on a file of its own. */
async function onAttributes({ target, stats }: Place): Promise<readonly EnvFileRemark[]> {
  if (stats === null) return []
  const folder = await mkdtemp(join(tmpdir(), 'satm-attributes-'))
  try {
    const file = await open(join(folder, 'tried'), 'wx', 0o600)
    const isCopied = await copyAttributes(target, file).finally(() => file.close())
    return isCopied ? [] : [attributesLost(target)]
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
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

function noFile(stats: Pick<Stats, 'isFile' | 'isDirectory' | 'isFIFO' | 'isSocket'>): NoFile | null {
  if (stats.isFile()) return null
  if (stats.isDirectory()) return 'folder'
  if (stats.isFIFO()) return 'pipe'
  return stats.isSocket() ? 'socket' : 'device'
}

/** Windows has neither modes nor owners of this kind. */
const HAS_MODES = process.platform !== 'win32'

/**
 * What a file is, whoever may read it: asked at every write, because it can become another one. In the way of a write
 * unless it is confirmed.
 */
export function remarksOnKind({ path, target, isLink, stats, mount }: Place): readonly EnvFileRemark[] {
  const remarks: EnvFileRemark[] = []
  if (isLink) remarks.push(linkTo(path, target))
  if (stats === null) return remarks
  const what = noFile(stats)
  if (what !== null) return [notAFile(target, what)]
  if (stats.size > LARGEST_FILE) return [tooBig(target)]
  if (mount !== null) remarks.push(mounted(target, mount.at, mount.isStale))
  if (stats.nlink > 1) remarks.push(hardLinks(target, stats.nlink))
  const user = process.geteuid?.()
  if (user !== undefined && stats.uid !== user) remarks.push(otherOwner(target, stats.uid, user === 0))
  return remarks
}

/** What others can do to a file. */
interface Look {
  readonly seen: SeenFile
  readonly rights: AccessRights
  readonly openFolders: readonly (readonly [Folder, Others])[]
}

/** `at`: the file, by whichever path leads there. Rejects with the system's error. */
export async function lookAt({ target, stats }: Place, folder: string, at = target): Promise<Look> {
  const openFolders = await openFoldersTo(folder)
  const hasModes = HAS_MODES && stats !== null
  const mode = hasModes ? stats.mode & 0o777 : 0o600
  const rights = hasModes && (mode & 0o077) !== 0 ? await readRights(at) : ({ kind: 'mode' } as const)
  const seen = {
    target,
    owner: stats?.uid ?? process.geteuid?.() ?? 0,
    group: stats?.gid ?? process.getegid?.() ?? 0,
    mode,
    list: rights.kind === 'list' ? rights.entries : null,
    openFolders: openFolders.map(([{ path, uid, gid, mode: bits }]) => ({
      path,
      owner: uid,
      group: gid,
      mode: bits & 0o7777,
    })),
  }
  return { seen, rights, openFolders }
}

/**
 * From the root down: what stands in a folder that nobody else can change is what it was a moment ago. Into the last one
 * nobody else may put a new file, either.
 */
async function openFoldersTo(folder: string): Promise<Look['openFolders']> {
  if (!HAS_MODES) return []
  const folders: Folder[] = []
  for (const path of foldersTo(folder)) {
    const { uid, gid, mode } = await lstat(path)
    folders.push({ path, uid, gid, mode })
  }
  const writable = folders.filter(({ mode }) => (mode & 0o020) !== 0).map(({ path }) => path)
  const hasLists = !(await haveNoLists(writable))
  return folders.flatMap((one) => {
    const others = othersIn(one, one.path === folder ? 'new-files' : 'what-is-there')
    // With a list the bits of the group stand for everybody in the list as well.
    const listed = hasLists && (one.mode & 0o1020) === 0o020 ? 'group' : null
    return others === null && listed === null ? [] : [[one, others ?? 'group'] as const]
  })
}

/** Who else can read it or put another file in its place: to be confirmed before the first write. */
export function remarksOnOthers({ target }: Place, { seen, rights, openFolders }: Look): EnvFileRemark[] {
  const remarks: EnvFileRemark[] = []
  if (rights.kind === 'unknown') remarks.push(rightsUnknown(target))
  if ((seen.mode & 0o044) !== 0) remarks.push(readableByOthers(target, seen.mode))
  return [...remarks, ...openFolders.map(([folder, others]) => openFolder(folder, others))]
}

/** What is wider than it was confirmed, or another file: nothing is written before it is confirmed anew. */
export function remarksOnChanges(before: SeenFile, { seen: now }: Look): EnvFileRemark[] {
  const remarks: EnvFileRemark[] = []
  if (now.target !== before.target) {
    remarks.push(
      changed(`The path led to ${before.target} when it was confirmed, and leads to ${now.target} now.`),
    )
  }
  if (now.owner !== before.owner && now.owner !== process.geteuid?.()) {
    remarks.push(
      changed(
        `${now.target} belonged to the user with ID ${before.owner} when it was confirmed, and belongs to ${now.owner} now.`,
      ),
    )
  }
  if (isWider(before, now)) {
    remarks.push(
      changed(
        `${now.target} is open to more users than when it was confirmed (mode ${octal(now.mode)}, group ${now.group}; then ${octal(before.mode)}, ${before.group}).`,
      ),
    )
  } else if ((now.mode & 0o077) !== 0 && now.list !== before.list) {
    remarks.push(changed(`${now.target} has another access control list than when it was confirmed.`))
  }
  for (const folder of now.openFolders) {
    const known = before.openFolders.find(({ path }) => path === folder.path)
    if (known !== undefined && known.owner === folder.owner && !isWider(known, folder)) continue
    remarks.push(
      changed(
        `More users can change the folder ${folder.path} (mode ${octal(folder.mode)}) than when it was confirmed.`,
      ),
    )
  }
  return remarks
}

/** Whether somebody but the owner may do more. What everybody could do, another group can do as well. */
function isWider(before: SeenAccess, now: SeenAccess): boolean {
  const others = before.mode & 0o007
  const known = now.group === before.group ? before.mode & 0o077 : (others << 3) | others
  const isStickyNoMore = (before.mode & ~now.mode & 0o1000) !== 0
  return (now.mode & 0o077 & ~known) !== 0 || isStickyNoMore
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
