// Container: constructs what runs behind the page, each part after those it needs. `run.ts` says what happens when.
import { hostname, release } from 'node:os'
import { app } from 'electron'
import { createAppView, versions } from '#application/app-view.ts'
import { createCopy } from '#application/copy-token.ts'
import { createDataRemoval } from '#application/data-removal.ts'
import { describeApp } from '#application/diagnostics.ts'
import { createKeptCopies } from '#application/kept-copies.ts'
import { createProxySettings } from '#application/proxy-settings.ts'
import { cloudRecordedToast, NEWER_SETTINGS_TOAST, putAsideToast } from '#application/settings.ts'
import { createSharedMembership } from '#application/shared-membership.ts'
import { createTrayCommands } from '#application/tray-commands.ts'
import { heldToast } from '#application/vault-access.ts'
import { createPublisher } from '#application/view-publisher.ts'
import { createWindowMessages, loadedAgainToast } from '#application/window-messages.ts'
import { loadedOnce } from '#base/common/loaded-once.ts'
import { createSignal } from '#base/common/signal.ts'
import type { Place } from '#contract/contract.ts'
import { createClipboard } from '#delivery/clipboard/clipboard.ts'
import { createTryCommand } from '#delivery/delivery-kinds.ts'
import { createNotifier, stillAtWork } from '#desktop/notifications/announcements.ts'
import { openAuthorizationUrl } from '#desktop/system/links.ts'
import { createMessageBuses } from '#desktop/system/message-bus.ts'
import { createNetwork } from '#desktop/system/network-session.ts'
import { proxySettings } from '#desktop/system/proxy-rules.ts'
import { giveUp } from '#desktop/system/quit.ts'
import type { RefusedCertificate } from '#desktop/system/refused-certificate.ts'
import type { NetworkInit } from '#desktop/system/session-fetch.ts'
import { createTray } from '#desktop/tray/tray.ts'
import { createWindow } from '#desktop/window/window.ts'
import type { Answering } from '#ipc/electron-binding.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import { createWebex } from '#webex/client.ts'
import { whyNoAnswer } from '#webex/network-errors.ts'
import { VIEW_CHANNEL } from '../../preload/channels.ts'
import { createAppInstance } from './app-instance.ts'
import { createAppUpdates } from './app-updates.ts'
import { webexOver } from './engine-session.ts'
import type { Begun } from './launch-options.ts'
import { createServices } from './services.ts'
import { createVaultAndLock } from './vault-and-lock.ts'

export type Container = Awaited<ReturnType<typeof createContainer>>

