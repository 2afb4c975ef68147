// Timers over an injected clock: one that wakes for the earliest of many things, and the deadline of a call. All in ms.

/** A `setTimeout` over 2³¹−1 ms fires at once, and a sleep without a `resume` event must be noticed within a minute. */
export const LONGEST_WAIT = 60_000

interface TimerClock {
  monotonic(): number
  after(delay: number, wake: () => void): () => void
}

/** One timer that rings for the earliest of many things. */
export class WakeTimer {
  readonly #clock: TimerClock
  readonly #ring: () => void
  #armed: { readonly at: number; readonly cancel: () => void } | null = null
  #stopped = false

  constructor(clock: TimerClock, ring: () => void) {
    this.#clock = clock
    this.#ring = ring
  }

  /**
   * Rings after `delay` ms at the latest; an earlier ring that is already set stays. Never 0, which would be a loop.
   */
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

/**
 * Time to read an answer that has arrived. A process that was suspended runs its timers before it reads its sockets:
 * without this an answer that arrived meanwhile would be thrown away.
 */
export const READ_GRACE = 250

/** Runs `expire` `READ_GRACE` ms after the deadline has passed; the returned function cancels it. */
export function setDeadline(
  clock: { after(delay: number, wake: () => void): () => void },
  deadline: number,
  expire: () => void,
): () => void {
  // Two timers: one of their sum would be due as well when the process resumes.
  let cancel = clock.after(deadline, () => {
    cancel = clock.after(READ_GRACE, expire)
  })
  return () => cancel()
}
