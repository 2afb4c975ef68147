// Backups as somebody writes them who knows the format and chose the passphrase.
import { join } from 'node:path'
import { Secret } from '#engine/domain/secret.ts'
import { attemptsIn, type Backup, type RefusedBackup, readBackup as read } from '#vault/backup/backup.ts'
import { writeBackupFile } from '#vault/backup/backup-file.ts'
import { aProfile, aServiceApp, NOW, temporaryFolder } from './builders.ts'
import { CHEAP_SCRYPT } from './opened.ts'

export const PASSPHRASE = new Secret('a backup of somebody')

export type BackupReading = { readonly kind: 'ok'; readonly backup: Backup } | RefusedBackup

/** In this thread. */
export async function readBackup(path: string, passphrase: Secret): Promise<BackupReading> {
  const reading = await read(path, passphrase)
  if (reading.kind !== 'ok') return reading
  return { kind: 'ok', backup: { ...reading.content, history: () => attemptsIn(reading.packed) } }
}

/** Returns its path. */
export async function fileOf(records: readonly object[]): Promise<string> {
  const path = join(temporaryFolder(), 'some.satm-backup')
  async function* lines() {
    for (const record of records) yield `${JSON.stringify(record)}\n`
  }
  await writeBackupFile(path, lines(), { passphrase: PASSPHRASE, cost: CHEAP_SCRYPT, now: NOW })
  return path
}

export async function reading(records: readonly object[]): Promise<BackupReading> {
  return readBackup(await fileOf(records), PASSPHRASE)
}

export async function backupOf(records: readonly object[]): Promise<Backup> {
  const backup = await reading(records)
  if (backup.kind !== 'ok') throw new Error(backup.sentence)
  return backup.backup
}

export const serviceApp = (id: string, change: object = {}) => ({
  kind: 'service-app',
  value: { ...aServiceApp(id), clientSecret: 'secret', ...change },
})

export const profile = (id: string, change: object = {}) => ({
  kind: 'profile',
  value: { ...aProfile(id), pair: null, ...change },
})

export const manager = (id: string, change: object = {}) => ({
  kind: 'manager',
  value: {
    kind: 'integration',
    id,
    name: 'Integration',
    isDefault: true,
    createdAt: NOW,
    clientId: 'client',
    clientSecret: 'secret',
    pair: null,
    ...change,
  },
})

const FILE = {
  kind: 'env-file',
  path: '/a/.env',
  accessTokenName: 'TOKEN',
  refreshTokenName: null,
  confirmed: [],
}

export const target = (id: string, profileId: string, spec: object = {}) => ({
  kind: 'delivery-target',
  value: { id, profileId, spec: { ...FILE, ...spec }, createdAt: NOW },
})

export const consumer = (id: string, profileIds: readonly string[] | null, change: object = {}) => ({
  kind: 'consumer',
  value: {
    id,
    name: 'ci',
    secretHash: Buffer.alloc(32, 7).toString('base64'),
    profileIds,
    createdAt: NOW,
    lastUsedAt: null,
    ...change,
  },
})
