// Token bucket: routine renewals start no faster than a little over their average rate, so that crowds are flattened. All
// times are monotonic ms.
import type { Duration } from '../domain/model.ts'
import { PACE_BURST, PACE_LEAST, PACE_OVER_MEAN } from '../domain/policy.ts'

export class TokenBucket {
  readonly #monotonic: () => Duration
  readonly #intervals = new Map<string, Duration>()
  /** Renewals a ms that come due on average. */
  #mean = 0
  #tokens = PACE_BURST
  #filledAt: Duration

  constructor(monotonic: () => Duration) {
    this.#monotonic = monotonic
    this.#filledAt = monotonic()
  }

  /** How often `key` comes due; null: it does not. */
  expect(key: string, interval: Duration | null): void {
    const known = this.#intervals.get(key) ?? null
    if (known === interval) return
    this.#fill()
    if (known !== null) this.#mean -= 1 / known
    if (interval === null) this.#intervals.delete(key)
    else {
      this.#intervals.set(key, Math.max(1, interval))
      this.#mean += 1 / Math.max(1, interval)
    }
  }

  allows(): boolean {
    this.#fill()
    return this.#tokens >= 1
  }

  /** Something started, routine or not. */
  started(): void {
    this.#fill()
    this.#tokens = Math.max(0, this.#tokens - 1)
  }

  /** When the next routine start is allowed. */
  nextAt(): Duration {
    this.#fill()
    const now = this.#monotonic()
    return this.#tokens >= 1 ? now : now + Math.max(1, (1 - this.#tokens) / this.#rate())
  }

  #fill(): void {
    const now = this.#monotonic()
    const gained = (now - this.#filledAt) * this.#rate()
    this.#tokens = Math.min(PACE_BURST, this.#tokens + gained)
    this.#filledAt = now
  }

  #rate(): number {
    return Math.max(PACE_LEAST, this.#mean * PACE_OVER_MEAN)
  }
}
