// The PostgreSQL that tests start: private, unprivileged, and gone with its owner.
import { existsSync } from 'node:fs'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Postgres, startPostgres } from './support/postgres.ts'

let postgres: Postgres
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(async () => {
  await postgres.remove()
  expect(existsSync(postgres.folder)).toBe(false)
})

async function ask(sql: string, of = postgres): Promise<unknown> {
  const client = new pg.Client(of.connection)
  await client.connect()
  try {
    return Object.values((await client.query(sql)).rows[0] ?? {})[0]
  } finally {
    await client.end()
  }
}

test('PostgreSQL of the tests keeps what was committed through a crash', async () => {
  await ask('CREATE TABLE kept (value int)')
  await ask('INSERT INTO kept VALUES (7)')
  await postgres.crash()
  await postgres.start()
  expect(await ask('SELECT value FROM kept')).toBe(7)
})

test('PostgreSQL of the tests can be followed by a standby that is promoted', async () => {
  await ask('CREATE TABLE followed AS SELECT 8 AS value')
  const standby = await postgres.standby()
  try {
    expect(await ask('SELECT pg_is_in_recovery()', standby)).toBe(true)
    await expect.poll(() => ask('SELECT value FROM followed', standby)).toBe(8)
    await standby.promote()
    expect(await ask('SELECT pg_is_in_recovery()', standby)).toBe(false)
  } finally {
    await standby.remove()
  }
})

test('PostgreSQL of the tests runs as nobody who matters, and listens to nobody on the network', async () => {
  expect(await ask('SHOW listen_addresses')).toBe('')
  expect(postgres.pid()).toBeGreaterThan(0)
})
