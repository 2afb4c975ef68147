// The Webex cloud to which the vault's credentials and tokens belong: its base URL, sealed, as one row of `meta`.
import type { KeyObject } from 'node:crypto'
import { z } from 'zod'
import { Secret } from '#engine/domain/secret.ts'
import type { Connection } from '../db/connection.ts'
import { writeMeta } from '../db/database.ts'
import type { RowAccess } from './row-access.ts'
import { openMeta, readMeta, writeSealedMeta } from './sealed-meta.ts'

export type StoredCloud =
  /** `restored`: it came with a backup. */
  | { readonly kind: 'known'; readonly baseUrl: string; readonly restored: boolean }
  /**
   * `never-recorded`: new, or of an older version. `restored`: the content came with a backup that names no cloud.
   * `altered`: what is recorded was not written under this vault's key.
   */
  | { readonly kind: 'unknown'; readonly why: 'never-recorded' | 'restored' | 'altered' }

/** Each rejects with a `StoreFailure` when the database does not answer. A write is durable when it resolves. */
export interface CloudRow {
  load(): Promise<StoredCloud>
  /**
   * Records it, or with a condition only where that holds. `empty`: there is neither a service app nor a token manager,
   * readable or not. Resolves with whether it is on record.
   */
  record(baseUrl: string, only?: 'where-empty' | 'where-never-recorded'): Promise<boolean>
}

export const CLOUD = 'cloud'
/** In place of a record; it needs no seal, since all it can do is to make the person be asked. */
const UNKNOWN_AFTER_RESTORE = 'unknown-after-restore'

const content = z.object({ baseUrl: z.string(), restored: z.boolean() })

export function cloudRow(access: RowAccess): CloudRow {
  const { db, key } = access
  return {
    load: () => access.read(() => loadCloud(db, key())),
    record: (baseUrl, only) =>
      access.write(() =>
        db.transaction(() => {
          const stored = loadCloud(db, key())
          if (only === 'where-empty' && hasContent(db)) return false
          const isRecorded = stored.kind === 'known' || stored.why !== 'never-recorded'
          if (only === 'where-never-recorded' && isRecorded) return false
          const isThere = stored.kind === 'known' && stored.baseUrl === baseUrl
          if (only === undefined || !isThere) seal(db, key(), { baseUrl, restored: false })
          return true
        }),
      ),
  }
}

export function hasContent(db: Connection): boolean {
  return db.get('SELECT 1 FROM credentials UNION ALL SELECT 1 FROM token_managers LIMIT 1') !== null
}

export function loadCloud(db: Connection, key: KeyObject): StoredCloud {
  const stored = readMeta(db, CLOUD)
  if (stored === null) return { kind: 'unknown', why: 'never-recorded' }
  if (stored === UNKNOWN_AFTER_RESTORE) return { kind: 'unknown', why: 'restored' }
  const opened = openMeta(key, CLOUD, stored)
  return opened === null
    ? { kind: 'unknown', why: 'altered' }
    : { kind: 'known', ...content.parse(JSON.parse(opened.reveal())) }
}

/** Runs inside the caller's transaction. `baseUrl`: of the backup; null: it names none. */
export function restoreCloud(db: Connection, key: KeyObject, baseUrl: string | null): void {
  if (baseUrl === null) writeMeta(db, CLOUD, UNKNOWN_AFTER_RESTORE)
  else seal(db, key, { baseUrl, restored: true })
}

function seal(db: Connection, key: KeyObject, value: z.infer<typeof content>): void {
  writeSealedMeta(db, key, CLOUD, new Secret(JSON.stringify(value)))
}
