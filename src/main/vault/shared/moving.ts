// Moving: a shared vault is filled with a backup, whole or not at all, and written into one when it is to be renewed elsewhere.
import type { KeyObject } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { unconfirmed } from '#engine/domain/delivery-spec.ts'
import type { Fleet } from '#engine/domain/model.ts'
import { StoreFailure } from '#engine/domain/ports.ts'
import type { Backup, BackupSource } from '../backup/backup.ts'
import { fleetOf } from '../backup/backup-content.ts'
import { fleetLines } from '../backup/backup-records.ts'
import { number } from '../db/row.ts'
import { CLOUD, CONTENT, cloudMeta, readCloud } from '../repositories/cloud.ts'
import { consumerRow, OLDEST_FIRST, readConsumers } from '../repositories/consumers.ts'
import { readDataSources } from '../repositories/data-sources.ts'
import { readTargets, targetRow } from '../repositories/delivery-targets.ts'
import { FLEET_DELIVERIES, readFleetDeliveries } from '../repositories/fleet-deliveries.ts'
import { attemptColumns, ONCE } from '../repositories/history.ts'
import { type SealedTable, sealedRow } from '../repositories/row-seal.ts'
import { readWebhookRow, settingsIn, webhookColumns } from '../repositories/webhook.ts'
import type { Statements } from './postgres-connection.ts'
import { SeenRecords } from './seen-records.ts'
import { SharedChanges } from './shared-changes.ts'
import { loadSharedFleet } from './shared-fleet.ts'
import { sharedHistoryPage } from './shared-history.ts'
import { readMeta, writeSealed } from './shared-records.ts'

/** In the order in which nothing refers to what is gone. */
const REPLACED = [
  'data_sources',
  'delivery_targets',
  'consumers',
  'webhook',
  'token_pairs',
  'in_flight',
  'answers',
  'profiles',
  'credentials',
  'token_managers',
  'attempts',
  'meta',
]

/** Row of `meta`: names what the vault was filled with, by whoever did. */
const MOVED_IN = 'moved-in'

/** Whether the vault has what was moved into it under this name, and not what somebody else has put in its place. */
export async function isFilledBy(tx: Statements, move: string): Promise<boolean> {
  return (await tx.row('meta', 'WHERE key = ?', MOVED_IN))?.value === move
}

export async function hasSharedContent(tx: Statements): Promise<boolean> {
  return (await tx.query(CONTENT)).length > 0
}

export async function customersIn(tx: Statements): Promise<number> {
  const [row = {}] = await tx.query('SELECT count(*) AS customers FROM profiles')
  return number(row, 'customers')
}

/**
 * Why the vault cannot be put out of use now; null: no computer renews, nor begins to before the transaction ends. An answer that a
 * worker still has to store would be lost.
 */
export async function renewalUnderWay(tx: Statements): Promise<string | null> {
  const lease = 'SELECT holder, lease_until > clock_timestamp() AS held FROM leader FOR UPDATE'
  const [leader] = await tx.query(lease)
  if (leader?.held === true) return `${leader.holder} renews the tokens of this shared vault. Stop it first.`
  const [mark] = await tx.query(
    'SELECT node, give_up FROM in_flight WHERE give_up > clock_timestamp() ORDER BY give_up DESC LIMIT 1',
  )
  if (mark === undefined) return null
  const until = mark.give_up instanceof Date ? mark.give_up.toISOString() : ''
  return `${mark.node} was stopped in the middle of a renewal. Start it again, so that it stores what it received, and stop it normally; or wait until ${until}.`
}

/**
 * Puts a backup in the place of everything. What delivers tokens or gives them out is held until a person has confirmed it,
 * as after a restore. `move` names it: see `isFilledBy`. Rejects where what was stored does not read as it was written.
 */
