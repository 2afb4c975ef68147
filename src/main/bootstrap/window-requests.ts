// Window requests: constructs the use cases that only the window asks for, and the table that answers it.
import { app } from 'electron'
import type { AppLock } from '#application/app-lock.ts'
import { createBackups } from '#application/backup-restore.ts'
import type { CloudGuard } from '#application/cloud-binding.ts'
import type { Copy } from '#application/copy-token.ts'
import type { Delivery } from '#application/delivery.ts'
import type { createTargets } from '#application/delivery-targets.ts'
import type { RunningEndpoint } from '#application/endpoint-consumers.ts'
import type { EngineSupervisor } from '#application/engine-supervisor.ts'
import { createFileReader } from '#application/file-reader.ts'
import type { RunningFleetDeliveries } from '#application/fleet-deliveries.ts'
import type { IdClock } from '#application/fleet-input.ts'
import { createForecasts } from '#application/forecast.ts'
import { createHistory } from '#application/history.ts'
import { createImports } from '#application/import-service-apps.ts'
import { createPastedValues } from '#application/pasted-values.ts'
import type { RunningProxySettings } from '#application/proxy-settings.ts'
import { createRepairs } from '#application/record-repair.ts'
import { createServiceApps } from '#application/service-apps.ts'
import type { Settings } from '#application/settings.ts'
import { createSettingsChange } from '#application/settings-change.ts'
import { createStoreChecks, type StoreCheckDependencies } from '#application/store-checks.ts'
import { createTokenManagers } from '#application/token-managers.ts'
import { createPassphraseSettings, type VaultAccess } from '#application/vault-access.ts'
import type { RunningWebhook } from '#application/webhook-settings.ts'
import type { Signal } from '#base/common/signal.ts'
import { runInThread } from '#base/node/thread.ts'
import { type FileFilter, fileToChange, fileToOpen, fileToSave } from '#desktop/system/file-dialogs.ts'
import { openLinkOf } from '#desktop/system/links.ts'
import { relaunch } from '#desktop/system/quit.ts'
import { applyTheme } from '#desktop/window/appearance.ts'
import type { MainWindow } from '#desktop/window/window.ts'
import type { Clock } from '#engine/domain/ports.ts'
import { behindLock, dispatch } from '#ipc/dispatcher.ts'
import type { Answering } from '#ipc/electron-binding.ts'
import { createHandlers, type UseCases } from '#ipc/request-handlers.ts'
import { createCommandRequests } from './command-requests.ts'
import forecastThread from './forecast-thread.ts?modulePath'
import { startDemoProcess } from './launch-options.ts'
import readerThread from './reader-thread.ts?modulePath'

type Parts = Pick<
  UseCases,
  | 'publisher'
  | 'problems'
  | 'dataSources'
  | 'keyringWait'
  | 'keptCopies'
  | 'sharedMembership'
  | 'updates'
  | 'dataRemoval'
> & {
  readonly clock: Clock
  readonly idClock: IdClock
  readonly vaultAccess: VaultAccess
  readonly supervisor: EngineSupervisor
  readonly settings: Settings
  readonly guard: CloudGuard
  readonly lock: AppLock
  readonly copy: Copy
  readonly proxy: RunningProxySettings
  readonly delivery: Pick<Parameters<typeof createTargets>[0], 'kinds' | 'envFiles'> &
    Pick<Delivery, 'current' | 'change'> & { readonly tryCommand: StoreCheckDependencies['tryCommand'] }
  readonly fleetDeliveries: RunningFleetDeliveries
  readonly endpoint: RunningEndpoint
  readonly webhook: RunningWebhook
  readonly window: Pick<MainWindow, 'webContents'>
  readonly windowClosed: Pick<Signal, 'subscribe'>
  readonly dataFolder: string
  /** null: this is no demo. */
  readonly demoUrl: string | null
  readonly diagnostics: () => string
  readonly changed: () => void
  /** Gets errors that no use case meant to throw. */
  readonly unexpected: (request: string, error: unknown) => void
}

