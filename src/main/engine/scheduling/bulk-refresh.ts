// Bulk refresh: the profiles that were requested together, until each has ended.
import type { BulkEnd } from '../domain/engine-api.ts'
import type { ProfileId } from '../domain/model.ts'
import { StoreFailure } from '../domain/ports.ts'
import { isWanting } from '../renewal/renewal-policy.ts'
import { type EngineContext, profileKey, subjectOf } from '../runtime/engine-context.ts'
import type { Scheduler } from './scheduler.ts'

const NOTHING_MISSED: BulkEnd = { missed: 0, why: null }

export class BulkRefresh {
  readonly #context: EngineContext
  readonly #scheduler: Scheduler
  /** By key. */
  readonly #running = new Map<string, Promise<void>>()
  #end = NOTHING_MISSED

  constructor(context: EngineContext, scheduler: Scheduler) {
    this.#context = context
    this.#scheduler = scheduler
  }

  /** Those that wait for a renewal. How many. */
  beginDue(): number {
    const { profiles } = this.#context.fleetState
    const due = [...profiles.values()].filter(
      (profile) => !profile.paused && isWanting(this.#context, profile),
    )
    return this.begin(due.map(({ id }) => id))
  }

  /** Those of these that are there. How many. */
  begin(profileIds: readonly ProfileId[]): number {
    const { profiles } = this.#context.fleetState
    const known = profileIds.filter((id) => profiles.has(id))
    if (this.#running.size === 0) this.#end = NOTHING_MISSED
    for (const id of known) {
      const key = profileKey(id)
      const attempt = this.#scheduler.runNow({ kind: 'profile', profileId: id }, 'manual', 'person')
      const ended: Promise<void> = attempt
        .then(
          () => undefined,
          (error) => this.#failed(error),
        )
        .finally(() => {
          if (this.#running.get(key) === ended) this.#running.delete(key)
        })
      this.#running.set(key, ended)
    }
    return known.length
  }

  /** What has not begun does not begin, here or where it was requested. */
  cancel(): void {
    const keys = [...this.#running.keys()]
    this.#scheduler.cancelQueued(keys)
    this.#context.parts.elsewhere?.cancel(keys.map(subjectOf))
  }

  /** Resolves when none runs. */
  async ended(): Promise<BulkEnd> {
    while (this.#running.size > 0) await Promise.all(this.#running.values())
    return this.#end
  }

  /** Any other error is of the engine itself: it was canceled, removed or stopped. */
  #failed(error: unknown): void {
    if (error instanceof StoreFailure) this.#end = { missed: this.#end.missed + 1, why: error.message }
  }
}
