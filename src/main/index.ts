// The composition root: what is set up, in which order, and why in that order.
import { randomUUID } from 'node:crypto'
import { mkdirSync, realpathSync, rmSync } from 'node:fs'
import { release } from 'node:os'
import path from 'node:path'
import { app, net, powerMonitor, session } from 'electron'
import { VIEW_CHANNEL } from '../preload/channels.ts'
import { createAppLock } from './composition/app-lock.ts'
import { createAppView, versions } from './composition/app-view.ts'
import { createBackups } from './composition/backups.ts'
import { createCloudGuard } from './composition/cloud-guard.ts'
import { startCore } from './composition/core.ts'
import { type CoreHolder, createCoreHolder } from './composition/core-holder.ts'
import { deleteData } from './composition/delete-data.ts'
import { createDelivery } from './composition/delivery.ts'
import type { Demo } from './composition/demo.ts'
import { howItStands } from './composition/diagnostics.ts'
import { createEndpoint } from './composition/endpoint.ts'
import { createHistory } from './composition/history.ts'
import { createImports } from './composition/imports.ts'
import { copiesWhileUnlocked, linkOpener, savedSettings } from './composition/intents.ts'
import { readLaunch } from './composition/launch.ts'
import { createPublisher } from './composition/publisher.ts'
import { createSatm } from './composition/satm.ts'
import { createSecurity } from './composition/security.ts'
import { baseUrlOfEnvironment, createSettings } from './composition/settings.ts'
import { createStorage } from './composition/storage.ts'
import { takeFolder } from './composition/take-folder.ts'
import { refusedToast, trayIntents } from './composition/tray-intents.ts'
import { redirectUriOf } from './connect/flow.ts'
import { findPortOwner } from './connect/port-owner.ts'
import { createClipboard } from './delivery/clipboard.ts'
import { DATA_FOLDER_NAME } from './delivery/satm/place.ts'
import { type Place, stillAtWork } from './desktop/announcements.ts'
import { APP_ORIGIN, registerAppScheme, serveApp } from './desktop/app-protocol.ts'
import { startDemoProcess } from './desktop/demo-process.ts'
import { fileToChange, fileToOpen, fileToSave } from './desktop/file-dialogs.ts'
import { passwordStoreSwitch, secretService } from './desktop/keyring.ts'
import { createLog, logUncaught } from './desktop/log.ts'
import { LOGIN_ARGUMENT } from './desktop/login-item.ts'
import { createNotifier } from './desktop/notifier.ts'
import { watchPower } from './desktop/power.ts'
import { openPreferences } from './desktop/preferences.ts'
import { giveUp, quitInOrder, quitsWithUnsaved } from './desktop/quit.ts'
import { applySessionRules } from './desktop/session-rules.ts'
import { systemClock, systemDelay } from './desktop/system-clock.ts'
import { applyTheme } from './desktop/theme.ts'
import { createTray } from './desktop/tray.ts'
import { createWindow } from './desktop/window.ts'
import { type AlertState, nextAlerts, noAlerts } from './engine/alerts.ts'
import { fingerprint } from './fingerprint.ts'
import { behindLock } from './ipc/behind-lock.ts'
import type { Making } from './ipc/core.ts'
import { Refusal } from './ipc/dispatch.ts'
import { listenToWindow } from './ipc/electron-ipc.ts'
import { createHandlers } from './ipc/handlers.ts'
import { lockFolder } from './vault/lock-folder.ts'
import type { OpenVault } from './vault/open-vault.ts'
import { electronKeychain } from './vault/seal.ts'

/** ms. Enough for its few messages once this process has nothing else to do. */
const DEBUGGER_ATTACHES = 300

const clock = systemClock()

// Folders first: Chromium, the lock and every file below take them from here.
const launch = readLaunch({
  switchValue: (name) => (app.commandLine.hasSwitch(name) ? app.commandLine.getSwitchValue(name) : null),
  env: process.env,
  userData: path.join(app.getPath('appData'), DATA_FOLDER_NAME),
  processId: process.pid,
})
process.umask(0o077)
mkdirSync(launch.dataFolder, { recursive: true, mode: 0o700 })
// Two spellings of one folder are one folder, to the lock below as well.
app.setPath('userData', realpathSync.native(launch.dataFolder))
app.setPath('sessionData', launch.chromiumFolder)

