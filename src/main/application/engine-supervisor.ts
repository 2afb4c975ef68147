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
  /** Starts over the open vault after what held it may have changed; does nothing while it runs. */
  startIfHeld(): void
  /** null: none is open. */
  vault(): OpenVault | null
  start(vault: OpenVault): void
  /** Runs `work` while nothing is under way, and starts anew from what the vault holds then. */
  whileStopped<T>(work: () => Promise<T>): Promise<T>
  /** Stops in order. `loses` is asked only if a renewed pair could not be stored; false keeps everything running. */
  close(loses: () => boolean): Promise<boolean>
}

export function createCoreHolder(parts: {
  readonly startCore: (vault: OpenVault, loaded: LoadedFleet) => RunningCore
  /** Not null when this fleet must not be worked on. */
  readonly trouble: (vault: OpenVault, loaded: LoadedFleet) => CloudTrouble | null
  /** What an empty fleet begins with: the demo's. */
  readonly firstChanges: readonly FleetChange[]
  readonly failed: (error: unknown) => void
  readonly closedSentence: () => string
  readonly changed: () => void
}): CoreHolder {
  let vault: OpenVault | null = null
  let core: RunningCore | null = null
  let held: CloudTrouble | null = null
  /** A second stop while the first is under way would start two cores. */
  const stops = new SerialQueue()

  const start = (opened: OpenVault) => {
    vault = opened
    const loaded = opened.load()
    held = parts.trouble(opened, loaded)
    core = held === null ? parts.startCore(opened, loaded) : null
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
      stopped.resume()
      throw new UserFacingError(
        'busy',
        'A renewed token could not be stored yet. Make room on the disk first.',
      )
    }
    core = null
    try {
      return await task()
    } finally {
      start(opened)
    }
  }

  return {
    current: () => core,
    running,
    held: () => held,
    startIfHeld() {
      // What is under way starts it at its end.
      if (stops.isIdle && vault !== null && held !== null) start(vault)
    },
    vault: () => vault,
    start,
    whileStopped: (task) =>
      stops.run(() => {
        if (vault === null) throw new UserFacingError('storage', parts.closedSentence())
        // Another backup may be what ends the trouble.
        return replaced(vault, held === null ? running() : null, task)
      }),
    close: (loses) =>
      stops.run(async () => {
        await core?.stop()
        if (core?.engine.hasUnsaved() && !loses()) {
          core.resume()
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
