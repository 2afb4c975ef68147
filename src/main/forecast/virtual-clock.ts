// Virtual clock: no time passes but by `advance`; timers ring in the order of their times, each when everything before it
// has settled.
import { PriorityQueue } from '#base/common/priority-queue.ts'
import type { Duration, Instant } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'

interface Timer {
  readonly at: Duration
  /** Of two at the same time the one that was set first rings first. */
  readonly sequence: number
  readonly wake: () => void
  isCancelled: boolean
}

export class VirtualClock implements Clock {
  #now: Instant
  #monotonic: Duration = 0
  #sequence = 0
  readonly #timers = new PriorityQueue<Timer>(
    (a, b) => a.at < b.at || (a.at === b.at && a.sequence < b.sequence),
  )

  constructor(now: Instant) {
    this.#now = now
  }

  now(): Instant {
    return this.#now
  }

  monotonic(): Duration {
    return this.#monotonic
  }

  after(delay: Duration, wake: () => void): () => void {
    this.#sequence += 1
    const at = this.#monotonic + Math.max(0, delay)
    const timer = { at, sequence: this.#sequence, wake, isCancelled: false }
    this.#timers.push(timer)
    return () => {
      timer.isCancelled = true
    }
  }

  async advance(duration: Duration): Promise<void> {
    const end = this.#monotonic + duration
    await settled()
    for (let next = this.#timers.peek(); next !== undefined && next.at <= end; next = this.#timers.peek()) {
      this.#timers.pop()
      if (next.isCancelled) continue
      this.#moveTo(Math.max(next.at, this.#monotonic))
      next.wake()
      await settled()
    }
    this.#moveTo(end)
  }

  /** The computer is off: the wall clock goes on; timers and the monotonic clock do not. */
  sleep(duration: Duration): void {
    this.#now += duration
  }

  #moveTo(monotonic: Duration): void {
    this.#now += monotonic - this.#monotonic
    this.#monotonic = monotonic
  }
}

/** Every promise that can settle without time passing has settled. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
