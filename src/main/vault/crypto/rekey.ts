// Rekeying: seals every secret and every row under another data key, for one that was readable by others until now; and once,
// under the same key, what an older version stored without binding rows to the key.
import type { KeyObject } from 'node:crypto'
import type { Connection, Row, Values } from '../db/connection.ts'
import { bytesOrNull, number, oneOf, readRow, text } from '../db/row.ts'
import { CLOUD } from '../repositories/cloud.ts'
import { runPlace } from '../repositories/delivery-runs.ts'
import { specPlace } from '../repositories/delivery-targets.ts'
import { clientSecretPlace } from '../repositories/fleet-changes.ts'
import { FLEET_DELIVERIES } from '../repositories/fleet-deliveries.ts'
import { MEMBERSHIP } from '../repositories/membership.ts'
import { PROBLEM_NOTES } from '../repositories/problem-notes.ts'
import { PROXY_SIGN_IN } from '../repositories/proxy-sign-in.ts'
import { RENEWAL_HOLD } from '../repositories/renewal-hold.ts'
import { rowSealer, SEALED_TABLES, type SealedTable } from '../repositories/row-seal.ts'
import { rekeyMeta } from '../repositories/sealed-meta.ts'
import { boundIn, IN_SLOT, type Owner, type TokenField, tokenPlace } from '../repositories/token-pairs.ts'
import { webhookPlace } from '../repositories/webhook.ts'
import { openField, type Place, sealField } from './field-cipher.ts'

/** The sealed rows of `meta`. */
export const SEALED_META = [CLOUD, PROXY_SIGN_IN, PROBLEM_NOTES, FLEET_DELIVERIES, RENEWAL_HOLD, MEMBERSHIP]

/** How what is stored is sealed now. */
interface Before {
  readonly key: KeyObject
  /** False: by a version that sealed fields alone. */
  readonly hasSealedRows: boolean
}

/** Runs inside the caller's transaction. What the old key does not open, and rows that were altered, stay as they are. */
export function rekey(db: Connection, from: KeyObject, to: KeyObject): void {
  moveAll(db, { key: from, hasSealedRows: true }, to)
  for (const name of SEALED_META) rekeyMeta(db, from, to, name)
}

/**
 * Seals the rows of a database of an older version; runs inside the caller's transaction. Where any row was sealed under
 * this key before, nothing is done: what has no seal there was altered, whatever the file says of its version.
 */
export function sealRows(db: Connection, key: KeyObject): void {
  if (!isAnySealed(db, key)) moveAll(db, { key, hasSealedRows: false }, key)
}

function isAnySealed(db: Connection, key: KeyObject): boolean {
  const isPairSealed = db.rows('token_pairs').some((row) => {
    const isSealed = (field: TokenField) => opened(key, row, field, pairPlace(row, field)) !== null
    return readable(row, () => TOKEN_FIELDS.some(isSealed)) ?? false
  })
  return (
    isPairSealed ||
    SEALED_TABLES.some((table) =>
      db.rows(table, 'WHERE seal IS NOT NULL').some(rowSealer(key, table).isAuthentic),
    )
  )
}

function moveAll(db: Connection, before: Before, to: KeyObject): void {
  for (const table of SEALED_TABLES) {
    // Target by target: all of them at once would not fit into the memory of a large fleet.
    if (table === 'delivery_runs') {
      for (const { id } of db.rows('delivery_targets')) {
        const runs = db.rows('delivery_runs', 'WHERE target_id = ?', String(id))
        moveRows(db, table, runs, before, to)
      }
    } else moveRows(db, table, db.rows(table), before, to)
  }
  for (const row of db.rows('token_pairs')) readable(row, () => movePair(db, row, before, to))
}

/** The key of each table, and the place of each sealed field. */
const FIELDS: Record<SealedTable, { readonly [field: string]: (row: Row) => Place }> = {
  credentials: { client_secret: (row) => clientSecretPlace('credentials', text(row, 'id')) },
  token_managers: { client_secret: (row) => clientSecretPlace('token_managers', text(row, 'id')) },
  profiles: {},
  delivery_targets: { spec: (row) => specPlace(text(row, 'id')) },
  consumers: {},
  data_sources: {},
  webhook: { url: () => webhookPlace('url'), secret: () => webhookPlace('secret') },
  delivery_runs: {
    sentence: (row) => runPlace(text(row, 'target_id'), number(row, 'number'), 'sentence'),
    output: (row) => runPlace(text(row, 'target_id'), number(row, 'number'), 'output'),
  },
}

