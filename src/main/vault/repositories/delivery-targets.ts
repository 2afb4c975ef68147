// Delivery targets as rows: the spec sealed, the state of its delivery beside it. A write is durable when it resolves.
import type { KeyObject } from 'node:crypto'
import type { DeliveryState, DeliveryTarget, DeliveryTargetId } from '#engine/domain/delivery-model.ts'
import { type DeliverySpec, readSpec } from '#engine/domain/delivery-spec.ts'
import { Secret } from '#engine/domain/secret.ts'
import { openField, type Place, sealField } from '../crypto/field-cipher.ts'
import type { Connection, Row } from '../db/connection.ts'
import {
  bytes,
  type DamagedRow,
  MalformedRow,
  number,
  numberOrNull,
  readRows,
  rounded,
  text,
  textOrNull,
} from '../db/row.ts'
import { tracesIn, type UnreadableRecord, unreadable } from './fleet.ts'
import type { RowAccess } from './row-access.ts'
import { rowSealer, updateSealed, upsertSealed } from './row-seal.ts'

export interface StoredTarget {
  readonly target: DeliveryTarget
  readonly state: DeliveryState
}

export interface StoredTargets {
  readonly targets: readonly StoredTarget[]
  /** Or altered: nothing is delivered there, and nothing of their rows is changed. */
  readonly unreadable: readonly UnreadableRecord[]
}

/** Each rejects with a `StoreFailure` when nothing could be read or written. */
export interface DeliveryRows {
  load(): Promise<StoredTargets>
  /** Adds it, or replaces its spec; in either case nothing is known of it then. The profile has to be stored. */
  save(target: DeliveryTarget, held?: boolean): Promise<void>
  /** As `save`, all or none. */
  saveAll(targets: readonly DeliveryTarget[]): Promise<void>
  /** `spec`: as it is from now on; null: unchanged. */
  note(id: DeliveryTargetId, state: DeliveryState, spec?: DeliverySpec | null): Promise<void>
  remove(id: DeliveryTargetId): Promise<void>
  /** All or none. */
  removeAll(ids: readonly DeliveryTargetId[]): Promise<void>
}

export function deliveryRows({ db, key, read, write }: RowAccess): DeliveryRows {
  return {
    load: () => read(() => described(loadTargets(db, key()))),
    save: (target, held = false) => write(() => saveTarget(db, key(), target, held)),
    saveAll: (targets) =>
      write(() =>
        db.transaction(() => {
          for (const target of targets) saveTarget(db, key(), target, false)
        }),
      ),
    note: (id, state, spec = null) =>
      write(() => {
        const changes = notedColumns(key(), id, state, spec)
        updateSealed({ db, key: key() }, 'delivery_targets', changes, 'id = ?', id)
      }),
    remove: (id) => write(() => removeTarget(db, id)),
    removeAll: (ids) =>
      write(() =>
        db.transaction(() => {
          for (const id of ids) removeTarget(db, id)
        }),
      ),
  }
}

function removeTarget(db: Connection, id: DeliveryTargetId): void {
  db.run('DELETE FROM delivery_targets WHERE id = ?', id)
}

export function described({ targets, damaged }: ReadTargets): StoredTargets {
  return { targets, unreadable: damaged.map(unreadableTarget) }
}

/** Nothing but the ID is proved of it. */
function unreadableTarget({ row, damage }: DamagedRow): UnreadableRecord {
  const record = unreadable('delivery_targets', row.id, null, damage)
  return { ...record, name: '', traces: tracesIn({}) }
}

export function specPlace(id: DeliveryTargetId): Place {
  return { table: 'delivery_targets', record: id, field: 'spec' }
}

function sealedSpec(key: KeyObject, id: DeliveryTargetId, spec: DeliverySpec): Buffer {
  return sealField(key, new Secret(JSON.stringify(spec)), specPlace(id))
}

export function saveTarget(db: Connection, key: KeyObject, target: DeliveryTarget, held: boolean): void {
  upsertSealed({ db, key }, 'delivery_targets', targetRow(key, target, held))
}

/** As nothing was delivered yet. */
export function targetRow(key: KeyObject, target: DeliveryTarget, held: boolean) {
  return {
    id: target.id,
    profile_id: target.profileId,
    spec: sealedSpec(key, target.id, target.spec),
    created_at: Math.round(target.createdAt),
    ...stateColumns({ delivered: null, failure: null, held }),
  }
}

/** `spec`: null, it stays as it is. */
export function notedColumns(
  key: KeyObject,
  id: DeliveryTargetId,
  state: DeliveryState,
  spec: DeliverySpec | null,
) {
  return spec === null ? stateColumns(state) : { ...stateColumns(state), spec: sealedSpec(key, id, spec) }
}

function stateColumns({ delivered, failure, held }: DeliveryState) {
  return {
    held: Number(held),
    delivered_at: rounded(delivered?.at),
    delivered_fingerprint: delivered?.fingerprint ?? null,
    delivered_refresh_fingerprint: delivered?.refreshFingerprint ?? null,
    failed_at: rounded(failure?.at),
    failed_fingerprint: failure?.fingerprint ?? null,
    failure: failure?.sentence ?? null,
    failures: failure?.failures ?? null,
    retry_at: rounded(failure?.retryAt),
  }
}

export interface ReadTargets {
  readonly targets: readonly StoredTarget[]
  readonly damaged: readonly DamagedRow[]
}

export function loadTargets(db: Connection, key: KeyObject): ReadTargets {
  return readTargets(key, db.packed('delivery_targets'))
}

export function readTargets(key: KeyObject, rows: readonly Row[]): ReadTargets {
  const { isAuthentic } = rowSealer(key, 'delivery_targets')
  const { values, damaged } = readRows(rows, (row) => readTarget(key, row), isAuthentic)
  return { targets: values, damaged }
}

function readTarget(key: KeyObject, row: Row): StoredTarget {
  const id = text(row, 'id')
  const sealed = openField(key, bytes(row, 'spec'), specPlace(id))
  if (sealed === null) throw new MalformedRow('spec', 'secret')
  const reading = readSpec(JSON.parse(sealed.reveal()))
  if (reading.kind === 'flawed') throw new MalformedRow('spec')
  const target = {
    id,
    profileId: text(row, 'profile_id'),
    spec: reading.spec,
    createdAt: number(row, 'created_at'),
  }
  return { target, state: readState(row) }
}

function readState(row: Row): DeliveryState {
  const deliveredAt = numberOrNull(row, 'delivered_at')
  const failedAt = numberOrNull(row, 'failed_at')
  return {
    held: number(row, 'held') === 1,
    delivered:
      deliveredAt === null
        ? null
        : {
            at: deliveredAt,
            fingerprint: text(row, 'delivered_fingerprint'),
            refreshFingerprint: textOrNull(row, 'delivered_refresh_fingerprint'),
          },
    failure:
      failedAt === null
        ? null
        : {
            at: failedAt,
            fingerprint: text(row, 'failed_fingerprint'),
            sentence: text(row, 'failure'),
            failures: number(row, 'failures'),
            retryAt: numberOrNull(row, 'retry_at'),
          },
  }
}