export async function takeOver(
  tx: Statements,
  key: KeyObject,
  backup: Backup,
  move: string | null,
): Promise<void> {
  for (const table of REPLACED) await tx.run(`DELETE FROM ${table}`)
  if (move !== null) await tx.insert('meta', { key: MOVED_IN, value: move })
  const changes = new SharedChanges(tx, key, new SeenRecords())
  for (const change of backup.changes) await changes.store(change)
  const insert = (table: SealedTable, row: Parameters<typeof sealedRow>[2]) =>
    tx.insert(table, sealedRow(key, table, row))
  const { targets, fleetDeliveries, consumers, webhook } = backup.delivery
  for (const target of targets) {
    const held = { ...target, spec: unconfirmed(target.spec) }
    await insert('delivery_targets', targetRow(key, held, true))
  }
  // They act nowhere: each computer has its own. A backup of the shared vault has them again.
  await writeSealed(tx, key, FLEET_DELIVERIES, fleetDeliveries)
  for (const consumer of consumers) await insert('consumers', consumerRow({ ...consumer, held: true }))
  if (webhook !== null) await insert('webhook', webhookColumns(key, { ...webhook, held: true }))
  if (backup.cloud !== null) {
    await tx.insert('meta', { key: CLOUD, value: cloudMeta(key, { baseUrl: backup.cloud, restored: true }) })
  }
  let attempts = 0
  for await (const some of backup.history()) attempts += await insertAttempts(tx, some.map(attemptColumns))
  const { loaded } = await loadSharedFleet(tx, key)
  const [counted] = await tx.query('SELECT count(*) AS attempts FROM attempts')
  const isWhole =
    loaded.unreadable.length === 0 &&
    isSameFleet(loaded.fleet, fleetOf(backup.changes)) &&
    number(counted ?? {}, 'attempts') === attempts
  if (!isWhole) {
    throw new StoreFailure(
      'other',
      'What the shared vault stored differs from what was written. Nothing was moved.',
    )
  }
}

/** With its secrets, whatever the order of records and of their fields. */
function isSameFleet(one: Fleet, other: Fleet): boolean {
  const recordsOf = ({ serviceApps, managers, profiles }: Fleet) => {
    const sorted = { serviceApps: byId(serviceApps), managers: byId(managers), profiles: byId(profiles) }
    return [...fleetLines(sorted)].map((line): unknown => JSON.parse(line))
  }
  return isDeepStrictEqual(recordsOf(one), recordsOf(other))
}

function byId<T>(records: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  return new Map([...records].sort(([one], [other]) => (one < other ? -1 : 1)))
}

/** As JSON, in one statement. Resolves with how many were not there. */
async function insertAttempts(
  tx: Statements,
  rows: readonly ReturnType<typeof attemptColumns>[],
): Promise<number> {
  const [first] = rows
  if (first === undefined) return 0
  const columns = Object.keys(first).join(', ')
  return tx.run(
    `INSERT INTO attempts (${columns}) SELECT ${columns} FROM json_populate_recordset(NULL::attempts, ?::json) ${ONCE}`,
    JSON.stringify(rows),
  )
}

/** What a backup is written from; `tx` reads as of one moment. */
export function sharedSource(tx: Statements, key: KeyObject): BackupSource {
  return {
    load: async () => (await loadSharedFleet(tx, key)).loaded,
    delivery: async () => {
      const { targets, damaged } = readTargets(key, await tx.rows('delivery_targets'))
      const { consumers, unreadable } = readConsumers(key, await tx.rows('consumers', OLDEST_FIRST))
      const webhook = readWebhookRow(key, await tx.row('webhook', ''))
      return {
        targets: targets.map(({ target }) => target),
        fleetDeliveries: readFleetDeliveries(key, await readMeta(tx, FLEET_DELIVERIES)),
        consumers,
        webhook: settingsIn(webhook),
        unreadable: damaged.length + unreadable.length + Number(webhook?.kind === 'damaged'),
      }
    },
    dataSources: async () => readDataSources(key, await tx.rows('data_sources', 'ORDER BY kept_since, id')),
    history: (query) => sharedHistoryPage(tx, query),
    cloud: async () => {
      const row = await tx.row('meta', 'WHERE key = ?', CLOUD)
      return readCloud(key, row === null ? null : String(row.value))
    },
  }
}
