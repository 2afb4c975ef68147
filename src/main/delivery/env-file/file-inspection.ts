// What is odd about the file that stands at a place, by what the system says of it. Changes nothing.
import type { Stats } from 'node:fs'
import { access, constants, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { readRights } from './access-list.ts'
import { noFile, type Place } from './file-location.ts'
import {
  type EnvFileRemark,
  folderMissing,
  hardLinks,
  LARGEST_FILE,
  linkTo,
  noAccess,
  notAFile,
  openFolder,
  otherOwner,
  readableByOthers,
  readOnly,
  rightsUnknown,
  tooBig,
} from './remark.ts'

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
export async function remarksOnReaders({ target, folder, stats }: Place): Promise<readonly EnvFileRemark[]> {
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
export async function remarkOnAccess({ target, folder, stats }: Place): Promise<EnvFileRemark | null> {
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
