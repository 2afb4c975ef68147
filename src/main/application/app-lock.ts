// App lock: locks the window when nobody has touched the computer for a while, and keeps it locked across a restart. Tokens
// are renewed all the same.
import { createSignal } from '#base/common/signal.ts'
import type { Clock } from '#engine/domain/ports.ts'
import type { Secret } from '#engine/domain/secret.ts'
import { UserFacingError } from './errors.ts'
import type { VaultAccess } from './vault-access.ts'

/** ms between two looks at how long nobody touched anything. */
const LOOK = 5_000

export interface AppLock {
  isLocked(): boolean
  /** Throws a `UserFacingError` while there is no passphrase. */
  lockNow(): void
  /** Rejects with a `UserFacingError` when the passphrase is wrong. */
  unlock(passphrase: Secret): Promise<void>
  /** The vault has just opened. Whoever typed the passphrase for it need not type it twice. */
  vaultOpened(by: 'keychain' | 'passphrase'): void
  /** The system locked its screen or went to sleep. */
  systemLocked(): void
  /** What was chosen in a dialog of the system; null when the window was locked meanwhile: another may have answered. */
  chosenUnlocked<T>(choice: Promise<T | null>): Promise<T | null>
  /** Called after each change. */
  onChange(listener: () => void): void
  stop(): void
}

export function createAppLock(dependencies: {
  readonly clock: Clock
  /** Only a passphrase unlocks, so without one nothing is locked. */
  readonly vaultAccess: Pick<VaultAccess, 'vault' | 'opened'>
  /** Minutes; 0: never for idleness, and not at the start. */
  readonly lockAfter: () => number
  readonly lockWithScreen: () => boolean
  /** Seconds since the person last touched the computer; never rejects. */
  readonly idleSeconds: () => Promise<number>
  /** The vault could not record it, so the next start does not know. */
  readonly failed: (error: unknown) => void
}): AppLock {
  const { clock, vaultAccess, lockAfter, lockWithScreen, idleSeconds, failed } = dependencies
  let locked = false
  /** By the monotonic clock: whoever opened it is there, whatever the system has counted until then. */
  let openedAt = clock.monotonic()
  let stopped = false
  /** The system locked its screen before it was known whether there is a passphrase. */
  let locksAtOpening = false
  const changed = createSignal()
  const hasPassphrase = () => vaultAccess.vault()?.hasPassphrase() ?? false
  const set = (next: boolean) => {
    locked = next
    if (!next) openedAt = clock.monotonic()
    vaultAccess.vault()?.recordLock(next).catch(failed)
    changed.emit()
  }
  const lock = () => {
    if (!locked && hasPassphrase()) set(true)
  }
  const look = async () => {
    const minutes = lockAfter()
    // Asking wakes other programs up.
    const canLock = minutes > 0 && !locked && hasPassphrase()
    if (canLock) {
      const idle = await idleSeconds()
      if (Math.min(idle, (clock.monotonic() - openedAt) / 1000) >= minutes * 60) lock()
    }
    lookLater()
  }
  let cancel = () => {}
  const lookLater = () => {
    if (!stopped) cancel = clock.after(LOOK, () => void look())
  }
  lookLater()

  return {
    isLocked: () => locked,
    vaultOpened(by) {
      if (by === 'passphrase') return set(false)
      if (locksAtOpening || lockAfter() > 0 || vaultAccess.opened().wasLocked()) lock()
    },
    systemLocked() {
      if (!lockWithScreen()) return
      if (vaultAccess.vault() === null) locksAtOpening = true
      lock()
    },
    lockNow() {
      if (!hasPassphrase()) {
        throw new UserFacingError('refused', 'Set a passphrase first. It unlocks the window.')
      }
      lock()
    },
    async unlock(passphrase) {
      if (!(await vaultAccess.opened().isPassphrase(passphrase))) {
        throw new UserFacingError('refused', 'That is not the passphrase.', { field: 'passphrase' })
      }
      set(false)
    },
    async chosenUnlocked(choice) {
      const chosen = await choice
      return locked ? null : chosen
    },
    onChange: changed.subscribe,
    stop() {
      stopped = true
      cancel()
    },
  }
}
