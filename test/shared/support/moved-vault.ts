// Moves from a computer into a shared vault and back, by processes that are killed at many points.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import { createSharedVaults, type SharedVaults } from '#application/shared-vault.ts'
import type { FleetChange } from '#engine/domain/model.ts'
import type { Secret } from '#engine/domain/secret.ts'
import type { StoredRecords } from '#vault/open-vault.ts'
import { identityFile } from '#vault/shared/identity-file.ts'
import { openSharedVault } from '#vault/shared/shared-vault.ts'
import { PASSPHRASE, readBackup } from '../../vault/support/backups.ts'
import {
  aDataSource,
  anAttempt,
  anIntegration,
  aPair,
  aProfile,
  aServiceApp,
  NOW,
  temporaryFolder,
} from '../../vault/support/builders.ts'
import { type Bundle, bundle } from '../../vault/support/bundle.ts'
import { aConsumer, aHook, aWebhook } from '../../vault/support/delivery.ts'
import { CHEAP_SCRYPT, opened } from '../../vault/support/opened.ts'
import type { Postgres } from './postgres.ts'
import { newDatabase, type OwnDatabase } from './shared-vault.ts'

const run = promisify(execFile)

/** On one computer, with something of everything. */
export async function localVault(profiles: number) {
  const vault = await opened(temporaryFolder())
  const changes: FleetChange[] = [
    { kind: 'service-app-saved', serviceApp: aServiceApp('sa') },
    { kind: 'manager-saved', manager: anIntegration('m1', { isDefault: true }) },
  ]
  for (let n = 1; n <= profiles; n++) {
    changes.push({ kind: 'profile-saved', profile: aProfile(`p${n}`, { pair: aPair(`p${n}`) }) })
  }
  changes.push({ kind: 'data-source-kept', source: aDataSource('d1') })
  const attempts = Array.from({ length: 3 * profiles }, (_, n) => {
    const id = `p${(n % profiles) + 1}`
    return anAttempt(`a${n}`, { subject: { kind: 'profile', profileId: id }, startedAt: NOW + n })
  })
  await vault.commit(changes, attempts)
  await vault.deliveries.save(aHook('t1'))
  const { spec } = aHook('{orgId}')
  await vault.fleetDeliveries.save([{ id: 'f1', serviceAppId: null, spec, createdAt: NOW, held: false }])
  await vault.consumers.add(aConsumer('c1'))
  await vault.webhook.save(aWebhook)
  await vault.cloud.record('https://webexapis.com')
  return vault
}

export interface OwnSharedVaults {
  readonly database: OwnDatabase
  readonly identity: string
  readonly vaults: SharedVaults
}

/** As one computer has them, in an empty database. */
export async function sharedVaults(postgres: Postgres, database?: OwnDatabase): Promise<OwnSharedVaults> {
  const own = database ?? (await newDatabase(postgres))
  const identity = join(temporaryFolder(), 'identity')
  const vaults = createSharedVaults({
    connect: () => own.connect(),
    identity: identityFile(identity, `${identity}.known`),
    now: () => NOW,
    scryptCost: CHEAP_SCRYPT,
  })
  return { database: own, identity, vaults }
}

async function contentOf(vault: StoredRecords) {
  const { fleet, keptDataSources, unreadable } = await vault.load()
  const attempts: string[] = []
  let cursor: string | null = null
  do {
    const page = await vault.history({ cursor, limit: 500 })
    attempts.push(...page.attempts.map(({ id }) => id))
    cursor = page.next
  } while (cursor !== null)
  return {
    unreadable,
    // A backup has the choice of them alone.
    dataSources: keptDataSources.map(({ id }) => id),
    attempts: attempts.sort(),
    tokens: [...fleet.profiles.values()]
      .map(({ id, pair }) => `${id} ${pair?.accessToken?.reveal()} ${pair?.refresh?.token.reveal()}`)
      .sort(),
    secrets: [...fleet.serviceApps.values(), ...fleet.managers.values()].map((one) =>
      'clientSecret' in one ? one.clientSecret.reveal() : '',
    ),
    targets: (await vault.deliveries.load()).targets.map(({ target }) => target),
    fleetDeliveries: (await vault.fleetDeliveries.load()).map(({ held: _, ...one }) => one),
    consumers: (await vault.consumers.load()).map(({ id, name }) => `${id} ${name}`),
    webhook: (await vault.webhook.load())?.url?.reveal(),
  }
}

