// The local endpoint's consumers as rows. No secret is here, only the hash of one.
import { z } from 'zod'
import type { Consumer } from '#engine/domain/delivery-model.ts'
import type { Instant } from '#engine/domain/model.ts'
import type { Connection, Row } from '../db/connection.ts'
import { bytes, MalformedRow, number, numberOrNull, readable, rounded, text, textOrNull } from '../db/row.ts'
import type { RowAccess } from './row-access.ts'

export interface ConsumerUse {
  readonly id: Consumer['id']
  readonly lastUsedAt: Instant
}

/** Each rejects with a `StoreFailure` when nothing could be read or written. A write is durable when it resolves. */
export interface ConsumerRows {
  /** The oldest first. A row that cannot be read gives nobody anything, and is left out. */
  load(): Promise<readonly Consumer[]>
  add(consumer: Consumer): Promise<void>
  /** It is not held any more. */
  confirm(id: Consumer['id']): Promise<void>
  /** All of them or none. */
  markUsed(uses: readonly ConsumerUse[]): Promise<void>
  remove(id: Consumer['id']): Promise<void>
}

export function consumerRows({ db, read, write }: RowAccess): ConsumerRows {
  return {
    load: () => read(() => loadConsumers(db)),
    add: (consumer) => write(() => addConsumer(db, consumer)),
    confirm: (id) => write(() => void db.run('UPDATE consumers SET held = 0 WHERE id = ?', id)),
    markUsed: (uses) => write(() => markUsed(db, uses)),
    remove: (id) => write(() => void db.run('DELETE FROM consumers WHERE id = ?', id)),
  }
}

export function loadConsumers(db: Connection): readonly Consumer[] {
  return readable(db.all('SELECT * FROM consumers ORDER BY created_at, id'), readConsumer)
}

export function addConsumer(db: Connection, consumer: Consumer): void {
  db.insert('consumers', {
    id: consumer.id,
    name: consumer.name,
    secret_hash: Buffer.from(consumer.secretHash),
    profile_ids: consumer.profileIds === null ? null : JSON.stringify(consumer.profileIds),
    created_at: rounded(consumer.createdAt),
    last_used_at: rounded(consumer.lastUsedAt),
    held: Number(consumer.held),
  })
}

function markUsed(db: Connection, uses: readonly ConsumerUse[]): void {
  db.transaction(() => {
    for (const { id, lastUsedAt } of uses) {
      db.run('UPDATE consumers SET last_used_at = ? WHERE id = ?', Math.round(lastUsedAt), id)
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
