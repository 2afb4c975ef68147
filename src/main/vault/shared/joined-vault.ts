// Joined vault: the vault of a computer that takes part in a shared one. Service apps, token managers, history, consumers and the
// webhook are the shared vault's; the deliveries, and how it is protected, are this computer's own. Its own database keeps a copy
// of the fleet, which is shown, delivered and given out while the shared vault cannot be reached, and never renewed.
import type { StoredState } from '#engine/domain/engine-api.ts'
import { StoreFailure } from '#engine/domain/ports.ts'
import { changesBetween } from '#engine/renewal/stored-changes.ts'
import { writeBackup } from '../backup/backup.ts'
import type { ScryptCost } from '../crypto/passphrase.ts'
import type { OpenVault } from '../open-vault.ts'
import type { ConsumerRows } from '../repositories/consumers.ts'
import type { LoadedFleet } from '../repositories/fleet.ts'
import { sharedSource } from './moving.ts'
import { Sharing, type SharingParts, storedStateOf } from './sharing.ts'

export interface JoinParts extends Omit<SharingParts, 'keep'> {
  readonly scryptCost: ScryptCost
}

/** It connects when it is used. */
export function joinedVault(local: OpenVault, parts: JoinParts): OpenVault {
  let copy: StoredState | null = null
  const keep = async (loaded: LoadedFleet) => {
    copy ??= storedStateOf(await local.load())
    const next = storedStateOf(loaded)
    await local.commit(changesBetween(copy, next), [])
    copy = next
  }
  // What keeps this computer from storing its copy is seen where it stores anything else.
  const sharing = new Sharing({ ...parts, keep: (loaded) => keep(loaded).catch(() => undefined) })
  const history = async () => sharing.vault()

  return {
    ...local,
    sharing,
    prove: () => sharing.prove(),
    begin: (use) => sharing.begin(use),
    async commit(changes, attempts) {
      await sharing.commit(changes, attempts)
      await local.commit(changes, []).catch(() => undefined)
    },
    history: async (query) => (await history()).history(query),
    historyDays: async (filter, timeZone) => (await history()).historyDays(filter, timeZone),
    // By the setting of the one that renews.
    pruneHistory: async (before) => (sharing.status.leadsHere ? (await history()).pruneHistory(before) : 0),
    consumers: copiedConsumers(sharing, local.consumers),
    webhook: copiedRow(async () => (await sharing.vault()).webhook, local.webhook),
    problemNotes: copiedRow(async () => (await sharing.vault()).problemNotes, local.problemNotes),
    // What holds the renewals of the copy does not hold those of the shared vault.
    renewalHold: { load: async () => null, save: (hold) => local.renewalHold.save(hold) },
    unreadable: { remove: refused, copies: async () => [], take: refused },
    backup: async (path, passphrase, prove) =>
      (await sharing.vault()).read(async (tx, key) => {
        const source = sharedSource(tx, key)
        const delivery = async () => ({ ...(await source.delivery()), targets: await targetsOf(local) })
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

const NOT_HERE =
  'The data of this computer is a shared vault. Leave it under Settings → Shared vault first, or use satm vault.'

function refused(): Promise<never> {
  return Promise.reject(new StoreFailure('shared', NOT_HERE))
}

async function targetsOf(local: OpenVault) {
  return (await local.deliveries.load()).targets.map(({ target }) => target)
}

/** Those that were known last may still ask for tokens while the shared vault cannot be reached. */
function copiedConsumers(sharing: Sharing, local: ConsumerRows): ConsumerRows {
  const shared = async () => (await sharing.vault()).consumers
  const copy = async (consumers: Awaited<ReturnType<ConsumerRows['load']>>) => {
    const [known, now] = [new Map((await local.load()).map((one) => [one.id, one])), new Set<string>()]
    for (const consumer of consumers) {
      now.add(consumer.id)
      const before = known.get(consumer.id)
      if (before === undefined) await local.add(consumer)
      else if (before.held && !consumer.held) await local.confirm(consumer.id)
    }
    for (const id of known.keys()) if (!now.has(id)) await local.remove(id)
  }
  return {
    async load() {
      const consumers = await shared()
        .then((rows) => rows.load())
        .catch(() => null)
      if (consumers === null) return local.load()
      await copy(consumers).catch(() => undefined)
      const used = new Map((await local.load()).map(({ id, lastUsedAt }) => [id, lastUsedAt]))
      return consumers.map((one) => ({ ...one, lastUsedAt: used.get(one.id) ?? one.lastUsedAt }))
    },
    async add(consumer) {
      await (await shared()).add(consumer)
      await local.add(consumer).catch(() => undefined)
    },
    async confirm(id) {
      await (await shared()).confirm(id)
      await local.confirm(id).catch(() => undefined)
    },
    // Of this computer: everybody would read everything anew.
    markUsed: (uses) => local.markUsed(uses),
    async remove(id) {
      await (await shared()).remove(id)
      await local.remove(id).catch(() => undefined)
    },
  }
}

interface StoredRow<T> {
  load(): Promise<T>
  save(value: NonNullable<T>): Promise<void>
}

/** What was known last is used while the shared vault cannot be reached. */
function copiedRow<T>(sharedRow: () => Promise<StoredRow<T>>, local: StoredRow<T>): StoredRow<T> {
  return {
    async load() {
      const found = await sharedRow()
        .then(async (row) => ({ value: await row.load() }))
        .catch(() => null)
      if (found === null) return local.load()
      const { value } = found
      if (value !== null && value !== undefined) await local.save(value).catch(() => undefined)
      return value
    },
    async save(value) {
      await (await sharedRow()).save(value)
      await local.save(value).catch(() => undefined)
    },
  }
}
