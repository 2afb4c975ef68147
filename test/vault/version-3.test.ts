// A vault of schema version 3 and a backup of version 2, as they were written then: both open with all that is in them.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test, vi } from 'vitest'
import { Secret } from '#engine/domain/secret.ts'
import { fleetLines } from '#vault/backup/backup-records.ts'
import { Connection } from '#vault/db/connection.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import { readBackup } from './support/backups.ts'
import { temporaryFolder } from './support/builders.ts'
import { aWebhook } from './support/delivery.ts'
import { fakeKeychain } from './support/fake-keychain.ts'
import { opened, opening } from './support/opened.ts'
import { contents, databaseFile, withDatabase } from './support/tamper.ts'
import {
  attempts,
  BACKUP_PASSPHRASE,
  consumers,
  renewed,
  saved,
  targets,
  VAULT_PASSPHRASE,
} from './support/version-3.ts'

const SUPPORT = join(import.meta.dirname, 'support')
const made = gunzipSync(readFileSync(join(SUPPORT, 'version-3.db.gz')))
const keychain = () => fakeKeychain({ state: 'unavailable' })

const byId = <T extends { readonly id: string }>(one: T, other: T) => one.id.localeCompare(other.id)

/** The fleet with its newest pairs, and the history: the same in the vault and in the backup. */
async function expectFleet(vault: OpenVault) {
  const asked = await opened(temporaryFolder())
  await asked.commit([...saved, ...renewed], attempts)
  expect(await vault.load()).toEqual(await asked.load())
  expect((await vault.load()).unreadable).toEqual([])
  // Every secret in the clear: objects that hold one are equal whatever it is.
  const revealed = [...fleetLines((await vault.load()).fleet)]
  expect(revealed).toEqual([...fleetLines((await asked.load()).fleet)])
  expect(revealed.join('')).toContain('canary-refresh-p1')
  const history = (await vault.history({ limit: 100 })).attempts
  expect(history).toEqual((await asked.history({ limit: 100 })).attempts)
  expect(new Set(history.map(({ reason }) => reason))).toEqual(new Set([null]))
}

