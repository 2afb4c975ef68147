// When a consumer last asked: kept and shown, without a write or a redrawn window for every request.
import type { Duration } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'

export interface LastUse {
  /** Somebody was answered. */
  happened(): void
  /** Keeps what was not kept yet, now. */
  flush(): void
  /** Nothing comes later by itself. */
  stop(): void
}

const SHOWN_AFTER: Duration = 2_000
const KEPT_AFTER: Duration = 60_000

export function createLastUse(parts: {
  readonly clock: Pick<Clock, 'after'>
  readonly show: () => void
  readonly keep: () => void
}): LastUse {
  const soon = (delay: Duration, work: () => void) => {
    let cancel: (() => void) | null = null
    return {
      plan() {
        cancel ??= parts.clock.after(delay, () => {
          cancel = null
          work()
        })
      },
      now() {
        this.stop()
        work()
      },
      stop() {
        cancel?.()
        cancel = null
      },
    }
  }
  const showing = soon(SHOWN_AFTER, parts.show)
  const keeping = soon(KEPT_AFTER, parts.keep)
  return {
    happened() {
      showing.plan()
      keeping.plan()
    },
    flush: () => keeping.now(),
    stop() {
      showing.stop()
      keeping.stop()
    },
  }
}
