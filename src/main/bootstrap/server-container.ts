// Server container: constructs what `satm serve` runs over its vault: the services that the app has, without a window. It is
// loaded while the vault's key is derived; `server-run.ts` says what happens when.
import path from 'node:path'
import { createAlertFeed } from '#application/alert-feed.ts'
import { createFleetSource } from '#application/app-view.ts'
import { takeOverBackup } from '#application/backup-restore.ts'
import { createFileReader } from '#application/file-reader.ts'
import { createKeptCopies } from '#application/kept-copies.ts'
import { probeWebex } from '#application/proxy-settings.ts'
import { createSettings, fixedCloud, NEWER_SETTINGS_TOAST, putAsideToast } from '#application/settings.ts'
import type { VaultAccess } from '#application/vault-access.ts'
import type { Signal } from '#base/common/signal.ts'
import { runInThread } from '#base/node/thread.ts'
import type { Toast } from '#contract/contract.ts'
import { createMetrics } from '#daemon/metrics.ts'
import { createServerNetwork } from '#daemon/network.ts'
import { WrongOptions } from '#daemon/serve-options.ts'
import type { ListenAddress } from '#delivery/endpoint/listen-address.ts'
import type { Log } from '#desktop/log/log.ts'
import { openPreferences } from '#desktop/preferences/preferences.ts'
import type { Clock } from '#engine/domain/ports.ts'
import type { Secret } from '#engine/domain/secret.ts'
import { Refused } from '#satm/protocol.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import { createWebex } from '#webex/client.ts'
import { createCommandRequests } from './command-requests.ts'
import { webexOver } from './engine-session.ts'
import { createServices } from './services.ts'

export type ServerContainer = ReturnType<typeof createServerContainer>

/** ms. Changes that come together are looked at together. */
const GATHER = 30

/** Throws `WrongOptions`, as `createServerNetwork` does. */
export function createServerContainer(parts: {
  readonly listen: ListenAddress
  readonly env: NodeJS.ProcessEnv
  readonly version: string
  /** The real path. */
  readonly dataFolder: string
  readonly clock: Clock
  readonly log: Log
  readonly failed: (error: unknown) => void
  /** Its changes are among `changes`. */
  readonly vaultAccess: VaultAccess
  readonly tell: (toast: Toast) => void
  readonly changes: Signal
}) {
  const { listen, env, version, dataFolder, clock, log, failed, vaultAccess, tell, changes } = parts
  const preferences = openPreferences(dataFolder)
  const settings = createSettings(preferences, cloudOf(env), {
    isOn: () => false,
    set: () => undefined,
  })
  const changed = changes.emit
  const { putAside, isNewer } = preferences
  if (putAside !== null) {
    log.warn('preferences.put-aside', { to: putAside.to, error: putAside.cause })
    tell(putAsideToast(putAside.to))
  }
  if (isNewer) tell(NEWER_SETTINGS_TOAST)

  const connections = createServerNetwork(env)
  for (const secret of connections.secrets) log.knownSecret(secret)
  const network = { fetch: connections.fetch, userAgent: `ServiceAppTokenManager/${version} (server)` }
  const webex = createWebex(webexOver({ network, settings, clock }))
  const reader = createFileReader({
    run: (request, signal) =>
      runInThread(path.join(import.meta.dirname, 'reader-thread.cjs'), request, signal),
    clock,
  })
  const isRunning = () => supervisor.current() !== null
  const sharing = () => vaultAccess.vault()?.sharing?.status ?? null
  const metrics = createMetrics({
    view: () => (isRunning() ? source.fleet() : null),
    isLeader: () => isRunning() && sharing()?.leadsHere !== false,
    // Of a vault on this disk none outlives the attempt that sent it.
    unknownInFlight: () => sharing()?.unknownInFlight ?? 0,
    isSharedVaultReachable() {
      const status = sharing()
      return status === null ? null : status.agreedAt !== null && status.trouble === null
    },
  })
  const services = createServices({
    clock,
    log,
    instance: { dataFolder, version, appPath: dataFolder, packaged: true, kind: 'server' },
    preferences,
    settings,
    vaultAccess,
    network,
    browser: { open: () => Promise.reject(new Error(NO_WINDOW)), bringToFront: () => undefined },
    seen: null,
    firstChanges: [],
    failed,
    cloudRecorded: () => undefined,
    copySecret: () => undefined,
    copyText: () => undefined,
    fleet: () => source.fleet(),
    probe: () => probeWebex(connections.proxyOf(settings.baseUrl()), webex.isWebexThere),
    commands: {
      deliver: (input) => ofCommandLine.deliver(input),
      importOf: (file) => ofCommandLine.importOf(file),
      writing: () => ofCommandLine.writing,
      openAt() {
        throw new Refused('failed', NO_WINDOW)
      },
      administration: async () => ofCommandLine.administration,
    },
    endpoint: { listen, answered: metrics.tokenRequest },
    attempted: metrics.attempt,
    changed,
  })
  const { supervisor, problems, webhook, endpoint } = services
  const ofCommandLine = createCommandRequests(services, {
    dataFolder,
    clock,
    vaultAccess,
    settings,
    reader,
    elsewhere: 'computer',
    dialogs: { fileToSave: async () => null, fileToChange: async () => null },
  })
  const source = createFleetSource({ supervisor, vaultAccess, problems })
  const announce = createAlertFeed({ clock, alerted: webhook.alerted, changed })
  const keptCopies = createKeptCopies({ vaultAccess, log, toast: tell })

  let isPlanned = false
  changes.subscribe(() => {
    if (isPlanned) return
    isPlanned = true
    clock.after(GATHER, () => {
      isPlanned = false
      announce(source.fleet())
    })
  })
  supervisor.onLoading(endpoint.reload)
  supervisor.onStarting(problems.reload)
  supervisor.onStarting((vault) => webhook.reload(vault.webhook))
  return {
    ...services,
    preferences,
    settings,
    network: connections,
    metrics,
    /** Rejects when the backup cannot be read, or nothing can be made from it. */
    takeOver: (given: { readonly file: string; readonly passphrase: Secret }) =>
      takeOverBackup({ vaultAccess, reader, now: clock.now }, given),
    async opened(vault: OpenVault) {
      await supervisor.start(vault)
      void keptCopies.cover(vault)
    },
  }
}

function cloudOf({ SATM_WEBEX_BASE_URL }: NodeJS.ProcessEnv) {
  try {
    return fixedCloud(null, SATM_WEBEX_BASE_URL ?? null)
  } catch (error) {
    throw new WrongOptions(error instanceof Error ? error.message : String(error))
  }
}

const NO_WINDOW = 'This is a server (satm serve), which has no window.'
