// Flattens chance crowds of routine renewals: starts come no faster than a little over their average. Monotonic ms.
import type { Duration } from './model.ts'
import { PACE_BURST, PACE_LEAST, PACE_OVER_MEAN } from './policy.ts'

export class Pace {
  readonly #monotonic: () => Duration
  /** Renewals a ms that come due on average. */
  #mean = 0
  #tokens = PACE_BURST
  #filledAt: Duration

  constructor(monotonic: () => Duration) {
    this.#monotonic = monotonic
    this.#filledAt = monotonic()
  }

  /** The fleet gained (or lost, negative) something that comes due every `interval` ms. */
  expect(interval: Duration, sign: 1 | -1): void {
    this.#fill()
    this.#mean = Math.max(0, this.#mean + sign / Math.max(1, interval))
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
    if (this.#tokens >= 1) return now
    return now + Math.max(1, (1 - this.#tokens) / this.#rate())
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
