// What the window may ask, put together: each request with the part that answers it.
import { spawn } from 'node:child_process'
import { release } from 'node:os'
import { createBackups } from '#application/backup-restore.ts'
import type { CloudGuard } from '#application/cloud-binding.ts'
import { cloudChooser, linkOpener, savedSettings } from '#application/copy-token.ts'
import { howItStands } from '#application/diagnostics.ts'
import type { CoreHolder } from '#application/engine-supervisor.ts'
import { createHistory } from '#application/history-query.ts'
import type { IdClock } from '#application/id-clock.ts'
import { createImports } from '#application/import-service-apps.ts'
import { createSecurity } from '#application/protection.ts'
import type { Settings } from '#application/settings.ts'
import type { Storage } from '#application/vault-access.ts'
import type { Publisher } from '#application/view-publisher.ts'
import type { Log } from '#desktop/log/log.ts'
import type { FileFilter } from '#desktop/system/file-dialogs.ts'
import type { Handlers } from '#ipc/dispatcher.ts'
import { createHandlers, type HandlerParts } from '#ipc/handlers.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import type { Delivery } from './delivery.ts'

export interface RequestsParts
  extends Pick<HandlerParts, 'lock' | 'copy' | 'restart' | 'deleteData' | 'quit'> {
  readonly idClock: IdClock
  /** Not corrected: for what is dated as the files beside it are. */
  readonly systemNow: () => number
  readonly log: Log
  readonly dataFolder: string
  /** Whose page stands for the developer portal. */
  readonly simulatedBaseUrl: string | null
  readonly settings: Settings
  readonly guard: CloudGuard
  readonly delivery: Delivery
  readonly publisher: () => Publisher
  readonly storage: () => Storage
  /** Throws a `UserFacingError` while the vault is closed. */
  readonly vault: () => OpenVault
  readonly cores: () => CoreHolder
  readonly fileToOpen: (filter: FileFilter) => Promise<string | null>
  readonly fileToSave: (filter: FileFilter, name: string) => Promise<string | null>
}

export function createRequests(parts: RequestsParts): Handlers {
  const { idClock, log, vault, cores, storage, publisher, fileToOpen, fileToSave } = parts
  const changed = () => publisher().changed()
  return createHandlers({
    ...parts.delivery,
    history: createHistory({
      vault,
      fleet: () => cores().current()?.engine.fleet() ?? null,
      now: parts.systemNow,
      fileToSave,
    }),
    security: createSecurity({ vault, changed }),
    lock: parts.lock,
    backups: createBackups({
      storage: {
        vault: () => storage().vault(),
        restore: (waiting) => storage().restore(waiting),
        dropWaiting: () => storage().dropWaiting(),
      },
      vault,
      now: parts.systemNow,
      fileToOpen,
      fileToSave,
      whileStopped: (work) => cores().whileStopped(work),
      hasUnsaved: () => cores().current()?.engine.hasUnsaved() ?? false,
    }),
    imports: createImports({ engine: () => cores().running().engine, idClock, fileToOpen }),
    core: () => cores().current(),
    view: () => publisher().view(),
    pushView: () => publisher().push(),
    idClock,
    storage: {
      retry: () => storage().retry(),
      acceptWeak: () => storage().acceptWeak(),
      passphrase: (passphrase) => storage().passphrase(passphrase),
      beginAnew: () => storage().beginAnew(),
      chooseCloud: cloudChooser({ guard: parts.guard, cores }),
    },
    settings: savedSettings({ settings: parts.settings, guard: parts.guard, cores, changed }),
    copy: parts.copy,
    openLink: linkOpener(parts.dataFolder, parts.simulatedBaseUrl),
    trySimulated: startDemoProcess,
    diagnostics: () =>
      log.diagnostics(howItStands(publisher().view(), { release: release(), arch: process.arch })),
    restart: parts.restart,
    deleteData: parts.deleteData,
    quit: parts.quit,
  })
}

/** A demo beside this app: a process and a data folder of its own, so nothing of this one is touched. */
function startDemoProcess(): void {
  const own = process.argv.slice(1).filter((argument) => !argument.startsWith('--user-data-dir'))
  spawn(process.execPath, [...own, '--demo'], { detached: true, stdio: 'ignore' }).unref()
}
