// Engine session: what renews tokens while a vault is open, constructed: engine, Webex, connect, removal of old history.
import { randomUUID } from 'node:crypto'
import type { EngineSession } from '#application/engine-supervisor.ts'
import { forgetOldHistory } from '#application/history.ts'
import { learnedBefore, secretsIn } from '#application/known-secrets.ts'
import type { Settings } from '#application/settings.ts'
import { keepConnection } from '#application/token-managers.ts'
import { createConnect } from '#connect/flow.ts'
import type { Log } from '#desktop/log/log.ts'
import type { Clock } from '#engine/domain/ports.ts'
import { createEngine } from '#engine/renewal-engine.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import type { LoadedFleet } from '#vault/repositories/fleet.ts'
import { createAuthorization } from '#webex/authorization.ts'
import { createWebex, type WebexDependencies } from '#webex/client.ts'

interface EngineSessionDependencies {
  readonly settings: Pick<Settings, 'baseUrl' | 'engine'>
  readonly clock: Clock
  readonly log: Log
  readonly network: {
    /** Electron's `session.fetch`: it knows the system's proxy and certificates, and resolves names as the browser does. */
    readonly fetch: (url: string, init: RequestInit) => Promise<Response>
    readonly userAgent: string
  }
  readonly browser: {
    /** Rejects unless `url` is of that origin. */
    open(url: string, allowedOrigin: string): Promise<void>
    /** Brings this app's window to the front once the browser is done. */
    bringToFront(): void
  }
  readonly changed: () => void
}

/** `loaded`: what the vault held when it was opened. */
export function startEngineSession(
  dependencies: EngineSessionDependencies,
  vault: OpenVault,
  loaded: LoadedFleet,
): EngineSession {
  const { settings, clock, log, network, browser, changed } = dependencies
  const webexParts: WebexDependencies = {
    ...network,
    baseUrl: settings.baseUrl,
    clock,
    newTrackingId: () => `SATM_${randomUUID()}`,
  }
  const learn = (value: unknown) => {
    for (const secret of secretsIn(value)) log.knownSecret(secret.reveal())
  }
  const { fleet, lastAttempts, unreadable } = loaded
  learn(fleet)
  if (unreadable.length > 0) log.warn('vault.unreadable-records', { count: unreadable.length })
  const engine = createEngine({
    clock,
    random: Math.random,
    webex: createWebex(webexParts),
    vault: learnedBefore(vault, {
      learn,
      forget: (secret) => log.forgetSecret(secret.reveal()),
      now: () => engine.now(),
    }),
    settings: settings.engine(),
    fleet,
    lastAttempts,
    newId: randomUUID,
  })
  engine.subscribe((event) => {
    if (event.kind === 'attempt') {
      const { name, trigger, outcome, tier, trackingId, before, after, sentence } = event.attempt
      log.info('attempt', { name, trigger, outcome, tier, trackingId, before, after, sentence })
    }
    changed()
  })

  const authorization = createAuthorization(webexParts)
  const connect = createConnect({
    clock,
    fetch: network.fetch,
    authorizationUrl: authorization.authorizationUrl,
    async exchangeCode(exchange) {
      learn(exchange)
      const answer = await authorization.exchangeCode(exchange)
      learn(answer)
      if (answer.kind === 'anomalous') engine.doubtWebex()
      return answer
    },
    proveStore: () => vault.prove(),
    webexIsThere: () => engine.webexIsThere(),
    openBrowser: (url) => browser.open(url, new URL(settings.baseUrl()).origin),
    bringToFront: browser.bringToFront,
    platform: process.platform,
    async onConnected(connection) {
      const { managerId, fingerprint, unsaved } = await keepConnection(engine, connection, randomUUID)
      log.info('connect.connected', { fingerprint, unsaved: unsaved?.reason ?? null })
      return { managerId, unsaved }
    },
  })
  connect.subscribe(changed)
  let stopForgetting = () => {}
  const begin = () => {
    engine.start()
    stopForgetting = forgetOldHistory(vault, clock, (error) => log.warn('vault.forgetting-failed', { error }))
  }
  begin()

  return {
    engine,
    connect,
    async stop() {
      stopForgetting()
      await connect.cancel()
      await engine.stop()
    },
    resume: async () => begin(),
  }
}
