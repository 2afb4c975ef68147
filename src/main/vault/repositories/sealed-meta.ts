// Rows of `meta` that are sealed: one text each, bound to its name.
import type { KeyObject } from 'node:crypto'
import type { Secret } from '#engine/domain/secret.ts'
import { openField, type Place, sealField } from '../crypto/field-cipher.ts'
import type { Connection } from '../db/connection.ts'
import { writeMeta } from '../db/database.ts'

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
