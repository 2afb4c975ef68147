// The composition root: what is set up behind the page, in which order, and why in that order.
import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { app, powerMonitor } from 'electron'
import { createAppLock } from '#application/app-lock.ts'
import { createAppView, versions } from '#application/app-view.ts'
import { createCloudGuard } from '#application/cloud-binding.ts'
import { copiesWhileUnlocked } from '#application/copy-token.ts'
import { deleteData, requireLock } from '#application/data-removal.ts'
import { type CoreHolder, createCoreHolder } from '#application/engine-supervisor.ts'
import { UserFacingError } from '#application/errors.ts'
import type { IdClock } from '#application/id-clock.ts'
import { cloudRecordedToast, createSettings, fixedCloud, putAsideToast } from '#application/settings.ts'
import { refusedToast, trayIntents } from '#application/tray-commands.ts'
import { createStorage } from '#application/vault-access.ts'
import { createPublisher } from '#application/view-publisher.ts'
import { redirectUriOf } from '#connect/flow.ts'
import type { Place } from '#contract/contract.ts'
import { createClipboard } from '#delivery/clipboard/clipboard.ts'
import { stillAtWork } from '#desktop/notifications/announcements.ts'
import { createNotifier } from '#desktop/notifications/notifier.ts'
import { openPreferences } from '#desktop/preferences/preferences.ts'
import { fileToChange, fileToOpen, fileToSave } from '#desktop/system/file-dialogs.ts'
import { createNetworkFetch } from '#desktop/system/network-session.ts'
import { watchPower } from '#desktop/system/power.ts'
import { giveUp, quitInOrder, quitsWithUnsaved } from '#desktop/system/quit.ts'
import { secretService } from '#desktop/system/session-bus.ts'
import { systemDelay } from '#desktop/system/system-clock.ts'
import { createTray } from '#desktop/tray/tray.ts'
import { setAppMenu } from '#desktop/window/appearance.ts'
import { createWindow } from '#desktop/window/window.ts'
import type { Clock } from '#engine/domain/ports.ts'
import { SETTINGS } from '#engine/domain/settings.ts'
import { type AlertState, nextAlerts, noAlerts } from '#engine/view/alerts.ts'
import { dispatch } from '#ipc/dispatcher.ts'
import { behindLock } from '#ipc/lock-guard.ts'
import { electronKeychain } from '#vault/crypto/electron-keychain.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import { VIEW_CHANNEL } from '../../preload/channels.ts'
import type { Demo } from './demo-fleet.ts'
import { startCore } from './engine-session.ts'
import type { Begun, Launch } from './launch-options.ts'
import { createRequests } from './requests.ts'
import { createPrograms } from './token-consumers.ts'

/** ms. Enough for its few messages once this process has nothing else to do. */
const DEBUGGER_ATTACHES = 300
/** ms. A vault that takes longer is said to be opening. */
const OPENS_AT_ONCE = 500
/** ms. Until what was loaded is drawn. */
const FIRST_LOOK = 250