/** Every value of every table, by the columns there were then. */
function rows(path: string, columnsOf: string) {
  const [old, now] = [new Connection(columnsOf), new Connection(path)]
  const held = old
    .all(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`)
    .map(({ name }) => {
      const columns = old.all(`SELECT name FROM pragma_table_info('${name}')`).map((column) => column.name)
      // What this version writes of its own: the tokens are sealed anew, beside their columns.
      const own = name === 'meta' ? `WHERE key NOT IN ('cloud', 'key-check')` : ''
      const kept = columns.filter((column) => !/^(access|refresh)_token$/.test(String(column)))
      const sorted = now.all(`SELECT ${kept.join(', ')} FROM ${name} ${own} ORDER BY 1, 2`)
      return [name, JSON.stringify(sorted, hex)] as const
    })
  old.close()
  now.close()
  return Object.fromEntries(held)
}

const hex = (_: string, value: unknown) =>
  value instanceof ArrayBuffer ? Buffer.from(value).toString('hex') : value

test('data of version 3 opens with every row of every table, the pairs before the current ones among them', async () => {
  const folder = temporaryFolder()
  const old = join(temporaryFolder(), 'old.db')
  for (const path of [old, databaseFile(folder)]) writeFileSync(path, made)
  const vault = await opened(folder, { keychain: keychain(), passphrase: VAULT_PASSPHRASE })
  await expectFleet(vault)
  expect(await vault.deliveries.load()).toMatchObject({ targets, unreadable: [] })
  expect((await vault.deliveryRuns.ofTarget('hook-1')).map(({ output }) => output)).toEqual([
    'canary-output',
    'canary-output',
  ])
  expect([...(await vault.consumers.load())].sort(byId)).toMatchObject(consumers)
  expect(await vault.webhook.load()).toMatchObject(aWebhook)
  vault.close()
  const held = rows(databaseFile(folder), old)
  expect(held).toEqual(rows(old, old))
  expect(held.token_pairs?.match(/"previous"/g)).toHaveLength(3)
})

test('its rows are sealed once the key is known, however often it was opened without it', async () => {
  const folder = temporaryFolder()
  writeFileSync(databaseFile(folder), made)
  const seals = () =>
    withDatabase(folder, (db) => db.all('SELECT 1 FROM profiles WHERE seal IS NOT NULL').length)
  expect((await opening(folder, { keychain: keychain() })).kind).toBe('passphrase-needed')
  expect(seals()).toBe(0)
  const wrong = await opening(folder, { keychain: keychain(), passphrase: new Secret('another passphrase') })
  expect([wrong.kind, seals()]).toEqual(['passphrase-wrong', 0])
  for (const _ of ['first', 'again']) {
    const vault = await opened(folder, { keychain: keychain(), passphrase: VAULT_PASSPHRASE })
    await expectFleet(vault)
    vault.close()
    expect(seals()).toBe(5)
  }
})

test('what a failing command printed is no longer in clear', async () => {
  const folder = temporaryFolder()
  writeFileSync(databaseFile(folder), made)
  withDatabase(folder, (db) =>
    db.run(
      `UPDATE delivery_targets SET failed_at = 1, failed_fingerprint = '0a1b2c3d', failures = 1, retry_at = 2,
         failure = 'The command ended with exit code 1. It said: 63 61 6e 61 72 79 It said: again'`,
    ),
  )
  const vault = await opened(folder, { keychain: keychain(), passphrase: VAULT_PASSPHRASE })
  const { targets: stored } = await vault.deliveries.load()
  expect(stored.map(({ state }) => state.failure?.sentence)).toEqual(
    targets.map(() => 'The command ended with exit code 1.'),
  )
})

test('sealing that does not end leaves everything as it was, and is done at the next start', async () => {
  const folder = temporaryFolder()
  writeFileSync(databaseFile(folder), made)
  await opening(folder, { keychain: keychain() })
  const before = contents(folder)
  // The last row that is sealed cannot be written. Not before the file was looked through: a trigger is foreign to it.
  const passphrase = new Secret(VAULT_PASSPHRASE.reveal())
  vi.spyOn(passphrase, 'reveal').mockImplementation(() => {
    withDatabase(folder, (db) =>
      db.exec(
        `CREATE TRIGGER IF NOT EXISTS t BEFORE UPDATE ON token_pairs BEGIN SELECT RAISE(ABORT, 'killed'); END`,
      ),
    )
    return VAULT_PASSPHRASE.reveal()
  })
  const failed = await opening(folder, { keychain: keychain(), passphrase })
  expect(failed.kind).toBe('not-writable')
  expect(contents(folder)).toBe(before)
  withDatabase(folder, (db) => db.exec('DROP TRIGGER t'))
  await expectFleet(await opened(folder, { keychain: keychain(), passphrase: VAULT_PASSPHRASE }))
})

test('a backup of version 2 comes back with everything but the pairs before the current ones', async () => {
  const reading = await readBackup(join(SUPPORT, 'version-2.satm-backup'), BACKUP_PASSPHRASE)
  if (reading.kind !== 'ok') throw new Error(reading.sentence)
  expect(reading.backup).toMatchObject({ profiles: 5, managers: 4, attempts: 36 })
  const vault = await opened(temporaryFolder())
  await vault.restore(reading.backup)
  await expectFleet(vault)
  // What a person confirmed of a file is confirmed here again.
  expect((await vault.deliveries.load()).targets.map(({ target }) => target)).toEqual(
    targets.map(({ target }) =>
      target.spec.kind === 'env-file' ? { ...target, spec: { ...target.spec, confirmed: [] } } : target,
    ),
  )
  expect((await vault.consumers.load()).map(({ id }) => id)).toEqual(consumers.map(({ id }) => id))
  expect((await vault.webhook.load())?.secret.reveal()).toBe(aWebhook.secret.reveal())
})
