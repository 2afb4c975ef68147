// Protection change: seals everything under a new data key, and has every kept copy that can be opened follow. What the
// copies get is stored with the change itself, so that an interrupted one is finished without the old passphrase.
import type { KeyObject } from 'node:crypto'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { Secret } from '#engine/domain/secret.ts'
import type { Connection } from '../db/connection.ts'
import { rewriteTables, writeMeta } from '../db/database.ts'
import { text } from '../db/row.ts'
import { isKeyOf } from './data-key.ts'
import { openField, type Place, sealField } from './field-cipher.ts'
import { findCopies, type KeptCopy, readCopyRecord, writeCopyRecord } from './kept-copies.ts'
import { type KeyRecord, keyRows, parseKeyRows } from './key-envelopes.ts'
import { rekey } from './rekey.ts'

/** What opens a key from now on. */
export type Envelopes = Pick<KeyRecord, 'keychain' | 'passphrase' | 'weakConsentAt' | 'protectionId'>

/** null: it could not be sealed. */
export type SealKey = (key: KeyObject) => Promise<Envelopes | null>

/** A copy by its file's name, and the record it gets. */
export type Rewraps = ReadonlyMap<string, KeyRecord>

const PLACE: Place = { table: 'meta', record: 'copies-to-rewrap', field: 'value' }
const stored = z.array(z.tuple([z.string(), z.array(z.tuple([z.string(), z.string()]))]))

/**
 * The records of all copies whose key `open` finds. They keep their data keys: whoever knows one has read what it seals.
 * Changes nothing.
 */
export async function planRewraps(
  copies: readonly KeptCopy[],
  open: (record: KeyRecord) => Promise<KeyObject | null>,
  seal: SealKey,
): Promise<Rewraps> {
  const rewraps = new Map<string, KeyRecord>()
  // Copies of one time have one key, and a passphrase takes half a second for each.
  const sealed: { readonly key: KeyObject; readonly envelopes: Envelopes | null }[] = []
  for (const copy of copies) {
    const record = readCopyRecord(copy)
    const known = record === null ? undefined : sealed.find(({ key }) => isKeyIn(record, key))
    const key = known?.key ?? (record === null ? null : await open(record))
    if (record === null || key === null) continue
    const envelopes = known === undefined ? await seal(key) : known.envelopes
    if (known === undefined) sealed.push({ key, envelopes })
    if (envelopes !== null) rewraps.set(basename(copy.path), { ...record, ...envelopes })
  }
  return rewraps
}

export function isKeyIn({ vaultId, check }: KeyRecord, key: KeyObject): boolean {
  return check !== null && isKeyOf(key, vaultId, check)
}

/**
 * One transaction; `write` runs in it. Afterwards neither the old key's envelopes nor what it sealed is left in the
 * database, not even in free space, unless the disk is too full to empty the log.
 */
export function exchangeKey(db: Connection, from: KeyObject, to: KeyObject, write: () => void): void {
  db.exec('PRAGMA foreign_keys = OFF')
  try {
    db.transaction(() => {
      rekey(db, from, to)
      write()
      rewriteTables(db, tablesOf(db))
    })
  } finally {
    db.exec('PRAGMA foreign_keys = ON')
  }
  db.checkpoint()
}

/** All but the history, which is long and is not sealed. */
function tablesOf(db: Connection): readonly string[] {
  const all = `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'attempts'`
  return db.all(all).map((row) => text(row, 'name'))
}

/** Runs inside the caller's transaction. Sealed, since it decides what other files get. */
export function storeRewraps(db: Connection, key: KeyObject, rewraps: Rewraps): void {
  if (rewraps.size === 0) {
    db.run('DELETE FROM meta WHERE key = ?', PLACE.record)
    return
  }
  const content = [...rewraps].map(([name, record]) => [name, [...keyRows(record)]])
  writeMeta(db, PLACE.record, sealField(key, new Secret(JSON.stringify(content)), PLACE).toString('base64'))
}

export function loadRewraps(db: Connection, key: KeyObject): Rewraps {
  const row = db.row('meta', 'WHERE key = ?', PLACE.record)
  const opened = row === null ? null : openField(key, Buffer.from(String(row.value), 'base64'), PLACE)
  if (opened === null) return new Map()
  return new Map(
    stored.parse(JSON.parse(opened.reveal())).map(([name, rows]) => [name, parseKeyRows(new Map(rows))]),
  )
}

/** Returns those that could not be read or written. A copy that is gone, or another one by now, is left out. */
export function applyRewraps(folder: string, rewraps: Rewraps): Rewraps {
  const failed = new Map<string, KeyRecord>()
  const copies = new Map(findCopies(folder).map((copy) => [copy.path, copy]))
  for (const [name, record] of rewraps) {
    const copy = copies.get(join(folder, name))
    if (copy === undefined) continue
    try {
      const now = readCopyRecord(copy)
      if (now === null) failed.set(name, record)
      else if (now.check === record.check) writeCopyRecord(copy.path, record)
    } catch {
      failed.set(name, record)
    }
  }
  return failed
}
