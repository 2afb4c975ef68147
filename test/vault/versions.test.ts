// Vaults and backups of every version, as they were written then: each opens with all that is in it, and what a newer version
// wrote is refused and left as it is.
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, test, vi } from 'vitest'
import { Secret } from '#engine/domain/secret.ts'
import { fleetLines } from '#vault/backup/backup-records.ts'
import { Connection } from '#vault/db/connection.ts'
import { MIGRATIONS, schemaVersion } from '#vault/db/migrations.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import { readBackup } from './support/backups.ts'
import { temporaryFolder } from './support/builders.ts'
import { aWebhook } from './support/delivery.ts'
import { fakeKeychain } from './support/fake-keychain.ts'
import { opened, opening } from './support/opened.ts'
import { contents, databaseFile, withDatabase } from './support/tamper.ts'
import {
  attemptsOf,
  BACKUP_PASSPHRASE,
  consumers,
  fillVault,
  fleetDeliveries,
  fleetOf,
  targets,
  VAULT_PASSPHRASE,
  withoutTimes,
} from './support/versions.ts'

const SUPPORT = join(import.meta.dirname, 'support')
/** The versions 1 and 2 have less in them: see delivery.test.ts and delivery-runs.test.ts. */
const FIRST_FULL = 3
/** The first whose rows have a seal. */
const SEALS = 7
const NEWEST = MIGRATIONS.length
const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, n) => first + n)
const fixture = (version: number) => join(SUPPORT, `version-${version}.db.gz`)
const made = (version: number) => gunzipSync(readFileSync(fixture(version)))
const keychain = () => fakeKeychain({ state: 'unavailable' })
const options = () => ({ keychain: keychain(), passphrase: VAULT_PASSPHRASE })

const byId = <T extends { readonly id: string }>(one: T, other: T) => one.id.localeCompare(other.id)

