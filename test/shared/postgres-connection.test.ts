// Connections to PostgreSQL: what was stored, what was not, and what nobody knows.
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { StoreFailure } from '#engine/domain/ports.ts'
import { postgresConnection, UncertainCommit } from '#vault/shared/postgres-connection.ts'
import { migrateShared } from '#vault/shared/postgres-schema.ts'
import { type Postgres, startPostgres } from './support/postgres.ts'

let postgres: Postgres
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres.remove())

function connected(to = postgres) {
  const db = postgresConnection(to.connection)
  onTestFinished(() => db.close())
  return db
}

test('the tables are made once, by whoever comes first', async () => {
  const db = connected()
  await Promise.all([migrateShared(db), migrateShared(connected()), migrateShared(connected())])
  expect(await db.query('SELECT version FROM schema_version')).toEqual([{ version: 1 }])
})

test('tables of a newer version are left alone', async () => {
  const db = connected()
  await migrateShared(db)
  await db.run('INSERT INTO schema_version VALUES (99)')
  await expect(migrateShared(db)).rejects.toThrow('newer version')
  await db.run('DELETE FROM schema_version WHERE version = 99')
})

test('a transaction that fails has stored nothing, and its connection is not used again', async () => {
  const db = connected()
  await db.run('CREATE TABLE things (id text PRIMARY KEY, bytes bytea, big bigint)')
  const failing = db.transaction(async (tx) => {
    await tx.insert('things', { id: 'a', bytes: Buffer.from([1, 2]), big: 2 ** 50 })
    throw new Error('on purpose')
  })
  await expect(failing).rejects.toThrow('on purpose')
  expect(await db.rows('things')).toEqual([])
  await db.insert('things', { id: 'a', bytes: Buffer.from([1, 2]), big: 2 ** 50 })
  expect(await db.row('things', 'WHERE id = ?', 'a')).toEqual({
    id: 'a',
    bytes: Buffer.from([1, 2]),
    big: 2 ** 50,
  })
  await expect(db.insert('things', { id: 'a' })).rejects.toThrow(StoreFailure)
})

test('a commit whose answer is lost is neither stored nor not', async () => {
  const db = connected()
  await db.run('CREATE TABLE slow (id bigint UNIQUE DEFERRABLE INITIALLY DEFERRED)')
  // Held up at its commit: an equal row of a transaction that has not ended.
  const other = db.client()
  await other.connect()
  await other.query('BEGIN; INSERT INTO slow VALUES (1)')
  const committing = db.transaction((tx) => tx.run('INSERT INTO slow VALUES (1)'))
  const failure = committing.catch((error) => error)
  await expect
    .poll(async () => {
      const waiting = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query = 'COMMIT'`
      return (await db.query(waiting)).length
    })
    .toBe(1)
  expect(await failure).toBeInstanceOf(UncertainCommit)
  await other.end()
})

test('a commit that a standby never confirmed does not count as stored', async () => {
  const lonely = await startPostgres({ settings: { synchronous_standby_names: 'nobody' } })
  onTestFinished(() => lonely.remove())
  const db = connected(lonely)
  const storing = db.transaction((tx) => tx.run('CREATE TABLE here ()'))
  const failure = storing.catch((error) => error)
  const waiting = `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'`
  await expect.poll(async () => (await db.query(waiting)).length).toBe(1)
  expect(await failure).toBeInstanceOf(UncertainCommit)
})

test.each([
  ['53100', /no room left/],
  ['25006', /accepts no writes/],
  ['40P01', /blocks the shared vault/],
  ['XX001', /is damaged/],
  ['57P03', /cannot be reached/],
  ['08006', /cannot be reached/],
  ['XX000', /SQLSTATE XX000/],
])('what the server says with SQLSTATE %s is said in words', async (code, words) => {
  const raise = `DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '${code}'; END $$`
  await expect(connected().run(raise)).rejects.toThrow(words)
})

test('a standby is refused', async () => {
  const standby = await postgres.standby()
  onTestFinished(() => standby.remove())
  await expect(connected(standby).query('SELECT 1')).rejects.toThrow('standby')
})

test('a server that is gone is said to be out of reach, and is used again once it is back', async () => {
  const db = connected()
  await db.query('SELECT 1')
  await postgres.crash()
  // Its other processes answer until they notice that the main one is gone.
  await vi.waitFor(() => expect(db.query('SELECT 1')).rejects.toThrow(StoreFailure))
  await postgres.start()
  await expect.poll(() => db.query('SELECT 1 AS one').catch(() => null)).toEqual([{ one: 1 }])
})
