// One instance per data folder. Electron's own lock tells the first instance of the second; the folder's lock is the
// truth where the two differ, since the system releases it however its owner ended.
import { rmSync } from 'node:fs'
import path from 'node:path'
import type { FolderLock } from '../vault/lock-folder.ts'

/** `ours`: go on. `theirs`: the first instance shows its window; this one ends. */
export type Taking = { readonly kind: 'ours' } | { readonly kind: 'theirs'; readonly told: boolean }

/** What Chromium's lock is made of. Left behind by an owner that was killed under another host name, it bars everyone. */
const LEFT_BEHIND = ['SingletonLock', 'SingletonCookie', 'SingletonSocket'] as const

export function takeFolder(parts: {
  readonly dataFolder: string
  /** Electron's lock; tells the instance that holds it. */
  readonly requestInstance: () => boolean
  readonly lock: () => FolderLock
}): Taking {
  const first = parts.requestInstance()
  const { kind } = parts.lock()
  if (kind === 'taken') return { kind: 'theirs', told: !first }
  // A folder that cannot be locked cannot be written either; the vault says so in its own words.
  if (first) return { kind: 'ours' }
  if (kind === 'failed') return { kind: 'theirs', told: true }
  for (const name of LEFT_BEHIND) rmSync(path.join(parts.dataFolder, name), { force: true })
  parts.requestInstance()
  return { kind: 'ours' }
}
