// Virtual time: nothing waits, wakes run in the order of their times, and after each one every promise that can settle has.
import type { Clock } from '#engine/domain/ports.ts'

interface Timer {
  readonly at: number
  readonly sequence: number
  readonly wake: () => void
  readonly delay: number
}

export const START = Date.UTC(2026, 0, 1)

export class FakeClock implements Clock {
  #serverClock = START
  #monotonic = 0
  #sequence = 0
  #timers: Timer[] = []
  /** Every delay that was ever asked for. */
  readonly delays: number[] = []
  /** Keeping them costs memory in very long runs. */
  keepsDelays = true
  /** Wakes that ran. */
  wakes = 0

  now(): number {
    return this.#serverClock
  }

  monotonic(): number {
    return this.#monotonic
  }

  after(delay: number, wake: () => void): () => void {
    if (this.keepsDelays) this.delays.push(delay)
    this.#sequence += 1
    const timer = { at: this.#monotonic + Math.max(0, delay), sequence: this.#sequence, wake, delay }
    this.#insert(timer)
    return () => {
      const at = this.#timers.indexOf(timer)
      if (at !== -1) this.#timers.splice(at, 1)
    }
  }

  /** Timers that are set now. */
  get armed(): readonly { readonly at: number }[] {
    return this.#timers
  }

  async advance(duration: number): Promise<void> {
    const end = this.#monotonic + duration
    await settle()
    for (let next = this.#timers[0]; next !== undefined && next.at <= end; next = this.#timers[0]) {
      this.#timers.shift()
      this.#moveTo(Math.max(next.at, this.#monotonic))
      this.wakes += 1
      next.wake()
      await settle()
    }
    this.#moveTo(end)
    await settle()
  }

  /** Advances in steps until `done`; fails loudly when it does not come true within `limit` ms. */
  async until(done: () => boolean, limit: number, step = 250): Promise<void> {
    const end = this.#monotonic + limit
    await settle()
    while (!done()) {
      if (this.#monotonic >= end) throw new Error(`did not happen within ${limit} ms of virtual time`)
      await this.advance(step)
    }
  }

  /** The machine sleeps: the wall clock goes on, timers and the monotonic clock do not. */
  sleep(duration: number): void {
    this.#serverClock += duration
  }

  /** Somebody sets the wall clock. */
  setWall(to: number): void {
    this.#serverClock = to
  }

  #moveTo(monotonic: number): void {
    this.#serverClock += monotonic - this.#monotonic
    this.#monotonic = monotonic
  }

  #insert(timer: Timer): void {
    let at = this.#timers.length
    while (at > 0) {
      const before = this.#timers[at - 1]
      if (before === undefined || before.at <= timer.at) break
      at -= 1
    }
    this.#timers.splice(at, 0, timer)
  }
}

/** Every promise that can settle without time passing has settled. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Random numbers that are the same in every run (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
