// System clock: the only file of the main process that reads the clock or sets a timer; everything else is given one.
import type { Duration } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'

/** A longer `setTimeout` fires at once instead of late. */
const LONGEST_DELAY: Duration = 2 ** 31 - 1

export function systemClock(): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    after(delay, wake) {
      const timer = setTimeout(wake, Math.min(Math.max(0, delay), LONGEST_DELAY))
      return () => clearTimeout(timer)
    },
  }
}

/** Resolves after `ms` milliseconds (at most 2³¹−1); rejects with the signal's reason when it is aborted. */
export function systemDelay(ms: Duration, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason)
      return
    }
    const cancel = systemClock().after(ms, () => {
      signal?.removeEventListener('abort', abort)
      resolve()
    })
    const abort = () => {
      cancel()
      reject(signal?.reason)
    }
    signal?.addEventListener('abort', abort, { once: true })
  })
}
