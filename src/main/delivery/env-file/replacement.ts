// A file's new content beside it, complete and on the disk before it takes the file's name. Killed at any moment, the
// file is the old or the new one; what is left beside it is known by its name and removed at the next write of that file,
// or of another one there, or when the file is no target any more.
import { createHash, randomBytes } from 'node:crypto'
import { type BigIntStats, constants } from 'node:fs'
import { type FileHandle, lstat, open, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { codeOf } from './file-failure.ts'

export interface Replacement {
  /** Lasting when it resolves. */
  takePlace(): Promise<void>
  discard(): Promise<void>
}

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0)

const LEFTOVER = /^\.env\.satm-[0-9a-f]{12}-[0-9a-f]{16}$/
/** ms. A leftover that is older has no writer any more, in whichever program. */
const LONGEST_WRITE = 3_600_000

/** `like`: the file it is to replace, whose mode and owner it takes; null for a new one, which is its owner's alone. */
export async function prepareReplacement(
  target: string,
  bytes: Uint8Array,
  like: BigIntStats | null,
): Promise<Replacement> {
  const folder = dirname(target)
  const path = join(folder, leftoverStem(target) + randomBytes(8).toString('hex'))
  const discard = () => rm(path, { force: true })
  const file = await open(path, CREATE, 0o600)
  let writtenAt = Number.NEGATIVE_INFINITY
  try {
    await file.writeFile(bytes)
    if (like !== null) await takeAfter(file, like)
    await file.sync()
    const { size, mtimeMs } = await file.stat()
    writtenAt = mtimeMs
    if (size !== bytes.length) throw Object.assign(new Error('written in part'), { code: 'ENOSPC' })
  } catch (error) {
    await file.close()
    await discard()
    throw error
  }
  await file.close()
  return {
    discard,
    async takePlace() {
      await rename(path, target)
      await syncFolder(folder)
      await removeForgotten(folder, writtenAt - LONGEST_WRITE)
    },
  }
}

/** Of a writer that was killed. Nobody else's files have such names. */
export async function removeLeftovers(target: string): Promise<void> {
  const stem = leftoverStem(target)
  for (const path of await leftoversIn(dirname(target))) {
    if (basename(path).startsWith(stem)) await rm(path, { force: true })
  }
}

/** Of files that nothing is written to any more. The written file lasts already, so that none of this can fail it. */
async function removeForgotten(folder: string, before: number): Promise<void> {
  try {
    for (const path of await leftoversIn(folder)) {
      if ((await lstat(path)).mtimeMs < before) await rm(path, { force: true })
    }
  } catch {
    // Somebody else's, or gone meanwhile: the next write looks again.
  }
}

async function leftoversIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder)
  return names.filter((name) => LEFTOVER.test(name)).map((name) => join(folder, name))
}

/** `.env.` first, which most ignore files name. Of one length, however long the file's own name is. */
function leftoverStem(target: string): string {
  const hash = createHash('sha256').update(basename(target)).digest('hex').slice(0, 12)
  return `.env.satm-${hash}-`
}

async function takeAfter(file: FileHandle, { uid, gid, mode }: BigIntStats): Promise<void> {
  if (process.platform === 'win32') return
  const own = await file.stat()
  const kept = own.gid === Number(gid) || (await isGranted(file.chown(own.uid, Number(gid))))
  if (own.uid !== Number(uid)) await isGranted(file.chown(Number(uid), kept ? Number(gid) : own.gid))
  const bits = Number(mode) & 0o777
  // Another group must not get what was this group's: it gets what everybody gets.
  const wanted = kept ? bits : (bits & 0o707) | ((bits & 0o007) << 3)
  if (wanted !== 0o600) await isGranted(file.chmod(wanted))
}

/** Only root gives files away, and some disks know no owners and modes: then the file is its writer's alone. */
async function isGranted(change: Promise<void>): Promise<boolean> {
  try {
    await change
    return true
  } catch (error) {
    if (['EPERM', 'EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(codeOf(error))) return false
    throw error
  }
}

/** Makes the rename last. Windows knows no such call, and neither do some network disks. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path, constants.O_RDONLY)
  try {
    await folder.sync()
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(codeOf(error))) throw error
  } finally {
    await folder.close()
  }
}
