// Writing in place: for a file that is mounted on its own. Before the first byte changes, what the file has and what it is
// to have stand in a journal beside it, so that the next write mends what a kill left half written.
import { constants } from 'node:fs'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { syncFolder } from '#base/node/whole-file.ts'
import { type Current, isSame, leftoverStem, type Replacement } from './file-replacement.ts'

type File = Extract<Current, { readonly kind: 'file' }>

const WRITE = constants.O_RDWR | (constants.O_NOFOLLOW ?? 0)
const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0)
const READ = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/** The file keeps its identity, owner, rights and attributes. `takePlace` rejects when it is not `before` any more. */
export function prepareInPlace(target: string, bytes: Uint8Array, before: File): Replacement {
  return {
    kind: 'ready',
    discard: async () => {},
    async takePlace() {
      const file = await open(target, WRITE)
      try {
        const stats = await file.stat({ bigint: true })
        if (!isSame(before, { ...before, stats })) throw new Error('The file was changed meanwhile.')
        await writeJournal(target, before.bytes, bytes)
        try {
          await overwrite(file, bytes)
        } catch (error) {
          // A full disk: its old content had room. Where that fails as well, the journal stays.
          await overwrite(file, before.bytes)
          await removeJournal(target)
          throw error
        }
      } finally {
        await file.close()
      }
      await removeJournal(target)
    },
  }
}

/** What a kill in the middle of a write has left is the content before it; what anybody has written since is as it is. */
export async function mended(target: string, bytes: Uint8Array): Promise<Uint8Array> {
  const journal = await readJournal(target)
  if (journal === null) return bytes
  const [old, next] = journal
  const shared = next.findIndex((byte, at) => byte !== bytes[at])
  const written = shared < 0 ? next.length : shared
  const isWhole = Buffer.compare(bytes, next) === 0 || Buffer.compare(bytes, old) === 0
  const isTorn = !isWhole && Buffer.compare(bytes.subarray(written), old.subarray(written)) === 0
  return isTorn ? old : bytes
}

export function removeJournal(target: string): Promise<void> {
  return rm(journalOf(target), { force: true })
}

function journalOf(target: string): string {
  return join(dirname(target), `${leftoverStem(target)}in-place`)
}

async function overwrite(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    at += (await file.write(bytes, at, bytes.length - at, at)).bytesWritten
  }
  await file.truncate(bytes.length)
  await file.sync()
}

async function writeJournal(target: string, old: Uint8Array, next: Uint8Array): Promise<void> {
  await removeJournal(target)
  const journal = await open(journalOf(target), CREATE, 0o600)
  try {
    await journal.writeFile(JSON.stringify([old, next].map((bytes) => Buffer.from(bytes).toString('base64'))))
    await journal.sync()
  } finally {
    await journal.close()
  }
  syncFolder(dirname(target))
}

/** null: there is none, or it was not complete, and then nothing was written yet. */
async function readJournal(target: string): Promise<readonly [Buffer, Buffer] | null> {
  try {
    const file = await open(journalOf(target), READ)
    try {
      const stats = await file.stat()
      if (!stats.isFile() || stats.uid !== (process.geteuid?.() ?? stats.uid)) return null
      const [old, next] = JSON.parse(await file.readFile('utf8'))
      return [Buffer.from(old, 'base64'), Buffer.from(next, 'base64')]
    } finally {
      await file.close()
    }
  } catch {
    return null
  }
}
