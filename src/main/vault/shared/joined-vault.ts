// Joined vault: the vault of a computer that takes part in a shared one. Service apps, token managers, history, consumers and the
// webhook are the shared vault's; the deliveries, and how it is protected, are this computer's own. Its own database keeps a copy
// of the fleet, which is shown, delivered and given out while the shared vault cannot be reached, and never renewed.
import type { ChangesBetween } from '#engine/domain/engine-api.ts'
import { StoreFailure } from '#engine/domain/ports.ts'
import { writeBackup } from '../backup/backup.ts'
import type { ScryptCost } from '../crypto/passphrase.ts'
import type { OpenVault } from '../open-vault.ts'
import type { RenewalHold } from '../repositories/renewal-hold.ts'
import { copiedConsumers, copiedNotes, copiedRow, FleetCopy } from './local-copy.ts'
import { sharedSource } from './moving.ts'
import { Sharing, type SharingParts } from './sharing.ts'

export interface JoinParts extends Omit<SharingParts, 'keep'> {
  readonly scryptCost: ScryptCost
  /** The engine's. */
  readonly changesBetween: ChangesBetween
}

/** It connects when it is used. */
export function joinedVault(local: OpenVault, parts: JoinParts): OpenVault {
  const copy = new FleetCopy(local, parts.changesBetween)
  // What keeps this computer from storing its copy is seen where it stores anything else.
  const sharing = new Sharing({ ...parts, keep: (loaded) => copy.keep(loaded) })
  const history = async () => sharing.vault()

  return {
    ...local,
    sharing,
    prove: () => sharing.prove(),
    begin: (use) => sharing.begin(use),
    async commit(changes, attempts) {
      await sharing.commit(changes, attempts)
      await copy.commit(changes)
    },
    history: async (query) => (await history()).history(query),
    historyDays: async (filter, timeZone) => (await history()).historyDays(filter, timeZone),
    // By the setting of the one that renews.
    pruneHistory: async (before) => (sharing.status.leadsHere ? (await history()).pruneHistory(before) : 0),
    consumers: copiedConsumers(async () => (await sharing.vault()).consumers, local.consumers),
    webhook: copiedRow(async () => (await sharing.vault()).webhook, local.webhook),
    problemNotes: copiedNotes(async () => (await sharing.vault()).problemNotes, local.problemNotes),
    // What holds the renewals of the copy does not hold those of the shared vault.
    renewalHold: {
      load: async () => null,
      save: (hold) => (isLeft(hold) ? local.renewalHold.save(hold) : refused()),
    },
    unreadable: { remove: refused, copies: async () => [], take: refused },
    backup: async (path, passphrase, prove) =>
      (await sharing.vault()).read(async (tx, key) => {
        const source = sharedSource(tx, key)
        const delivery = async () => ({
          ...(await source.delivery()),
          targets: await targetsOf(local),
          fleetDeliveries: await local.fleetDeliveries.load(),
        })
        const options = {
          passphrase,
          cost: parts.scryptCost,
          now: parts.clock.now(),
          ...(prove && { prove }),
        }
        return writeBackup({ ...source, delivery }, path, options)
      }),
    actingHere: refused,
    restore: refused,
    async close() {
      await sharing.close()
      await local.close()
    },
  }
}

/** It holds the renewals of the copy for when this computer has left. */
function isLeft(hold: RenewalHold | null): boolean {
  return hold?.why === 'moved' && hold.to === 'shared-vault'
}

const NOT_HERE =
  'The data of this computer is a shared vault. Leave it under Settings → Shared vault first, or use satm vault move-out.'

function refused(): Promise<never> {
  return Promise.reject(new StoreFailure('shared', NOT_HERE))
}

async function targetsOf(local: OpenVault) {
  return (await local.deliveries.load()).targets.map(({ target }) => target)
}
