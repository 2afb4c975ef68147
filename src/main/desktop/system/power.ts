// What outside can change for the schedule: the machine woke, the screen was unlocked, the network came back.
import { net, powerMonitor } from 'electron'
import type { Clock } from '#engine/domain/ports.ts'
import { watchNetwork } from './network-watch.ts'

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
