// Vault and lock: constructs what opens the data and what locks its window, with the keyring and the idle time behind them.

import { app, powerMonitor } from 'electron'
import { type AppLock, createAppLock } from '#application/app-lock.ts'
import { takePart } from '#application/joining.ts'
import { createKeyringWait, type KeyringWait } from '#application/keyring-wait.ts'
import type { Settings } from '#application/settings.ts'
import { createVaultAccess, type VaultAccess } from '#application/vault-access.ts'
import type { Toast } from '#contract/contract.ts'
import { createIdleTime, type IdleTime, watchWindowUse } from '#desktop/system/idle-time.ts'
import { createKeyring } from '#desktop/system/keyring.ts'
import type { MessageBus } from '#desktop/system/message-bus.ts'
import { relaunch } from '#desktop/system/quit.ts'
import { systemDelay } from '#desktop/system/system-clock.ts'
import { electronKeychain } from '#vault/crypto/electron-keychain.ts'
import { joinedOver } from './joined-over.ts'
import type { Begun } from './launch-options.ts'

interface VaultAndLock {
  readonly vaultAccess: VaultAccess
  readonly keyringWait: KeyringWait
  readonly idleTime: IdleTime
  readonly lock: AppLock
}

export function createVaultAndLock(dependencies: {
  readonly begun: Begun
  readonly sessionBus: MessageBus
  readonly settings: Settings
  readonly isDemo: boolean
  /** A new start for the keyring is hidden without one. */
  readonly hasWindow: () => boolean
  readonly toast: (toast: Toast) => void
  readonly changed: () => void
}): VaultAndLock {
  const { begun, sessionBus: bus, settings, isDemo, hasWindow, toast, changed } = dependencies
  const { launch, clock, log } = begun
  const keyring = createKeyring({
    bus,
    clock,
    backend: () => keychain.backend(),
    isChosen: app.commandLine.hasSwitch('password-store'),
  })
  const keychain = electronKeychain({ keyring })
  const over = joinedOver({
    clock,
    dataFolder: launch.dataFolder,
    kind: 'desktop',
    baseUrl: settings.baseUrl,
    log,
    changed,
  })
  const vaultAccess = createVaultAccess({
    folder: launch.vaultFolder,
    lock: begun.lock,
    keychain,
    clock,
    async joined(local) {
      const shared = launch.demo?.shared ?? null
      if (shared !== null) {
        const { givenMembership } = await import('./given-membership.ts')
        await takePart(local, await givenMembership(shared, clock.now()))
      }
      return over(local)
    },
    weakIsFine: isDemo,
    toast,
    changed,
  })
  const keyringWait = createKeyringWait({
    keyring,
    keychain,
    vaultAccess,
    delay: systemDelay,
    restarts: launch.keyringRestarts,
    restart(restarts) {
      log.info('app.restart-for-keyring', { restarts })
      relaunch(!hasWindow(), restarts)
      app.quit()
    },
  })
  const idleTime = createIdleTime({
    clock,
    delay: systemDelay,
    system: () => powerMonitor.getSystemIdleTime(),
    bus,
    lastUse: watchWindowUse(clock),
    changed,
  })
  const lock = createAppLock({
    clock,
    vaultAccess,
    lockAfter: () => settings.values().lockAfterMinutes,
    lockWithScreen: () => settings.values().lockWithScreen,
    idleSeconds: idleTime.seconds,
    failed: (error) => log.warn('lock.not-recorded', { error }),
  })
  return { vaultAccess, keyringWait, idleTime, lock }
}
