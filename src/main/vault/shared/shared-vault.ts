// The shared vault: what the app reads and stores in PostgreSQL, under the data key of its members.
import type { KeyObject } from 'node:crypto'
import { SerialQueue } from '#base/common/serial-queue.ts'
import type { FleetChange, Instant } from '#engine/domain/model.ts'
import { StoreFailure } from '#engine/domain/ports.ts'
import type { Secret } from '#engine/domain/secret.ts'
import { oneOf } from '../db/row.ts'
import type { StoredRecords } from '../stored-records.ts'
import { TELL_ALL } from './leadership.ts'
import {
  type HeldKey,
  insertMember,
  type KnownKey,
  keyProof,
  listMembers,
  type Member,
  type NewMember,
  openDataKey,
} from './members.ts'
import type { PostgresConnection, Statements } from './postgres-connection.ts'
import { migrateShared } from './postgres-schema.ts'
import { type EditConflict, SeenRecords } from './seen-records.ts'
import { pruneAnswers } from './settlement.ts'
import { appendSharedAttempt, SharedChanges } from './shared-changes.ts'
import { loadSharedFleet } from './shared-fleet.ts'
import { pruneSharedHistory, sharedHistoryDays, sharedHistoryPage } from './shared-history.ts'
import {
  sharedCloud,
  sharedConsumers,
  sharedDeliveries,
  sharedFleetDeliveries,
  sharedNotes,
  sharedRuns,
  sharedWebhook,
} from './shared-records.ts'
import { rekeyShared } from './shared-rekey.ts'

/** Of this computer: its member's secret half, and what it remembers of the data key. */
export interface MemberIdentity {
  /** "AGE-SECRET-KEY-1…"; null: there is none. */
  load(): Promise<Secret | null>
  /** null: it has never had a data key. */
  known(): Promise<KnownKey | null>
  remember(known: KnownKey): Promise<void>
}

export interface SharedVault extends StoredRecords {
  /** Stays the same; another shared vault has another one. */
  readonly id: string
  /** Whose identity this computer has. */
  readonly memberId: Member['id']
  /**
   * One transaction of the caller's own, under the data key of that moment: it may run twice where that was exchanged.
   * `seq`: of this change among all changes of the vault.
   */
  write<T>(work: (tx: Statements, key: KeyObject, seq: number) => Promise<T>): Promise<T>
  /** Within `write`. Rejects with an `EditConflict` where somebody else's change of the same record came before. */
  storeChange(tx: Statements, key: KeyObject, change: FleetChange): Promise<void>
  /** Its author looks at the record as it is now: the next edit is over that. Every other record is as it was seen. */
  saw(conflict: EditConflict): void
  /** The data key of an epoch, or the newest one; null: it is not known. */
  key(epoch?: number): Pick<HeldKey, 'epoch' | 'key'> | null
  members(): Promise<readonly Member[]>
  addMember(member: NewMember, now: Instant): Promise<void>
  /** As `write`, as of one moment and without changing anything. */
  read<T>(work: (tx: Statements, key: KeyObject) => Promise<T>): Promise<T>
  /** Exchanges the data key: what the member has seen it knows, and it reads nothing that is stored from now on. */
  removeMember(id: Member['id']): Promise<void>
  close(): Promise<void>
}

/** `staged`: filled, and not in use yet. `moved`: its service apps are renewed elsewhere. */
export type VaultState = 'staged' | 'active' | 'moved'

const STATES: Record<VaultState, string> = {
  active: 'The shared vault is in use.',
  staged: 'The shared vault is being filled and is not in use yet.',
  moved:
    'The service apps of this shared vault were moved to a computer of their own. Nothing is stored here any more.',
}

