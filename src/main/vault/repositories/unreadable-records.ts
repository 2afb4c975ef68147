// Unreadable records: what their rows still say, their removal, and the same records in the copies that were kept.
import type { KeyObject } from 'node:crypto'
import { basename } from 'node:path'
import type { Fleet, FleetChange, Instant, Profile, TokenManager } from '#engine/domain/model.ts'
import type { RecordPlace } from '#engine/domain/view-model.ts'
import { type OpenCopy, readCopy } from '../crypto/kept-copies.ts'
import type { Connection, Row } from '../db/connection.ts'
import { holdActing } from './acting.ts'
import { loadConsumers } from './consumers.ts'
import { loadDataSources } from './data-sources.ts'
import { type LoadedRows, loadRows, tracesIn, type UnreadableRecord, unreadable } from './fleet.ts'
import { storeChange } from './fleet-changes.ts'
import type { RowAccess } from './row-access.ts'
import { loadWebhook } from './webhook.ts'

/** `file`: its name in the data folder. */
export interface RecordCopy {
  readonly file: string
  readonly at: Instant
  /** It is sealed under the data key of this vault. Others may have written any other, and had the app cover it since. */
  readonly isOwn: boolean
}

export interface UnreadableRows {
  /** With what depends on it: the profiles of a service app. */
  remove(place: RecordPlace): Promise<void>
  /** The copies in the data folder in which the record can be read, the newest first. */
  copies(place: RecordPlace): Promise<readonly RecordCopy[]>
  /**
   * Puts what a copy has in the place of the row; a pair that is stored here stays. What delivers or gives out its tokens is
   * held where the copy is not the vault's own. Resolves with how many are; null: it cannot be read there.
   */
  take(place: RecordPlace, file: string): Promise<number | null>
}

/** Those of the fleet, of the consumers and the webhook, with their traces; delivery targets are read by themselves. */
export function describeUnreadable(
  db: Connection,
  key: KeyObject,
  loaded: Pick<LoadedRows, 'unreadable'>,
): readonly UnreadableRecord[] {
  const webhook = loadWebhook(db, key)
  return [
    ...loaded.unreadable,
    ...loadConsumers(db, key).unreadable.map(({ row, damage }) =>
      unreadable('consumers', row.id, row.name, damage),
    ),
    ...loadDataSources(db, key).unreadable.map(({ row, damage }) =>
      unreadable('data_sources', row.id, row.url, damage),
    ),
    ...(webhook?.kind === 'damaged' ? [unreadable('webhook', 1, 'Webhook', webhook.damage)] : []),
  ].map((record) => ({ ...record, traces: tracesIn(rowOf(db, record)) }))
}

function rowOf(db: Connection, { table, id }: RecordPlace): Row {
  const row = (table === 'token_pairs' ? null : db.row(table, 'WHERE id = ?', id)) ?? {}
  if (table === 'credentials') return { ...row, service_app_id: row.id }
  if (table !== 'profiles') return row
  const { app_id, client_id } = db.row('credentials', 'WHERE id = ?', String(row.service_app_id)) ?? {}
  return { ...row, app_id, client_id }
}

export function unreadableRows(
  { db, key, write, read }: RowAccess,
  openCopies: () => Promise<readonly OpenCopy[]>,
): UnreadableRows {
  return {
    remove: (place) =>
      write(() =>
        db.transaction(() => {
          remove(db, key(), place)
          removeByBytes(db, place)
        }),
      ),
    copies: (place) =>
      read(async () =>
        (await openCopies())
          .filter((opened) => changesFrom(opened, db, place).length > 0)
          .map((opened) => ({
            file: basename(opened.copy.path),
            at: opened.copy.modifiedAt,
            isOwn: opened.key.equals(key()),
          })),
      ),
    take: (place, file) =>
      write(async () => {
        const opened = (await openCopies()).find(({ copy }) => basename(copy.path) === file)
        const changes = opened === undefined ? [] : changesFrom(opened, db, place)
        if (opened === undefined || changes.length === 0) return null
        return db.transaction(() => {
          const context = { db, key: key(), unreadablePairs: new Set<string>() }
          for (const change of changes) storeChange(context, change)
          return opened.key.equals(key()) ? 0 : holdActing(context, concernedBy(changes, db))
        })
      }),
  }
}

