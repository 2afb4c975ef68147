// File replacement: reads an env file as it is, and puts new content in its place at once. The content is complete and on
// the disk before it takes the file's name, so after a kill the file is the old or the new one. What is left beside it is
// known by its name and removed at the next write of that file or of another one there, or with the target.
import { createHash, randomBytes } from 'node:crypto'
import { type BigIntStats, constants } from 'node:fs'
import { type FileHandle, lstat, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { copyAttributes, readRights, setRights } from './access-list.ts'
import { codeOf } from './file-errors.ts'
import { LARGEST_FILE } from './remark.ts'

export interface Replacement {
  readonly kind: 'ready'
  /** Lasting when it resolves. */
  takePlace(): Promise<void>
  discard(): Promise<void>
}

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0)

const LEFTOVER = /^\.env\.satm-[0-9a-f]{12}-[0-9a-f]{16}$/
/** ms. A leftover that is older has no writer any more, in whichever program. */
const LONGEST_WRITE = 3_600_000

/** What cannot be copied to the new file. Nobody may read more than before, and attributes are lost only with consent. */
export type Loss = { readonly kind: 'access-list' | 'attributes' }

/**
 * `like`: the file it is to replace, whose owner, rights and attributes it takes; null for a new one, which is its owner's
 * alone.
 */
export async function prepareReplacement(
  target: string,
  bytes: Uint8Array,
  like: BigIntStats | null,
  needsAttributes = true,
): Promise<Replacement | Loss> {
  const folder = dirname(target)
  const path = join(folder, leftoverStem(target) + randomBytes(8).toString('hex'))
  const discard = () => rm(path, { force: true })
  const file = await open(path, CREATE, 0o600)
  let writtenAt = Number.NEGATIVE_INFINITY
  let loss: Loss | null = null
  try {
    // Before the content: writing takes away the capabilities that root has copied along.
    const hasAttributes = like === null || (await copyAttributes(target, file))
    await file.writeFile(bytes)
    if (!(await takeAfter(file, target, like))) loss = { kind: 'access-list' }
    else if (!hasAttributes && needsAttributes) loss = { kind: 'attributes' }
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
  if (loss !== null) {
    await discard()
    return loss
  }
  return {
    kind: 'ready',
    discard,
    async takePlace() {
      await rename(path, target)
      await syncFolder(folder)
      await removeForgotten(folder, writtenAt - LONGEST_WRITE)
    },
  }
}

export interface OpenedFolder {
  readonly stats: BigIntStats
  /** Of a name in it. Leads there whatever has come to stand at the folder's path, also for programs that are run. */
  path(name: string): string
  close(): Promise<void>
}

/** `folder`: without links. Rejects with the system's error. */
export async function openFolder(folder: string): Promise<OpenedFolder> {
  if (process.platform === 'win32') {
    const stats = await lstat(folder, { bigint: true })
    return { stats, path: (name) => join(folder, name), close: async () => {} }
  }
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
  try {
    const stats = await handle.stat({ bigint: true })
    // Without /proc, as on macOS, the folder is looked at again before the file takes its place.
    const byDescriptor = `/proc/${process.pid}/fd/${handle.fd}`
    const isThere = process.platform === 'linux' && (await isSameFolder(byDescriptor, stats))
    const at = isThere ? byDescriptor : folder
    return { stats, path: (name) => `${at}/${name}`, close: () => handle.close() }
  } catch (error) {
    await handle.close()
    throw error
  }
}

export async function isSameFolder(path: string, { dev, ino }: BigIntStats): Promise<boolean> {
  try {
    const now = await stat(path, { bigint: true })
    return now.dev === dev && now.ino === ino
  } catch {
    return false
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
  const entries = await readdir(folder, { withFileTypes: true })
  // A leftover is a plain file. Anything else of such a name is somebody's, and must not keep a file from being written.
  return entries
    .filter((entry) => entry.isFile() && LEFTOVER.test(entry.name))
    .map(({ name }) => join(folder, name))
}

/** `.env.` first, which most ignore files name. Of one length, however long the file's own name is. */
export function leftoverStem(target: string): string {
  const hash = createHash('sha256').update(basename(target)).digest('hex').slice(0, 12)
  return `.env.satm-${hash}-`
}

/** Whether nobody may do more with it than with `like`. */
async function takeAfter(file: FileHandle, target: string, like: BigIntStats | null): Promise<boolean> {
  if (process.platform === 'win32') return true
  const own = await file.stat()
  const [uid, gid] = like === null ? [own.uid, own.gid] : [Number(like.uid), Number(like.gid)]
  const groupKept = own.gid === gid || (await isGranted(file.chown(own.uid, gid)))
  const ownerKept = own.uid === uid || (await isGranted(file.chown(uid, groupKept ? gid : own.gid)))
  const wanted = like === null ? 0o600 : modeLike(Number(like.mode), ownerKept, groupKept)
  // What is its owner's alone is so by its mode: it bounds what the list that a folder gives its files may grant.
  const rights = (wanted & 0o077) === 0 ? { kind: 'mode' as const } : await readRights(target)
  switch (rights.kind) {
    case 'unknown':
      return false
    case 'list':
      if (ownerKept && groupKept) return setRights(file, rights.entries)
      await isGranted(file.chmod(wanted & 0o700))
      return true
    case 'mode':
      if ((own.mode & 0o777) !== wanted) await isGranted(file.chmod(wanted))
      return true
  }
}

/** Whoever is no longer the owner or of the group gets no more than before, whichever class they are in now. */
function modeLike(mode: number, ownerKept: boolean, groupKept: boolean): number {
  const owner = (mode >> 6) & 7
  const most = ownerKept ? 7 : owner
  const group = (mode >> 3) & most
  const others = mode & most
  const both = group & others
  const [newGroup, newOthers] = groupKept ? [group, others] : [both, both]
  return ((ownerKept ? owner : owner | 6) << 6) | (newGroup << 3) | newOthers
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

export type Current =
  | { readonly kind: 'file'; readonly bytes: Uint8Array; readonly stats: BigIntStats }
  | { readonly kind: 'absent' }
  /** It was a file of the right size a moment ago. */
  | { readonly kind: 'something-else' }

/** Windows knows neither flag. */
const READ = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/** Follows no link and waits for no pipe. `target`: without links. Rejects with the system's error. */
export async function readCurrent(target: string): Promise<Current> {
  try {
    const file = await open(target, READ)
    try {
      const stats = await file.stat({ bigint: true })
      if (!stats.isFile() || stats.size > LARGEST_FILE) return { kind: 'something-else' }
      return { kind: 'file', bytes: await file.readFile(), stats }
    } finally {
      await file.close()
    }
  } catch (error) {
    switch (codeOf(error)) {
      case 'ENOENT':
        return { kind: 'absent' }
      // A link, said in the ways of Linux and macOS, and of FreeBSD; a socket.
      case 'ELOOP':
      case 'EMLINK':
      case 'ENXIO':
        return { kind: 'something-else' }
      default:
        throw error
    }
  }
}

/** The same file with the same content, owner and mode, and nobody wrote it between. */
export function isSame(before: Current, now: Current): boolean {
  if (before.kind !== 'file' || now.kind !== 'file') return before.kind === 'absent' && now.kind === 'absent'
  const facts = ['dev', 'ino', 'size', 'mtimeNs', 'ctimeNs'] as const
  return (
    facts.every((fact) => before.stats[fact] === now.stats[fact]) &&
    Buffer.compare(before.bytes, now.bytes) === 0
  )
}
