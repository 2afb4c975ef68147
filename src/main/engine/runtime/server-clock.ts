// Server clock: the wall clock corrected by the server's `Date`, and whether the local clock jumped.
import type { Duration, Instant } from '../domain/model.ts'
import { CLOCK_JUMP, CLOCK_SKEW } from '../domain/policy.ts'
import type { Clock } from '../domain/ports.ts'

export class ServerClock {
  readonly #clock: Clock
  /** Server minus local, 0 while it is too small to matter. */
  #skew: Duration = 0
  #seen: { readonly serverClock: Instant; readonly monotonic: Duration }

  constructor(clock: Clock) {
    this.#clock = clock
    this.#seen = { serverClock: clock.now(), monotonic: clock.monotonic() }
  }

  /** Corrected by the server's `Date` where the local clock is wrong. */
  now(): Instant {
    return this.#clock.now() + this.#skew
  }

  get skew(): Duration {
    return this.#skew
  }

  /** A `Date` header just came. Returns whether the correction changed. */
  noteServerDate(date: Instant): boolean {
    // The header has whole seconds: half of one is the fairest guess.
    const measured = date + 500 - this.#clock.now()
    const skew = Math.abs(measured) < CLOCK_SKEW ? 0 : measured
    if (Math.abs(skew - this.#skew) <= 1000) return false
    this.#skew = skew
    return true
  }

  /**
   * Whether wall clock and monotonic clock drifted apart since the last call: the machine slept, or somebody set
   * the clock. The correction is then forgotten, since it was measured against another clock.
   */
  jumped(): boolean {
    const serverClock = this.#clock.now()
    const monotonic = this.#clock.monotonic()
    const gap = serverClock - this.#seen.serverClock - (monotonic - this.#seen.monotonic)
    this.#seen = { serverClock, monotonic }
    if (Math.abs(gap) <= CLOCK_JUMP) return false
    this.#skew = 0
    return true
  }
}
