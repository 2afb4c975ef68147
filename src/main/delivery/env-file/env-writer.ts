// Env writer: sets variables in an env file on the disk. One write at a time for each file, complete or not at all, and
// never over an edit that was made meanwhile.
import { dirname, isAbsolute } from 'node:path'
import { KeyedSerialQueue } from '#base/common/serial-queue.ts'
import { type EnvValue, editEnv } from '#base/node/env-editor.ts'
import type { FileOddity } from '#engine/domain/delivery-model.ts'
import { isReadOnly, locate, type Place, remarksOnKind } from './env-file-check.ts'
import { failureSentence } from './file-errors.ts'
import { type Current, isSame, prepareReplacement, readCurrent, removeLeftovers } from './file-replacement.ts'
import { type EnvFileRemark, folderMissing, obstacle, readOnly, rightsUnknown } from './remark.ts'

export type EnvFileWriting =
  /** `changed`: false when the values were there already; the file was not touched. */
  | { readonly kind: 'written'; readonly changed: boolean }
  /** A person has to confirm or to choose another file; an automatic retry is of no use. */
  | { readonly kind: 'refused'; readonly remark: EnvFileRemark }
  /** It may be temporary: worth a retry. The file is unchanged. */
  | { readonly kind: 'failed'; readonly sentence: string }

export interface EnvFileWriter {
  /** `confirmed`: what a person agreed to about this file. Never rejects. */
  write(
    path: string,
    values: readonly EnvValue[],
    options: { readonly confirmed: readonly FileOddity[] },
  ): Promise<EnvFileWriting>
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
    write: (path, values, { confirmed }) =>
      byPath.run(path, async () => {
        const file = await fileOf(path)
        return byFile.run(file, () => written(path, values, confirmed))
      }),
    forget: (path) =>
      byPath.run(path, async () => {
        const file = await fileOf(path)
        if (!isAbsolute(file)) return
        // A folder that is gone holds nothing; what cannot be removed now goes with the next write there.
        await byFile.run(file, () => removeLeftovers(file).catch(() => undefined))
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

async function written(
  path: string,
  values: readonly EnvValue[],
  confirmed: readonly FileOddity[],
): Promise<EnvFileWriting> {
  try {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const result = await tried(path, values, confirmed)
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
  confirmed: readonly FileOddity[],
): Promise<EnvFileWriting | 'changed-meanwhile'> {
  const located = await locate(path)
  if (located.kind === 'nowhere') return { kind: 'refused', remark: located.remark }
  const { place } = located
  const { target, folder, stats } = place
  const remark = remarksOnKind(place).find(({ confirm }) => confirm === null || !confirmed.includes(confirm))
  if (remark !== undefined) return { kind: 'refused', remark }
  if (folder === null) return failed(folderMissing(dirname(target)).sentence)
  if (stats !== null && isReadOnly(stats)) return failed(readOnly(target, stats.mode).sentence)

  await removeLeftovers(target)
  const before = await readCurrent(target)
  if (before.kind === 'something-else') return 'changed-meanwhile'
  const edit = editEnv(before.kind === 'file' ? before.bytes : new Uint8Array(), values)
  if (edit.kind === 'refused') {
    return { kind: 'refused', remark: obstacle('content', `${target}: ${edit.sentence}`) }
  }
  if (!edit.changed) return { kind: 'written', changed: false }
  return replaced(place, before, edit.bytes)
}

async function replaced(
  place: Place,
  before: Current,
  bytes: Uint8Array,
): Promise<EnvFileWriting | 'changed-meanwhile'> {
  const like = before.kind === 'file' ? before.stats : null
  const replacement = await prepareReplacement(place.target, bytes, like)
  if (replacement === null) {
    if (!(await isUnchanged(place, before))) return 'changed-meanwhile'
    return { kind: 'refused', remark: rightsUnknown(place.target) }
  }
  try {
    // As late as can be: only an edit between this look and the next call is not seen.
    if (!(await isUnchanged(place, before))) {
      await replacement.discard()
      return 'changed-meanwhile'
    }
    await replacement.takePlace()
  } catch (error) {
    await replacement.discard()
    throw error
  }
  return { kind: 'written', changed: true }
}

async function isUnchanged({ path, target }: Place, before: Current): Promise<boolean> {
  const now = await locate(path)
  return now.kind === 'place' && now.place.target === target && isSame(before, await readCurrent(target))
}

function failed(sentence: string): EnvFileWriting {
  return { kind: 'failed', sentence }
}