export async function run(begun: Begun): Promise<void> {
  const { launch, clock, log, inTray, resource } = begun
  const preferences = openPreferences(launch.dataFolder)
  let correctedNow = clock.now
  const idClock: IdClock = {
    // Corrected by the server's clock as soon as there is one to compare with.
    now: () => correctedNow(),
    newId: randomUUID,
  }
  const demo = await demoIfAsked(launch, clock, idClock)
  const settings = createSettings(preferences, fixedCloud(demo?.baseUrl ?? null, launch.baseUrl))
  log.info('app.start', { version: app.getVersion(), ...versions(), baseUrl: settings.baseUrl() })

  const fetch = createNetworkFetch({ log: log.warn })
  const userAgent = `ServiceAppTokenManager/${app.getVersion()}`
  let alerts: AlertState = noAlerts
  let deletesAll = false
  const guard = createCloudGuard({
    preferences,
    settings,
    recorded(baseUrl) {
      log.info('cloud.recorded', { baseUrl })
      publisher.toast(cloudRecordedToast(baseUrl))
    },
  })
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

  const window = createWindow({
    page: begun.pageParts,
    first: begun.first,
    viewChannel: VIEW_CHANNEL,
    preferences,
    trayExists: () => tray.exists('fresh'),
    onShown: () => publisher.shown(),
    onClosed: () => undefined,
    onFirstClose: (to) => notifier.announce(stillAtWork(app.name, to)),
    onCrash: (reason) => log.error('window.crashed', { reason }),
  })
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
    if (open === null) throw new UserFacingError('storage', storage.view().sentence)
    return open
  }
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
  const copy = copiesWhileUnlocked(clipboard, lock.isLocked)
  const programs = createPrograms({
    clock,
    idClock,
    log,
    preferences,
    storage: () => storage,
    vault,
    cores: () => cores,
    fetch,
    userAgent,
    fileToChange: (name) => fileToChange(window.webContents(), name),
    copySecret: copy.token,
    changed: () => publisher.changed(),
    app: {
      dataFolder: app.getPath('userData'),
      version: app.getVersion(),
      appPath: app.getAppPath(),
      packaged: app.isPackaged,
      demo: demo !== null,
    },
  })
  const { delivery, endpoint, satm } = programs
  const handlers = createRequests({
    idClock,
    systemNow: clock.now,
    log,
    dataFolder: launch.dataFolder,
    simulatedBaseUrl: demo?.baseUrl ?? null,
    settings,
    guard,
    delivery,
    publisher: () => publisher,
    storage: () => storage,
    vault,
    cores: () => cores,
    fileToOpen: (filter) => fileToOpen(window.webContents(), filter),
    fileToSave: (filter, name) => fileToSave(window.webContents(), filter, name),
    lock,
    copy,
    restart() {
      app.relaunch()
      app.quit()
    },
    deleteData() {
      requireLock(begun.lock)
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
      now: idClock.now,
      copyToken: async (profileId) => handlers['profile.copy-token']({ profileId, as: 'token' }),
      copyFailed(profileId, error) {
        log.warn('tray.copy-failed', { error })
        open({ kind: 'profile', profileId })
        if (error instanceof UserFacingError) publisher.toast(refusedToast(profileId, error.message))
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
          idClock,
          log,
          fetch,
          userAgent,
          bringToFront: window.show,
          changed: publisher.changed,
        }),
      ),
    trouble: guard.trouble,
    reload: endpoint.reload,
    firstChanges: demo?.changes ?? [],
    failed: giveUp,
    closedSentence: () => storage.view().sentence,
    changed: publisher.changed,
  })
  if (preferences.putAside !== null) {
    log.warn('preferences.put-aside', { to: preferences.putAside.to, error: preferences.putAside.cause })
    publisher.toast(putAsideToast(preferences.putAside.to))
  }
  correctedNow = () => cores.current()?.engine.now() ?? clock.now()
  const storage = createStorage({
    folder: launch.vaultFolder,
    lock: begun.lock,
    keychain: electronKeychain({ secretService: async () => secretService() }),
    clock,
    weakIsFine: demo !== null,
    changed: publisher.changed,
    async opened(opened, by) {
      lock.vaultOpened(by)
      await cores.start(opened)
      programs.serve(Promise.resolve()).catch(giveUp)
    },
  })

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
    await endpoint.keep()
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

  // Beside a window it can wait until there is something to see in that.
  const seen = begun.first?.settled.then(() => systemDelay(FIRST_LOOK)) ?? Promise.resolve()
  void seen.then(() => {
    setAppMenu()
    tray.appear()
    publisher.changed()
  })
  const opening = storage.retry()
  // What is seen first should be the service apps, not for a moment that the vault is being opened.
  const soon = Promise.race([opening.catch(() => undefined), systemDelay(OPENS_AT_ONCE)])
  void soon.then(() =>
    begun.answer({
      window: window.webContents,
      answer: (name, input) =>
        dispatch(asked, name, input, (request, error) => log.error('ipc.unexpected', { request, error })),
    }),
  )
  if (begun.lock.take().kind === 'held') await programs.serve(opening)
  await opening
  if (begun.awaitsDebugger) await systemDelay(DEBUGGER_ATTACHES)
  if (!inTray || cores.current() === null) window.show()
}

async function demoIfAsked(launch: Launch, clock: Clock, idClock: IdClock): Promise<Demo | null> {
  if (launch.demo === null) return null
  // Only then is the simulated Webex loaded.
  const { startDemo } = await import('./demo-fleet.ts')
  return startDemo(launch.demo, {
    clock,
    delay: systemDelay,
    idClock,
    redirectUri: redirectUriOf(SETTINGS.redirectPort.default),
  })
}
