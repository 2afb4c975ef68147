// Services: constructs what runs without a window, for the app and for the server: the engine with its deliveries, who is given
// tokens, the problems, and the command line's side.
import { randomUUID } from 'node:crypto'
import { createCloudGuard } from '#application/cloud-binding.ts'
import { createDataSources } from '#application/data-sources.ts'
import { createDelivery } from '#application/delivery.ts'
import { createDoctor } from '#application/doctor.ts'
import { createEndpoint } from '#application/endpoint-consumers.ts'
import { createEngineSupervisor } from '#application/engine-supervisor.ts'
import { createFleetDeliveries } from '#application/fleet-deliveries.ts'
import type { IdClock } from '#application/fleet-input.ts'
import { createProblems } from '#application/problems.ts'
import type { ProxyProbe } from '#application/proxy-settings.ts'
import { type AppInstance, createSatm } from '#application/satm-access.ts'
import { createSatmCommands } from '#application/satm-commands.ts'
import type { Settings } from '#application/settings.ts'
import type { VaultAccess } from '#application/vault-access.ts'
import { createWebhook } from '#application/webhook-settings.ts'
import { createSignal } from '#base/common/signal.ts'
import { findPortOwner } from '#connect/port-owner.ts'
import { createDeliveryKinds } from '#delivery/delivery-kinds.ts'
import { createEnvFileWriter } from '#delivery/env-file/env-writer.ts'
import type { Log } from '#desktop/log/log.ts'
import type { Preferences } from '#desktop/preferences/preferences.ts'
import { systemDelay } from '#desktop/system/system-clock.ts'
import type { Attempt, FleetChange } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'
import type { FleetView } from '#engine/domain/view-model.ts'
import { whyNoAnswer } from '#webex/network-errors.ts'
import { type EngineSessionDependencies, startEngineSession } from './engine-session.ts'

export type Services = ReturnType<typeof createServices>

type CommandParts = Parameters<typeof createSatmCommands>[0]

interface ServiceParts {
  readonly clock: Clock
  readonly log: Log
  readonly instance: AppInstance
  readonly preferences: Preferences
  readonly settings: Settings
  readonly vaultAccess: VaultAccess
  readonly network: EngineSessionDependencies['network']
  readonly browser: EngineSessionDependencies['browser']
  /** See `createEngineSupervisor`. */
  readonly seen: Promise<unknown> | null
  readonly firstChanges: readonly FleetChange[]
  readonly failed: (error: unknown) => void
  /** The cloud of a vault of an older version was recorded. */
  readonly cloudRecorded: (baseUrl: string) => void
  /** Secrets made here reach the person by it, and nothing else. */
  readonly copySecret: (text: string) => unknown
  readonly copyText: (text: string) => void
  /** Of a server: see `createEndpoint`. */
  readonly endpoint?: Pick<Parameters<typeof createEndpoint>[0], 'listen' | 'answered'>
  /** An attempt has ended. */
  readonly attempted?: (attempt: Attempt) => void
  /** With all its problems. */
  readonly fleet: () => FleetView
  readonly probe: () => Promise<ProxyProbe>
  readonly commands: Pick<CommandParts, 'deliver' | 'importOf' | 'writing' | 'openAt' | 'administration'>
  readonly changed: () => void
}

export function createServices(parts: ServiceParts) {
  const { clock, log, instance, preferences, settings, vaultAccess, network, changed } = parts
  const { copySecret, fleet } = parts
  const isServer = instance.kind === 'server'
  const guard = createCloudGuard({
    preferences,
    settings,
    isServer,
    recorded(baseUrl) {
      log.info('cloud.recorded', { baseUrl })
      parts.cloudRecorded(baseUrl)
    },
  })
  const envFiles = createEnvFileWriter()
  const running = { clock, redact: log.redacted, log: log.info }
  const kinds = createDeliveryKinds({ ...running, envFiles })
  const profilesChanged = createSignal()
  const delivery = createDelivery({ clock, kinds, log, changed, profilesChanged: profilesChanged.emit })
  const { browser, attempted = () => undefined } = parts
  const followed = () => {
    const vault = vaultAccess.vault()
    if (vault === null) return
    const isIgnored = (error: unknown) => log.warn('vault.not-followed', { error })
    Promise.all([endpoint.reload(), problems.reread(), webhook.reload(vault.webhook)]).then(
      changed,
      isIgnored,
    )
  }
  const session = { settings, clock, log, network, browser, attempted, followed, changed }
  const supervisor = createEngineSupervisor({
    clock,
    vaultAccess,
    guard,
    isServer,
    startSession: (vault, loaded) =>
      delivery.beside(vault, (watched, targets) => startEngineSession(session, watched, loaded, targets)),
    seen: parts.seen,
    firstChanges: parts.firstChanges,
    failed: parts.failed,
    changed,
  })
  const idClock: IdClock = { now: supervisor.now, newId: randomUUID }
  const fleetDeliveries = createFleetDeliveries({
    engine: () => supervisor.current()?.engine ?? null,
    deliveries: delivery.current,
    change: delivery.change,
    clock,
    vault: vaultAccess.opened,
    kinds,
    newId: idClock.newId,
    failed: (error) => log.warn('fleet-delivery.failed', { error }),
  })
  profilesChanged.subscribe(() => void fleetDeliveries.sync())

  const portOwner = (port: number) => findPortOwner(port, process.platform)
  const endpoint = createEndpoint({
    ...parts.endpoint,
    clock,
    preferences,
    vaultAccess,
    supervisor,
    copySecret,
    portOwner,
    changed,
    failed: (error) => log.warn('endpoint.failed', { error }),
  })
  const webhook = createWebhook({
    clock,
    supervisor,
    vaultAccess,
    network: { ...network, whyNoAnswer },
    copySecret,
    log,
    changed,
  })
  const problems = createProblems({
    clock,
    supervisor,
    undelivered: delivery.undelivered,
    dataSources: () => supervisor.current()?.engine.dataSources ?? null,
    sharing: () => vaultAccess.vault()?.sharing?.status ?? null,
    failuresBeforeAlert: () => settings.values().alertAfterFailures,
    copyText: parts.copyText,
    failed: (error) => log.warn('problems.not-stored', { error }),
    changed,
  })
  const dataSources = createDataSources(() => supervisor.running().engine)
  const satm = createSatm({
    instance,
    supervisor,
    vaultAccess,
    dataSources,
    clock,
    delay: systemDelay,
    commands: createSatmCommands({
      ...parts.commands,
      fleet,
      targetsOf: (profileId) => delivery.current()?.targets.ofProfile(profileId) ?? [],
      examine: createDoctor({
        version: instance.version,
        clock,
        vaultAccess,
        supervisor,
        redirectPort: () => settings.values().redirectPort,
        portOwner,
        probe: parts.probe,
        endpoint: endpoint.view,
        fleet,
      }),
    }),
    failed: (error) => log.warn('satm.failed', { error }),
    changed,
  })
  return {
    guard,
    supervisor,
    idClock,
    /** What delivers, and what is tried with the same means. */
    delivery: { ...delivery, kinds, envFiles, running },
    fleetDeliveries,
    endpoint,
    webhook,
    problems,
    dataSources,
    satm,
  }
}
