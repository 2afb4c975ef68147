// Looks at a file before a token is put into it for the first time, and says what a person should know.

import { searchable } from '#base/node/text-bytes.ts'
import { readCurrent } from './current-file.ts'
import { failureSentence } from './file-errors.ts'
import { remarkOnAccess, remarksOnKind, remarksOnReaders } from './file-inspection.ts'
import { locate, type Place } from './file-location.ts'
import { gitStanding } from './git.ts'
import { type EnvFileRemark, gitUnknown, notIgnoredByGit, obstacle, trackedByGit } from './remark.ts'

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

async function onGit({ target }: Place): Promise<readonly EnvFileRemark[]> {
  switch (await gitStanding(target)) {
    case 'no-repository':
    case 'ignored':
      return []
    case 'tracked':
      return [trackedByGit(target)]
    case 'not-ignored':
      return [notIgnoredByGit(target)]
    case 'unknown':
      return [gitUnknown(target)]
  }
}
