// The fleet's changes as statements. Runs inside the caller's transaction.
import { assertNever } from '#base/common/assert-never.ts'
import {
  defaultManagerId,
  type FleetChange,
  type ManagerId,
  type Profile,
  type ProfileId,
  type ServiceApp,
  type TokenManager,
} from '#engine/domain/model.ts'
import { sealField } from '../crypto/field-cipher.ts'
import type { Connection, Row } from '../db/connection.ts'
import { text, unlessMalformed } from '../db/row.ts'
import { type ChangeContext, removePairs, storePair } from './token-pairs.ts'

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
      storePair(context, { kind: 'profile', id: change.profileId }, change.pair)
      break
    case 'manager-pair':
      storePair(context, { kind: 'manager', id: change.managerId }, change.pair)
      break
    default:
      assertNever(change)
  }
}

export function clientSecretPlace(table: 'credentials' | 'token_managers', id: string) {
  return { table, record: id, field: 'client_secret' }
}

function saveServiceApp({ db, key }: ChangeContext, { id, appId, clientId, clientSecret }: ServiceApp): void {
  db.upsert('credentials', 'id', {
    id,
    app_id: appId,
    client_id: clientId,
    client_secret: sealField(key, clientSecret, clientSecretPlace('credentials', id)),
  })
}

function saveProfile(context: ChangeContext, profile: Profile): void {
  const before = context.db.get('SELECT service_app_id FROM profiles WHERE id = ?', profile.id)
  context.db.upsert('profiles', 'id', {
    id: profile.id,
    name: profile.name,
    service_app_id: profile.serviceAppId,
    target_org_id: profile.targetOrgId,
    org_name: profile.orgName,
    manager_id: profile.managerId,
    probe: JSON.stringify(profile.probe),
    paused: Number(profile.paused),
    created_at: Math.round(profile.createdAt),
  })
  // A saved edit must neither bring back an older pair nor forget the one that is stored.
  if (before === null) {
    if (profile.pair !== null) storePair(context, { kind: 'profile', id: profile.id }, profile.pair)
  } else dropUnused(context.db, before)
}

/** Its history stays. */
function removeProfile(db: Connection, id: ProfileId): void {
  const profile = db.get('SELECT service_app_id FROM profiles WHERE id = ?', id)
  if (profile === null) return
  removePairs(db, { kind: 'profile', id })
  db.run('DELETE FROM profiles WHERE id = ?', id)
  dropUnused(db, profile)
}

/** The client credentials go with the last profile that used them. `profile`: its row, which may be damaged. */
function dropUnused(db: Connection, profile: Row): void {
  const serviceAppId = unlessMalformed(() => text(profile, 'service_app_id'))
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
  const place = clientSecretPlace('token_managers', manager.id)
  db.upsert('token_managers', 'id', {
    id: manager.id,
    kind: manager.kind,
    name: manager.name,
    is_default: Number(manager.isDefault),
    created_at: Math.round(manager.createdAt),
    client_id: isIntegration ? manager.clientId : null,
    client_secret: isIntegration ? sealField(key, manager.clientSecret, place) : null,
  })
  keepOneDefault(db)
  if (isNew && manager.pair !== null) storePair(context, { kind: 'manager', id: manager.id }, manager.pair)
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
    new Map(managers.map((row) => [String(row.id), { isDefault: row.is_default === 1 }])),
  )
  if (id !== null) db.run('UPDATE token_managers SET is_default = 1 WHERE id = ?', id)
}
