// Shared vaults for tests: a database each, in the PostgreSQL of the test file.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import type { Secret } from '#engine/domain/secret.ts'
import { type KnownKey, newIdentity, recipientOf } from '#vault/shared/members.ts'
import { type PostgresConnection, postgresConnection } from '#vault/shared/postgres-connection.ts'
import { migrateShared } from '#vault/shared/postgres-schema.ts'
import { createVault } from '#vault/shared/shared-rekey.ts'
import { type MemberIdentity, openSharedVault, type SharedVault } from '#vault/shared/shared-vault.ts'
import { NOW } from '../../vault/support/builders.ts'
import { type Postgres, startPostgres } from './postgres.ts'

/** For all tests of a file. */
export function postgresOfFile(): () => Postgres {
  let postgres: Postgres | null = null
  beforeAll(async () => {
    postgres = await startPostgres()
  })
  afterAll(() => postgres?.remove())
  return () => {
    if (postgres === null) throw new Error('PostgreSQL has not been started yet')
    return postgres
  }
}

export interface OwnDatabase {
  readonly name: string
  /** Another connection to it; closed when the test is over. */
  connect(): PostgresConnection
}

/** An empty one. */
export async function newDatabase(postgres: Postgres): Promise<OwnDatabase> {
  const name = `vault_${randomUUID().replaceAll('-', '')}`
  await postgres.program('createdb', [name])
  return {
    name,
    connect: () => {
      const db = postgresConnection({ ...postgres.connection, database: name })
      onTestFinished(() => db.close())
      return db
    },
  }
}

export interface TestIdentity extends MemberIdentity {
  readonly recipient: string
  /** Its public and its secret half, as a file of age. */
  readonly secret: Secret
}

export async function anIdentity(): Promise<TestIdentity> {
  const secret = await newIdentity()
  let known: KnownKey | null = null
  return {
    secret,
    recipient: await recipientOf(secret),
    load: async () => secret,
    known: async () => known,
    remember: async (newest) => {
      known = newest
    },
  }
}

export interface OwnSharedVault {
  readonly database: OwnDatabase
  readonly identity: TestIdentity
  readonly vault: SharedVault
}

/** Empty, with its first member. */
export async function newSharedVault(postgres: Postgres): Promise<OwnSharedVault> {
  const database = await newDatabase(postgres)
  const identity = await anIdentity()
  const db = database.connect()
  await migrateShared(db)
  const first = { name: 'First', recipient: identity.recipient, addedBy: null }
  await db.transaction((tx) => createVault(tx, first, NOW))
  return { database, identity, vault: await openSharedVault(db, identity) }
}
