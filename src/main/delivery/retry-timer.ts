// Retry timer: wakes each waiting target at its time, with one timer for all of them.

import { PriorityQueue } from '#base/common/priority-queue.ts'
import { WakeTimer } from '#base/common/timer.ts'
import type { Instant } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'
import type { TargetState } from './target-state.ts'

export interface RetryTimerDependencies {
  readonly clock: Clock
  readonly now: () => Instant
  readonly all: () => Iterable<TargetState>
  /** Called at its time, or when that may have come. */
  readonly due: (state: TargetState) => void
}

export class RetryTimer {
  readonly #parts: RetryTimerDependencies
  readonly #waiting = new PriorityQueue<{ readonly at: Instant; readonly state: TargetState }>(
    (a, b) => a.at < b.at,
  )
  readonly #wakeTimer: WakeTimer
  /** When the due targets were last looked for. */
  #lookedAt: Instant = Number.NEGATIVE_INFINITY

  constructor(parts: RetryTimerDependencies) {
    this.#parts = parts
    this.#wakeTimer = new WakeTimer(parts.clock, () => this.#wake())
  }

  wait(state: TargetState, at: Instant): void {
    this.#lookedAt = Math.max(this.#lookedAt, this.#parts.now())
    if (state.wakeAt !== at) {
      state.wakeAt = at
      this.#waiting.push({ at, state })
    }
    this.#arm()
  }

  stop(): void {
    this.#wakeTimer.stop()
  }

  #wake(): void {
    const now = this.#parts.now()
    // With a clock that was set back, all of them would wait for that long in addition.
    const everything = now < this.#lookedAt ? this.#parts.all() : []
    this.#lookedAt = now
    for (const state of everything) this.#parts.due(state)
    for (;;) {
      const first = this.#waiting.peek()
      if (first === undefined || first.at > now) break
      this.#waiting.pop()
      if (first.state.wakeAt === first.at) first.state.wakeAt = null
      this.#parts.due(first.state)
    }
    this.#arm()
  }

  #arm(): void {
    const first = this.#waiting.peek()
    if (first !== undefined) this.#wakeTimer.within(first.at - this.#parts.now())
  }
}
