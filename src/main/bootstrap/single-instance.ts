// Single instance: one per data folder. The folder's lock decides, since the system releases it however its owner ended;
// Electron's own lock notifies the first instance of the second.
import { existsSync, unlinkSync } from 'node:fs'
import path from 'node:path'
import { app } from 'electron'
import { relaunch } from '#desktop/system/quit.ts'
import type { FolderLock } from '#vault/db/folder-lock.ts'

/** `ours`: this instance goes on. `theirs`: it ends; `told`: the first one was notified and shows its window. */
export type Taking = { readonly kind: 'ours' } | { readonly kind: 'theirs'; readonly told: boolean }

/** ms. From the moment on at which an instance cannot show its window any more. */
const ENDS_WITHIN = 10_000

/**
 * Throws a `StoreFailure` where neither lock can be taken, as in a folder that cannot be written.
 * To be called by one process of the folder at a time (`inTurn`): whoever has the folder has Electron's lock by then.
 */
export function takeFolder(parts: {
  readonly dataFolder: string
  readonly lock: Pick<FolderLock, 'take'>
  /** Takes Electron's lock, anew if this process has it already, or notifies the instance that holds it. */
  readonly requestInstance: () => boolean
}): Taking {
  const { dataFolder, lock, requestInstance } = parts
  const taking = lock.take()
  const canBeTold = hasSocket(dataFolder)
  if (taking.kind === 'failed') {
    // Without the lock no vault is opened; opening takes it, and says in its own words what is in the way.
    if (requestInstance()) return { kind: 'ours' }
    if (canBeTold) return { kind: 'theirs', told: true }
    throw taking.failure
  }
  if (taking.kind === 'taken') {
    if (canBeTold && !requestInstance()) return { kind: 'theirs', told: true }
    // It is ending, or where Electron's message does not reach it (another container).
    if (lock.take(ENDS_WITHIN).kind !== 'held') return { kind: 'theirs', told: false }
  }
  removeElectronLock(dataFolder)
  requestInstance()
  return { kind: 'ours' }
}

/** Whether the socket is there that Chromium's message goes to; Windows has no such file. */
function hasSocket(dataFolder: string): boolean {
  return process.platform === 'win32' || existsSync(path.join(dataFolder, 'SingletonSocket'))
}

/**
 * Chromium's lock names its owner by process id: once that id is somebody else's, a folder whose owner was killed would stay
 * barred, and Chromium would even end the stranger if it runs the same program. Chromium reports what cannot be removed. Not `rmSync`, which loads a library first, at every start.
 */
function removeElectronLock(dataFolder: string): void {
  for (const name of ['SingletonLock', 'SingletonCookie', 'SingletonSocket']) {
    try {
      unlinkSync(path.join(dataFolder, name))
    } catch {
      // Usually there is none.
    }
  }
}

/** Where an instance is to appear; started in the tray twice, it stays there. */
type Wanted = 'window' | 'tray'

/** Launches of further instances, which ended once they had notified this one. */
export interface LaterLaunches {
  /** `show` is called for each, also for those before; it returns false while it cannot. */
  showBy(show: (wanted: Wanted) => boolean): void
  /** Shows what could not be shown before. */
  retry(): void
}

/** To be called before Electron's lock is taken. What was not shown by the end is shown by a new start. */
export function listenToLaunches(): LaterLaunches {
  let waiting: Wanted | null = null
  let show: (wanted: Wanted) => boolean = () => false
  const retry = () => {
    if (waiting !== null && show(waiting)) waiting = null
  }
  app.on('second-instance', (_event, argv) => {
    if (waiting === null || !argv.includes('--hidden'))
      waiting = argv.includes('--hidden') ? 'tray' : 'window'
    retry()
  })
  app.once('will-quit', () => {
    if (waiting !== null) relaunch(waiting === 'tray')
    // Launches wait for the folder from now on. Not `releaseSingleInstanceLock`: one that waits for its answer would take
    // the closed connection for a process that hangs, and Chromium kills that.
    removeElectronLock(app.getPath('userData'))
  })
  return {
    showBy(by) {
      show = by
      retry()
    },
    retry,
  }
}
