// The fleet in PostgreSQL, loaded as of one moment.
import type { KeyObject } from 'node:crypto'
import type { Row } from '../db/connection.ts'
import { readConsumers } from '../repositories/consumers.ts'
import { readDataSources } from '../repositories/data-sources.ts'
import { MONTH, REQUESTS, readDrills } from '../repositories/drills.ts'
import { type LoadedFleet, readFleet, tracesIn, unreadable } from '../repositories/fleet.ts'
import { NEWEST_OF_EACH, readAttempts } from '../repositories/history.ts'
import { OTHER_COPY_STOPPED, readOtherCopyStop } from '../repositories/other-copy-stop.ts'
import { byOwner } from '../repositories/token-pairs.ts'
import { readWebhookRow } from '../repositories/webhook.ts'
import type { Statements } from './postgres-connection.ts'
import { type EditedTable, SeenRecords } from './seen-records.ts'

export const MANAGERS_IN_ORDER = 'ORDER BY created_at, id'

/** Everything must be read as of one moment. */
export async function loadSharedFleet(
  tx: Statements,
  key: KeyObject,
): Promise<{ readonly loaded: LoadedFleet; readonly seen: SeenRecords }> {
  const rows = {
    credentials: await tx.rows('credentials'),
    token_managers: await tx.rows('token_managers', MANAGERS_IN_ORDER),
    profiles: await tx.rows('profiles'),
  }
  const previous = byOwner(await tx.rows('token_pairs', `WHERE slot = 'previous'`))
  const { fleet, unreadable: found } = readFleet(
    {
      credentials: rows.credentials,
      managers: rows.token_managers,
      profiles: rows.profiles,
      currentPairs: byOwner(await tx.rows('token_pairs', `WHERE slot = 'current'`)),
      previousPair: ({ kind, id }) => previous[kind].get(id) ?? null,
    },
    key,
  )
  const sources = readDataSources(key, await tx.rows('data_sources', 'ORDER BY kept_since, id'))
  const consumers = readConsumers(key, await tx.rows('consumers'))
  const webhook = readWebhookRow(key, await tx.row('webhook', ''))
  const damaged = [
    ...found,
    ...consumers.unreadable.map(({ row, damage }) => unreadable('consumers', row.id, row.name, damage)),
    ...sources.unreadable.map(({ row, damage }) => unreadable('data_sources', row.id, row.url, damage)),
    ...(webhook?.kind === 'damaged' ? [unreadable('webhook', 1, 'Webhook', webhook.damage)] : []),
  ]
  const attempts = []
  for (const newest of NEWEST_OF_EACH) attempts.push(...(await tx.rows(newest)))
  const month = await metaValue(tx, MONTH)
  return {
    loaded: {
      fleet,
      lastAttempts: readAttempts(attempts),
      drills: readDrills(await tx.rows('meta', `WHERE ${REQUESTS}`), month),
      otherCopyStoppedAt: readOtherCopyStop(await metaValue(tx, OTHER_COPY_STOPPED)),
      keptDataSources: sources.sources,
      unreadable: damaged.map((record) => ({ ...record, traces: tracesIn(rowOf(rows, record)) })),
      openTokens: null,
    },
    seen: new SeenRecords(key, rows),
  }
}

async function metaValue(tx: Statements, key: string): Promise<string | null> {
  const row = await tx.row('meta', 'WHERE key = ?', key)
  return row === null ? null : String(row.value)
}

function rowOf(
  tables: Readonly<Record<EditedTable, readonly Row[]>>,
  { table, id }: { readonly table: string; readonly id: string },
): Row {
  const find = (rows: readonly Row[], wanted: unknown) => rows.find((row) => row.id === wanted) ?? {}
  if (table === 'token_managers') return find(tables.token_managers, id)
  if (table === 'credentials') {
    const row = find(tables.credentials, id)
    return { ...row, service_app_id: row.id }
  }
  if (table !== 'profiles') return {}
  const row = find(tables.profiles, id)
  const { app_id, client_id } = find(tables.credentials, row.service_app_id)
  return { ...row, app_id, client_id }
}
