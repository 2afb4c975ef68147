// Data source outage: failures in a row that say nothing of the data source itself. Meanwhile one is tried at a time.
import type { Duration, Instant } from '../domain/model.ts'
import { MINUTE, SECOND } from '../domain/policy.ts'
import { type DataSourceFailure, isOutage } from './data-source-failure.ts'

/** Failures in a row, of whichever data sources, from which on they count as an outage. */
const OUTAGE_FROM = 3
/** Until the next try, twice as long each time, and at the latest after a minute. */
const OUTAGE_PAUSE: Duration = 5 * SECOND

/** A network that comes and goes has nothing tried again more often than that. */
const RECONSIDER_GAP: Duration = 15 * SECOND

export class DataSourceOutage {
  /** When something outside last had what failed tried again, or will. */
  #reconsideredAt: Instant = Number.NEGATIVE_INFINITY
  #strikes = 0
  #heldUntil: Instant = Number.NEGATIVE_INFINITY
  /** When Webex last did what it was asked, or said why not. */
  #answeredAt: Instant = Number.NEGATIVE_INFINITY

  get isOn(): boolean {
    return this.#strikes >= OUTAGE_FROM
  }

  /** Nothing is tried before. */
  get heldUntil(): Instant {
    return this.#heldUntil
  }

  /** Something outside changed: the answer is when what failed is tried again. */
  reconsider(now: Instant): Instant {
    // A wrong clock that is set right must not put it off.
    const latest = now + RECONSIDER_GAP
    const isPlanned = this.#reconsideredAt > now && this.#reconsideredAt <= latest
    const at = isPlanned
      ? this.#reconsideredAt
      : Math.max(now, Math.min(this.#reconsideredAt + RECONSIDER_GAP, latest))
    this.#reconsideredAt = at
    if (at > now) this.#heldUntil = Math.min(this.#heldUntil, at)
    else this.#end()
    return at
  }

  worked(now: Instant): void {
    this.#end()
    this.#answeredAt = now
  }

  #end(): void {
    this.#strikes = 0
    this.#heldUntil = Number.NEGATIVE_INFINITY
  }

  /** `failingSince`: since when this one had failed before; null: it worked. */
  failed(failure: DataSourceFailure, failingSince: Instant | null, now: Instant): void {
    if (isOutage(failure)) {
      // One that failed before others worked has a reason of its own: the others must not wait for it.
      if (failingSince !== null && failingSince < this.#answeredAt) return
      this.#strikes += 1
      const beyond = this.#strikes - OUTAGE_FROM
      if (beyond >= 0) this.#heldUntil = now + Math.min(MINUTE, OUTAGE_PAUSE * 2 ** Math.min(beyond, 10))
    } else if (failure.kind !== 'held' && failure.kind !== 'no-token') {
      this.#strikes = 0
      this.#answeredAt = now
    }
  }
}