/** Rejects with a `StoreFailure` where this computer is no member, or the database cannot be used. */
export async function openSharedVault(
  db: PostgresConnection,
  identity: MemberIdentity,
  states: readonly VaultState[] = ['active'],
): Promise<SharedVault> {
  await migrateShared(db)
  let { held, earlier, memberId } = await heldKey(db, identity)
  let seen = new SeenRecords()
  const changesOf = new WeakMap<Statements, SharedChanges>()
  /** In the order in which they were asked for: an edit follows what this process stored before. */
  const writes = new SerialQueue()

  /** `begin`: null where the data key is another one by now. */
  const underKey = async <T>(
    transact: PostgresConnection['transaction'],
    begin: (tx: Statements, epoch: number) => Promise<number | null>,
    work: (tx: Statements, held: HeldKey, seq: number) => Promise<T>,
  ): Promise<T> => {
    for (;;) {
      // Another call may learn of a newer one meanwhile, and what this transaction sees is of its own moment.
      const current = held
      const done = await transact(async (tx) => {
        const seq = await begin(tx, current.epoch)
        return seq === null ? null : { value: await work(tx, current, seq) }
      })
      if (done !== null) return done.value
      if (held === current) ({ held, earlier, memberId } = await heldKey(db, identity))
    }
  }
  const write = <T>(work: (tx: Statements, held: HeldKey, seq: number) => Promise<T>) =>
    writes.run(async () => {
      let stored: SharedChanges['stored'] | undefined
      const result = await underKey(db.transaction, beginWriting(states), async (tx, current, seq) => {
        const done = await work(tx, current, seq)
        const changes = changesOf.get(tx)
        await changes?.settleReferences()
        stored = changes?.stored
        return done
      })
      if (stored !== undefined) seen.note(stored)
      return result
    })
  const storeChange: SharedVault['storeChange'] = (tx, key, change) => {
    const changes = changesOf.get(tx) ?? new SharedChanges(tx, key, seen)
    changesOf.set(tx, changes)
    return changes.store(change)
  }
  const access = {
    read: <T>(work: (tx: Statements, key: KeyObject) => Promise<T>) =>
      underKey(db.snapshot, beginReading(states), (tx, { key }) => work(tx, key)),
    write: <T>(work: (tx: Statements, key: KeyObject, seq: number) => Promise<T>) =>
      write((tx, { key }, seq) => work(tx, key, seq)),
  }
  const { read } = access

  return {
    id: held.vaultId,
    memberId,
    commit: (changes, attempts) =>
      access.write(async (tx, key) => {
        for (const change of changes) await storeChange(tx, key, change)
        for (const attempt of attempts) await appendSharedAttempt(tx, attempt, null)
      }),
    load: () =>
      writes.run(async () => {
        const fleet = await read(loadSharedFleet)
        seen = fleet.seen
        return fleet.loaded
      }),
    history: (query) => read((tx) => sharedHistoryPage(tx, query)),
    historyDays: (filter, timeZone) => read((tx) => sharedHistoryDays(tx, filter, timeZone)),
    pruneHistory: (before) =>
      access.write(async (tx) => {
        await pruneAnswers(tx)
        return pruneSharedHistory(tx, before)
      }),
    deliveries: sharedDeliveries(access),
    deliveryRuns: sharedRuns(access),
    consumers: sharedConsumers(access),
    webhook: sharedWebhook(access),
    cloud: sharedCloud(access),
    problemNotes: sharedNotes(access),
    fleetDeliveries: sharedFleetDeliveries(access),
    ...access,
    storeChange,
    saw: ({ found }) => seen.note(found),
    key: (epoch = held.epoch) => {
      const key = epoch === held.epoch ? held.key : earlier.get(epoch)
      return key === undefined ? null : { epoch, key }
    },
    members: () => underKey(db.snapshot, beginReading(states), listMembers),
    addMember: (member, now) => write((tx, current) => insertMember(tx, current, member, now)),
    removeMember: async (id) => {
      await write(async (tx, current) => {
        await tx.run('DELETE FROM members WHERE id = ?', id)
        await rekeyShared(tx, current)
      })
      ;({ held, earlier, memberId } = await heldKey(db, identity))
    },
    close: () => db.close(),
  }
}

const NO_IDENTITY = 'This computer has no key for the shared vault. Join it with `satm vault join`.'

async function heldKey(db: PostgresConnection, identity: MemberIdentity): ReturnType<typeof openDataKey> {
  const own = await identity.load()
  if (own === null) throw new StoreFailure('shared', NO_IDENTITY)
  const known = await identity.known()
  const keys = await db.snapshot((tx) => openDataKey(tx, own, known))
  if (known?.epoch !== keys.held.epoch) await identity.remember(keyProof(keys.held))
  return keys
}

type Begin = (tx: Statements, epoch: number) => Promise<number | null>

/** Every write waits here for the one before: edits have an order, and none is sealed under a key that is being exchanged. */
function beginWriting(states: readonly VaultState[]): Begin {
  return async (tx, epoch) => {
    const [vault] = await tx.query(
      `UPDATE vault SET seq = seq + 1 WHERE key_epoch = ? AND state = ANY(?) RETURNING seq, ${TELL_ALL}`,
      epoch,
      states,
    )
    if (vault === undefined) return beginReading(states)(tx, epoch).then(() => null)
    return Number(vault.seq)
  }
}

function beginReading(states: readonly VaultState[]): Begin {
  return async (tx, epoch) => {
    const vault = (await tx.row('vault', '')) ?? {}
    const state = oneOf(vault, 'state', ['staged', 'active', 'moved'])
    if (!states.includes(state)) throw new StoreFailure('shared', STATES[state])
    return vault.key_epoch === epoch ? Number(vault.seq) : null
  }
}
