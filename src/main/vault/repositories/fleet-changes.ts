// The fleet's changes as statements. Runs inside the caller's transaction.
import type { KeyObject } from 'node:crypto'
import { assertNever } from '#base/common/assert-never.ts'
import {
  defaultManagerId,
  type FleetChange,
  type ManagerId,
  type Profile,
  type ProfileId,
  type ServiceApp,
  type TokenManager,
  type TokenPair,
} from '#engine/domain/model.ts'
import { sealField } from '../crypto/field-cipher.ts'
import type { Connection } from '../db/connection.ts'
import { number, text } from '../db/row.ts'
import { type Owner, removePairs, storePair } from './token-pairs.ts'

export interface ChangeContext {
  readonly db: Connection
  readonly key: KeyObject
  /** Ids of pairs that could not be read at the start; they are set aside rather than replaced. */
  readonly unreadablePairs: ReadonlySet<string>
}

export function storeChange(context: ChangeContext, change: FleetChange): void {
  switch (change.kind) {
    case 'service-app-saved':
      saveServiceApp(context, change.serviceApp)
      break
    case 'profile-saved':
      saveProfile(context, change.profile)
      break
    case 'profile-removed':
      removeProfile(context.db, change.profileId)
      break
    case 'manager-saved':
      saveManager(context, change.manager)
      break
    case 'manager-removed':
      removeManager(context.db, change.managerId)
      break
    case 'profile-pair':
      savePair(context, { kind: 'profile', id: change.profileId }, change.pair)
      break
    case 'manager-pair':
      savePair(context, { kind: 'manager', id: change.managerId }, change.pair)
      break
    default:
      assertNever(change)
  }
}

export function clientSecretPlace(table: 'credentials' | 'token_managers', id: string) {
  return { table, record: id, field: 'client_secret' }
}

function saveServiceApp({ db, key }: ChangeContext, { id, appId, clientId, clientSecret }: ServiceApp): void {
  db.run(
    `INSERT INTO credentials (id, app_id, client_id, client_secret) VALUES (?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET app_id = excluded.app_id, client_id = excluded.client_id,
       client_secret = excluded.client_secret`,
    id,
    appId,
    clientId,
    sealField(key, clientSecret, clientSecretPlace('credentials', id)),
  )
}

function saveProfile(context: ChangeContext, profile: Profile): void {
  const before = context.db.get('SELECT service_app_id FROM profiles WHERE id = ?', profile.id)
  context.db.run(
    `INSERT INTO profiles (id, name, service_app_id, target_org_id, org_name, manager_id, probe, paused, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET name = excluded.name, service_app_id = excluded.service_app_id,
       target_org_id = excluded.target_org_id, org_name = excluded.org_name, manager_id = excluded.manager_id,
       probe = excluded.probe, paused = excluded.paused`,
    profile.id,
    profile.name,
    profile.serviceAppId,
    profile.targetOrgId,
    profile.orgName,
    profile.managerId,
    JSON.stringify(profile.probe),
    Number(profile.paused),
    Math.round(profile.createdAt),
  )
  // A saved edit must neither bring back an older pair nor forget the one that is stored.
  if (before === null) {
    if (profile.pair !== null) savePair(context, { kind: 'profile', id: profile.id }, profile.pair)
  } else dropUnused(context.db, text(before, 'service_app_id'))
}

/** Its history stays. */
function removeProfile(db: Connection, id: ProfileId): void {
  const profile = db.get('SELECT service_app_id FROM profiles WHERE id = ?', id)
  if (profile === null) return
  removePairs(db, { kind: 'profile', id })
  db.run('DELETE FROM profiles WHERE id = ?', id)
  dropUnused(db, text(profile, 'service_app_id'))
}

/** The client credentials go with the last profile that used them. */
function dropUnused(db: Connection, serviceAppId: string): void {
  db.run(
    'DELETE FROM credentials WHERE id = ? AND NOT EXISTS (SELECT 1 FROM profiles WHERE service_app_id = credentials.id)',
    serviceAppId,
  )
}

function saveManager(context: ChangeContext, manager: TokenManager): void {
  const { db, key } = context
  const isNew = db.get('SELECT 1 FROM token_managers WHERE id = ?', manager.id) === null
  if (manager.isDefault) db.run('UPDATE token_managers SET is_default = 0 WHERE id <> ?', manager.id)
  const isIntegration = manager.kind === 'integration'
  db.run(
    `INSERT INTO token_managers (id, kind, name, is_default, created_at, client_id, client_secret)
     VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, name = excluded.name, is_default = excluded.is_default,
       client_id = excluded.client_id, client_secret = excluded.client_secret`,
    manager.id,
    manager.kind,
    manager.name,
    Number(manager.isDefault),
    Math.round(manager.createdAt),
    isIntegration ? manager.clientId : null,
    isIntegration
      ? sealField(key, manager.clientSecret, clientSecretPlace('token_managers', manager.id))
      : null,
  )
  keepOneDefault(db)
  if (isNew && manager.pair !== null) savePair(context, { kind: 'manager', id: manager.id }, manager.pair)
}

/** Profiles that named it fall back to the default one. */
function removeManager(db: Connection, id: ManagerId): void {
  removePairs(db, { kind: 'manager', id })
  db.run('DELETE FROM token_managers WHERE id = ?', id)
  keepOneDefault(db)
}

/** There is a default one as long as there is any. */
function keepOneDefault(db: Connection): void {
  const managers = db.all('SELECT id, is_default FROM token_managers ORDER BY rowid')
  const id = defaultManagerId(
    new Map(managers.map((row) => [text(row, 'id'), { isDefault: number(row, 'is_default') === 1 }])),
  )
  if (id !== null) db.run('UPDATE token_managers SET is_default = 1 WHERE id = ?', id)
}

function savePair({ db, key, unreadablePairs }: ChangeContext, owner: Owner, pair: TokenPair): void {
  storePair(db, key, owner, pair, unreadablePairs)
}