/** `points`: so many statements, spread over each way, are the last ones of a process. */
export async function movedThereAndBack(
  postgres: Postgres,
  { profiles, points }: { readonly profiles: number; readonly points: number },
): Promise<void> {
  const program = await bundle(resolve(import.meta.dirname, 'moving.ts'))
  try {
    await move(postgres, program, profiles, points)
  } finally {
    program.remove()
  }
}

/**
 * Moves into the shared vault or out of it, each in a process of its own, which is killed before the `last` of its statements
 * (-1: not at all). Resolves with how many it made; null: it was killed.
 */
export function movingProcesses(
  postgres: Postgres,
  { database, identity }: Pick<OwnSharedVaults, 'database' | 'identity'>,
  program: Bundle,
  passphrase: Secret,
): (way: 'in' | 'out', file: string, last: number) => Promise<number | null> {
  const connection = JSON.stringify({ ...postgres.connection, database: database.name })
  return async (way, file, last) => {
    try {
      const args = [program.path, connection, identity, way, file, passphrase.reveal(), `${last}`]
      return Number((await run(process.execPath, args)).stdout)
    } catch (error) {
      if (error instanceof Error && 'signal' in error && error.signal === 'SIGKILL') return null
      throw error
    }
  }
}

async function move(postgres: Postgres, program: Bundle, profiles: number, points: number): Promise<void> {
  const local = await localVault(profiles)
  const before = await contentOf(local)
  const file = join(temporaryFolder(), 'moved.satm-backup')
  expect((await local.backup(file, PASSPHRASE)).kind).toBe('written')

  const { database, identity, vaults } = await sharedVaults(postgres)
  await vaults.create('First')
  const moving = movingProcesses(postgres, { database, identity }, program, PASSPHRASE)
  const db = database.connect()
  const state = async () => String((await db.query('SELECT state FROM vault'))[0]?.state)
  const stored = async () => Number((await db.query('SELECT count(*) AS count FROM profiles'))[0]?.count)

  // Once through, to know how many statements there are; a second time over it is the same as the first.
  const statements = (await moving('in', file, -1)) ?? 0
  expect([await state(), await stored()]).toEqual(['staged', profiles])
  await db.run('DELETE FROM data_sources; DELETE FROM delivery_targets; DELETE FROM profiles')
  await db.run('DELETE FROM credentials; DELETE FROM token_managers')
  await db.run(`UPDATE vault SET state = 'active'`)
  let kills = 0
  for (let n = 1; n <= points; n++) {
    // The last of them is the commit.
    if ((await moving('in', file, Math.floor((statements * n) / points) - 1)) === null) kills += 1
    // Nothing, before it is whole and not in use.
    expect([await state(), await stored()]).toEqual(['active', 0])
  }
  await moving('in', file, -1)
  const shared = await openSharedVault(database.connect(), identityFile(identity, `${identity}.known`))
  await expect(shared.load()).rejects.toThrow('not in use yet')
  await expect(shared.commit([], [anAttempt('early')])).rejects.toThrow('not in use yet')
  await vaults.activate()
  const held = (await shared.deliveries.load()).targets.map((one) => one.state.held)
  expect(held).toEqual([true])
  expect(await contentOf(shared)).toEqual(before)

  const back = (n: number) => join(temporaryFolder(), `back-${n}.satm-backup`)
  const outStatements = (await moving('out', back(0), -1)) ?? 0
  await vaults.activate()
  for (let n = 0; n < points; n++) {
    const to = back(n)
    if ((await moving('out', to, Math.floor((outStatements * n) / points))) === null) kills += 1
    // Never both: a backup that is there was written by a vault that is not in use any more.
    if (existsSync(to)) expect(await state()).toBe('moved')
    await vaults.activate()
  }
  const to = back(points)
  await moving('out', to, -1)
  await expect(shared.load()).rejects.toThrow('moved')
  await expect(shared.commit([], [anAttempt('late')])).rejects.toThrow('moved')
  const reading = await readBackup(to, PASSPHRASE)
  if (reading.kind !== 'ok') throw new Error(reading.sentence)
  const again = await opened(temporaryFolder())
  await again.restore(reading.backup)
  expect(await contentOf(again)).toEqual(before)
  console.log(
    `${kills} kills, ${statements} statements in and ${outStatements} out, ${before.attempts.length} attempts`,
  )
  expect(kills).toBe(2 * points)
}
