// Env writer: sets variables in an env file on the disk. One write at a time for each file, complete or not at all, and
// never over an edit that was made meanwhile.
import { basename, dirname, isAbsolute } from 'node:path'
import { KeyedSerialQueue } from '#base/common/serial-queue.ts'
import { type EnvValue, editEnv } from '#base/node/env-editor.ts'
import type { DeliverySpec, SeenFile } from '#engine/domain/delivery-spec.ts'
import { isReadOnly, lookAt, remarksOnChanges, remarksOnKind, remarksOnOthers } from './env-file-check.ts'
import { locate, type Place } from './env-file-place.ts'
import { failureSentence } from './file-errors.ts'
import {
  type Current,
  isSame,
  isSameFolder,
  type OpenedFolder,
  openFolder,
  prepareReplacement,
  readCurrent,
  removeLeftovers,
} from './file-replacement.ts'
import { mended, prepareInPlace, removeJournal } from './in-place.ts'
import {
  attributesLost,
  type EnvFileRemark,
  folderMissing,
  obstacle,
  readOnly,
  rightsUnknown,
} from './remark.ts'

/** What a person agreed to about a file. Where nobody has seen it, `confirmed` must name everything odd about it. */
export type Agreed = Pick<DeliverySpec<'env-file'>, 'confirmed' | 'seen'>

export type EnvFileWriting =
  /** `changed`: false when the values were there already; the file was not touched. `seen`: the file before. */
  | { readonly kind: 'written'; readonly changed: boolean; readonly seen: SeenFile }
  /** A person has to confirm or to choose another file; an automatic retry is of no use. */
  | { readonly kind: 'refused'; readonly remark: EnvFileRemark }
  /** It may be temporary: worth a retry. The file is unchanged. */
  | { readonly kind: 'failed'; readonly sentence: string }

export interface EnvFileWriter {
  /** Never rejects. */
  write(path: string, values: readonly EnvValue[], agreed: Agreed): Promise<EnvFileWriting>
}

export interface EnvFiles extends EnvFileWriter {
  /** Nothing is written to it any more: removes what a killed writer left beside it. Never rejects. */
  forget(path: string): Promise<void>
}

/** Only a program changes a file this often during one write. */
const MOST_ROUNDS = 5

export function createEnvFileWriter(): EnvFiles {
  // By the path as given, so that the last call has the last word; and by the file, whichever link leads to it.
  const byPath = new KeyedSerialQueue()
  const byFile = new KeyedSerialQueue()
  return {
    write: (path, values, agreed) =>
      byPath.run(path, async () => {
        const file = await fileOf(path)
        return byFile.run(file, () => written(path, values, agreed))
      }),
    forget: (path) =>
      byPath.run(path, async () => {
        const file = await fileOf(path)
        if (!isAbsolute(file)) return
        // A folder that is gone holds nothing; what cannot be removed now goes with the next write there.
        await byFile.run(file, () =>
          Promise.all([removeLeftovers(file), removeJournal(file)]).catch(() => undefined),
        )
      }),
  }
}

async function fileOf(path: string): Promise<string> {
  try {
    const located = await locate(path)
    return located.kind === 'place' ? located.place.target : path
  } catch {
    return path
  }
}

async function written(path: string, values: readonly EnvValue[], agreed: Agreed): Promise<EnvFileWriting> {
  try {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const result = await tried(path, values, agreed)
      if (result !== 'changed-meanwhile') return result
    }
    return failed(`Another program keeps changing ${path}. Close it; the token is not in the file.`)
  } catch (error) {
    return failed(failureSentence(error, path))
  }
}

async function tried(
  path: string,
  values: readonly EnvValue[],
  agreed: Agreed,
): Promise<EnvFileWriting | 'changed-meanwhile'> {
  const located = await locate(path)
  if (located.kind === 'nowhere') return { kind: 'refused', remark: located.remark }
  const { place } = located
  if (place.folder === null) return failed(folderMissing(dirname(place.target)).sentence)
  const folder = await openFolder(place.folder)
  try {
    return await writtenIn(folder, { ...place, folder: place.folder }, values, agreed)
  } finally {
    await folder.close()
  }
}

/** What is looked at and what is written are in the folder that is open, and the path must lead to that. */
async function writtenIn(
  opened: OpenedFolder,
  place: Place & { readonly folder: string },
  values: readonly EnvValue[],
  { confirmed, seen }: Agreed,
): Promise<EnvFileWriting | 'changed-meanwhile'> {
  const { target, folder, stats } = place
  const at = opened.path(basename(target))
  const look = await lookAt(place, folder, at)
  const remarks = seen === undefined ? remarksOnOthers(place, look) : remarksOnChanges(seen, look)
  const remark = [...remarksOnKind(place), ...remarks].find(
    ({ confirm }) => confirm === null || !confirmed.includes(confirm),
  )
  // Who took the file away kept its list from being read.
  const isGone = remark?.kind === 'access-list' && !isAsSeen(place, await readCurrent(at))
  if (remark !== undefined) return isGone ? 'changed-meanwhile' : { kind: 'refused', remark }
  if (stats !== null && isReadOnly(stats)) return failed(readOnly(target, stats.mode).sentence)

  await removeLeftovers(at)
  const before = await readCurrent(at)
  if (!isAsSeen(place, before) || !(await isSameFolder(folder, opened.stats))) return 'changed-meanwhile'
  const isInPlace = confirmed.includes('mounted')
  const bytes = before.kind === 'file' ? before.bytes : new Uint8Array()
  const whole = isInPlace ? await mended(at, bytes) : bytes
  const edit = editEnv(whole, values)
  if (edit.kind === 'refused') {
    return { kind: 'refused', remark: obstacle('content', `${target}: ${edit.sentence}`) }
  }
  const hasChanged = edit.changed || whole !== bytes
  const written = { kind: 'written', changed: hasChanged, seen: look.seen } as const
  if (!hasChanged) return written

  const isUnchanged = async () => {
    const now = await locate(place.path)
    const isThere = now.kind === 'place' && now.place.target === target
    return isThere && (await isSameFolder(folder, opened.stats)) && isSame(before, await readCurrent(at))
  }
  const like = before.kind === 'file' ? before.stats : null
  const replacement =
    isInPlace && before.kind === 'file'
      ? prepareInPlace(at, edit.bytes, before)
      : await prepareReplacement(at, edit.bytes, like, !confirmed.includes('attributes'))
  if (replacement.kind !== 'ready') {
    if (!(await isUnchanged())) return 'changed-meanwhile'
    const lost = replacement.kind === 'attributes' ? attributesLost(target) : rightsUnknown(target)
    return { kind: 'refused', remark: lost }
  }
  try {
    // As late as can be: only an edit between this look and the next call is not seen.
    if (!(await isUnchanged())) {
      await replacement.discard()
      return 'changed-meanwhile'
    }
    await replacement.takePlace()
  } catch (error) {
    await replacement.discard()
    throw error
  }
  return written
}

/** What was read is what was looked at. */
function isAsSeen({ stats }: Place, current: Current): boolean {
  if (stats === null || current.kind !== 'file') return stats === null && current.kind === 'absent'
  const facts = ['dev', 'ino', 'mode', 'uid', 'gid', 'nlink'] as const
  return facts.every((fact) => Number(current.stats[fact]) === stats[fact])
}

function failed(sentence: string): EnvFileWriting {
  return { kind: 'failed', sentence }
}
