// Engine session: what renews tokens while a vault is open, constructed: engine, Webex, connect, removal of old history.
import { randomUUID } from 'node:crypto'
import type { EngineSession } from '#application/engine-supervisor.ts'
import { forgetOldHistory } from '#application/history.ts'
import { learnedBefore, secretsIn } from '#application/known-secrets.ts'
import type { Settings } from '#application/settings.ts'
import { keepConnection } from '#application/token-managers.ts'
import { readUnreadable, withUnreadable } from '#application/unreadable-records.ts'
import { createConnect } from '#connect/flow.ts'
import type { Log } from '#desktop/log/log.ts'
import type { NetworkInit } from '#desktop/system/session-fetch.ts'
import type { Engine } from '#engine/domain/engine-api.ts'
import type { Attempt } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'
import { createEngine } from '#engine/renewal-engine.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import type { LoadedFleet, UnreadableRecord } from '#vault/repositories/fleet.ts'
import type { Follower } from '#vault/shared/sharing.ts'
import { createAuthorization } from '#webex/authorization.ts'
import { createWebex, type WebexDependencies } from '#webex/client.ts'
import { createDataSourceCalls } from '#webex/data-sources.ts'

export interface EngineSessionDependencies {
  readonly settings: Pick<Settings, 'baseUrl' | 'engine'>
  readonly clock: Clock
  readonly log: Log
  readonly network: {
    /** Over Electron's session, which knows the proxy and the system's certificates, and resolves names as the browser does. */
    readonly fetch: (url: string, init: NetworkInit) => Promise<Response>
    readonly userAgent: string
  }
  readonly browser: {
    /** Rejects unless `url` is of that origin. */
    open(url: string, allowedOrigin: string): Promise<void>
    /** Brings this app's window to the front once the browser is done. */
    bringToFront(): void
  }
  readonly attempted: (attempt: Attempt) => void
  /** Others have stored something in the shared vault, perhaps beside the fleet. */
  readonly followed: () => void
  readonly changed: () => void
}

/** ms. How long it takes at most until a data file that was moved away is noticed. */
const FILES_CHECKED = 30_000

/** Of one profile; more are made only while it fails for long. */
const MOST_ATTEMPTS = 1000
/** Lines of the log about records that cannot be read. */
const MOST_LOGGED = 50

/** What calls to Webex are made with. */
export function webexOver({
  settings,
  clock,
  network,
}: Pick<EngineSessionDependencies, 'clock' | 'network'> & {
  readonly settings: Pick<Settings, 'baseUrl'>
}): WebexDependencies {
  return { ...network, baseUrl: settings.baseUrl, clock, newTrackingId: () => `SATM_${randomUUID()}` }
}

/** `loaded`: what the vault held when it was opened; `targets`: the delivery targets that cannot be read. */
export function startEngineSession(
  dependencies: EngineSessionDependencies,
  vault: OpenVault,
  loaded: LoadedFleet,
  targets: readonly UnreadableRecord[],
): EngineSession {
  const { settings, clock, log, network, browser, attempted, followed, changed } = dependencies
  const webexParts = webexOver(dependencies)
  const learn = (value: unknown) => {
    for (const secret of secretsIn(value)) log.knownSecret(secret.reveal())
  }
  const { fleet, lastAttempts, drills, otherCopyStoppedAt } = loaded
  const unreadable = readUnreadable([...loaded.unreadable, ...targets], fleet, lastAttempts)
  for (const { table, id } of unreadable.records.slice(0, MOST_LOGGED)) {
    log.warn('vault.unreadable-record', { table, id, of: unreadable.records.length })
  }
  const learned = learnedBefore(vault, {
    learn,
    forget: (secret) => log.forgetSecret(secret.reveal()),
    now: () => ownEngine.now(),
  })
  const ownEngine = createEngine({
    clock,
    random: Math.random,
    webex: createWebex(webexParts),
    vault: learned,
    ...(vault.sharing && { elsewhere: vault.sharing }),
    settings: settings.engine(),
    fleet,
    lastAttempts,
    drills,
    otherCopyStoppedAt,
    dataSources: { calls: createDataSourceCalls(webexParts), kept: loaded.keptDataSources },
    attemptsOf: async (profileId, from) =>
      (await vault.history({ profileId, from, order: 'oldest-first', limit: MOST_ATTEMPTS })).attempts.filter(
        ({ reason }) => reason?.code !== 'data-source',
      ),
    newId: randomUUID,
  })
  const engine = withUnreadable(ownEngine, unreadable, clock.now())
  engine.subscribe((event) => {
    if (event.kind === 'attempt') {
      const { name, trigger, outcome, tier, trackingId, before, after, sentence } = event.attempt
      log.info('attempt', { name, trigger, outcome, tier, trackingId, before, after, sentence })
      attempted(event.attempt)
    } else if (event.kind === 'followed') learned.followed(event.changes)
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
      const known = unreadable.manager(connection.managerId ?? '')
      const { managerId, fingerprint, unsaved } = await keepConnection(engine, connection, randomUUID, known)
      log.info('connect.connected', { fingerprint, unsaved: unsaved?.reason ?? null })
      return { managerId, unsaved }
    },
  })
  connect.subscribe(changed)
  let stopForgetting = () => {}
  let stopWatching = () => {}
  let detach = async () => {}
  const run = () => {
    engine.start()
    if (vault.sharing !== null) detach = vault.sharing.attach(followerOf(engine, followed))
    // The engine then proves the store: nothing is renewed, and the problem is shown.
    stopWatching = watchFiles(vault, clock, () => void engine.blocker())
    stopForgetting = forgetOldHistory(vault, clock, (error) => log.warn('vault.forgetting-failed', { error }))
  }

  return {
    engine,
    connect,
    unreadable,
    snapshot: ownEngine.snapshot,
    turnedAt: ownEngine.turnedAt,
    begin() {
      // A token that nothing has opened is in no message.
      learn(fleet)
      engine.configure(settings.engine())
      run()
    },
    async stop() {
      stopForgetting()
      stopWatching()
      // First: another one may go on at once.
      await detach()
      await connect.cancel()
      await engine.stop()
    },
    resume: async () => run(),
  }
}

function followerOf(engine: Engine, followed: () => void): Follower {
  return {
    follow: engine.follow,
    renewHere: engine.renewHere,
    followed,
    cancel: engine.cancelRequested,
    attempt: engine.carryOut,
  }
}

/** `lost`: called at each check from then on. The returned function ends it. */
export function watchFiles(
  vault: Pick<OpenVault, 'checkFiles'>,
  clock: Pick<Clock, 'after'>,
  lost: () => void,
): () => void {
  let isStopped = false
  let cancel = () => {}
  const plan = () => {
    if (!isStopped) cancel = clock.after(FILES_CHECKED, () => void check())
  }
  const check = async () => {
    await vault.checkFiles().catch(lost)
    plan()
  }
  plan()
  return () => {
    isStopped = true
    cancel()
  }
}
