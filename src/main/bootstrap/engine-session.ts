// The part that keeps tokens alive, put together once the vault is open: engine, Webex, connect, history.

import { UserFacingError } from '#application/errors.ts'
import { forgetOldHistory } from '#application/history-retention.ts'
import type { IdClock } from '#application/id-clock.ts'
import { learnedBefore, secretsIn } from '#application/known-secrets.ts'
import type { RunningCore } from '#application/running-core.ts'
import type { Settings } from '#application/settings.ts'
import { connectionChanges } from '#application/token-managers.ts'
import { createConnect } from '#connect/flow.ts'
import type { Log } from '#desktop/log/log.ts'
import { openAuthorizationUrl } from '#desktop/system/links.ts'
import type { Clock } from '#engine/domain/ports.ts'
import { createEngine } from '#engine/renewal-engine.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import type { LoadedFleet } from '#vault/repositories/fleet.ts'
import { createAuthorization } from '#webex/authorization.ts'
import { createWebex, type WebexDependencies } from '#webex/client.ts'

export function startCore(parts: {
  readonly vault: OpenVault
  /** What it held when it was opened. */
  readonly loaded: LoadedFleet
  readonly settings: Settings
  readonly clock: Clock
  /** Electron's `session.fetch`: it knows the system's proxy and certificates, and resolves names as the browser does. */
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  readonly idClock: IdClock
  readonly log: Log
  readonly userAgent: string
  readonly bringToFront: () => void
  readonly changed: () => void
}): RunningCore {
  const { vault, settings, clock, idClock, log } = parts
  const webexParts: WebexDependencies = {
    baseUrl: settings.baseUrl,
    fetch: parts.fetch,
    clock,
    userAgent: parts.userAgent,
    newTrackingId: () => `SATM_${idClock.newId()}`,
  }
  const learn = (value: unknown) => {
    for (const secret of secretsIn(value)) log.knownSecret(secret.reveal())
  }
  const { fleet, lastAttempts, unreadable } = parts.loaded
  learn(fleet)
  if (unreadable.length > 0) log.warn('vault.unreadable-records', { count: unreadable.length })
  const engine = createEngine({
    clock,
    random: Math.random,
    webex: createWebex(webexParts),
    vault: learnedBefore(vault, learn, (secret) => log.forgetSecret(secret.reveal())),
    settings: settings.engine(),
    fleet,
    lastAttempts,
    newId: idClock.newId,
  })
  engine.subscribe((event) => {
    if (event.kind === 'attempt') {
      const { name, trigger, outcome, tier, trackingId, before, after, sentence } = event.attempt
      log.info('attempt', { name, trigger, outcome, tier, trackingId, before, after, sentence })
    }
    parts.changed()
  })

  const authorization = createAuthorization(webexParts)
  const connect = createConnect({
    clock,
    fetch: parts.fetch,
    authorizationUrl: authorization.authorizationUrl,
    async exchangeCode(exchange) {
      learn(exchange)
      const answer = await authorization.exchangeCode(exchange)
      learn(answer)
      if (answer.kind === 'odd') engine.doubtWebex()
      return answer
    },
    proveStore: () => vault.prove(),
    webexIsThere: () => engine.webexIsThere(),
    openBrowser: (url) => openAuthorizationUrl(url, new URL(settings.baseUrl()).origin),
    bringToFront: parts.bringToFront,
    platform: process.platform,
    async onConnected(connection) {
      const { managerId, fingerprint, changes } = connectionChanges(engine.fleet(), connection, idClock)
      const unsaved = await engine.keep(changes)
      log.info('connect.connected', { fingerprint, unsaved: unsaved?.reason ?? null })
      return { managerId, unsaved }
    },
  })
  connect.subscribe(parts.changed)
  let stopForgetting = () => {}
  const begin = () => {
    engine.start()
    stopForgetting = forgetOldHistory(vault, clock, (error) => log.warn('vault.forgetting-failed', { error }))
  }
  begin()

  return {
    engine,
    connect: {
      async begin(credentials, managerId) {
        const begun = await connect.begin({ credentials, managerId, port: settings.values().redirectPort })
        if (begun.kind === 'refused')
          throw new UserFacingError(begun.reason === 'store' ? 'storage' : 'busy', begun.sentence)
      },
      cancel: () => void connect.cancel(),
      authorizationUrl: connect.authorizationUrl,
      async pasteRedirectedUrl(url) {
        const pasted = connect.pasteRedirectedUrl(url)
        if (pasted.kind === 'rejected')
          throw new UserFacingError('invalid', pasted.sentence, { field: 'url' })
      },
    },
    connectState: connect.state,
    async stop() {
      stopForgetting()
      await connect.cancel()
      await engine.stop()
    },
    resume: async () => begin(),
  }
}
