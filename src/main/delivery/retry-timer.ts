// When each target that waits is looked at again. One timer for all of them.

import { PriorityQueue } from '#base/common/priority-queue.ts'
import { WakeTimer } from '#base/common/timer.ts'
import type { Instant } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'
import type { Track } from './target-state.ts'

export interface WakesParts {
  readonly clock: Clock
  readonly now: () => Instant
  readonly all: () => Iterable<Track>
  /** Its time has come, or may have. */
  readonly due: (subjectState: Track) => void
}

export class Wakes {
  readonly #parts: WakesParts
  readonly #waiting = new PriorityQueue<{ readonly at: Instant; readonly subjectState: Track }>(
    (a, b) => a.at < b.at,
  )
  readonly #wakeTimer: WakeTimer
  /** When it was last seen what is due. */
  #lookedAt: Instant = Number.NEGATIVE_INFINITY

  constructor(parts: WakesParts) {
    this.#parts = parts
    this.#wakeTimer = new WakeTimer(parts.clock, () => this.#wake())
  }

  wait(subjectState: Track, at: Instant): void {
    this.#lookedAt = Math.max(this.#lookedAt, this.#parts.now())
    if (subjectState.wakeAt !== at) {
      subjectState.wakeAt = at
      this.#waiting.push({ at, subjectState })
    }
    this.#arm()
  }

  stop(): void {
    this.#wakeTimer.stop()
  }

  #wake(): void {
    const now = this.#parts.now()
    // A clock that was set back would keep all of them waiting for as long again.
    const everything = now < this.#lookedAt ? this.#parts.all() : []
    this.#lookedAt = now
    for (const subjectState of everything) this.#parts.due(subjectState)
    for (;;) {
      const first = this.#waiting.peek()
      if (first === undefined || first.at > now) break
      this.#waiting.pop()
      if (first.subjectState.wakeAt === first.at) first.subjectState.wakeAt = null
      this.#parts.due(first.subjectState)
    }
    this.#arm()
  }

  #arm(): void {
    const first = this.#waiting.peek()
    if (first !== undefined) this.#wakeTimer.within(first.at - this.#parts.now())
  }
}
