// Restore mark: a file in the data folder from before a backup is taken over until the vault that was made of it is open, so
// that a server that was killed meanwhile does not begin with an empty vault at its next start.
import { readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { finished } from 'node:stream/promises'
import { replaceFile, syncFolder } from '#base/node/whole-file.ts'

export interface RestoreMark {
  /** Its own path, for sentences. */
  readonly path: string
  /** The backup whose restore has not ended; null: there is none. Throws the system's error where that cannot be told. */
  backup(): string | null
  /** On the disk when it resolves. Rejects with the system's error. */
  set(backup: string): Promise<void>
  /** Throws the system's error. */
  clear(): void
}

/** `folder`: the data folder. */
export function restoreMark(folder: string): RestoreMark {
  const file = path.join(folder, 'restore-under-way')
  return {
    path: file,
    backup() {
      try {
        return readFileSync(file, 'utf8')
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
        throw error
      }
    },
    set: (backup) => replaceFile(file, (stream) => finished(stream.end(backup))),
    clear() {
      rmSync(file, { force: true })
      syncFolder(folder)
    },
  }
}
