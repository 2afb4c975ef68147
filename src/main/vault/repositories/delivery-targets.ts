// Delivery targets as rows: the spec sealed, the state of its delivery beside it. A write is durable when it resolves.
import type { KeyObject } from 'node:crypto'
import {
  type DeliveryState,
  type DeliveryTarget,
  type DeliveryTargetId,
  readSpec,
} from '#engine/domain/delivery-model.ts'
import { Secret } from '#engine/domain/secret.ts'
import { openField, type Place, sealField } from '../crypto/field-cipher.ts'
import type { Connection, Row } from '../db/connection.ts'
import {
  bytes,
  MalformedRow,
  number,
  numberOrNull,
  rounded,
  text,
  textOrNull,
  unlessMalformed,
} from '../db/row.ts'
import type { RowAccess } from './row-access.ts'

export interface StoredTarget {
  readonly target: DeliveryTarget
  readonly state: DeliveryState
}

export interface StoredTargets {
  readonly targets: readonly StoredTarget[]
  /** Ids of rows that cannot be read; nothing of them is changed. */
  readonly unreadable: readonly DeliveryTargetId[]
}

/** Each rejects with a `StoreFailure` when nothing could be read or written. */
export interface DeliveryRows {
  load(): Promise<StoredTargets>
  /** Adds it, or replaces its spec; in either case nothing is known of it then. The profile has to be stored. */
  save(target: DeliveryTarget, held?: boolean): Promise<void>
  note(id: DeliveryTargetId, state: DeliveryState): Promise<void>
  remove(id: DeliveryTargetId): Promise<void>
}

const PLAIN_COLUMNS = [
  'id',
  'profile_id',
  'created_at',
  'held',
  'delivered_at',
  'delivered_fingerprint',
  'delivered_refresh_fingerprint',
  'failed_at',
  'failed_fingerprint',
  'failure',
  'failures',
  'retry_at',
]

export function deliveryRows({ db, key, read, write }: RowAccess): DeliveryRows {
  return {
    load: () => read(() => loadTargets(db, key())),
    save: (target, held = false) => write(() => saveTarget(db, key(), target, held)),
    note: (id, state) => write(() => noteState(db, id, state)),
    remove: (id) => write(() => void db.run('DELETE FROM delivery_targets WHERE id = ?', id)),
  }
}

export function specPlace(id: DeliveryTargetId): Place {
  return { table: 'delivery_targets', record: id, field: 'spec' }
}

export function saveTarget(db: Connection, key: KeyObject, target: DeliveryTarget, held: boolean): void {
  db.run(
    `INSERT INTO delivery_targets (id, profile_id, spec, created_at, held) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET spec = excluded.spec, held = excluded.held, delivered_at = NULL,
       delivered_fingerprint = NULL, delivered_refresh_fingerprint = NULL, failed_at = NULL,
       failed_fingerprint = NULL, failure = NULL, failures = NULL, retry_at = NULL`,
    target.id,
    target.profileId,
    sealField(key, new Secret(JSON.stringify(target.spec)), specPlace(target.id)),
    Math.round(target.createdAt),
    Number(held),
  )
}

export function loadTargets(db: Connection, key: KeyObject): StoredTargets {
  const targets: StoredTarget[] = []
  const unreadable: DeliveryTargetId[] = []
  for (const row of db.packed(PLAIN_COLUMNS, ['spec'], 'delivery_targets')) {
    const stored = readTarget(key, row)
    if (stored === null) unreadable.push(String(row.id))
    else targets.push(stored)
  }
  return { targets, unreadable }
}

function noteState(db: Connection, id: DeliveryTargetId, { delivered, failure, held }: DeliveryState): void {
  db.run(
    `UPDATE delivery_targets SET held = ?, delivered_at = ?, delivered_fingerprint = ?,
       delivered_refresh_fingerprint = ?, failed_at = ?, failed_fingerprint = ?, failure = ?, failures = ?,
       retry_at = ? WHERE id = ?`,
    Number(held),
    rounded(delivered?.at),
    delivered?.fingerprint ?? null,
    delivered?.refreshFingerprint ?? null,
    rounded(failure?.at),
    failure?.fingerprint ?? null,
    failure?.sentence ?? null,
    failure?.failures ?? null,
    rounded(failure?.retryAt),
    id,
  )
}

function readTarget(key: KeyObject, row: Row): StoredTarget | null {
  return unlessMalformed(() => {
    const id = text(row, 'id')
    const sealed = openField(key, bytes(row, 'spec'), specPlace(id))
    if (sealed === null) return null
    const reading = readSpec(JSON.parse(sealed.reveal()))
    if (reading.kind === 'flawed') throw new MalformedRow('spec')
    const target = {
      id,
      profileId: text(row, 'profile_id'),
      spec: reading.spec,
      createdAt: number(row, 'created_at'),
    }
    return { target, state: readState(row) }
  })
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
