// How programs come by tokens, put together: what is delivered to them, the local endpoint, and satm.

import { createEndpoint, type RunningEndpoint } from '#application/endpoint-consumers.ts'
import type { CoreHolder } from '#application/engine-supervisor.ts'
import type { IdClock } from '#application/id-clock.ts'
import { createSatm, type Satm } from '#application/satm-access.ts'
import type { Storage } from '#application/vault-access.ts'
import { findPortOwner } from '#connect/port-owner.ts'
import type { Preferences } from '#desktop/preferences/preferences.ts'
import { systemDelay } from '#desktop/system/system-clock.ts'
import type { Clock } from '#engine/domain/ports.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import { createDelivery, type Delivery, type DeliveryCompositionParts } from './delivery.ts'

export interface Programs {
  readonly delivery: Delivery
  readonly endpoint: RunningEndpoint
  readonly satm: Satm
  /**
   * Begins to answer programs, once. For the instance that has the data folder alone: the socket, its note and the port
   * are that one's.
   */
  serve(opening: Promise<void>): Promise<void>
}

export interface ProgramsParts
  extends Pick<DeliveryCompositionParts, 'fetch' | 'userAgent' | 'fileToChange' | 'copySecret' | 'changed'> {
  readonly clock: Clock
  readonly idClock: IdClock
  readonly log: DeliveryCompositionParts['log'] & { redacted(text: string): string }
  readonly preferences: Preferences
  readonly storage: () => Storage
  /** Throws a `UserFacingError` while the vault is closed. */
  readonly vault: () => OpenVault
  readonly cores: () => CoreHolder
  /** How this app is found and started again. */
  readonly app: {
    readonly dataFolder: string
    readonly version: string
    readonly appPath: string
    readonly packaged: boolean
    readonly demo: boolean
  }
}

export function createPrograms(parts: ProgramsParts): Programs {
  const { clock, idClock, log, storage, cores, changed } = parts
  const endpoint = createEndpoint({
    clock,
    preferences: parts.preferences,
    rows: () => storage().vault()?.consumers ?? null,
    engine: () => cores().current()?.engine ?? null,
    closedSentence: () => storage().view().sentence,
    copySecret: parts.copySecret,
    portOwner: (port) => findPortOwner(port, process.platform),
    newId: idClock.newId,
    changed,
    failed: (error) => log.warn('endpoint.failed', { error }),
  })
  const delivery = createDelivery({
    clock,
    now: idClock.now,
    newId: idClock.newId,
    vault: parts.vault,
    engine: () => cores().running().engine,
    endpoint,
    fetch: parts.fetch,
    userAgent: parts.userAgent,
    fileToChange: parts.fileToChange,
    copySecret: parts.copySecret,
    redact: log.redacted,
    log,
    changed,
  })
  const satm = createSatm({
    ...parts.app,
    cores,
    storage,
    clock,
    delay: systemDelay,
    failed: (error) => log.warn('satm.failed', { error }),
    changed,
  })
  let serving = false
  return {
    delivery,
    endpoint,
    satm,
    async serve(opening) {
      if (serving) return
      serving = true
      // While a keyring waits for a person, whoever asks is told so.
      await satm.start(opening)
      await opening
      await endpoint.start()
    },
  }
}
