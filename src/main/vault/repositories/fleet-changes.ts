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
} from '#engine/domain/model.ts'
import { sealField } from '../crypto/field-cipher.ts'
import type { Connection, Row } from '../db/connection.ts'
import { dropDataSource, storeDataSource } from './data-sources.ts'
import { storeDrill, storeDrillMonth } from './drills.ts'
import { storeOtherCopyStop } from './other-copy-stop.ts'
import { updateSealed, upsertSealed } from './row-seal.ts'
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
      removeManager(context, change.managerId)
      break
    case 'profile-pair':
      storePair(context, { kind: 'profile', id: change.profileId }, change.pair)
      break
    case 'manager-pair':
      storePair(context, { kind: 'manager', id: change.managerId }, change.pair)
      break
    case 'drill':
      storeDrill(context.db, change.profileId, change.request)
      break
    case 'drill-month':
      storeDrillMonth(context.db, change.month)
      break
    case 'other-copy-stopped':
      storeOtherCopyStop(context.db, change.at)
      break
    case 'data-source-kept':
      storeDataSource(context, change.source)
      break
    case 'data-source-dropped':
      dropDataSource(context.db, change.id)
      break
    default:
      assertNever(change)
  }
}

export function clientSecretPlace(table: 'credentials' | 'token_managers', id: string) {
  return { table, record: id, field: 'client_secret' }
}

function saveServiceApp(context: ChangeContext, serviceApp: ServiceApp): void {
  upsertSealed(context, 'credentials', serviceAppRow(context.key, serviceApp))
}

export function serviceAppRow(key: KeyObject, { id, appId, clientId, clientSecret }: ServiceApp) {
  return {
    id,
    app_id: appId,
    client_id: clientId,
    client_secret: sealField(key, clientSecret, clientSecretPlace('credentials', id)),
  }
}

function saveProfile(context: ChangeContext, profile: Profile): void {
  const before = context.db.row('profiles', 'WHERE id = ?', profile.id)
  upsertSealed(context, 'profiles', profileRow(profile))
  // A saved edit must neither bring back an older pair nor forget the one that is stored.
  if (before === null) {
    if (profile.pair !== null) storePair(context, { kind: 'profile', id: profile.id }, profile.pair)
  } else dropUnused(context.db, before)
}

export function profileRow(profile: Profile) {
  return {
    id: profile.id,
    name: profile.name,
    service_app_id: profile.serviceAppId,
    target_org_id: profile.targetOrgId,
    org_name: profile.orgName,
    manager_id: profile.managerId,
    probe: JSON.stringify(profile.probe),
    paused: Number(profile.paused),
    created_at: Math.round(profile.createdAt),
  }
}

/** Its history stays. */
function removeProfile(db: Connection, id: ProfileId): void {
  const profile = db.row('profiles', 'WHERE id = ?', id)
  if (profile === null) return
  removePairs(db, { kind: 'profile', id })
  storeDrill(db, id, null)
  db.run('DELETE FROM profiles WHERE id = ?', id)
  dropUnused(db, profile)
}

/** The client credentials go with the last profile that used them. `profile`: its row, which may be damaged. */
function dropUnused(db: Connection, profile: Row): void {
  db.run(
    'DELETE FROM credentials WHERE id = ? AND NOT EXISTS (SELECT 1 FROM profiles WHERE service_app_id = credentials.id)',
    String(profile.service_app_id),
  )
}

function saveManager(context: ChangeContext, manager: TokenManager): void {
  const { db } = context
  const isNew = db.get('SELECT 1 FROM token_managers WHERE id = ?', manager.id) === null
  if (manager.isDefault) {
    updateSealed(context, 'token_managers', { is_default: 0 }, 'is_default = 1 AND id <> ?', manager.id)
  }
  upsertSealed(context, 'token_managers', managerRow(context.key, manager))
  keepOneDefault(context)
  if (isNew && manager.pair !== null) storePair(context, { kind: 'manager', id: manager.id }, manager.pair)
}

export function managerRow(key: KeyObject, manager: TokenManager) {
  const isIntegration = manager.kind === 'integration'
  const place = clientSecretPlace('token_managers', manager.id)
  return {
    id: manager.id,
    kind: manager.kind,
    name: manager.name,
    is_default: Number(manager.isDefault),
    created_at: Math.round(manager.createdAt),
    client_id: isIntegration ? manager.clientId : null,
    client_secret: isIntegration ? sealField(key, manager.clientSecret, place) : null,
    fallback_id: manager.fallbackId,
  }
}

/** Profiles that named it use the default one; who had it as fallback has none. */
function removeManager(context: ChangeContext, id: ManagerId): void {
  const { db } = context
  removePairs(db, { kind: 'manager', id })
  // Their foreign keys would do the same, and leave the seal of each row as it was.
  updateSealed(context, 'profiles', { manager_id: null }, 'manager_id = ?', id)
  updateSealed(context, 'token_managers', { fallback_id: null }, 'fallback_id = ?', id)
  db.run('DELETE FROM token_managers WHERE id = ?', id)
  keepOneDefault(context)
}

/** There is a default one as long as there is any. */
function keepOneDefault(context: ChangeContext): void {
  const id = defaultManagerIn(context.db.rows('token_managers', 'ORDER BY rowid'))
  if (id !== null) updateSealed(context, 'token_managers', { is_default: 1 }, 'is_default = 0 AND id = ?', id)
}

/** `rows`: of all token managers, in the order they were added. */
export function defaultManagerIn(rows: readonly Row[]): ManagerId | null {
  return defaultManagerId(
    new Map(rows.map(({ id, is_default }) => [String(id), { isDefault: is_default === 1 }])),
  )
}