/** `seen`: there is something to see in the window, if one is shown. `viewSent` is called with each view that it gets. */
export async function createContainer(
  begun: Begun,
  { seen, viewSent }: { readonly seen: Promise<void>; readonly viewSent: () => void },
) {
  const { launch, clock, log } = begun
  const { preferences, demo, instance, loginItem, settings } = await createAppInstance(begun)
  log.info('app.start', { version: app.getVersion(), ...versions(), baseUrl: settings.baseUrl() })

  // Signals come first, so that whoever emits one need not know who listens.
  const changes = createSignal()
  const changed = changes.emit
  const windowWanted = createSignal()
  const windowShown = createSignal()
  const windowClosed = createSignal()
  const windowLeft = createSignal<[to: 'tray' | 'taskbar']>()

  const messages = createWindowMessages(clock, changed)
  const openAt = (place: Place) => {
    windowWanted.emit()
    messages.goTo(place)
  }
  const buses = createMessageBuses({
    env: process.env,
    clock,
    failed: (error) => log.warn('message-bus.failed', { error }),
  })
  const { vaultAccess, keyringWait, idleTime, lock } = createVaultAndLock({
    begun,
    sessionBus: buses.session,
    settings,
    isDemo: demo !== null,
    hasWindow: () => window.webContents() !== null,
    toast: messages.toast,
    changed,
  })
  const clipboard = createClipboard({
    clock,
    clearAfter: () => settings.values().clipboardClearSeconds * 1000,
    failed: (error) => log.warn('clipboard.failed', { error }),
  })
  const signInRejected = createSignal()
  let refusedCertificate: RefusedCertificate | null = null
  const connections = createNetwork({
    proxy: proxySettings(preferences.values()),
    rejected: signInRejected.emit,
    log: log.warn,
    certificateRefused(certificate) {
      refusedCertificate = certificate
      log.warn('network.certificate-refused', { ...certificate })
    },
  })
  // What the first request loads would hold up the page.
  const network = {
    fetch: (url: string, init: NetworkInit) => seen.then(() => connections.fetch(url, init)),
    userAgent: `ServiceAppTokenManager/${app.getVersion()}`,
  }
  const services = createServices({
    clock,
    log,
    instance,
    preferences,
    settings,
    vaultAccess,
    network,
    browser: { open: openAuthorizationUrl, bringToFront: windowWanted.emit },
    seen: begun.first === null ? null : seen,
    firstChanges: demo?.changes ?? [],
    failed: giveUp,
    cloudRecorded: (baseUrl) => messages.toast(cloudRecordedToast(baseUrl)),
    copySecret: (text) => copy.secret(text),
    copyText: (text) => copy.text(text),
    fleet: () => source.fleet(),
    probe: () => proxy.probe(),
    commands: {
      deliver: async (input) => (await requests()).ofCommandLine.deliver(input),
      importOf: async (file) => (await requests()).ofCommandLine.importOf(file),
      writing: async () => (await requests()).ofCommandLine.writing,
      openAt,
      administration: async () => (await requests()).ofCommandLine.administration,
    },
    changed,
  })
  const { supervisor, delivery, endpoint, webhook, problems, satm } = services
  const proxy = createProxySettings({
    preferences,
    network: connections,
    vaultAccess,
    supervisor,
    baseUrl: settings.baseUrl,
    askWebex: createWebex(webexOver({ network, settings, clock })).isWebexThere,
    log,
    changed,
  })
  const { retrySignIn } = proxy
  const copy = createCopy({ supervisor, clipboard, lock })

  const tray = createTray({
    clock,
    icons: begun.resource('resources/icons/tray'),
    quit: () => app.quit(),
    ...createTrayCommands({
      lock,
      supervisor,
      copy,
      retrySignIn,
      window: { show: windowWanted.emit, openAt, toast: messages.toast },
      copyFailed: (error) => log.warn('tray.copy-failed', { error }),
    }),
  })
  const window = createWindow({
    page: begun.pageParts,
    first: begun.first,
    viewChannel: VIEW_CHANNEL,
    preferences,
    trayExists: () => tray.exists('fresh'),
    onShown: windowShown.emit,
    onClosed: windowClosed.emit,
    onFirstClose: windowLeft.emit,
    clock,
    log,
    onLoadedAgain: () => void messages.toast(loadedAgainToast),
  })
  const notifier = createNotifier({
    focused: () => window.isFocused() && window.isVisible() && !lock.isLocked(),
    wanted: () => settings.values().notify,
    locked: lock.isLocked,
    toast: messages.toast,
    open: openAt,
    bus: buses.session,
  })

  const updates = createAppUpdates({
    feedFile: begun.resource('resources/update-feed.json'),
    dataFolder: launch.dataFolder,
    isDemo: demo !== null,
    preferences,
    supervisor,
    clock,
    fetch: network.fetch,
    whyNoAnswer,
    log,
    toast: messages.toast,
    changed,
  })

  const sharedMembership = createSharedMembership({
    vaultAccess,
    supervisor,
    clock,
    host: hostname(),
    dataFolder: launch.dataFolder,
    readBackup: async (...given) => (await requests()).reader.backup(...given),
    learn: (secret) => log.knownSecret(secret),
    failed: (error) => log.warn('shared-vault.not-joined', { error }),
    changed,
  })

  const source = createAppView({
    supervisor,
    vaultAccess,
    settings,
    proxy: proxy.view,
    delivery: () => ({
      ...delivery.view(),
      endpoint: endpoint.view(),
      webhook: webhook.view(),
      commandLine: satm.view(),
    }),
    problems,
    sharedVault: sharedMembership.view,
    updates: updates.view,
    lock,
    app: {
      version: app.getVersion(),
      dataFolder: launch.dataFolder,
      simulated: demo !== null,
      hasTray: tray.exists,
      idleCountsFrom: idleTime.countsFrom,
    },
  })
  const publisher = createPublisher({
    clock,
    source,
    messages,
    window: {
      isVisible: window.isVisible,
      send(push) {
        window.send(push)
        viewSent()
      },
    },
    alerted(news, fleet) {
      webhook.alerted(news, fleet)
      notifier.announce(news)
    },
    showInTray: tray.render,
  })
  const dataRemoval = createDataRemoval({
    lock: begun.lock,
    places: launch,
    isOwnFolder: launch.demo?.ownFolder === true,
    quit: () => app.quit(),
  })
  const keptCopies = createKeptCopies({ vaultAccess, log, toast: messages.toast })
  const requests = loadedOnce(async () => {
    const { createWindowRequests } = await import('./window-requests.ts')
    return createWindowRequests({
      ...services,
      clock,
      vaultAccess,
      keyringWait,
      settings,
      lock,
      publisher,
      copy,
      window,
      windowClosed,
      delivery: { ...delivery, tryCommand: createTryCommand(delivery.running) },
      proxy,
      keptCopies,
      sharedMembership,
      updates,
      dataRemoval,
      changed,
      dataFolder: launch.dataFolder,
      demoUrl: demo?.baseUrl ?? null,
      diagnostics: () =>
        log.diagnostics(
          describeApp(publisher.view(), { release: release(), arch: process.arch }, refusedCertificate),
        ),
      unexpected: (request, error) => log.error('ipc.unexpected', { request, error }),
    })
  })
  // The page's first two requests are answered without the rest, whose code would hold up what they bring.
  const answer: Answering['answer'] = async (name, input) => {
    if (name === 'view.push') {
      publisher.push()
      return { ok: true, value: null }
    }
    if (name === 'view.recall' && !lock.isLocked()) return { ok: true, value: settings.viewState() }
    try {
      return await (await requests()).answer(name, input)
    } catch (error) {
      log.error('requests.not-loaded', { error })
      const message =
        'A part of the app could not be loaded. Restart the app; if that does not help, reinstall it.'
      return { ok: false, error: { code: 'internal', message } }
    }
  }

  changes.subscribe(publisher.changed)
  if (process.platform === 'linux') changes.subscribe(keyringWait.update)
  windowWanted.subscribe(window.show)
  windowShown.subscribe(publisher.shown)
  // The person may have been in the system's settings.
  app.on('browser-window-focus', () => {
    if (loginItem.refresh()) changed()
  })
  windowLeft.subscribe((to) => notifier.announce(stillAtWork(app.name, to)))
  supervisor.onLoading(endpoint.reload)
  supervisor.onStarting(proxy.reload)
  supervisor.onStarting(problems.reload)
  // Not waited for: it may be what has the session start.
  const looksAtMembership = (vault: OpenVault) =>
    sharedMembership.opened(vault).catch((error) => log.warn('shared-vault.not-joined', { error }))
  supervisor.onStarting((vault) => void looksAtMembership(vault))
  supervisor.onStarting((vault) => webhook.reload(vault.webhook))
  signInRejected.subscribe(proxy.signInRejected)
  vaultAccess.onOpened((vault, by) => {
    lock.vaultOpened(by)
    if (vault.heldAtOpening > 0) messages.toast(heldToast(vault.heldAtOpening))
    void seen.then(() => keptCopies.cover(vault))
    void looksAtMembership(vault)
    return supervisor.start(vault)
  })
  lock.onChange(() => {
    if (lock.isLocked()) void clipboard.clearNow()
    notifier.lockChanged()
    changed()
  })
  if (preferences.putAside !== null) {
    log.warn('preferences.put-aside', { to: preferences.putAside.to, error: preferences.putAside.cause })
    messages.toast(putAsideToast(preferences.putAside.to))
  }
  if (preferences.isNewer) messages.toast(NEWER_SETTINGS_TOAST)
  return {
    demo,
    vaultAccess,
    keyringWait,
    supervisor,
    lock,
    buses,
    clipboard,
    window,
    tray,
    notifier,
    publisher,
    endpoint,
    webhook,
    satm,
    updates,
    dataRemoval,
    answer,
  }
}