/** `answer`: never rejects; refused while the window is locked, but for what unlocks it. */
export function createWindowRequests(parts: Parts) {
  const { clock, idClock, vaultAccess, supervisor, settings, lock, copy, window, delivery, changed } = parts
  const { retrySignIn } = parts.proxy
  const reader = createFileReader({
    run: (request, signal) => runInThread(readerThread, request, signal),
    clock,
  })
  const pasted = createPastedValues({
    reader,
    newId: idClock.newId,
    hasManager: () => supervisor.running().engine.fleet().managers.size > 0,
  })
  const engine = () => supervisor.running().engine
  const dialogs = {
    fileToOpen: (filter: FileFilter) => lock.chosenUnlocked(fileToOpen(window.webContents(), filter)),
    fileToSave: (filter: FileFilter, name: string) =>
      lock.chosenUnlocked(fileToSave(window.webContents(), filter, name)),
    fileToChange: (name: string) => lock.chosenUnlocked(fileToChange(window.webContents(), name)),
  }
  const { targets, ...ofCommandLine } = createCommandRequests(parts, {
    dataFolder: parts.dataFolder,
    clock,
    vaultAccess,
    settings,
    reader,
    elsewhere: 'server',
    dialogs,
  })
  const stores = createStoreChecks({
    tryCommand: delivery.tryCommand,
    fleet: () => engine().fleet(),
    isWindows: process.platform === 'win32',
  })
  // What runs for a dialog ends with it, also where no page is left to say so; nothing else ends it after the app.
  parts.windowClosed.subscribe(stores.cancel)
  app.on('render-process-gone', stores.cancel)
  lock.onChange(() => {
    if (lock.isLocked()) stores.cancel()
  })
  app.once('quit', stores.cancel)
  const handlers = createHandlers({
    publisher: parts.publisher,
    problems: parts.problems,
    serviceApps: createServiceApps({ supervisor, pasted, retrySignIn, idClock }),
    tokenManagers: createTokenManagers({
      supervisor,
      settings,
      pasted,
      retrySignIn,
      copyText: copy.text,
      idClock,
    }),
    pasted,
    copy,
    // Not corrected by the server's clock: files are dated as those beside them are.
    history: createHistory({ vaultAccess, supervisor, now: clock.now, fileToSave: dialogs.fileToSave }),
    forecasts: createForecasts({
      supervisor,
      settings,
      clock,
      run: (request, signal) => runInThread(forecastThread, request, signal),
    }),
    repairs: createRepairs({ vaultAccess, supervisor }),
    backups: createBackups({
      vaultAccess,
      supervisor,
      reader,
      writing: ofCommandLine.writing,
      now: clock.now,
      dialogs,
    }),
    settings: createSettingsChange({ settings, guard: parts.guard, supervisor, applyTheme, changed }),
    viewState: settings,
    proxy: parts.proxy,
    vaultAccess,
    keyringWait: parts.keyringWait,
    supervisor,
    passphrase: createPassphraseSettings({ vaultAccess, changed }),
    keptCopies: parts.keptCopies,
    sharedMembership: parts.sharedMembership,
    lock,
    imports: createImports({ engine, reader, idClock, dialogs }),
    targets,
    stores,
    fleetDeliveries: parts.fleetDeliveries,
    dataSources: parts.dataSources,
    endpoint: parts.endpoint,
    webhook: parts.webhook,
    updates: parts.updates,
    dataRemoval: parts.dataRemoval,
    app: {
      openLink: openLinkOf(parts.dataFolder, parts.demoUrl),
      startDemo: startDemoProcess,
      diagnostics: parts.diagnostics,
      restart() {
        relaunch(false)
        app.quit()
      },
      quit: () => app.quit(),
    },
  })
  const guarded = behindLock(handlers, lock.isLocked)
  const answer: Answering['answer'] = (name, input) => dispatch(guarded, name, input, parts.unexpected)
  return {
    answer,
    reader,
    ofCommandLine,
  }
}
