import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Connection } from '#vault/db/connection.ts'
import { keepCopy } from '#vault/db/database.ts'
import { MIGRATIONS, migrate, schemaVersion } from '#vault/db/migrations.ts'
import { anAttempt, aPair, aProfile, aServiceApp, temporaryFolder } from './support/builders.ts'
import { fakeKeychain } from './support/fake-keychain.ts'
import { opened, opening } from './support/opened.ts'
import { databaseFile, withDatabase } from './support/tamper.ts'

async function filled(keychain = fakeKeychain()) {
  const folder = temporaryFolder()
  const vault = await opened(folder, { keychain })
  await vault.commit(
    [
      { kind: 'service-app-saved', serviceApp: aServiceApp('sa') },
      { kind: 'profile-saved', profile: aProfile('p1', { pair: aPair('one') }) },
    ],
    [anAttempt('a1')],
  )
  vault.close()
  return { folder, keychain }
}

describe('a schema that is not as this app made it', () => {
  test.each([
    [
      'a trigger drops what is stored',
      'CREATE TRIGGER t BEFORE INSERT ON token_pairs BEGIN SELECT RAISE(IGNORE); END',
    ],
    [
      'a trigger undoes what is removed',
      'CREATE TRIGGER t AFTER DELETE ON consumers BEGIN INSERT INTO consumers SELECT old.id, old.name, old.secret_hash, old.profile_ids, old.created_at, old.last_used_at, old.held, old.seal; END',
    ],
    [
      'a view takes the place of a table',
      'ALTER TABLE consumers RENAME TO c; CREATE VIEW consumers AS SELECT * FROM c UNION ALL SELECT * FROM c',
    ],
    ['a column is called like SQL', 'ALTER TABLE consumers ADD COLUMN "id) || (SELECT 1" TEXT'],
    ['a column is added where rows have no seal', 'ALTER TABLE token_pairs ADD COLUMN t TEXT'],
    ['an index is added', 'CREATE UNIQUE INDEX t ON token_pairs (owner_kind)'],
    ['the trigger of the history is gone', 'DROP TRIGGER attempts_append_only'],
    [
      'a conflict is ignored',
      `PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'owner_id, slot)', 'owner_id, slot) ON CONFLICT IGNORE') WHERE name = 'token_pairs'; PRAGMA writable_schema = OFF`,
    ],
  ])('is reported and left as it is: %s', async (_, sql) => {
    const { folder, keychain } = await filled()
    withDatabase(folder, (db) => db.exec(sql))
    const before = readFileSync(databaseFile(folder))
    expect(await opening(folder, { keychain })).toMatchObject({
      kind: 'damaged',
      detail: expect.stringContaining('not as this app made it'),
    })
    expect(readFileSync(databaseFile(folder)).equals(before)).toBe(true)
  })

  test('what SQLite adds when it collects statistics is no part of it', async () => {
    const { folder, keychain } = await filled()
    withDatabase(folder, (db) => db.exec('ANALYZE'))
    expect((await opening(folder, { keychain })).kind).toBe('open')
  })
})

test('a pipe in the place of the data file keeps nobody waiting', async () => {
  const { folder, keychain } = await filled()
  rmSync(databaseFile(folder))
  expect(spawnSync('mkfifo', [databaseFile(folder)]).status).toBe(0)
  expect((await opening(folder, { keychain })).kind).toBe('not-writable')
})