function moveRows(
  db: Connection,
  table: SealedTable,
  rows: readonly Row[],
  before: Before,
  to: KeyObject,
): void {
  const movedRow = rowMover(table, before, to)
  const move = (row: Row) => {
    const changes = movedRow(row)
    if (changes === null) return
    if (table === 'delivery_runs') {
      const [target, run] = [text(row, 'target_id'), number(row, 'number')]
      db.update(table, changes, 'target_id = ? AND number = ?', target, run)
    } else db.update(table, changes, 'id = ?', table === 'webhook' ? number(row, 'id') : text(row, 'id'))
  }
  for (const row of rows) readable(row, () => move(row))
}

/** What of a row changes; null: it was altered, and stays as it is. */
function rowMover(table: SealedTable, before: Before, to: KeyObject): (row: Row) => Values | null {
  const [old, next] = [rowSealer(before.key, table), rowSealer(to, table)]
  return (row) => {
    if (before.hasSealedRows && !old.isAuthentic(row)) return null
    // Under the same key the fields stay: the row's seal covers them as they are.
    const places = before.hasSealedRows ? Object.entries(FIELDS[table]) : []
    const fields = Object.fromEntries(
      places.map(([field, place]) => [field, moved(before.key, row, field, to, place(row))]),
    )
    return { ...fields, seal: next.seal({ ...row, ...fields }) }
  }
}

/** What of each row of a table changes, under another key; null: it was altered or is damaged, and stays as it is. */
export function rekeyedRows(table: SealedTable, from: KeyObject, to: KeyObject): (row: Row) => Values | null {
  const movedRow = rowMover(table, { key: from, hasSealedRows: true }, to)
  return (row) => readable(row, () => movedRow(row))
}

/** The same of a token pair. */
export function rekeyedPair(row: Row, from: KeyObject, to: KeyObject): Values | null {
  return readable(row, () => movedPair(row, { key: from, hasSealedRows: true }, to))
}

/** null: a column does not hold what it should; such a row stays as it is. */
function readable<T>(row: Row, work: () => T): T | null {
  const reading = readRow(row, work)
  return reading.kind === 'read' ? reading.value : null
}

const TOKEN_FIELDS = ['access_token', 'refresh_token'] as const

function movePair(db: Connection, row: Row, before: Before, to: KeyObject): void {
  const { kind, id } = ownerIn(row)
  db.update('token_pairs', movedPair(row, before, to), IN_SLOT, kind, id, text(row, 'slot'))
}

function movedPair(row: Row, { key, hasSealedRows }: Before, to: KeyObject): Values {
  const [access, refresh] = TOKEN_FIELDS.map((field) => {
    const place = pairPlace(row, field)
    const { columns: _, ...unbound } = place
    return moved(key, row, field, to, place, hasSealedRows ? place : unbound)
  })
  return { access_token: access ?? null, refresh_token: refresh ?? null }
}

function pairPlace(row: Row, field: TokenField): Place {
  return tokenPlace(ownerIn(row), text(row, 'pair_id'), field, boundIn(field, row))
}

function ownerIn(row: Row): Owner {
  return { kind: oneOf(row, 'owner_kind', ['profile', 'manager']), id: text(row, 'owner_id') }
}

/** `from`: where the field is sealed now, if not in the place it is to have. */
function moved(
  key: KeyObject,
  row: Row,
  field: string,
  to: KeyObject,
  place: Place,
  from = place,
): Buffer | null {
  const secret = opened(key, row, field, from)
  return secret === null ? bytesOrNull(row, field) : sealField(to, secret, place)
}

function opened(key: KeyObject, row: Row, field: string, place: Place) {
  const sealed = bytesOrNull(row, field)
  return sealed === null ? null : openField(key, sealed, place)
}
