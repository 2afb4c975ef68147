// The Webex cloud to which the vault's credentials and tokens belong: its base URL, sealed, as one row of `meta`.
import type { KeyObject } from 'node:crypto'
import { z } from 'zod'
import { Secret } from '#engine/domain/secret.ts'
import type { Connection } from '../db/connection.ts'
import { writeMeta } from '../db/database.ts'
import type { RowAccess } from './row-access.ts'
import { openMeta, readMeta, sealedMeta } from './sealed-meta.ts'

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
          const change = cloudChange(loadCloud(db, key()), baseUrl, only, () => hasContent(db))
          if (change === 'recorded') writeMeta(db, CLOUD, cloudMeta(key(), { baseUrl, restored: false }))
          return change !== 'refused'
        }),
      ),
  }
}

/** What recording a cloud comes to: see `CloudRow.record`. */
export function cloudChange(
  stored: StoredCloud,
  baseUrl: string,
  only: Parameters<CloudRow['record']>[1],
  hasContent: () => boolean,
): 'recorded' | 'there' | 'refused' {
  if (only === 'where-empty' && hasContent()) return 'refused'
  const isRecorded = stored.kind === 'known' || stored.why !== 'never-recorded'
  if (only === 'where-never-recorded' && isRecorded) return 'refused'
  const isThere = stored.kind === 'known' && stored.baseUrl === baseUrl
  return only === undefined || !isThere ? 'recorded' : 'there'
}

export const CONTENT = 'SELECT 1 FROM credentials UNION ALL SELECT 1 FROM token_managers LIMIT 1'

export function hasContent(db: Connection): boolean {
  return db.get(CONTENT) !== null
}

export function loadCloud(db: Connection, key: KeyObject): StoredCloud {
  return readCloud(key, readMeta(db, CLOUD))
}

/** `stored`: as it stands in the table; null: it is not there. */
export function readCloud(key: KeyObject, stored: string | null): StoredCloud {
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
  else writeMeta(db, CLOUD, cloudMeta(key, { baseUrl, restored: true }))
}

export function cloudMeta(key: KeyObject, value: z.infer<typeof content>): string {
  return sealedMeta(key, CLOUD, new Secret(JSON.stringify(value)))
}
