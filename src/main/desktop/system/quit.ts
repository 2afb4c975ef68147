// Quitting in order, and never silently with unsaved tokens.
import { mkdtempSync, rmSync } from 'node:fs'
import { devNull, tmpdir } from 'node:os'
import path from 'node:path'
import { app, dialog } from 'electron'
import { appImageOf } from '#base/node/app-image.ts'
import { LOGIN_ARGUMENT } from './login-item.ts'
import { systemClock } from './system-clock.ts'

/**
 * Electron waits for no promise on quit, so the first `before-quit` is held until `close` has resolved.
 * `close` resolves with false when the person would rather stay; a rejection goes to `failed`. `hasFailed`: the quit ends
 * with exit code 1. Returns whether a quit is under way.
 */
export function quitInOrder(parts: {
  readonly close: () => Promise<boolean>
  readonly stays: () => void
  readonly failed: (error: unknown) => void
  readonly hasFailed: () => boolean
}): () => boolean {
  const { close, stays, failed, hasFailed } = parts
  let state: 'running' | 'closing' | 'closed' = 'running'
  app.on('before-quit', (event) => {
    if (state === 'closed') return
    event.preventDefault()
    if (state === 'closing') return
    state = 'closing'
    close()
      .then((done) => {
        state = done ? 'closed' : 'running'
        // Never in the middle of a quit that the system began (SIGTERM): it would be taken for that one, and end
        // nothing.
        if (done) systemClock().after(0, () => app.quit())
        else stays()
      })
      .catch(failed)
  })
  // `quit` takes no exit code, and `exit` skips what is in order about it until here.
  app.once('will-quit', () => {
    if (hasFailed()) app.exit(1)
  })
  return () => state !== 'running'
}

/** Counts the starts in a row that the app made for the keyring. */
export const KEYRING_RESTARTS = 'keyring-restarts'

/** Starts the app anew once this process has ended, with the switches it was started with. */
export function relaunch(hidden: boolean, keyringRestarts = 0): void {
  // An AppImage is mounted only for as long as it runs.
  const program = appImageOf(process.env, process.execPath) ?? process.execPath
  const next = [
    ...(hidden ? ['--hidden'] : []),
    ...(keyringRestarts > 0 ? [`--${KEYRING_RESTARTS}=${keyringRestarts}`] : []),
  ]
  app.relaunch({ execPath: program, args: [...keptArguments(), ...next] })
}

/** For the next start: all but those that keep the window closed or count starts. */
export function keptArguments(): string[] {
  const own = ['--hidden', LOGIN_ARGUMENT, `--${KEYRING_RESTARTS}`]
  return process.argv.slice(1).filter((argument) => !own.includes(argument.split('=')[0] ?? ''))
}

/** Asks before a quit that loses a rotated token, which exists only in this process. */
export async function quitsWithUnsaved(why: string | null): Promise<boolean> {
  const choice = await showBox({
    type: 'warning',
    message: 'A renewed token could not be stored yet.',
    detail: `If you quit now, it may be lost, and the refresh token it replaced may no longer be accepted. ${why ?? 'Wait a moment.'}`,
    buttons: ['Keep running', 'Quit and lose it'],
    defaultId: 0,
    cancelId: 0,
  })
  return choice === 1
}

/**
 * Ends a start that failed; the reason is shown in the terminal and on the desktop. Before the app is ready Electron shows
 * no box on Linux, so that waits, with Chromium's files in a folder that goes with it: whatever failed, the app's own
 * folder is left alone.
 */
export function giveUp(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error)
  process.stderr.write(`${message}\n`)
  if (app.isReady()) {
    endWith(message)
    return
  }
  const folder = passingFolder()
  for (const name of ['userData', 'sessionData'] as const) app.setPath(name, folder)
  void app.whenReady().then(() => endWith(message))
}

/** One that goes with this process; where none can be made either (a full disk), a path that no file can have. */
function passingFolder(): string {
  try {
    const folder = mkdtempSync(path.join(tmpdir(), 'satm-refused-'))
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
    return folder
  } catch {
    return path.join(devNull, 'satm')
  }
}

function endWith(message: string): void {
  void showBox({
    type: 'error',
    title: `${app.name}: error`,
    message: app.name,
    detail: message,
  }).finally(() => app.exit(1))
}

/** ms */
const WAKE = 200

/**
 * Resolves with the button. The boxes that block keep a core busy on Linux, and leave a second launch unanswered, for which
 * Chromium kills this process after 20 s. What follows the end of this box runs when something wakes Node, which may be
 * nothing else.
 */
async function showBox(options: Electron.MessageBoxOptions): Promise<number> {
  let cancel: () => void
  const wake = () => {
    cancel = systemClock().after(WAKE, wake)
  }
  wake()
  return dialog
    .showMessageBox(options)
    .then(({ response }) => response)
    .finally(() => cancel())
}
