// Start of the program: data folder and lock, what Chromium must know before `ready`, and the page, which loads while the
// rest of the code (`bootstrap/run.ts`) does.
import { realpathSync, statSync } from 'node:fs'
import { url as inspectorUrl } from 'node:inspector'
import path from 'node:path'
import { app, session } from 'electron'
import { secureFolder, UnsafeFolder } from '#base/node/folder-access.ts'
import { type Begun, readLaunch, switchRefusal } from '#bootstrap/launch-options.ts'
import { listenToLaunches, takeFolder } from '#bootstrap/single-instance.ts'
import { createLog, logUncaught } from '#desktop/log/log.ts'
import { firstLook } from '#desktop/preferences/preference-values.ts'
import { LOGIN_ARGUMENT } from '#desktop/system/login-item.ts'
import { giveUp } from '#desktop/system/quit.ts'
import { passwordStoreSwitch } from '#desktop/system/session-bus.ts'
import { systemClock, systemDelay } from '#desktop/system/system-clock.ts'
import { APP_ORIGIN } from '#desktop/window/app-files.ts'
import { registerAppScheme, type Served, serveApp } from '#desktop/window/app-protocol.ts'
import { applyTheme, withoutElectronMenu } from '#desktop/window/appearance.ts'
import { loadPage } from '#desktop/window/page.ts'
import { applySessionRules } from '#desktop/window/session-rules.ts'
import type { StoreFailure } from '#engine/domain/ports.ts'
import { type Answering, listenToWindow } from '#ipc/electron-binding.ts'
import { DATA_FOLDER_NAME } from '#satm/app-location.ts'
import { makeFolder } from '#vault/db/data-files.ts'
import { folderLock, inTurn } from '#vault/db/folder-lock.ts'
import { isNoFolder, storeFailure } from '#vault/db/sqlite-errors.ts'

/** ms. The longest wait for the page. */
const LONGEST_WAY = 500
/** Files that the page has been served. */
const DOCUMENT = 1
const DOCUMENT_AND_SCRIPT = 2

// Folders first: Chromium, the lock and every file below take them from here.
const launch = readLaunch({
  switchValue: (name) => (app.commandLine.hasSwitch(name) ? app.commandLine.getSwitchValue(name) : null),
  env: process.env,
  userData: path.join(app.getPath('appData'), DATA_FOLDER_NAME),
  processId: process.pid,
})
process.umask(0o077)
// Chromium writes the keys of its TLS connections into the file that this names. Unset and not refused: it may be there for
// other programs, and a start at login would fail unseen.
if (!isDevelopment()) delete process.env.SSLKEYLOGFILE

// Tests and the demo that plays itself have a debugger in this process, which a person's runtime admits no more than a
// release's; for whoever has it, these switches open nothing.
const refusal =
  isDevelopment() || inspectorUrl() !== undefined
    ? null
    : switchRefusal((name) => app.commandLine.hasSwitch(name))

// What Chromium reads only before `ready`.
const keyring = passwordStoreSwitch()
if (keyring !== null) app.commandLine.appendSwitch('password-store', keyring)
registerAppScheme()
withoutElectronMenu()

// One instance per data folder, before any file in it is opened; a second launch shows the first one's window.
const lock = folderLock(launch.vaultFolder)
const launches = listenToLaunches()
try {
  if (refusal === null) takeDataFolder()
  else {
    // Without a box: it could be shown only once Chromium has opened what the switch asks for.
    process.stderr.write(`${refusal}\n`)
    app.exit(1)
  }
} catch (error) {
  giveUp(error instanceof UnsafeFolder ? error : new Error(unusable(error)))
}

function unusable(error: unknown): string {
  const [why, help] = obstacle(storeFailure(error, launch.dataFolder))
  return `The data folder ${launch.dataFolder} cannot be used (${why}). ${help}, or start the app with another one (--user-data-dir).`
}

