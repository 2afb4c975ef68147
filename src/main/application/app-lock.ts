// Locks the window after a while without the person. Tokens go on renewing; only what shows and copies them is shut.
import type { Clock } from '#engine/domain/ports.ts'
import type { Secret } from '#engine/domain/secret.ts'
import { UserFacingError } from './errors.ts'

export interface Lock {
  now(): void
  open(passphrase: Secret): Promise<void>
}

/** ms between two looks at how long nobody touched anything. */
const LOOK = 5_000

export interface AppLock extends Lock {
  isLocked(): boolean
  /** The vault has just opened; whoever typed the passphrase for it needs not type it twice. */
  vaultOpened(by: 'keychain' | 'passphrase'): void
  /** The system locked its screen or went to sleep. */
  systemLocked(): void
  stop(): void
}

export function createAppLock(parts: {
  readonly clock: Clock
  /** Seconds since the person last touched the computer. */
  readonly idleSeconds: () => number
  /** Minutes; 0: never by itself. */
  readonly after: () => number
  /** Only a passphrase unlocks, so without one nothing is locked. */
  readonly hasPassphrase: () => boolean
  readonly isPassphrase: (passphrase: Secret) => Promise<boolean>
  readonly changed: () => void
}): AppLock {
  let locked = false
  let stopped = false

  const lock = () => {
    if (locked || !parts.hasPassphrase()) return
    locked = true
    parts.changed()
  }
  const look = () => {
    if (stopped) return
    const minutes = parts.after()
    if (minutes > 0 && parts.idleSeconds() >= minutes * 60) lock()
    cancel = parts.clock.after(LOOK, look)
  }
  let cancel = parts.clock.after(LOOK, look)

  return {
    isLocked: () => locked,
    vaultOpened(by) {
      if (by === 'keychain' && parts.after() > 0) lock()
    },
    systemLocked() {
      if (parts.after() > 0) lock()
    },
    now() {
      if (!parts.hasPassphrase()) {
        throw new UserFacingError('refused', 'Set a passphrase first: it is what opens the lock.')
      }
      lock()
    },
    async open(passphrase) {
      if (!(await parts.isPassphrase(passphrase))) {
        throw new UserFacingError('refused', 'That is not the passphrase.', { field: 'passphrase' })
      }
      locked = false
      parts.changed()
    },
    stop() {
      stopped = true
      cancel()
    },
  }
}