// What Chromium reads only before `ready`.
const keyring = passwordStoreSwitch()
if (keyring !== null) app.commandLine.appendSwitch('password-store', keyring)
registerAppScheme()

// One instance per data folder, before any file in it is opened; a second launch shows the first one's window.
const taking = takeFolder({
  dataFolder: app.getPath('userData'),
  lock: () => lockFolder(launch.vaultFolder),
  requestInstance: () => app.requestSingleInstanceLock(),
})
if (taking.kind === 'ours') app.whenReady().then(run).catch(giveUp)
// Started in the tray by two programs at once, the second has nothing to say.
else if (taking.told || launch.hidden) app.exit(0)
else giveUp(new Error('This app is already running with that data folder. Show its window from there.'))

async function run(): Promise<void> {
  const log = createLog({ folder: launch.logFolder, clock })
  logUncaught(log)
  const preferences = openPreferences(launch.dataFolder)
  let correctedNow = clock.now
  const making: Making = {
    // Corrected by the server's clock as soon as there is one to compare with.
    now: () => correctedNow(),
    newId: randomUUID,
    fingerprint,
  }
  const demo = await demoIfAsked(making)
  const settings = createSettings(preferences, demo?.baseUrl ?? baseUrlOfEnvironment(launch.baseUrl))
  applyTheme(settings.values().theme)
  log.info('app.start', { version: app.getVersion(), ...versions(), baseUrl: settings.baseUrl() })

  const userAgent = `ServiceAppTokenManager/${app.getVersion()}`
  let alerts: AlertState = noAlerts
  let deletesAll = false
  const guard = createCloudGuard({ preferences, baseUrl: settings.baseUrl })
  const shown = createAppView({
    clock,
    cores: () => cores,
    storage: () => storage.view(),
    settings,
    delivery: () => ({ ...delivery.view(), commandLine: satm.view() }),
    isLocked: () => lock.isLocked(),
    hasTray: () => tray.exists(),
    version: app.getVersion(),
    dataFolder: launch.dataFolder,
    simulated: demo !== null,
  })

  // The pages' rules stand before there is a page.
  const devServer = process.env.ELECTRON_RENDERER_URL ?? null
  applySessionRules({ session: session.defaultSession, refused: log.warn, devServer })
  serveApp(session.defaultSession, resource('out/renderer'), devServer)

  const window = createWindow({
    preload: resource('out/preload/index.cjs'),
    viewChannel: VIEW_CHANNEL,
    preferences,
    trayExists: () => tray.exists('fresh'),
    onShown: () => publisher.changed(),
    onClosed: () => undefined,
    onFirstClose: (to) => notifier.announce(stillAtWork(app.name, to)),
    onCrash: (reason) => log.error('window.crashed', { reason }),
    devTools: devServer !== null,
    icon: resource('resources/icons/app-256.png'),
  })
  const atLogin = settings.values().startInTray && process.argv.includes(LOGIN_ARGUMENT)
  const inTray = launch.hidden || atLogin
  // Its process starts and loads the page while this one opens the vault.
  if (!inTray && !awaitsDebugger()) window.prepare()
  const open = (place: Place) => {
    window.show()
    publisher.goTo(place)
  }
  const notifier = createNotifier({
    focused: () => window.isFocused() && window.isVisible() && !lock.isLocked(),
    wanted: () => settings.values().notify,
    locked: () => lock.isLocked(),
    toast: (toast) => publisher.toast(toast),
    open,
  })
  const clipboard = createClipboard({
    clock,
    clearAfter: () => settings.values().clipboardClearSeconds * 1000,
    failed: (error) => log.warn('clipboard.failed', { error }),
  })
  const vault = (): OpenVault => {
    const open = storage.vault()
    if (open === null) throw new Refusal('storage', storage.view().sentence)
    return open
  }
  const chooseFile = (filter: Parameters<typeof fileToOpen>[1]) => fileToOpen(window.webContents(), filter)
  const chooseNewFile = (filter: Parameters<typeof fileToSave>[1], name: string) =>
    fileToSave(window.webContents(), filter, name)
  const lock = createAppLock({
    clock,
    idleSeconds: () => powerMonitor.getSystemIdleTime(),
    after: () => settings.values().lockAfterMinutes,
    hasPassphrase: () => storage.vault()?.hasPassphrase() ?? false,
    isPassphrase: (passphrase) => vault().isPassphrase(passphrase),
    changed() {
      if (lock.isLocked()) void clipboard.clearNow()
      notifier.lockChanged()
      publisher.changed()
    },
  })
  const backups = createBackups({
    storage: {
      vault: () => storage.vault(),
      restore: (waiting) => storage.restore(waiting),
      dropWaiting: () => storage.dropWaiting(),
    },
    vault,
    now: clock.now,
    fileToOpen: chooseFile,
    fileToSave: chooseNewFile,
    whileStopped: (work) => cores.whileStopped(work),
    hasUnsaved: () => cores.current()?.engine.hasUnsaved() ?? false,
  })
  const copy = copiesWhileUnlocked(clipboard, lock.isLocked)
  const endpoint = createEndpoint({
    clock,
    preferences,
    rows: () => storage.vault()?.consumers ?? null,
    engine: () => cores.current()?.engine ?? null,
    closedSentence: () => storage.view().sentence,
    copySecret: copy.token,
    portOwner: (port) => findPortOwner(port, process.platform),
    newId: randomUUID,
    changed: () => publisher.changed(),
    failed: (error) => log.warn('endpoint.failed', { error }),
  })
  const delivery = createDelivery({
    clock,
    now: making.now,
    newId: randomUUID,
    vault,
    engine: () => cores.running().engine,
    endpoint,
    fetch: (url, init) => net.fetch(url, init),
    userAgent,
    fileToChange: (name) => fileToChange(window.webContents(), name),
    copySecret: copy.token,
    redact: log.redacted,
    log,
    changed: () => publisher.changed(),
  })
  const handlers = createHandlers({
    ...delivery,
    history: createHistory({
      vault,
      fleet: () => cores.current()?.engine.fleet() ?? null,
      now: clock.now,
      fileToSave: chooseNewFile,
    }),
    security: createSecurity({ vault, changed: () => publisher.changed() }),
    lock,
    backups,
    imports: createImports({ engine: () => cores.running().engine, making, fileToOpen: chooseFile }),
    core: () => cores.current(),
    view: () => publisher.view(),
    pushView: () => publisher.push(),
    making,
    storage: {
      retry: () => storage.retry(),
      acceptWeak: () => storage.acceptWeak(),
      passphrase: (passphrase) => storage.passphrase(passphrase),
      beginAnew: () => storage.beginAnew(),
    },
    settings: savedSettings({ settings, guard, cores: () => cores, changed: () => publisher.changed() }),
    copy,
    openLink: linkOpener(launch.dataFolder, demo?.baseUrl ?? null),
    trySimulated: startDemoProcess,
    diagnostics: () =>
      log.diagnostics(howItStands(publisher.view(), { release: release(), arch: process.arch })),
    restart() {
      app.relaunch()
      app.quit()
    },
    deleteData() {
      deletesAll = true
      app.quit()
    },
    quit: () => app.quit(),
  })
  const asked = behindLock(handlers, lock.isLocked)
  const tray = createTray({
    icons: resource('resources/icons/tray'),
    quit: () => app.quit(),
    ...trayIntents({
      locked: lock.isLocked,
      show: window.show,
      engine: () => cores.current()?.engine ?? null,
      now: making.now,
      copyToken: async (profileId) => handlers['profile.copy-token']({ profileId, as: 'token' }),
      copyFailed(profileId, error) {
        log.warn('tray.copy-failed', { error })
        open({ kind: 'profile', profileId })
        if (error instanceof Refusal) publisher.toast(refusedToast(profileId, error.message))
      },
    }),
  })
  const publisher = createPublisher({
    clock,
    compose: shown.compose,
    fleet: shown.fleet,
    alerts(view) {
      const next = nextAlerts(alerts, view)
      alerts = next.state
      delivery.alerted(next, view)
      return next
    },
    announce: notifier.announce,
    tray: tray.render,
    window,
  })
  const cores: CoreHolder = createCoreHolder({
    startCore: (opened, loaded) =>
      delivery.beside(opened, (watched) =>
        startCore({
          vault: watched,
          loaded,
          settings,
          clock,
          making,
          log,
          fetch: (url, init) => net.fetch(url, init),
          userAgent,
          bringToFront: window.show,
          changed: publisher.changed,
        }),
      ),
    trouble: ({ fleet: loaded }) => guard.trouble(loaded),
    firstChanges: demo?.changes ?? [],
    failed: giveUp,
    closedSentence: () => storage.view().sentence,
    changed: publisher.changed,
  })
  if (preferences.putAside !== null) {
    const { to, cause } = preferences.putAside
    log.warn('preferences.put-aside', { to, error: cause })
    publisher.toast({
      id: 'preferences-put-aside',
      level: 'warning',
      text: `The settings could not be read, so the usual ones are in force.${to === null ? '' : ` The file is kept as ${path.basename(to)}.`}`,
      place: { kind: 'list' },
      fix: null,
    })
  }
  correctedNow = () => cores.current()?.engine.now() ?? clock.now()
  const storage = createStorage({
    folder: launch.vaultFolder,
    keychain: electronKeychain({ secretService: async () => secretService() }),
    clock,
    weakIsFine: demo !== null,
    changed: publisher.changed,
    opened(opened, by) {
      cores.start(opened)
      lock.vaultOpened(by)
    },
  })

  const satm = createSatm({
    dataFolder: app.getPath('userData'),
    version: app.getVersion(),
    appPath: app.getAppPath(),
    packaged: app.isPackaged,
    demo: demo !== null,
    cores: () => cores,
    storage: () => storage,
    clock,
    delay: systemDelay,
    failed: (error) => log.warn('satm.failed', { error }),
    changed: () => publisher.changed(),
  })

  listenToWindow({ handlers: asked, window: window.webContents, origin: APP_ORIGIN, log })
  watchPower({
    clock,
    onChange(reason) {
      cores.current()?.engine.reconsider(reason)
      if (cores.current() === null && reason !== 'network-back') void storage.retry()
    },
    onLock() {
      void clipboard.clearNow()
      lock.systemLocked()
    },
  })
  // Started in the tray twice, it stays there.
  app.on('second-instance', (_event, argv) => {
    if (!argv.includes('--hidden')) window.show()
  })
  app.on('activate', window.show)
  // Without this listener Electron quits with the last window; the tokens need no window.
  app.on('window-all-closed', () => undefined)
  // Last of all: the window notes its place while it closes.
  app.once('quit', () => {
    if (launch.demo?.ownFolder) rmSync(launch.dataFolder, { recursive: true, force: true })
    else if (deletesAll) deleteData(launch)
  })
  // Nothing is deleted while a token could still be stored there; with an unsaved one the person is asked first.
  quitInOrder(async () => {
    endpoint.keep()
    if (!(await cores.close(quitsWithUnsaved))) {
      deletesAll = false
      return false
    }
    delivery.stop()
    await endpoint.stop()
    lock.stop()
    await satm.close()
    await clipboard.clearNow()
    notifier.clear()
    tray.destroy()
    await demo?.close()
    return true
  }, giveUp)

  const opening = storage.retry()
  // While a keyring waits for a person, whoever asks is told so.
  await satm.start(opening)
  await opening
  await endpoint.start()
  await debuggerAttached()
  if (!inTray || cores.current() === null) window.show()
}

/**
 * Chromium tells a debugger nothing of a page whose first commit it attached in the middle of, and Playwright then waits
 * for ever. Where one is on its way (never in a person's own run) it goes first.
 */
async function debuggerAttached(): Promise<void> {
  if (awaitsDebugger()) await systemDelay(DEBUGGER_ATTACHES)
}

function awaitsDebugger(): boolean {
  return app.commandLine.hasSwitch('remote-debugging-port')
}

async function demoIfAsked(making: Making): Promise<Demo | null> {
  if (launch.demo === null) return null
  // Only then is the simulated Webex loaded.
  const { startDemo } = await import('./composition/demo.ts')
  return startDemo(launch.demo, { clock, delay: systemDelay, making, redirectUri: redirectUriOf(3000) })
}

/** Files beside the built code, also inside an archive. */
function resource(relative: string): string {
  return path.join(app.getAppPath(), relative)
}
