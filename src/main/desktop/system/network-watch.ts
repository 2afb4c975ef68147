// Whether the network has come back, by asking now and then: the main process gets no event for it.
import type { Duration } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'

/** Asking costs microseconds; a token that waited for the network gets it this much later at most. */
const LOOK_EVERY: Duration = 10_000

/** Calls `back` once for each change from offline to online. */
export function watchNetwork(clock: Clock, isOnline: () => boolean, back: () => void): () => void {
  let online = isOnline()
  let cancel = () => {}
  const look = () => {
    const now = isOnline()
    if (now && !online) back()
    online = now
    cancel = clock.after(LOOK_EVERY, look)
  }
  cancel = clock.after(LOOK_EVERY, look)
  return () => cancel()
}
