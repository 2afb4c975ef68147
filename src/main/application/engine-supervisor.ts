// Engine supervisor: starts the engine session over an open vault, says why none runs, and stops it in order.
import { SerialQueue } from '#base/common/serial-queue.ts'
import { type AsyncSignal, createAsyncSignal } from '#base/common/signal.ts'
import type { Connect } from '#connect/connect.ts'
import type { Engine } from '#engine/domain/engine-api.ts'
import type { Duration, FleetChange, Instant } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'
import type { FleetSnapshot } from '#engine/renewal/fleet-state.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import type { LoadedFleet } from '#vault/repositories/fleet.ts'
import type { CloudGuard } from './cloud-binding.ts'
import { UserFacingError } from './errors.ts'
import { endJoining } from './joining.ts'
import { type Hold, renewalHoldOf } from './renewal-hold.ts'
import type { Unreadable } from './unreadable-records.ts'
import type { VaultAccess } from './vault-access.ts'

/** What runs while a vault is open. */
export interface EngineSession {
  readonly engine: Engine
  readonly connect: Connect
  /** What the vault has and cannot be read; the engine's view shows it. */
  readonly unreadable: Unreadable
  /** What the engine knows now. It has the secrets of the fleet. */
  snapshot(): FleetSnapshot
  /** Monotonic ms: when the engine's loop turned last. */
  turnedAt(): Duration
  /** Renews and delivers from then on. */
  begin(): void
  /** Nothing new begins; resolves when what was under way has ended, and been stored if that was possible. */
  stop(): Promise<void>
  /** Goes on after `stop`. */
  resume(): Promise<void>
}

export interface EngineSupervisor {
  /** null: none runs. */
  current(): EngineSession | null
  /** Throws a `UserFacingError` while none runs. */
  running(): EngineSession
  /** What the window shows: it shows a large fleet before the first session runs. null: nothing. */
  engineToShow(): Pick<Engine, 'view'> | null
  /** Resolves when all that was started runs, or has failed. */
  settled(): Promise<void>
  /** The time, corrected by the server's clock while an engine runs. */
  now(): Instant
  /** Why none runs although the vault is open. */
  held(): Hold | null
  /** Called and awaited before the fleet is loaded, at each start: something else may have been restored beside it. */
  onLoading: AsyncSignal['subscribe']
  /** Called and awaited before a session starts over the vault. */
  onStarting: AsyncSignal<[vault: OpenVault]>['subscribe']
  /**
   * Runs `change`, which may end what holds the session, while nothing starts or stops: a cloud that was checked stays in
   * force until the session runs with it. Then starts one if it is held.
   */
  changeCloud(change: () => Promise<void>): Promise<void>
  /** Does what the person chose where nothing runs because of the cloud. */
  chooseCloud(baseUrl: string): Promise<void>
  /** The person has made sure that nobody else renews what this vault has: it is renewed here. */
  renewHere(): Promise<void>
  /** null: none is open. */
  vault(): OpenVault | null
  start(vault: OpenVault): Promise<void>
  /** Runs `work` while nothing is under way, and starts anew from what the vault holds then. */
  whileStopped<T>(work: () => Promise<T>): Promise<T>
  /** As `whileStopped`; what starts anew is the vault that is in force then, also where `change` rejects. */
  exchangeVault(change: () => Promise<unknown>): Promise<void>
  /**
   * Stops in order. `loses` is asked only if a renewed pair could not be stored, and gets why, as `Engine.storeTrouble`; false
   * keeps everything running.
   */
  close(loses: (why: string | null) => Promise<boolean>): Promise<boolean>
}

/** ms. Between two tries to start what was running. */
const STARTED_AGAIN = 5_000

export const STARTING = 'The app is still starting. Try again in a moment.'

export function unsavedToken(engine: Pick<Engine, 'storeTrouble'>): UserFacingError {
  const why = engine.storeTrouble() ?? 'Try again in a moment.'
  return new UserFacingError('busy', `A renewed token could not be stored yet. ${why}`)
}

