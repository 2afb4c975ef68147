// Data sources that are kept alive, as rows. What is stored are IDs, the choice and times; the row's seal keeps others from
// adding theirs.
import type { KeyObject } from 'node:crypto'
import type { DataSourceId, KeptDataSource } from '#engine/domain/model.ts'
import type { Connection, Row } from '../db/connection.ts'
import { type DamagedRow, number, numberOrNull, readRows, rounded, text, textOrNull } from '../db/row.ts'
import { rowSealer, upsertSealed } from './row-seal.ts'

export interface StoredDataSources {
  readonly sources: readonly KeptDataSource[]
  readonly unreadable: readonly DamagedRow[]
}

export function loadDataSources(db: Connection, key: KeyObject): StoredDataSources {
  return readDataSources(key, db.rows('data_sources', 'ORDER BY kept_since, id'))
}

export function readDataSources(key: KeyObject, rows: readonly Row[]): StoredDataSources {
  const { values, damaged } = readRows(rows, readDataSource, rowSealer(key, 'data_sources').isAuthentic)
  return { sources: values, unreadable: damaged }
}

/** Runs inside the caller's transaction, as the one below. One whose profile is gone is not stored. */
export function storeDataSource(
  context: { readonly db: Connection; readonly key: KeyObject },
  source: KeptDataSource,
): void {
  if (context.db.get('SELECT 1 FROM profiles WHERE id = ?', source.profileId) === null) return
  upsertSealed(context, 'data_sources', dataSourceRow(source))
}

export function dataSourceRow(source: KeptDataSource) {
  return {
    id: source.id,
    profile_id: source.profileId,
    url: source.url,
    kept_since: Math.round(source.keptSince),
    issued_at: rounded(source.issuedAt),
    expires_at: rounded(source.expiresAt),
    lapsed_from: rounded(source.lapse?.from ?? null),
    lapsed_until: rounded(source.lapse?.until ?? null),
  }
}

export function dropDataSource(db: Connection, id: DataSourceId): void {
  db.run('DELETE FROM data_sources WHERE id = ?', id)
}

function readDataSource(row: Row): KeptDataSource {
  const [from, until] = [numberOrNull(row, 'lapsed_from'), numberOrNull(row, 'lapsed_until')]
  return {
    id: text(row, 'id'),
    profileId: text(row, 'profile_id'),
    url: textOrNull(row, 'url'),
    keptSince: number(row, 'kept_since'),
    issuedAt: numberOrNull(row, 'issued_at'),
    expiresAt: numberOrNull(row, 'expires_at'),
    lapse: from === null || until === null ? null : { from, until },
  }
}
