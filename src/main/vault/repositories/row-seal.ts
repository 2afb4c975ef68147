// Row seal: an authentication tag over all columns of a row. Who can write the database without the data key cannot change,
// add or exchange such a row unnoticed.
import { hash, hkdfSync, type KeyObject } from 'node:crypto'
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
  'data_sources',
] as const

export type SealedTable = (typeof SEALED_TABLES)[number]

/**
 * Columns that came after rows were sealed without them. While NULL they are no part of the seal, so that those rows need no
 * new one: a value in them is, by its name in the list of columns, so neither can be put there nor taken away unnoticed.
 */
const LATER_COLUMNS: { readonly [T in SealedTable]?: readonly string[] } = { token_managers: ['fallback_id'] }

function withoutUnset(row: Row, later: readonly string[]): Row {
  return Object.fromEntries(
    Object.entries(row).filter(([name, value]) => value !== null || !later.includes(name)),
  )
}

export interface RowSealer {
  seal(row: Row): Buffer
  /** Whether the row is as it was sealed. */
  isAuthentic(row: Row): boolean
}

/** HMAC-SHA-256 may be truncated to half: RFC 2104 section 5. */
const SEAL_BYTES = 16

/**
 * HMAC-SHA-256 under a key of its own (RFC 5869 section 3.2), as hex. By two plain hashes into text, since
 * thousands of rows are read at once, and as many objects would have to be collected.
 */
type Mac = (text: string) => string

const macs = new WeakMap<KeyObject, Mac>()

function macOf(dataKey: KeyObject): Mac {
  const known = macs.get(dataKey)
  if (known !== undefined) return known
  const mac = hmac(Buffer.from(hkdfSync('sha256', dataKey, '', 'row seal', HASH_BYTES)))
  macs.set(dataKey, mac)
  return mac
}

const BLOCK_BYTES = 64
const HASH_BYTES = 32

/** RFC 2104 section 2; the key is shorter than a block. */
function hmac(key: Buffer): Mac {
  const padded = (byte: number, room: number) => {
    const pad = Buffer.alloc(BLOCK_BYTES + room)
    for (let at = 0; at < BLOCK_BYTES; at++) pad[at] = byte ^ (key[at] ?? 0)
    return pad
  }
  let inner = padded(0x36, 4096)
  const outer = padded(0x5c, HASH_BYTES)
  return (text) => {
    if (3 * text.length > inner.length - BLOCK_BYTES) inner = padded(0x36, 3 * text.length)
    const end = BLOCK_BYTES + inner.write(text, BLOCK_BYTES)
    // A character for each byte is the quickest way out of the hash and in again.
    outer.write(hash('sha256', inner.subarray(0, end), 'binary'), BLOCK_BYTES, 'binary')
    return hash('sha256', outer, 'hex')
  }
}

export function rowSealer(dataKey: KeyObject, table: SealedTable): RowSealer {
  const mac = macOf(dataKey)
  let columns: readonly string[] = []
  let head = ''
  const later = LATER_COLUMNS[table] ?? []
  const sealOf = (stored: Row) => {
    const row = later.some((name) => stored[name] === null) ? withoutUnset(stored, later) : stored
    if (!hasColumns(row, columns)) {
      columns = Object.keys(row)
        .filter((name) => name !== 'seal')
        .sort()
      head = JSON.stringify([table, columns])
    }
    let form = head
    for (const name of columns) form += formOf(row[name])
    return mac(form).slice(0, 2 * SEAL_BYTES)
  }
  return {
    seal: (row) => Buffer.from(sealOf(row), 'hex'),
    isAuthentic: (row) => hexIn(row.seal) === sealOf(row),
  }
}

function hasColumns(row: Row, columns: readonly string[]): boolean {
  let count = 'seal' in row ? -1 : 0
  for (const _ in row) count += 1
  return count === columns.length && columns.every((name) => name in row)
}

/** Text, number, null or bytes: no two values have the same form, and none looks like several. */
function formOf(value: unknown): string {
  if (typeof value === 'string') return `t${value.length}:${value}`
  const bytes = bytesIn(value)
  return bytes === null ? `n${String(value)};` : `b${bytes.toString('base64')};`
}

/** As `packed` gives it, or as bytes. */
function hexIn(value: unknown): string | null {
  return typeof value === 'string' ? value.toLowerCase() : (bytesIn(value)?.toString('hex') ?? null)
}

function bytesIn(value: unknown): Buffer | null {
  if (Buffer.isBuffer(value)) return value
  return types.isArrayBuffer(value) ? Buffer.from(value) : null
}

interface Sealing {
  readonly db: Connection
  readonly key: KeyObject
}

/** The row with its seal. */
export function sealedRow(
  key: KeyObject,
  table: SealedTable,
  row: Values,
): Values & { readonly seal: Buffer } {
  return { ...row, seal: rowSealer(key, table).seal(row) }
}

/** Changes of a stored row, with the seal it has then: a row that is not as this app stored it does not become so. */
export function sealedChanges(key: KeyObject, table: SealedTable, row: Row, changes: Values): Values {
  const sealer = rowSealer(key, table)
  return sealer.isAuthentic(row) ? { ...changes, seal: sealer.seal({ ...row, ...changes }) } : changes
}

/** Adds a row. */
export function insertSealed({ db, key }: Sealing, table: SealedTable, row: Values): void {
  db.insert(table, sealedRow(key, table, row))
}

/** Adds a row, or replaces the one with the same `id`. Nothing of that is kept: it may have been altered. */
export function upsertSealed(
  { db, key }: Sealing,
  table: SealedTable,
  row: Values & { readonly id: Value },
): void {
  db.upsert(table, 'id', sealedRow(key, table, row))
}

/** Changes these columns: see `sealedChanges`. */
export function updateSealed(
  { db, key }: Sealing,
  table: SealedTable,
  changes: Values,
  where: string,
  ...values: readonly Value[]
): void {
  for (const { place } of db.all(`SELECT rowid AS place FROM ${table} WHERE ${where}`, ...values)) {
    const rowid = Number(place)
    const row = db.row(table, 'WHERE rowid = ?', rowid) ?? {}
    db.update(table, sealedChanges(key, table, row, changes), 'rowid = ?', rowid)
  }
}
