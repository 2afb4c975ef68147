// Bulk refresh: renewals of many profiles that were requested together, and are cancelled together.
import type { Profile, ProfileId } from '../domain/model.ts'
import { isWanting } from '../renewal/renewal-policy.ts'
import { type EngineContext, profileKey } from '../runtime/engine-context.ts'
import type { Scheduler } from './scheduler.ts'

export class BulkRefresh {
  readonly #context: EngineContext
  readonly #scheduler: Scheduler
  /** Keys of what has not ended. */
  readonly #requested = new Set<string>()

  constructor(context: EngineContext, scheduler: Scheduler) {
    this.#context = context
    this.#scheduler = scheduler
  }

  /** Those that are due or failed, and not paused. How many. */
  refreshDue(): number {
    return this.#refresh(
      [...this.#context.fleetState.profiles.values()].filter(
        (profile) => !profile.paused && isWanting(this.#context, profile),
      ),
    )
  }

  /** Those of them that are there. How many. */
  refresh(profileIds: readonly ProfileId[]): number {
    const { profiles } = this.#context.fleetState
    return this.#refresh(profileIds.flatMap((id) => profiles.get(id) ?? []))
  }

  /** What has not begun. */
  cancel(): void {
    this.#scheduler.cancelQueued([...this.#requested])
  }

  #refresh(profiles: readonly Profile[]): number {
    for (const { id } of profiles) {
      const key = profileKey(id)
      this.#requested.add(key)
      this.#scheduler
        .runNow({ kind: 'profile', profileId: id }, 'manual', 'person')
        .catch(() => undefined)
        .finally(() => this.#requested.delete(key))
    }
    return profiles.length
  }
}