export function createEngineSupervisor(dependencies: {
  readonly clock: Pick<Clock, 'now' | 'after'>
  /** Says why nothing is open, and what is. */
  readonly vaultAccess: Pick<VaultAccess, 'view' | 'vault'>
  /** It does nothing before `begin`. */
  readonly startSession: (vault: OpenVault, loaded: LoadedFleet) => Promise<EngineSession>
  /** What the window shows first was drawn; a session of a large fleet begins after it. null: no window is shown. */
  readonly seen: Promise<unknown> | null
  readonly guard: Pick<CloudGuard, 'trouble' | 'choose'>
  /** Missing: no, there is a window. */
  readonly isServer?: boolean
  /** What an empty fleet begins with: the demo's. */
  readonly firstChanges: readonly FleetChange[]
  readonly failed: (error: unknown) => void
  readonly changed: () => void
}): EngineSupervisor {
  const {
    clock,
    vaultAccess,
    guard,
    isServer = false,
    startSession,
    seen,
    firstChanges,
    failed,
    changed,
  } = dependencies
  let vault: OpenVault | null = null
  let session: EngineSession | null = null
  /** Shown, and begun when its tokens are open. */
  let opening: EngineSession | null = null
  let held: Hold | null = null
  /** Starts and stops: two at once would start two sessions. */
  const turns = new SerialQueue()
  const loading = createAsyncSignal()
  const starting = createAsyncSignal<[vault: OpenVault]>()

  const start = async (opened: OpenVault, tokens: 'sealed' | 'open' = 'open') => {
    vault = opened
    await loading.emit()
    const loaded = await opened.load(tokens === 'sealed' ? { tokens } : undefined)
    held = (await renewalHoldOf(opened, isServer)) ?? (await guard.trouble(opened, loaded))
    if (held === null) {
      await starting.emit(opened)
      const next = await startSession(opened, loaded)
      if (loaded.openTokens === null) begin(next)
      else beginLater(opened, next, loaded.openTokens)
    } else session = null
    const { fleet, unreadable } = loaded
    const isEmpty = fleet.profiles.size + fleet.managers.size + unreadable.length === 0
    if (session !== null && isEmpty && firstChanges.length > 0) {
      session.engine.apply(firstChanges).catch(failed)
    }
    changed()
  }
  const begin = (next: EngineSession) => {
    next.begin()
    session = next
  }
  const pause = () =>
    new Promise<void>((resolve) => {
      clock.after(0, resolve)
    })
  const beginLater = (
    opened: OpenVault,
    next: EngineSession,
    openTokens: NonNullable<LoadedFleet['openTokens']>,
  ) => {
    opening = next
    const open = async () => {
      await seen
      if (vault !== opened) return
      const isWhole = await openTokens(pause)
      opening = null
      if (isWhole) begin(next)
      else await start(opened)
      changed()
    }
    turns.run(open).catch(failed)
  }
  const running = () => {
    if (session !== null) return session
    const { level, sentence } = vaultAccess.view()
    // Between opening the vault and the first session, and while a restore is under way.
    if (held === null && level !== 'closed') throw new UserFacingError('busy', STARTING)
    throw new UserFacingError('storage', held?.sentence ?? sentence)
  }
  const replaced = async <T>(task: () => Promise<T>, next = (opened: OpenVault) => opened): Promise<T> => {
    if (vault === null) throw new UserFacingError('storage', vaultAccess.view().sentence)
    const opened = vault
    // Another backup may be what ends the trouble.
    const stopped = held === null ? running() : null
    await stopped?.stop()
    // Asked only now: the last answer may have come while it stopped.
    if (stopped?.engine.hasUnsaved()) {
      const refusal = unsavedToken(stopped.engine)
      await stopped.resume()
      throw refusal
    }
    session = null
    try {
      return await task()
    } finally {
      await startAgain(next(opened))
    }
  }
  /** What keeps it from starting may soon be over, such as a full disk: nothing is renewed until it has started. */
  const startAgain = async (opened: OpenVault): Promise<void> => {
    const isIdle = () => vault === opened && session === null
    try {
      await start(opened)
    } catch (error) {
      clock.after(STARTED_AGAIN, () => {
        turns.run(async () => (isIdle() ? startAgain(opened) : undefined)).catch(failed)
      })
      throw error
    }
  }

  const changeCloud = (change: () => Promise<void>) =>
    turns.run(async () => {
      try {
        await change()
      } finally {
        if (vault !== null && held !== null) await start(vault)
      }
    })

  const choose = (end: (opened: OpenVault) => Promise<void>) =>
    changeCloud(async () => {
      if (vault === null) throw new UserFacingError('storage', 'The data is not open. Open it first.')
      await end(vault)
    })

  return {
    current: () => session,
    running,
    engineToShow: () => (session ?? opening)?.engine ?? null,
    settled: () => turns.settled(),
    now: () => (session ?? opening)?.engine.now() ?? clock.now(),
    held: () => held,
    onLoading: loading.subscribe,
    onStarting: starting.subscribe,
    changeCloud,
    chooseCloud: (baseUrl) => choose((opened) => guard.choose(baseUrl, opened, held)),
    renewHere: () =>
      choose(async (opened) => {
        await endJoining(opened)
        await opened.renewalHold.save(null)
      }),
    vault: () => vault,
    start: (opened) => turns.run(() => start(opened, seen === null ? 'open' : 'sealed')),
    whileStopped: (task) => turns.run(() => replaced(task)),
    exchangeVault: (change) =>
      turns.run(async () => {
        await replaced(change, (opened) => vaultAccess.vault() ?? opened)
      }),
    close: (loses) =>
      turns.run(async () => {
        await session?.stop()
        if (session?.engine.hasUnsaved() && !(await loses(session.engine.storeTrouble()))) {
          await session.resume()
          return false
        }
        session = null
        opening = null
        held = null
        await vault?.close()
        vault = null
        return true
      }),
  }
}