describe('a data file that cannot be opened', () => {
  test.each<[string, (path: string) => void]>([
    ['is overwritten with something else', (path) => writeFileSync(path, 'no database at all '.repeat(500))],
    ['is empty', (path) => truncateSync(path, 0)],
    ['is cut inside its header', (path) => truncateSync(path, 50)],
    [
      'belongs to another program',
      (path) => {
        rmSync(path)
        const db = new Connection(path)
        db.exec('CREATE TABLE t (a)')
        db.close()
      },
    ],
  ])('that %s is moved aside, unchanged, and the person is told', async (_, spoil) => {
    const { folder, keychain } = await filled()
    spoil(databaseFile(folder))
    const before = readFileSync(databaseFile(folder))
    const result = await opening(folder, { keychain })
    expect(result.kind).toBe('moved-aside')
    if (result.kind !== 'moved-aside') return
    expect(result.path).toMatch(/vault-set-aside-2026-03-01T12-00-00Z\.db$/)
    expect(result.sentence).toContain(result.path)
    expect(readFileSync(result.path)).toEqual(before)
    expect(existsSync(databaseFile(folder))).toBe(false)
  })

  test('is told of at every start until the person decides', async () => {
    const { folder, keychain } = await filled()
    writeFileSync(databaseFile(folder), 'no database')
    expect((await opening(folder, { keychain })).kind).toBe('moved-aside')
    expect((await opening(folder, { keychain })).kind).toBe('moved-aside')
    expect(existsSync(databaseFile(folder))).toBe(false)
    const anew = await opening(folder, { keychain, afterSetAside: 'begin-anew' })
    expect(anew.kind).toBe('open')
    expect(readdirSync(folder).filter((name) => /^vault-set-aside.*\.db$/.test(name))).toHaveLength(1)
  })

  test('never takes the name of one that was moved aside before', async () => {
    const { folder, keychain } = await filled()
    writeFileSync(databaseFile(folder), 'first')
    await opening(folder, { keychain })
    writeFileSync(databaseFile(folder), 'second')
    await opening(folder, { keychain })
    const kept = readdirSync(folder).filter((name) => /^vault-set-aside.*\.db$/.test(name))
    expect(kept.map((name) => readFileSync(join(folder, name), 'utf8')).sort()).toEqual(['first', 'second'])
  })

  test('takes its log along', async () => {
    const { folder, keychain } = await filled()
    rmSync(databaseFile(folder))
    writeFileSync(`${databaseFile(folder)}-wal`, 'a log without its database')
    const result = await opening(folder, { keychain })
    expect(result.kind).toBe('moved-aside')
    expect(result.kind === 'moved-aside' && existsSync(`${result.path}-wal`)).toBe(true)
  })
})

test('damage inside a readable data file is told, and the file stays where it is', async () => {
  const { folder, keychain } = await filled()
  const path = databaseFile(folder)
  const page = withDatabase(folder, (db) =>
    db.get(`SELECT rootpage FROM sqlite_schema WHERE name = 'profiles_service_app'`),
  )
  const file = readFileSync(path)
  const pageSize = file.readUInt16BE(16)
  file.fill(0xff, pageSize * (Number(page?.rootpage) - 1), pageSize * Number(page?.rootpage))
  writeFileSync(path, file)
  const result = await opening(folder, { keychain })
  expect(result).toMatchObject({ kind: 'damaged', path })
  expect(readFileSync(path)).toEqual(file)
  const anew = await opening(folder, { keychain, afterSetAside: 'begin-anew' })
  expect(anew.kind).toBe('open')
  expect(readFileSync(join(folder, 'vault-set-aside-2026-03-01T12-00-00Z.db'))).toEqual(file)
})

test('a data file that a kill while its log was played in left shorter than its header says opens with its log', async () => {
  const { folder, keychain } = await filled()
  const vault = await opened(folder, { keychain })
  // The first page comes first.
  await vault.commit(
    [],
    Array.from({ length: 200 }, (_, at) => anAttempt(`grown ${at}`)),
  )
  const other = temporaryFolder()
  for (const companion of ['', '-wal'])
    copyFileSync(databaseFile(folder) + companion, databaseFile(other) + companion)
  const [file, log] = [readFileSync(databaseFile(other)), readFileSync(`${databaseFile(other)}-wal`)]
  const pageSize = file.readUInt16BE(16)
  const frames = Array.from({ length: Math.floor((log.length - 32) / (24 + pageSize)) }, (_, at) =>
    log.subarray(32 + at * (24 + pageSize)),
  )
  const first = frames.findLast((frame) => frame.readUInt32BE(0) === 1)
  first?.copy(file, 0, 24, 24 + pageSize)
  expect(file.readUInt32BE(28) * pageSize).toBeGreaterThan(file.length)
  writeFileSync(databaseFile(other), file)
  const { attempts } = await (await opened(other, { keychain })).history({ limit: 1000 })
  expect(attempts).toHaveLength(201)
})

