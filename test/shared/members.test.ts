// Members and the data key: who can read a shared vault, who cannot any more, and who never could.
import { execFile } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { openField } from '#vault/crypto/field-cipher.ts'
import { isRecipient } from '#vault/shared/members.ts'
import type { PostgresConnection } from '#vault/shared/postgres-connection.ts'
import { openSharedVault, type SharedVault } from '#vault/shared/shared-vault.ts'
import {
  anAttempt,
  anIntegration,
  aPair,
  aProfile,
  aServiceApp,
  NOW,
  temporaryFolder,
} from '../vault/support/builders.ts'
import { filesHolding } from '../vault/support/canary.ts'
import { aConsumer, aHook, aWebhook } from '../vault/support/delivery.ts'
import { sealedFields } from './support/sealed-fields.ts'
import { anIdentity, newSharedVault, postgresOfFile } from './support/shared-vault.ts'

const postgres = postgresOfFile()
/** Removed, or not added yet. */
const MEMBERS_ONLY = /^This computer (was removed from|is not a member of) the shared vault/
const run = promisify(execFile)

/** Something of every kind that is sealed. */
async function fill(vault: SharedVault): Promise<void> {
  await vault.commit(
    [
      { kind: 'service-app-saved', serviceApp: aServiceApp('sa') },
      { kind: 'manager-saved', manager: anIntegration('m1') },
      { kind: 'profile-saved', profile: aProfile('p1', { pair: aPair('one') }) },
      { kind: 'profile-pair', profileId: 'p1', pair: aPair('two'), attemptId: 'a1', follows: aPair('one') },
    ],
    [anAttempt('a1')],
  )
  await vault.deliveries.save(aHook('t1'))
  await vault.deliveryRuns.add('t1', {
    startedAt: NOW,
    duration: 5,
    trigger: 'asked',
    outcome: 'failed',
    fingerprint: '00000000',
    exitCode: 1,
    sentence: 'canary-sentence',
    output: 'canary-output',
  })
  await vault.consumers.add(aConsumer('c1'))
  await vault.webhook.save(aWebhook)
  await vault.cloud.record('https://canary-cloud.example')
  await vault.fleetDeliveries.save([
    { id: 'f1', serviceAppId: null, spec: aHook('f1').spec, createdAt: NOW, held: false },
  ])
}

async function expectWhole(vault: SharedVault): Promise<void> {
  const { fleet, unreadable } = await vault.load()
  expect(unreadable).toEqual([])
  expect(fleet.profiles.get('p1')?.pair?.refresh?.token.reveal()).toBe('canary-refresh-two')
  expect(fleet.serviceApps.get('sa')?.clientSecret.reveal()).toBe('canary-secret-sa')
  expect(fleet.managers.get('m1')?.pair?.accessToken?.reveal()).toBe('canary-access-m1')
  expect((await vault.deliveries.load()).targets.map(({ target }) => target)).toEqual([aHook('t1')])
  expect((await vault.deliveryRuns.ofTarget('t1'))[0]?.output).toBe('canary-output')
  expect(await vault.consumers.load()).toEqual([aConsumer('c1')])
  expect((await vault.webhook.load())?.secret.reveal()).toBe('canary-webhook-secret')
  expect(await vault.cloud.load()).toMatchObject({ baseUrl: 'https://canary-cloud.example' })
  expect(await vault.fleetDeliveries.load()).toHaveLength(1)
}

async function joined(vault: SharedVault, name = 'Second') {
  const identity = await anIdentity()
  await vault.addMember({ name, recipient: identity.recipient, addedBy: 'First' }, NOW + 1)
  return identity
}

async function idOf(vault: SharedVault, name: string): Promise<string> {
  const member = (await vault.members()).find((one) => one.name === name)
  if (member === undefined) throw new Error(`no member ${name}`)
  return member.id
}

