// The Webex cloud to which the vault's credentials and tokens belong: its base URL, sealed, as one row of `meta`.
import type { KeyObject } from 'node:crypto'
import { z } from 'zod'
import { Secret } from '#engine/domain/secret.ts'
import { openField, type Place, sealField } from '../crypto/field-cipher.ts'
import type { Connection } from '../db/connection.ts'
import { text } from '../db/row.ts'
import type { SealedRows } from './delivery-targets.ts'

export type StoredCloud =
  /** `restored`: it came with a backup. */
  | { readonly kind: 'known'; readonly baseUrl: string; readonly restored: boolean }
  /**
   * `never-recorded`: new, or of an older version. `restored`: the content came with a backup that names no cloud.
   * `altered`: what is recorded was not written under this vault's key.
   */
  | { readonly kind: 'unknown'; readonly why: 'never-recorded' | 'restored' | 'altered' }

/** Each throws a `StoreFailure` when the database does not answer. Each call is durable when it returns. */
export interface CloudRow {
  load(): StoredCloud
  save(baseUrl: string): void
}

const PLACE: Place = { table: 'meta', record: 'cloud', field: 'value' }
/** In place of a record; it needs no seal, since all it can do is to make the person be asked. */
const UNKNOWN_AFTER_RESTORE = 'unknown-after-restore'

const content = z.object({ baseUrl: z.string(), restored: z.boolean() })

export function cloudRow({ db, key }: SealedRows): CloudRow {
  return {
    load: () => loadCloud(db, key()),
    save: (baseUrl) => write(db, sealed(key(), { baseUrl, restored: false })),
  }
}

function loadCloud(db: Connection, key: KeyObject): StoredCloud {
  const stored = read(db)
  if (stored === null) return { kind: 'unknown', why: 'never-recorded' }
  if (stored === UNKNOWN_AFTER_RESTORE) return { kind: 'unknown', why: 'restored' }
  const opened = openField(key, Buffer.from(stored, 'base64'), PLACE)
  return opened === null
    ? { kind: 'unknown', why: 'altered' }
    : { kind: 'known', ...content.parse(JSON.parse(opened.reveal())) }
}

/** Runs inside the caller's transaction. `baseUrl`: of the backup; null: it names none. */
export function restoreCloud(db: Connection, key: KeyObject, baseUrl: string | null): void {
  write(db, baseUrl === null ? UNKNOWN_AFTER_RESTORE : sealed(key, { baseUrl, restored: true }))
}

/** Runs inside the caller's transaction. What `from` does not open stays as it is. */
export function rekeyCloud(db: Connection, from: KeyObject, to: KeyObject): void {
  const opened = openField(from, Buffer.from(read(db) ?? '', 'base64'), PLACE)
  if (opened !== null) write(db, sealField(to, opened, PLACE).toString('base64'))
}

function sealed(key: KeyObject, value: z.infer<typeof content>): string {
  return sealField(key, new Secret(JSON.stringify(value)), PLACE).toString('base64')
}

function read(db: Connection): string | null {
  const row = db.get('SELECT value FROM meta WHERE key = ?', PLACE.record)
  return row === null ? null : text(row, 'value')
}

function write(db: Connection, value: string): void {
  db.run(
    'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
    PLACE.record,
    value,
  )
}
