// Rows of `meta` that are sealed: one text each, bound to its name.
import type { KeyObject } from 'node:crypto'
import { Secret } from '#engine/domain/secret.ts'
import { openField, type Place, sealField } from '../crypto/field-cipher.ts'
import type { Connection } from '../db/connection.ts'
import { writeMeta } from '../db/database.ts'
import type { RowAccess } from './row-access.ts'

const placeOf = (name: string): Place => ({ table: 'meta', record: name, field: 'value' })

/** As it stands in the table; null: there is no such row. */
export function readMeta(db: Connection, name: string): string | null {
  const row = db.row('meta', 'WHERE key = ?', name)
  return row === null ? null : String(row.value)
}

/** null: it was not written under this key, and for this row. */
export function openMeta(key: KeyObject, name: string, stored: string): Secret | null {
  return openField(key, Buffer.from(stored, 'base64'), placeOf(name))
}

/** Runs inside the caller's transaction, if there is one. */
export function writeSealedMeta(db: Connection, key: KeyObject, name: string, value: Secret): void {
  writeMeta(db, name, sealedMeta(key, name, value))
}

/** As it stands in the table. */
export function sealedMeta(key: KeyObject, name: string, value: Secret): string {
  return sealField(key, value, placeOf(name)).toString('base64')
}

/** Runs inside the caller's transaction. What `from` does not open stays as it is. */
export function rekeyMeta(db: Connection, from: KeyObject, to: KeyObject, name: string): void {
  const changed = rekeyedMeta(from, to, name, readMeta(db, name))
  if (changed !== null) writeMeta(db, name, changed)
}

/** null: `from` does not open it. */
export function rekeyedMeta(
  from: KeyObject,
  to: KeyObject,
  name: string,
  stored: string | null,
): string | null {
  const opened = openMeta(from, name, stored ?? '')
  return opened === null ? null : sealedMeta(to, name, opened)
}

/** A value that is one such row. Each rejects with a `StoreFailure` when the database does not answer. */
export interface SealedRow<T> {
  /** null: none is kept, or it was altered. */
  load(): Promise<T | null>
  /** Durable when it resolves. null removes it. */
  save(value: T | null): Promise<void>
}

export function sealedRow<T>(
  { db, key, read, write }: RowAccess,
  name: string,
  json: { readonly parse: (json: unknown) => T; readonly of: (value: T) => object },
): SealedRow<T> {
  return {
    load: () =>
      read(() => {
        const opened = openMeta(key(), name, readMeta(db, name) ?? '')
        return opened === null ? null : json.parse(JSON.parse(opened.reveal()))
      }),
    save: (value) =>
      write(() => {
        if (value === null) return void db.run('DELETE FROM meta WHERE key = ?', name)
        writeSealedMeta(db, key(), name, new Secret(JSON.stringify(json.of(value))))
      }),
  }
}