test('a member that was added reads and stores what the others do', async () => {
  const { vault, database } = await newSharedVault(postgres())
  await fill(vault)
  const newcomer = await anIdentity()
  await expect(openSharedVault(database.connect(), newcomer)).rejects.toThrow(
    'not a member of the shared vault yet',
  )
  await vault.addMember({ name: 'Second', recipient: newcomer.recipient, addedBy: 'First' }, NOW + 1)
  const second = await openSharedVault(database.connect(), newcomer)
  await expectWhole(second)
  expect(
    (await second.members()).map(({ name, addedBy, isAuthentic }) => [name, addedBy, isAuthentic]),
  ).toEqual([
    ['First', null, true],
    ['Second', 'First', true],
  ])
})

test("Debian's age opens the envelope of a member", async () => {
  const { vault, database, identity } = await newSharedVault(postgres())
  const folder = temporaryFolder()
  const [file, envelope] = [join(folder, 'identity'), join(folder, 'envelope.age')]
  writeFileSync(file, `${identity.secret.reveal()}\n`, { mode: 0o600 })
  const [member] = await database.connect().rows('members')
  writeFileSync(envelope, member?.envelope as Buffer)
  const { stdout } = await run('age', ['--decrypt', '-i', file, envelope])
  const opened = JSON.parse(stdout)
  expect(opened).toMatchObject({ epoch: 1 })
  expect(vault.key()?.key.export().toString('base64')).toBe(opened.key)
  await run('age', ['-r', identity.recipient, '-o', join(folder, 'sealed'), file])
  expect(readdirSync(folder)).toContain('sealed')
})

test('a public key is one of age for X25519, and nothing else', async () => {
  const { recipient, secret } = await anIdentity()
  expect(isRecipient(recipient)).toBe(true)
  for (const other of [
    secret.reveal(),
    recipient.slice(0, -1),
    `${recipient}q`,
    'age1',
    recipient.toUpperCase(),
  ]) {
    expect(isRecipient(other)).toBe(false)
  }
})

test('neither a dump nor the write-ahead log holds a secret', async () => {
  const { vault, database, identity } = await newSharedVault(postgres())
  await fill(vault)
  await joined(vault)
  await vault.removeMember(await idOf(vault, 'Second'))
  await database.connect().run('CHECKPOINT')
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'dump.sql'), await postgres().program('pg_dump', [database.name]))
  const key = vault.key()?.key.export()
  const secrets = [
    'canary-',
    identity.secret.reveal(),
    key?.toString('base64') ?? '',
    key?.toString('latin1') ?? '',
  ]
  expect(filesHolding(folder, secrets)).toEqual([])
  expect(filesHolding(join(postgres().folder, 'data'), secrets)).toEqual([])
  // What is looked for would be found.
  writeFileSync(join(folder, 'found.txt'), secrets[1] ?? '')
  expect(filesHolding(folder, secrets)).toEqual(['found.txt'])
})

test('a member row that was written by SQL alone never gets a key', async () => {
  const { vault, database } = await newSharedVault(postgres())
  await fill(vault)
  const db = database.connect()
  const [intruder, leaver] = [await anIdentity(), await joined(vault, 'Leaver')]
  const [first] = await db.rows('members', `WHERE name = 'First'`)
  const copied = { mac: first?.mac as Buffer, envelope: first?.envelope as Buffer }
  const row = {
    id: 'intruder',
    name: 'Intruder',
    recipient: intruder.recipient,
    added_at: NOW,
    added_by: null,
  }
  await db.insert('members', { ...row, ...copied })
  await expect(openSharedVault(database.connect(), intruder)).rejects.toThrow(
    'not a member of the shared vault yet',
  )
  expect((await vault.members()).filter((one) => !one.isAuthentic).map(({ name }) => name)).toEqual([
    'Intruder',
  ])
  // Nor when the key is exchanged, nor in the place of a member that is one.
  const former = await db.row('members', `WHERE name = 'Leaver'`)
  await vault.removeMember(await idOf(vault, 'Leaver'))
  await expect(openSharedVault(database.connect(), intruder)).rejects.toThrow(MEMBERS_ONLY)
  await db.insert('members', former as never)
  await joined(vault, 'Third')
  await db.run('UPDATE members SET recipient = ? WHERE name = ?', (await anIdentity()).recipient, 'Third')
  await vault.removeMember('intruder')
  await expect(openSharedVault(database.connect(), leaver)).rejects.toThrow(MEMBERS_ONLY)
  const sealed = await db.rows('members', 'WHERE envelope <> ?', copied.envelope)
  expect((await vault.members()).filter((one) => one.isAuthentic).map(({ name }) => name)).toEqual(['First'])
  expect(sealed.length).toBeGreaterThan(0)
  await expectWhole(vault)
})

