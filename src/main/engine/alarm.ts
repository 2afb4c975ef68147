// The one timer of the engine: armed for the earliest thing to happen, and never for more than a minute.
import type { Duration } from './model.ts'
import { LONGEST_WAIT } from './policy.ts'
import type { Clock } from './ports.ts'

export class Alarm {
  readonly #clock: Clock
  readonly #ring: () => void
  #armed: { readonly at: Duration; readonly cancel: () => void } | null = null
  #stopped = false

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock
    this.#ring = ring
  }

  /** Rings after `delay` ms at the latest; an earlier ring that is already set stays. Never 0, which would be a loop. */
  within(delay: Duration): void {
    if (this.#stopped) return
    const wait = Math.min(LONGEST_WAIT, Math.max(1, Math.ceil(delay)))
    const at = this.#clock.monotonic() + wait
    if (this.#armed !== null) {
      if (this.#armed.at <= at) return
      this.#armed.cancel()
    }
    const cancel = this.#clock.after(wait, () => {
      this.#armed = null
      this.#ring()
    })
    this.#armed = { at, cancel }
  }

  /** After a stop: it may be set again. */
  start(): void {
    this.#stopped = false
  }

  stop(): void {
    this.#stopped = true
    this.#armed?.cancel()
    this.#armed = null
  }
}
