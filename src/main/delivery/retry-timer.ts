// When each target that waits is looked at again. One timer for all of them.

import { Heap } from '#base/common/priority-queue.ts'
import { Alarm } from '#base/common/wake-timer.ts'
import type { Instant } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'
import type { Track } from './target-state.ts'

export interface WakesParts {
  readonly clock: Clock
  readonly now: () => Instant
  readonly all: () => Iterable<Track>
  /** Its time has come, or may have. */
  readonly due: (track: Track) => void
}

export class Wakes {
  readonly #parts: WakesParts
  readonly #waiting = new Heap<{ readonly at: Instant; readonly track: Track }>((a, b) => a.at < b.at)
  readonly #alarm: Alarm
  /** When it was last seen what is due. */
  #lookedAt: Instant = Number.NEGATIVE_INFINITY

  constructor(parts: WakesParts) {
    this.#parts = parts
    this.#alarm = new Alarm(parts.clock, () => this.#wake())
  }

  wait(track: Track, at: Instant): void {
    this.#lookedAt = Math.max(this.#lookedAt, this.#parts.now())
    if (track.wakeAt !== at) {
      track.wakeAt = at
      this.#waiting.push({ at, track })
    }
    this.#arm()
  }

  stop(): void {
    this.#alarm.stop()
  }

  #wake(): void {
    const now = this.#parts.now()
    // A clock that was set back would keep all of them waiting for as long again.
    const everything = now < this.#lookedAt ? this.#parts.all() : []
    this.#lookedAt = now
    for (const track of everything) this.#parts.due(track)
    for (;;) {
      const first = this.#waiting.peek()
      if (first === undefined || first.at > now) break
      this.#waiting.pop()
      if (first.track.wakeAt === first.at) first.track.wakeAt = null
      this.#parts.due(first.track)
    }
    this.#arm()
  }

  #arm(): void {
    const first = this.#waiting.peek()
    if (first !== undefined) this.#alarm.within(first.at - this.#parts.now())
  }
}
