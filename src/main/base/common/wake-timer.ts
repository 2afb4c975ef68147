// Wake timer: one timer that rings for the earliest of many things. All in ms.

/** A `setTimeout` over 2³¹−1 ms fires at once, and a sleep without a `resume` event must be noticed within a minute. */
export const LONGEST_WAIT = 60_000

interface TimerClock {
  monotonic(): number
  after(delay: number, wake: () => void): () => void
}

export class WakeTimer {
  readonly #clock: TimerClock
  readonly #ring: () => void
  #armed: { readonly at: number; readonly cancel: () => void } | null = null
  #stopped = false

  constructor(clock: TimerClock, ring: () => void) {
    this.#clock = clock
    this.#ring = ring
  }

  /** Rings after `delay` ms at the latest; an earlier ring that is already set stays. Never 0, which would be a loop. */
  within(delay: number): void {
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
