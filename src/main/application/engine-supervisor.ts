// Whether the core runs, why not, and what must be true before it may stop.
import { SerialQueue } from '#base/common/serial-queue.ts'
import type { FleetChange } from '#engine/domain/model.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import type { LoadedFleet } from '#vault/repositories/fleet.ts'
import type { CloudTrouble } from './cloud-binding.ts'
import { UserFacingError } from './errors.ts'
import type { RunningCore } from './running-core.ts'

export interface CoreHolder {
  /** null: it does not run. */
  current(): RunningCore | null
  /** Throws a `UserFacingError` while it does not run. */
  running(): RunningCore
  /** Why it does not run although the vault is open. */
  held(): CloudTrouble | null
  /**
   * Runs `change`, which may end what holds the core, while nothing starts or stops: a cloud that was checked stays in
   * force until the core runs with it. Then starts it if it is held.
   */
  changeCloud(change: () => Promise<void>): Promise<void>
  /** null: none is open. */
  vault(): OpenVault | null
  start(vault: OpenVault): Promise<void>
  /** Runs `work` while nothing is under way, and starts anew from what the vault holds then. */
  whileStopped<T>(work: () => Promise<T>): Promise<T>
  /** Stops in order. `loses` is asked only if a renewed pair could not be stored; false keeps everything running. */
  close(loses: () => boolean): Promise<boolean>
}

export function createCoreHolder(parts: {
  readonly startCore: (vault: OpenVault, loaded: LoadedFleet) => Promise<RunningCore>
  /** Not null when this fleet must not be worked on. */
  readonly trouble: (vault: OpenVault, loaded: LoadedFleet) => Promise<CloudTrouble | null>
  /** Reads anew what is kept beside the fleet, before anything starts over it. Never rejects. */
  readonly reload: () => Promise<void>
  /** What an empty fleet begins with: the demo's. */
  readonly firstChanges: readonly FleetChange[]
  readonly failed: (error: unknown) => void
  readonly closedSentence: () => string
  readonly changed: () => void
}): CoreHolder {
  let vault: OpenVault | null = null
  let core: RunningCore | null = null
  let held: CloudTrouble | null = null
  /** Starts and stops: two at once would start two cores. */
  const turns = new SerialQueue()

  const start = async (opened: OpenVault) => {
    vault = opened
    await parts.reload()
    const loaded = await opened.load()
    held = await parts.trouble(opened, loaded)
    core = held === null ? await parts.startCore(opened, loaded) : null
    const { profiles, managers } = loaded.fleet
    if (core !== null && profiles.size + managers.size === 0 && parts.firstChanges.length > 0) {
      core.engine.apply(parts.firstChanges).catch(parts.failed)
    }
    parts.changed()
  }
  const running = () => {
    if (core === null) throw new UserFacingError('storage', held?.sentence ?? parts.closedSentence())
    return core
  }
  const replaced = async <T>(
    opened: OpenVault,
    stopped: RunningCore | null,
    task: () => Promise<T>,
  ): Promise<T> => {
    await stopped?.stop()
    // Asked only now: the last answer may have come while it stopped.
    if (stopped?.engine.hasUnsaved()) {
      await stopped.resume()
      throw new UserFacingError(
        'busy',
        'A renewed token could not be stored yet. Make room on the disk first.',
      )
    }
    core = null
    try {
      return await task()
    } finally {
      await start(opened)
    }
  }

  return {
    current: () => core,
    running,
    held: () => held,
    changeCloud: (change) =>
      turns.run(async () => {
        try {
          await change()
        } finally {
          if (vault !== null && held !== null) await start(vault)
        }
      }),
    vault: () => vault,
    start: (opened) => turns.run(() => start(opened)),
    whileStopped: (task) =>
      turns.run(() => {
        if (vault === null) throw new UserFacingError('storage', parts.closedSentence())
        // Another backup may be what ends the trouble.
        return replaced(vault, held === null ? running() : null, task)
      }),
    close: (loses) =>
      turns.run(async () => {
        await core?.stop()
        if (core?.engine.hasUnsaved() && !loses()) {
          await core.resume()
          return false
        }
        core = null
        held = null
        vault?.close()
        vault = null
        return true
      }),
  }
}
