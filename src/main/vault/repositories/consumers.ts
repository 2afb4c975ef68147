// The local endpoint's consumers as rows. No secret is here, only the hash of one; the row's seal keeps others from adding
// theirs.
import type { KeyObject } from 'node:crypto'
import { z } from 'zod'
import type { Consumer } from '#engine/domain/delivery-model.ts'
import type { Instant } from '#engine/domain/model.ts'
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
import type { RowAccess } from './row-access.ts'
import { insertSealed, rowSealer, updateSealed } from './row-seal.ts'

export interface ConsumerUse {
  readonly id: Consumer['id']
  readonly lastUsedAt: Instant
}

/** Each rejects with a `StoreFailure` when nothing could be read or written. A write is durable when it resolves. */
export interface ConsumerRows {
  /** The oldest first. A row that cannot be read or was altered gives nobody anything, and is left out. */
  load(): Promise<readonly Consumer[]>
  add(consumer: Consumer): Promise<void>
  /** It is not held any more. */
  confirm(id: Consumer['id']): Promise<void>
  /** All of them or none. */
  markUsed(uses: readonly ConsumerUse[]): Promise<void>
  remove(id: Consumer['id']): Promise<void>
}

export function consumerRows({ db, key, read, write }: RowAccess): ConsumerRows {
  return {
    load: () => read(() => loadConsumers(db, key()).consumers),
    add: (consumer) => write(() => addConsumer(db, key(), consumer)),
    confirm: (id) => write(() => updateSealed({ db, key: key() }, 'consumers', { held: 0 }, 'id = ?', id)),
    markUsed: (uses) => write(() => markUsed(db, key(), uses)),
    remove: (id) => write(() => void db.run('DELETE FROM consumers WHERE id = ?', id)),
  }
}

export interface StoredConsumers {
  readonly consumers: readonly Consumer[]
  readonly unreadable: readonly DamagedRow[]
}

export function loadConsumers(db: Connection, key: KeyObject): StoredConsumers {
  return readConsumers(key, db.rows('consumers', OLDEST_FIRST))
}

export const OLDEST_FIRST = 'ORDER BY created_at, id'

export function readConsumers(key: KeyObject, rows: readonly Row[]): StoredConsumers {
  const { values, damaged } = readRows(rows, readConsumer, rowSealer(key, 'consumers').isAuthentic)
  return { consumers: values, unreadable: damaged }
}

export function addConsumer(db: Connection, key: KeyObject, consumer: Consumer): void {
  insertSealed({ db, key }, 'consumers', consumerRow(consumer))
}

export function consumerRow(consumer: Consumer) {
  return {
    id: consumer.id,
    name: consumer.name,
    secret_hash: Buffer.from(consumer.secretHash),
    profile_ids: consumer.profileIds === null ? null : JSON.stringify(consumer.profileIds),
    created_at: rounded(consumer.createdAt),
    last_used_at: rounded(consumer.lastUsedAt),
    held: Number(consumer.held),
  }
}

function markUsed(db: Connection, key: KeyObject, uses: readonly ConsumerUse[]): void {
  db.transaction(() => {
    for (const { id, lastUsedAt } of uses) {
      const changes = { last_used_at: Math.round(lastUsedAt) }
      updateSealed({ db, key }, 'consumers', changes, 'id = ?', id)
    }
  })
}

const ids = z.array(z.string())

function readConsumer(row: Row): Consumer {
  const listed = textOrNull(row, 'profile_ids')
  return {
    id: text(row, 'id'),
    name: text(row, 'name'),
    secretHash: bytes(row, 'secret_hash'),
    profileIds: listed === null ? null : readIds(listed),
    createdAt: number(row, 'created_at'),
    lastUsedAt: numberOrNull(row, 'last_used_at'),
    held: number(row, 'held') === 1,
  }
}

/** A list that cannot be read must not become "all". */
function readIds(json: string): readonly string[] {
  try {
    return ids.parse(JSON.parse(json))
  } catch {
    throw new MalformedRow('profile_ids')
  }
}
