// Keyring wait: while the vault is closed because of the keyring, the desktop asks for its password once, and whatever unlocks
// the keyring opens the vault; in a new process where this one does not see it any more.
import { SerialQueue } from '#base/common/serial-queue.ts'
import type { Keyring } from '#desktop/system/keyring.ts'
import type { Duration } from '#engine/domain/model.ts'
import type { Keychain } from '#vault/crypto/keychain.ts'
import { UserFacingError } from './errors.ts'
import type { VaultAccess } from './vault-access.ts'

export interface KeyringWait {
  /** To be called after each try to open the vault. */
  update(): void
  /** Resolves when the person has to be told that the app waits; at once where it does not. */
  wantsPerson(): Promise<void>
  /** Has the desktop ask for the keyring's password. Rejects with a `UserFacingError` when the vault stays closed. */
  unlock(): Promise<void>
}

/** A session that has just begun may still be starting its keyring. */
const SESSION_STARTS: Duration = 10_000
/** New starts in a row, each of which found the keyring unlocked and the vault closed. */
const MOST_RESTARTS = 3

interface KeyringWaitDependencies {
  readonly keyring: Keyring
  readonly keychain: Pick<Keychain, 'isSettled' | 'backend'>
  readonly vaultAccess: Pick<VaultAccess, 'view' | 'retryUnasked'>
  readonly delay: (ms: Duration) => Promise<void>
  /** How many of the starts before this one were such a restart. */
  readonly restarts: number
  readonly restart: (restarts: number) => void
}

export function createKeyringWait(dependencies: KeyringWaitDependencies): KeyringWait {
  const { keyring, keychain, vaultAccess, delay, restarts, restart } = dependencies
  const looks = new SerialQueue()
  let stopWatching: (() => void) | null = null
  let seen: Awaited<ReturnType<Keyring['state']>> | null = null
  /** Of two starts in a row the second waits for a change: what it found did not help the first. */
  let mayRestart = restarts === 0
  let firstLook: Promise<void> = Promise.resolve()
  let asking: Promise<void> | null = null
  let hasAsked = false
  let isLookDue = false
  let isRestarting = false

  const closedBy = () => {
    const { kind } = vaultAccess.view()
    return kind === 'locked' || kind === 'absent' ? kind : null
  }
  const ask = () => {
    hasAsked = true
    asking ??= keyring
      .unlock()
      .then(look)
      .finally(() => {
        asking = null
      })
    return asking
  }
  const look = () =>
    looks.run(async () => {
      isLookDue = false
      if (closedBy() === null || isRestarting) return
      const state = await keyring.state(false)
      if (state === seen) return
      seen = state
      if (state !== closedBy()) await vaultAccess.retryUnasked()
      if (closedBy() === null) return
      if (!keychain.isSettled()) {
        if (closedBy() === 'locked' && !hasAsked) void ask().catch(() => undefined)
        return
      }
      // Where there was no keyring at the start, a locked one is reason enough: this process does not see it at all.
      const helps = state === 'unlocked' || (state === 'locked' && keychain.backend() === 'basic_text')
      if (!helps) mayRestart = true
      else if (mayRestart && restarts < MOST_RESTARTS) {
        isRestarting = true
        stopWatching?.()
        restart(restarts + 1)
      }
    })

  return {
    update() {
      const isWaiting = closedBy() !== null
      if (isWaiting === (stopWatching !== null)) return
      if (!isWaiting) {
        stopWatching?.()
        stopWatching = null
        return
      }
      seen = null
      stopWatching = keyring.watch(() => {
        // A keyring that hangs answers more slowly than it is looked at.
        if (isLookDue) return
        isLookDue = true
        look().catch(() => undefined)
      })
      firstLook = look().catch(() => undefined)
    },
    async wantsPerson() {
      await firstLook
      if (stopWatching !== null && !hasAsked) await delay(SESSION_STARTS)
      await asking?.catch(() => undefined)
    },
    async unlock() {
      await ask().catch(() => undefined)
      if (closedBy() !== null) throw new UserFacingError('refused', STILL_LOCKED)
    },
  }
}

const STILL_LOCKED =
  'The keyring is still locked. Unlock it here or with the password manager of your desktop.'
