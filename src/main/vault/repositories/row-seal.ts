// Row seal: an authentication tag over all columns of a row. Who can write the database without the data key cannot change,
// add or exchange such a row unnoticed.
import { createHmac, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto'
import { types } from 'node:util'
import type { Connection, Row, Value, Values } from '../db/connection.ts'

/** Their rows have a column `seal`. Token pairs need none: their columns are bound to their tokens (see token-pairs.ts). */
export const SEALED_TABLES = [
  'credentials',
  'token_managers',
  'profiles',
  'delivery_targets',
  'consumers',
  'webhook',
  'delivery_runs',
] as const

export type SealedTable = (typeof SEALED_TABLES)[number]

export interface RowSealer {
  seal(row: Row): Buffer
  /** Whether the row is as it was sealed. */
  isAuthentic(row: Row): boolean
}

/** Bytes; HMAC-SHA-256 may be truncated to half: RFC 2104 section 5. */
const SEAL_BYTES = 16

const sealKeys = new WeakMap<KeyObject, KeyObject>()

/** A key of its own for each purpose: RFC 5869 section 3.2. */
function sealKeyOf(dataKey: KeyObject): KeyObject {
  const known = sealKeys.get(dataKey)
  if (known !== undefined) return known
  const derived = createSecretKey(Buffer.from(hkdfSync('sha256', dataKey, '', 'row seal', 32)))
  sealKeys.set(dataKey, derived)
  return derived
}

export function rowSealer(dataKey: KeyObject, table: SealedTable): RowSealer {
  const key = sealKeyOf(dataKey)
  let columns: readonly string[] = []
  let head = ''
  const seal = (row: Row) => {
    if (!hasColumns(row, columns)) {
      columns = Object.keys(row)
        .filter((name) => name !== 'seal')
        .sort()
      head = JSON.stringify([table, columns])
    }
    const values = JSON.stringify(columns.map((name) => encoded(row[name])))
    return createHmac('sha256', key)
      .update(head + values)
      .digest()
      .subarray(0, SEAL_BYTES)
  }
  return {
    seal,
    isAuthentic(row) {
      const stored = bytesIn(row.seal)
      return stored?.length === SEAL_BYTES && timingSafeEqual(stored, seal(row))
    },
  }
}

function hasColumns(row: Row, columns: readonly string[]): boolean {
  const count = Object.keys(row).length - ('seal' in row ? 1 : 0)
  return count === columns.length && columns.every((name) => name in row)
}

/** Text, number, null or bytes: no two values have the same form. */
function encoded(value: unknown): unknown {
  const bytes = bytesIn(value)
  return bytes === null ? value : { bytes: bytes.toString('base64') }
}

function bytesIn(value: unknown): Buffer | null {
  if (Buffer.isBuffer(value)) return value
  return types.isArrayBuffer(value) ? Buffer.from(value) : null
}

interface Sealing {
  readonly db: Connection
  readonly key: KeyObject
}

/** Adds a row. */
export function insertSealed({ db, key }: Sealing, table: SealedTable, row: Values): void {
  db.insert(table, { ...row, seal: rowSealer(key, table).seal(row) })
}

/** Adds a row, or replaces the one with the same `id`, which keeps the columns in `fixed`. */
export function upsertSealed(
  { db, key }: Sealing,
  table: SealedTable,
  row: Values & { readonly id: Value },
  fixed: readonly string[] = [],
): void {
  const before = fixed.length === 0 ? null : db.row(table, 'WHERE id = ?', row.id)
  const kept = before === null ? [] : fixed.map((column) => [column, before[column]])
  const whole = { ...row, ...(Object.fromEntries(kept) as Values) }
  db.upsert(table, 'id', { ...whole, seal: rowSealer(key, table).seal(whole) })
}

/** Changes these columns. A row that is not as this app stored it does not become so: its seal stays as it is. */
export function updateSealed(
  { db, key }: Sealing,
  table: SealedTable,
  changes: Values,
  where: string,
  ...values: readonly Value[]
): void {
  const sealer = rowSealer(key, table)
  for (const { place } of db.all(`SELECT rowid AS place FROM ${table} WHERE ${where}`, ...values)) {
    const rowid = Number(place)
    const row = db.row(table, 'WHERE rowid = ?', rowid) ?? {}
    const seal = sealer.isAuthentic(row) ? { seal: sealer.seal({ ...row, ...changes }) } : {}
    db.update(table, { ...changes, ...seal }, 'rowid = ?', rowid)
  }
}
