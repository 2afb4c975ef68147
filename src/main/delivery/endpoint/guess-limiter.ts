// Wrong secrets are answered one after another and not too many wait: guessing gets slower, good secrets never wait.
import type { Duration } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'

export interface Slowing {
  /** Resolves when a failed authentication may be answered; false at once when too many are waiting already. */
  turn(): Promise<boolean>
}

/** ms between two answers. */
const PACE: Duration = 100
/** Five seconds of them. */
const MOST_WAITING = 50

export function createSlowing(clock: Pick<Clock, 'monotonic' | 'after'>): Slowing {
  let nextAt = Number.NEGATIVE_INFINITY
  let waiting = 0

  return {
    async turn() {
      const now = clock.monotonic()
      if (now >= nextAt) {
        nextAt = now + PACE
        return true
      }
      if (waiting >= MOST_WAITING) return false
      const delay = nextAt - now
      nextAt += PACE
      waiting += 1
      await new Promise<void>((resolve) => clock.after(delay, resolve))
      waiting -= 1
      return true
    },
  }
}