test.skipIf(process.platform === 'win32')('a folder may have any name that the system takes', async () => {
  const folder = join(temporaryFolder(), `50% off? #1 & 'ü' "株" %41 a+b=c;\\ [x]`)
  const keychain = fakeKeychain()
  ;(await opened(folder, { keychain })).close()
  expect((await opening(folder, { keychain })).kind).toBe('open')
})

test('data of a newer version is left alone', async () => {
  const { folder, keychain } = await filled()
  withDatabase(folder, (db) => db.exec(`PRAGMA user_version = ${MIGRATIONS.length + 1}`))
  const before = readFileSync(databaseFile(folder))
  expect((await opening(folder, { keychain })).kind).toBe('too-new')
  expect(readFileSync(databaseFile(folder))).toEqual(before)
})

test('a half-made data file of a killed first start is no data file', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'vault-new.db'), 'half')
  expect((await opening(folder)).kind).toBe('open')
})

describe('migrations', () => {
  const steps = [
    'CREATE TABLE t (a TEXT) STRICT;',
    `ALTER TABLE t ADD COLUMN b TEXT; UPDATE t SET b = a || '!';`,
    'CREATE TABLE broken (a NO_SUCH_TYPE) STRICT;',
  ]

  function atVersionOne(): { db: Connection; folder: string } {
    const folder = temporaryFolder()
    const db = new Connection(join(folder, 'm.db'))
    migrate(db, () => {}, steps.slice(0, 1))
    db.run(`INSERT INTO t (a) VALUES ('kept')`)
    return { db, folder }
  }

  test('run in order, each after a copy of what it changes was kept', () => {
    const { db, folder } = atVersionOne()
    const copy = (version: number) => join(folder, `kept-${version}.db`)
    migrate(db, (version) => keepCopy(db, copy(version)), steps.slice(0, 2))
    expect(schemaVersion(db)).toBe(2)
    expect(db.get('SELECT b FROM t')?.b).toBe('kept!')
    const kept = new Connection(copy(1))
    expect(kept.get('SELECT * FROM t')).toMatchObject({ a: 'kept' })
    expect(schemaVersion(kept)).toBe(1)
    expect(statSync(copy(1)).mode & 0o777).toBe(0o600)
  })

  test('change nothing when a step fails', () => {
    const { db } = atVersionOne()
    expect(() => migrate(db, () => {}, steps)).toThrow()
    expect(schemaVersion(db)).toBe(2)
    expect(() => db.get('SELECT * FROM broken')).toThrow()
  })

  test('change nothing when the copy cannot be kept', () => {
    const { db } = atVersionOne()
    const fail = () => {
      throw new Error('no room')
    }
    expect(() => migrate(db, fail, steps)).toThrow('no room')
    expect(schemaVersion(db)).toBe(1)
  })
})

describe.skipIf(process.platform === 'win32')('files', () => {
  test("are their owner's alone, the log too", async () => {
    const folder = join(temporaryFolder(), 'data')
    const vault = await opened(folder)
    await vault.commit([{ kind: 'service-app-saved', serviceApp: aServiceApp('sa') }], [])
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    const files = readdirSync(folder)
    expect(files).toContain('vault.db-wal')
    expect(files.map((name) => statSync(join(folder, name)).mode & 0o777)).toEqual(files.map(() => 0o600))
  })

  test('that were readable by others are closed again', async () => {
    const { folder, keychain } = await filled()
    chmodSync(folder, 0o755)
    chmodSync(databaseFile(folder), 0o644)
    await opened(folder, { keychain })
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(statSync(databaseFile(folder)).mode & 0o777).toBe(0o600)
  })
})

test('a copy of the data file taken while it is open is whole', async () => {
  const { folder, keychain } = await filled()
  const vault = await opened(folder, { keychain })
  const elsewhere = temporaryFolder()
  copyFileSync(databaseFile(folder), databaseFile(elsewhere))
  const copy = await opened(elsewhere, { keychain })
  expect((await copy.load()).fleet.profiles.size).toBe(1)
  vault.close()
})
