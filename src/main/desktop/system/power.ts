// Events outside the app that change the schedule: the machine woke, the screen was unlocked, the network came back.
import { net, powerMonitor } from 'electron'
import type { Duration } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'

export type PowerReason = 'resume' | 'unlock' | 'network-back'

/** After `ready`. `onLock` is the moment for secrets to leave the clipboard. Returns what stops it. */
export function watchPower(parts: {
  readonly clock: Clock
  readonly onChange: (reason: PowerReason) => void
  readonly onLock: () => void
}): () => void {
  const resumed = () => parts.onChange('resume')
  const unlocked = () => parts.onChange('unlock')
  powerMonitor.on('resume', resumed)
  powerMonitor.on('unlock-screen', unlocked)
  powerMonitor.on('lock-screen', parts.onLock)
  powerMonitor.on('suspend', parts.onLock)
  const stopNetwork = watchNetwork(
    parts.clock,
    () => net.isOnline(),
    () => parts.onChange('network-back'),
  )
  return () => {
    powerMonitor.off('resume', resumed)
    powerMonitor.off('unlock-screen', unlocked)
    powerMonitor.off('lock-screen', parts.onLock)
    powerMonitor.off('suspend', parts.onLock)
    stopNetwork()
  }
}

/** Asking costs microseconds; a token that waited for the network gets it this much later at most. */
const LOOK_EVERY: Duration = 10_000

/** Calls `back` once for each change from offline to online. Polled: the main process gets no event for it. */
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
