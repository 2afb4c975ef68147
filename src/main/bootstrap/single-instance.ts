// One instance per data folder. The folder's lock is the truth, since the system releases it however its owner ended;
// Electron's own lock tells the first instance of the second.
import { unlinkSync } from 'node:fs'
import path from 'node:path'
import type { FolderLock } from '#vault/db/folder-lock.ts'

/** `ours`: go on. `theirs`: this one ends; `told`: the first instance shows its window. */
export type Taking = { readonly kind: 'ours' } | { readonly kind: 'theirs'; readonly told: boolean }

/**
 * What Chromium's lock is made of. It names its owner by process id: once that id is somebody else's, a folder whose
 * owner was killed would stay barred, and Chromium would even end the stranger if it runs the same program.
 */
const LEFT_BEHIND = ['SingletonLock', 'SingletonCookie', 'SingletonSocket'] as const

export function takeFolder(parts: {
  readonly dataFolder: string
  readonly lock: Pick<FolderLock, 'take'>
  /** Electron's lock; tells the instance that holds it. */
  readonly requestInstance: () => boolean
}): Taking {
  const { kind } = parts.lock.take()
  if (kind === 'taken') return { kind: 'theirs', told: !parts.requestInstance() }
  // Without the lock no vault is opened; opening takes it, and says in its own words what is in the way.
  if (kind === 'failed') return parts.requestInstance() ? { kind: 'ours' } : { kind: 'theirs', told: true }
  for (const name of LEFT_BEHIND) remove(path.join(parts.dataFolder, name))
  parts.requestInstance()
  return { kind: 'ours' }
}

/** What cannot be removed is Chromium's to complain of; `rmSync` would load a library first, at every start. */
function remove(file: string): void {
  try {
    unlinkSync(file)
  } catch {
    // Mostly there is none.
  }
}