/** The fleet with its newest pairs, and the history: the same in the vault and in the backup. */
async function expectFleet(vault: OpenVault, version: number, changes = fleetOf(version)) {
  const asked = await opened(temporaryFolder())
  await asked.commit(changes, attemptsOf(version))
  expect(await vault.load()).toEqual(await asked.load())
  expect((await vault.load()).unreadable).toEqual([])
  // Every secret in the clear: objects that hold one are equal whatever it is.
  const revealed = [...fleetLines((await vault.load()).fleet)]
  expect(revealed).toEqual([...fleetLines((await asked.load()).fleet)])
  expect(revealed.join('')).toContain('canary-refresh-p1')
  const history = (await vault.history({ limit: 100 })).attempts
  expect(history).toEqual((await asked.history({ limit: 100 })).attempts)
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

describe('each version', () => {
  /** What the vault's tables are, as SQL. */
  const tables = (db: Connection) =>
    db.all(`SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name`)

  test('has its vault and its backup; what the newest lacks is written by this test, to be committed', async () => {
    const folder = temporaryFolder()
    const vault = await opened(folder, options())
    await fillVault(vault, NEWEST)
    const backup = join(folder, 'newest.satm-backup')
    expect((await vault.backup(backup, BACKUP_PASSPHRASE)).kind).toBe('written')
    const { version } = JSON.parse(readFileSync(backup, 'latin1').split('\n', 1)[0] ?? '')
    vault.close()
    withDatabase(folder, () => undefined)
    const kept = join(SUPPORT, `version-${version}.satm-backup`)
    const lacking = [fixture(NEWEST), kept].filter((file) => !existsSync(file))
    for (const file of lacking) {
      if (file === kept) copyFileSync(backup, kept)
      else writeFileSync(file, gzipSync(readFileSync(databaseFile(folder)), { level: 9 }))
    }
    expect(lacking).toEqual([])
    expect(upTo(NEWEST).filter((one) => !existsSync(fixture(one)))).toEqual([])
    expect(upTo(version).filter((one) => !existsSync(join(SUPPORT, `version-${one}.satm-backup`)))).toEqual(
      [],
    )
  })

  test.each(upTo(NEWEST))('of the schema has the tables that its steps make: %i', (version) => {
    const folder = temporaryFolder()
    writeFileSync(databaseFile(folder), made(version))
    const steps = new Connection(':memory:')
    steps.exec(MIGRATIONS.slice(0, version).join('\n'))
    withDatabase(folder, (db) => {
      expect(schemaVersion(db)).toBe(version)
      expect(tables(db)).toEqual(tables(steps))
    })
    steps.close()
  })
})

describe.each(upTo(NEWEST, FIRST_FULL))('data of version %i', (version) => {
  test('opens with every row of every table, the pairs before the current ones among them', async () => {
    const folder = temporaryFolder()
    const old = join(temporaryFolder(), 'old.db')
    for (const path of [old, databaseFile(folder)]) writeFileSync(path, made(version))
    const vault = await opened(folder, options())
    await expectFleet(vault, version)
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
    const kept = readdirSync(folder).filter((name) => name.startsWith(`vault-kept-version-${version}-`))
    expect(kept).toHaveLength(version < NEWEST ? 1 : 0)
  })

  test('is sealed once the key is known, however often it was opened without it', async () => {
    const folder = temporaryFolder()
    writeFileSync(databaseFile(folder), made(version))
    const before = version < SEALS ? 0 : 5
    const seals = () =>
      withDatabase(folder, (db) => db.all('SELECT 1 FROM profiles WHERE seal IS NOT NULL').length)
    expect((await opening(folder, { keychain: keychain() })).kind).toBe('passphrase-needed')
    expect(seals()).toBe(before)
    const wrong = await opening(folder, {
      keychain: keychain(),
      passphrase: new Secret('another passphrase'),
    })
    expect([wrong.kind, seals()]).toEqual(['passphrase-wrong', before])
    for (const _ of ['first', 'again']) {
      const vault = await opened(folder, options())
      await expectFleet(vault, version)
      vault.close()
      expect(seals()).toBe(5)
    }
  })
})

test('what a failing command printed is no longer in clear', async () => {
  const folder = temporaryFolder()
  writeFileSync(databaseFile(folder), made(3))
  withDatabase(folder, (db) =>
    db.run(
      `UPDATE delivery_targets SET failed_at = 1, failed_fingerprint = '0a1b2c3d', failures = 1, retry_at = 2,
         failure = 'The command ended with exit code 1. It said: 63 61 6e 61 72 79 It said: again'`,
    ),
  )
  const vault = await opened(folder, options())
  const { targets: stored } = await vault.deliveries.load()
  expect(stored.map(({ state }) => state.failure?.sentence)).toEqual(
    targets.map(() => 'The command ended with exit code 1.'),
  )
})

test('sealing that does not end leaves everything as it was, and is done at the next start', async () => {
  const folder = temporaryFolder()
  writeFileSync(databaseFile(folder), made(3))
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
  await expectFleet(await opened(folder, options()), 3)
})

/** The schema of the vault in which each version of the file was written. */
const SCHEMA_OF_BACKUP: Readonly<Record<number, number>> = { 1: 1, 2: 3, 3: 7, 4: 8, 5: 9 }

test.each(Object.entries(SCHEMA_OF_BACKUP))(
  'a backup of version %s comes back with everything but the pairs before the current ones',
  async (version, schema) => {
    const reading = await readBackup(join(SUPPORT, `version-${version}.satm-backup`), BACKUP_PASSPHRASE)
    if (reading.kind !== 'ok') throw new Error(reading.sentence)
    expect(reading.backup).toMatchObject({ profiles: 5, managers: 4, attempts: 36 })
    const vault = await opened(temporaryFolder())
    await vault.restore(reading.backup)
    await expectFleet(vault, schema, withoutTimes(fleetOf(schema)))
    const stored = {
      targets: (await vault.deliveries.load()).targets.map(({ target }) => target),
      consumers: (await vault.consumers.load()).map(({ id }) => id),
      webhook: (await vault.webhook.load())?.secret.reveal(),
    }
    expect(await vault.fleetDeliveries.load()).toEqual(
      Number(version) < 5 ? [] : fleetDeliveries.map((one) => ({ ...one, held: true })),
    )
    // The first version had fleet and history alone.
    if (schema === 1) return expect(stored).toEqual({ targets: [], consumers: [], webhook: undefined })
    expect(stored).toEqual({
      // What a person confirmed of a file is confirmed here again.
      targets: targets.map(({ target }) =>
        target.spec.kind === 'env-file' ? { ...target, spec: { ...target.spec, confirmed: [] } } : target,
      ),
      consumers: consumers.map(({ id }) => id),
      webhook: aWebhook.secret.reveal(),
    })
  },
)

describe('data of a newer version', () => {
  /** With a table that this version does not know. */
  const NEWER = `CREATE TABLE later (a TEXT) STRICT; INSERT INTO later VALUES ('kept'); PRAGMA user_version = ${NEWEST + 1}`

  test.each([
    ['is opened', {}],
    ['is to be set aside', { afterSetAside: 'begin-anew' }],
    ['is opened with another passphrase', { passphrase: new Secret('another passphrase') }],
  ] as const)('is refused and left as it is, byte for byte, when it %s', async (_, change) => {
    const folder = temporaryFolder()
    writeFileSync(databaseFile(folder), made(NEWEST))
    withDatabase(folder, (db) => db.exec(NEWER))
    const before = readFileSync(databaseFile(folder))
    const result = await opening(folder, { ...options(), ...change })
    expect(result).toMatchObject({
      kind: 'too-new',
      sentence: expect.stringContaining('Install that version'),
    })
    expect(readFileSync(databaseFile(folder)).equals(before)).toBe(true)
  })

  test('keeps what its last, killed process had only in the log', async () => {
    const [folder, there] = [temporaryFolder(), temporaryFolder()]
    writeFileSync(databaseFile(there), made(NEWEST))
    const db = new Connection(databaseFile(there))
    db.exec(`PRAGMA journal_mode = WAL; ${NEWER}`)
    for (const end of ['', '-wal']) copyFileSync(databaseFile(there) + end, databaseFile(folder) + end)
    db.close()
    expect((await opening(folder, options())).kind).toBe('too-new')
    withDatabase(folder, (left) => {
      expect([schemaVersion(left), left.all('SELECT a FROM later')]).toEqual([NEWEST + 1, [{ a: 'kept' }]])
    })
  })

  test('in a kept copy follows no change of the passphrase, is repaired from by nobody, and is listed', async () => {
    const folder = temporaryFolder()
    for (const name of ['vault.db', COPY]) writeFileSync(join(folder, name), made(NEWEST))
    const copy = new Connection(join(folder, COPY))
    copy.exec(NEWER)
    copy.close()
    withDatabase(folder, (db) => db.exec(`UPDATE profiles SET name = 'altered' WHERE id = 'p1'`))
    const before = readFileSync(join(folder, COPY))
    const vault = await opened(folder, options())
    expect((await vault.load()).unreadable).toHaveLength(1)
    expect(await vault.unreadable.copies({ table: 'profiles', id: 'p1' })).toEqual([])
    await vault.coverCopies()
    const next = new Secret('correct horse battery staple')
    expect((await vault.changePassphrase(VAULT_PASSPHRASE, next)).kind).toBe('changed')
    const listed = (await vault.copies()).find(({ path }) => path.endsWith(COPY))
    expect(listed?.opens).toBe('unreadable')
    expect(readFileSync(join(folder, COPY)).equals(before)).toBe(true)
  })
})

const COPY = 'vault-kept-version-8-2027-01-01T00-00-00Z.db'