/** The profiles whose app or org the changes decide. */
function concernedBy(changes: readonly FleetChange[], db: Connection): ReadonlySet<string> {
  return new Set(
    changes.flatMap((change) => {
      if (change.kind === 'profile-saved') return [change.profile.id]
      if (change.kind !== 'service-app-saved') return []
      return db.rows('profiles', 'WHERE service_app_id = ?', change.serviceApp.id).map(({ id }) => String(id))
    }),
  )
}

const HAS_OWNER =
  '(EXISTS (SELECT 1 FROM profiles WHERE id = owner_id) OR EXISTS (SELECT 1 FROM token_managers WHERE id = owner_id))'

function remove(db: Connection, key: KeyObject, { table, id }: RecordPlace): void {
  const context = { db, key, unreadablePairs: new Set<string>() }
  switch (table) {
    case 'profiles':
      storeChange(context, { kind: 'profile-removed', profileId: id })
      return
    case 'token_managers':
      storeChange(context, { kind: 'manager-removed', managerId: id })
      return
    case 'credentials':
      for (const profile of db.rows('profiles', 'WHERE service_app_id = ?', id)) {
        storeChange(context, { kind: 'profile-removed', profileId: String(profile.id) })
      }
      db.run('DELETE FROM credentials WHERE id = ?', id)
      return
    case 'token_pairs':
      // One that has its owner is kept until the next is stored, which sets it aside.
      db.run(`DELETE FROM token_pairs WHERE owner_id = ? AND NOT ${HAS_OWNER}`, id)
      return
    case 'webhook':
      db.run('DELETE FROM webhook')
      return
    default:
      db.run(`DELETE FROM ${table} WHERE id = ?`, id)
  }
}

/** An ID that is no UTF-8 cannot be passed as text: its row is the one whose ID is shown so. */
function removeByBytes(db: Connection, { table, id }: RecordPlace): void {
  const column = table === 'token_pairs' ? 'owner_id' : 'id'
  for (const { [column]: stored } of db.rows(table)) {
    if (!Buffer.isBuffer(stored) || String(stored) !== id) continue
    db.run(`DELETE FROM ${table} WHERE CAST(${column} AS BLOB) = ?`, stored)
  }
}

/** Empty where the copy does not have the record, or it cannot be read there either. */
function changesFrom(
  { copy, key }: OpenCopy,
  here: Connection,
  { table, id }: RecordPlace,
): readonly FleetChange[] {
  // null: it is of another version.
  const rows = readCopy(copy, (db) => loadRows(db, key))
  if (rows === null) return []
  const { serviceApps, managers, profiles } = rows.fleet
  const serviceApp = serviceApps.get(id)
  const manager = managers.get(id)
  const profile = profiles.get(id)
  switch (table) {
    case 'credentials':
      return serviceApp === undefined ? [] : [{ kind: 'service-app-saved', serviceApp }]
    case 'token_managers':
      return manager === undefined ? [] : [{ kind: 'manager-saved', manager: managerFrom(manager, here) }]
    case 'profiles':
      return profile === undefined ? [] : profileFrom(rows.fleet, profile, here)
    case 'token_pairs': {
      // Their owner is what is missing; where it is not, they are of no other record.
      const isOrphan =
        here.get(`SELECT 1 FROM token_pairs WHERE owner_id = ? AND NOT ${HAS_OWNER}`, id) !== null
      return profile === undefined || !isOrphan ? [] : profileFrom(rows.fleet, profile, here)
    }
    default:
      return []
  }
}

function isHere(here: Connection, table: 'credentials' | 'token_managers', id: string | null): boolean {
  return here.get(`SELECT 1 FROM ${table} WHERE id = ?`, id) !== null
}

function managerFrom(manager: TokenManager, here: Connection): TokenManager {
  return isHere(here, 'token_managers', manager.fallbackId) ? manager : { ...manager, fallbackId: null }
}

/** With its service app where that is not here. */
function profileFrom({ serviceApps }: Fleet, profile: Profile, here: Connection): readonly FleetChange[] {
  const hasApp = isHere(here, 'credentials', profile.serviceAppId)
  const own = hasApp ? undefined : serviceApps.get(profile.serviceAppId)
  const managerId = isHere(here, 'token_managers', profile.managerId) ? profile.managerId : null
  return [
    ...(own === undefined ? [] : [{ kind: 'service-app-saved', serviceApp: own } as const]),
    { kind: 'profile-saved', profile: { ...profile, managerId, pair: null } },
  ]
}
