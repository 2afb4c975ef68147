// Leader fitness: whether the computer that leads can store what it has. Where it has not been able to for some time, another one
// is to lead: this one would renew nothing.
import type { Duration } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'

export class LeaderFitness {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #within: Duration
  /** Monotonic ms. Since when nothing could be stored, and when that was last tried. */
  #unstored: { readonly since: Duration; readonly last: Duration } | null = null

  /** `within`: failures further apart than this are of different troubles. */
  constructor(clock: Pick<Clock, 'monotonic'>, within: Duration) {
    this.#clock = clock
    this.#within = within
  }

  /** Also where it begins to lead: it has as long as any other. */
  stored(): void {
    this.#unstored = null
  }

  /** Returns whether another one is to lead. */
  notStored(): boolean {
    const now = this.#clock.monotonic()
    const before = this.#unstored
    const since = before === null || now - before.last > this.#within ? now : before.since
    this.#unstored = { since, last: now }
    return now - since >= this.#within
  }
}
