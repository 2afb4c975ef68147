// Single instance: one per data folder. The folder's lock decides, since the system releases it however its owner ended;
// Electron's own lock notifies the first instance of the second.
import { unlinkSync } from 'node:fs'
import path from 'node:path'
import type { FolderLock } from '#vault/db/folder-lock.ts'

/** `ours`: this instance goes on. `theirs`: it ends; `told`: the first one was notified and shows its window. */
export type Taking = { readonly kind: 'ours' } | { readonly kind: 'theirs'; readonly told: boolean }

/**
 * What Chromium's lock is made of. It names its owner by process id: once that id is somebody else's, a folder whose
 * owner was killed would stay barred, and Chromium would even end the stranger if it runs the same program.
 */
const LEFT_BEHIND = ['SingletonLock', 'SingletonCookie', 'SingletonSocket'] as const

export function takeFolder(parts: {
  readonly dataFolder: string
  readonly lock: Pick<FolderLock, 'take'>
  /** Electron's lock; notifies the instance that holds it. */
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

/** Chromium reports what cannot be removed. Not `rmSync`, which loads a library first, at every start. */
function remove(file: string): void {
  try {
    unlinkSync(file)
  } catch {
    // Usually there is none.
  }
}
