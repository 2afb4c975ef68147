// Backups as somebody writes them who knows the format and chose the passphrase.
import { createCipheriv, createSecretKey, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Secret } from '#engine/domain/secret.ts'
import { attemptsIn, type Backup, type RefusedBackup, readBackup as read } from '#vault/backup/backup.ts'
import { writeBackupFile } from '#vault/backup/backup-file.ts'
import { bareKeyCheck } from '#vault/crypto/data-key.ts'
import { type ScryptCost, stretch } from '#vault/crypto/passphrase.ts'
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

/** A backup around any bytes in the place of its packed records. Returns its path. */
export async function sealed(
  packed: Uint8Array,
  change: { readonly cost?: ScryptCost; readonly head?: object } = {},
): Promise<string> {
  const cost = change.cost ?? CHEAP_SCRYPT
  const [salt, iv] = [randomBytes(16), randomBytes(12)]
  const key = (await stretch(PASSPHRASE, salt, cost)) ?? randomBytes(32)
  const head = Buffer.from(
    `${JSON.stringify({
      format: 'service-app-token-manager backup',
      version: 3,
      createdAt: new Date(NOW).toISOString(),
      cost,
      salt: salt.toString('base64'),
      check: bareKeyCheck(createSecretKey(key), salt.toString('base64')),
      iv: iv.toString('base64'),
      ...change.head,
    })}\n`,
  )
  const cipher = createCipheriv('aes-256-gcm', key, iv)
  cipher.setAAD(head)
  const path = join(temporaryFolder(), 'sealed.satm-backup')
  const body = [head, cipher.update(packed), cipher.final()]
  writeFileSync(path, Buffer.concat([...body, cipher.getAuthTag()]))
  return path
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