function obstacle(failure: StoreFailure): readonly [why: string, help: string] {
  const { reason, cause } = failure
  if (reason === 'disk-full') return ['its disk is full', 'Free some space']
  if (cause instanceof Error && 'code' in cause && cause.code === 'EROFS')
    return ['its disk is read-only', 'Make it writable']
  if (reason === 'read-only')
    return ['your account has no permission for it', 'Make it writable for your account']
  if (isNoFolder(failure))
    return ['its path contains a file or a broken link instead of a folder', 'Remove it']
  return [cause instanceof Error ? cause.message : String(cause), 'Make it available and writable']
}

function takeDataFolder(): void {
  makeFolder(launch.dataFolder)
  for (const folder of [launch.dataFolder, launch.vaultFolder, launch.logFolder]) {
    // What stands in place of the two others is reported when the vault or the log is opened.
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) secureFolder(folder)
  }
  // Two spellings of one folder are one folder, for the locks as well.
  app.setPath('userData', realpathSync.native(launch.dataFolder))
  app.setPath('sessionData', launch.chromiumFolder)
  const requestInstance = () => {
    app.releaseSingleInstanceLock()
    return app.requestSingleInstanceLock()
  }
  const taking = inTurn(launch.vaultFolder, () =>
    takeFolder({ dataFolder: app.getPath('userData'), lock, requestInstance }),
  )
  if (taking.kind === 'ours') app.whenReady().then(begin).catch(giveUp)
  // Of two that are started in the tray at once, the second ends without a message.
  else if (taking.told || launch.hidden) app.exit(0)
  else
    giveUp(
      new Error(
        'This app is already running with that data folder. Use its window. If a server (satm serve) has the folder, stop the server first.',
      ),
    )
}

async function begin(): Promise<void> {
  const clock = systemClock()
  const log = createLog({ folder: launch.logFolder, clock })
  logUncaught(log)
  const look = firstLook(launch.dataFolder)
  applyTheme(look.theme)

  // The session's rules apply before there is a page.
  const devServer = isDevelopment() ? (process.env.ELECTRON_RENDERER_URL ?? null) : null
  applySessionRules({ session: session.defaultSession, refused: log.warn, devServer })
  const served = serveApp(session.defaultSession, resource('out/renderer'), devServer)
  let answer: (answering: Answering) => void = () => undefined
  const answering = new Promise<Answering>((resolve) => {
    answer = resolve
  })
  listenToWindow({ answering, origin: APP_ORIGIN, log })

  const pageParts = {
    preload: resource('out/preload/index.cjs'),
    devTools: devServer !== null,
    icon: resource('resources/icons/app-256.png'),
  }
  const inTray = launch.hidden || (look.startInTray && process.argv.includes(LOGIN_ARGUMENT))
  const first = inTray || awaitsDebugger() ? null : loadPage(pageParts, look.window)
  const run = await loadRest(first === null ? null : (files) => Promise.race([served(files), first.settled]))
  await run({
    launch,
    lock,
    launches,
    clock,
    log,
    pageParts,
    first,
    inTray,
    awaitsDebugger: awaitsDebugger(),
    resource,
    answer,
  })
}

/** Loads the rest of the code in portions, and serves the page between them: whatever blocks this process blocks the page. */
async function loadRest(served: Served | null): Promise<(begun: Begun) => Promise<void>> {
  const giveWay = async (files: number) => {
    if (served !== null) await Promise.race([served(files), systemDelay(LONGEST_WAY)])
  }
  await giveWay(DOCUMENT)
  await import('#desktop/preferences/preferences.ts')
  await giveWay(DOCUMENT)
  await import('#vault/opening.ts')
  await giveWay(DOCUMENT)
  const { run } = await import('#bootstrap/run.ts')
  await giveWay(DOCUMENT_AND_SCRIPT)
  return run
}

/**
 * A debugger that attaches in the middle of a page's first commit gets no events of that page from Chromium, and Playwright
 * then waits for ever. So the window waits for the debugger, which only tests use.
 */
function awaitsDebugger(): boolean {
  return app.commandLine.hasSwitch('remote-debugging-port')
}

/** As `npm run dev` builds it. Otherwise no variable can give the window another page. */
function isDevelopment(): boolean {
  return import.meta.env.DEV
}

/** Files beside the built code, also inside an archive. */
function resource(relative: string): string {
  return path.join(app.getAppPath(), relative)
}