test('a removed member reads nothing new, and those who remain read everything', async () => {
  const { vault, database } = await newSharedVault(postgres())
  await fill(vault)
  const leaver = await joined(vault, 'Leaver')
  const other = await joined(vault, 'Other')
  const leaving = await openSharedVault(database.connect(), leaver)
  const staying = await openSharedVault(database.connect(), other)
  await leaving.load()
  await staying.load()
  const old = leaving.key()?.key
  await vault.removeMember(await idOf(vault, 'Leaver'))
  await expect(openSharedVault(database.connect(), leaver)).rejects.toThrow(
    'was removed from the shared vault',
  )
  await expect(leaving.load()).rejects.toThrow(MEMBERS_ONLY)
  await expect(leaving.commit([], [anAttempt('a9')])).rejects.toThrow(MEMBERS_ONLY)
  // With what it remembers, and the database.
  if (old === undefined) throw new Error('there was no key')
  const db = database.connect()
  expect(await sealedUnder(db, old)).toBe(0)
  const now = vault.key()?.key
  if (now === undefined) throw new Error('there is no key')
  expect(await sealedUnder(db, now)).toBeGreaterThan(8)
  // One that was connected goes on, without noticing.
  await staying.commit([{ kind: 'profile-saved', profile: aProfile('p1', { name: 'Edited' }) }], [])
  expect((await vault.load()).fleet.profiles.get('p1')?.name).toBe('Edited')
  await expectWhole(staying)
  expect(staying.key(1)?.key.equals(old)).toBe(true)
})

/** How many sealed fields of the database a key opens. */
async function sealedUnder(db: PostgresConnection, key: Parameters<typeof openField>[0]): Promise<number> {
  let count = 0
  for (const { bytes, place } of await sealedFields(db)) if (openField(key, bytes, place) !== null) count++
  return count
}

test('a data key that does not follow from the one a member knows is refused', async () => {
  const { vault, database, identity } = await newSharedVault(postgres())
  await fill(vault)
  const away = await joined(vault, 'Away')
  await openSharedVault(database.connect(), away)
  for (const name of ['x', 'y', 'z']) {
    await joined(vault, name)
    await vault.removeMember(await idOf(vault, name))
  }
  // It was away while the key was exchanged three times.
  const back = await openSharedVault(database.connect(), away)
  expect(back.key()?.epoch).toBe(4)
  await expectWhole(back)

  // Somebody who writes the database makes another vault in the place of this one, with the public keys found there.
  const db = database.connect()
  const forged = await newSharedVault(postgres())
  await forged.vault.addMember({ name: 'First', recipient: identity.recipient, addedBy: null }, NOW)
  const [theirs] = await forged.database.connect().rows('members', `WHERE recipient = ?`, identity.recipient)
  const [place] = await forged.database.connect().rows('vault')
  await db.run('UPDATE members SET envelope = ? WHERE name = ?', theirs?.envelope as Buffer, 'First')
  await db.update(
    'vault',
    { id: String(place?.id), key_epoch: 1, key_check: String(place?.key_check) },
    'one',
  )
  await expect(openSharedVault(database.connect(), identity)).rejects.toThrow('replaced, and not by a member')
  await expect(vault.commit([], [anAttempt('a9')])).rejects.toThrow('replaced, and not by a member')
})

test('what is read while the data key is exchanged, again and again, is whole', async () => {
  const { vault, database } = await newSharedVault(postgres())
  await fill(vault)
  const other = await openSharedVault(database.connect(), await joined(vault, 'Reader'))
  let isOver = false
  const reading = Promise.all(
    [1, 2, 3].map(async () => {
      while (!isOver) await expectWhole(other)
    }),
  )
  for (const name of ['x', 'y', 'z', 'u', 'v']) {
    await joined(vault, name)
    await vault.removeMember(await idOf(vault, name))
  }
  isOver = true
  await reading
  expect(other.key()?.epoch).toBe(6)
})
