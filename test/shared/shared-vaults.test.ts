// What an administrator does with a shared vault: make it, join it, add and remove members, move into it and out of it.
import { execFile, spawn } from 'node:child_process'
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { identityFile } from '#vault/shared/identity-file.ts'
import { openSharedVault } from '#vault/shared/shared-vault.ts'
import { PASSPHRASE, readBackup } from '../vault/support/backups.ts'
import { aServiceApp, temporaryFolder } from '../vault/support/builders.ts'
import { appMovedThereAndBack } from './support/moved-app.ts'
import { localVault, movedThereAndBack, sharedVaults } from './support/moved-vault.ts'
import { anIdentity, postgresOfFile } from './support/shared-vault.ts'

const postgres = postgresOfFile()
const run = promisify(execFile)

test('a shared vault is made once, joined by showing a public key, and left when a member says so', async () => {
  const first = await sharedVaults(postgres())
  await expect(first.vaults.status()).rejects.toThrow('no key for the shared vault')
  await first.vaults.create('Server 1')
  await expect(first.vaults.create('Again')).rejects.toThrow(
    'There is a shared vault in this database already',
  )
  const second = await sharedVaults(postgres(), first.database)
  await expect(second.vaults.create('Other')).rejects.toThrow('already')
  const { recipient, isMember } = await second.vaults.join()
  expect(isMember).toBe(false)
  await expect(second.vaults.status()).rejects.toThrow('not a member of the shared vault yet')
  await first.vaults.addMember(' Laptop ', recipient)
  expect(await second.vaults.join()).toEqual({ recipient, isMember: true, holds: 'nothing' })
  const status = await second.vaults.status()
  expect(status).toMatchObject({ state: 'active', keyEpoch: 1, leader: null })
  expect(status.members.map(({ name, addedBy, isOwn }) => [name, addedBy, isOwn])).toEqual([
    ['Server 1', null, false],
    ['Laptop', 'Server 1', true],
  ])
  await expect(second.vaults.removeMember('Laptop')).rejects.toThrow('cannot remove itself')
  await first.vaults.removeMember('Laptop')
  await expect(second.vaults.status()).rejects.toThrow('was removed from the shared vault')
  expect(await first.vaults.status()).toMatchObject({ keyEpoch: 2 })
})

test('two computers that make a shared vault at the same time make one', async () => {
  const first = await sharedVaults(postgres())
  const second = await sharedVaults(postgres(), first.database)
  const made = await Promise.allSettled([first.vaults.create('One'), second.vaults.create('Two')])
  expect(made.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
})

test('a member that cannot be one is refused with what to do', async () => {
  const { vaults, database } = await sharedVaults(postgres())
  await vaults.create('First')
  const { recipient, secret } = await anIdentity()
  await vaults.addMember('Second', recipient)
  for (const [name, key, sentence] of [
    ['Third', secret.reveal(), 'not a public key'],
    ['Third', `${recipient}x`, 'not a public key'],
    ['Third', recipient, 'already'],
    ['Second', (await anIdentity()).recipient, 'already'],
    ['', (await anIdentity()).recipient, 'needs a name'],
    ['two\nlines', (await anIdentity()).recipient, 'needs a name'],
  ] as const) {
    const refused = await vaults.addMember(name, key).catch((error: Error) => error.message)
    expect(refused).toContain(sentence)
    expect(refused).not.toContain(secret.reveal())
  }
  await expect(vaults.removeMember('Nobody')).rejects.toThrow('has no member Nobody')
  // Written by SQL with the key of somebody who is to be added.
  const newcomer = await anIdentity()
  const row = { id: 'x', name: 'Newcomer', recipient: newcomer.recipient, added_at: 0, added_by: null }
  await database.connect().insert('members', { ...row, mac: Buffer.alloc(32), envelope: Buffer.alloc(1) })
  await expect(vaults.addMember('Newcomer', newcomer.recipient)).rejects.toThrow('written into the database')
  await vaults.removeMember(newcomer.recipient)
  await vaults.addMember('Newcomer', newcomer.recipient)
  expect((await vaults.status()).members.every(({ isAuthentic }) => isAuthentic)).toBe(true)
})

test('an identity file is of its owner alone, and age reads it', async () => {
  const file = join(temporaryFolder(), 'identity')
  const identity = identityFile(file, `${file}.known`)
  expect([await identity.load(), await identity.known()]).toEqual([null, null])
  const made = await identity.create()
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect((await identity.load())?.reveal()).toBe(made.reveal())
  await expect(identity.create()).rejects.toThrow('already')
  const { stdout } = await run('age-keygen', ['-y', file])
  expect(readFileSync(file, 'utf8')).toContain(`# public key: ${stdout.trim()}\n`)
  chmodSync(file, 0o644)
  await expect(identity.load()).rejects.toThrow('Other users can read or change')
  chmodSync(file, 0o600)
  writeFileSync(file, 'nothing of the kind')
  await expect(identity.load()).rejects.toThrow('not an identity file of age')
  await identity.remember({ vaultId: 'v', epoch: 3, check: 'c' })
  expect(await identity.known()).toEqual({ vaultId: 'v', epoch: 3, check: 'c' })
  writeFileSync(`${file}.known`, '{}')
  await expect(identity.known()).rejects.toThrow('is damaged')
})

test.skipIf(process.getuid?.() !== 0)('another user cannot give an identity, nor read it', async () => {
  const folder = temporaryFolder()
  chmodSync(folder, 0o777)
  const file = join(folder, 'identity')
  const identity = identityFile(file, `${file}.known`)
  const asNobody = (script: string) =>
    new Promise<number | null>((done) => {
      const child = spawn('/bin/sh', ['-c', script], { uid: 65_534, gid: 65_534, stdio: 'ignore' })
      child.once('exit', done)
    })
  expect(await asNobody(`echo AGE-SECRET-KEY-1 > ${file}; chmod 600 ${file}`)).toBe(0)
  await expect(identity.load()).rejects.toThrow('Other users can read or change')
  expect(await asNobody(`rm ${file}; mkfifo ${file}`)).toBe(0)
  await expect(identity.load()).rejects.toThrow('is not a file')
  expect(await asNobody(`rm ${file}`)).toBe(0)
  await identity.create()
  expect(await asNobody(`cat ${file}`)).not.toBe(0)
})

test('a vault is moved into an empty shared vault alone, and is whole or not there', async () => {
  const local = await localVault(3)
  const file = join(temporaryFolder(), 'moved.satm-backup')
  await local.backup(file, PASSPHRASE)
  const reading = await readBackup(file, PASSPHRASE)
  if (reading.kind !== 'ok') throw new Error(reading.sentence)
  const { vaults, database, identity } = await sharedVaults(postgres())
  await vaults.create('First')
  const one = await openSharedVault(database.connect(), identityFile(identity, `${identity}.known`))
  await one.commit([{ kind: 'service-app-saved', serviceApp: aServiceApp('here') }], [])
  await expect(vaults.moveIn(reading.backup)).rejects.toThrow('Move into an empty one')
  expect([...(await one.load()).fleet.serviceApps.keys()]).toEqual(['here'])
})

test('a vault is not moved out while somebody renews it, or may still have an answer to store', async () => {
  const { vaults, database } = await sharedVaults(postgres())
  await vaults.create('First')
  const db = database.connect()
  const file = join(temporaryFolder(), 'out.satm-backup')
  await db.run(`UPDATE leader SET holder = 'server 1', lease_until = clock_timestamp() + interval '1 minute'`)
  await expect(vaults.moveOut(file, PASSPHRASE)).rejects.toThrow('server 1 renews')
  await db.run(`UPDATE leader SET holder = NULL, lease_until = '-infinity'`)
  await db.run(
    `INSERT INTO in_flight (owner_kind, owner_id, attempt_id, node, parent, fence, give_up)
     VALUES ('profile', 'p1', 'a1', 'server 1', 'x', 1, clock_timestamp() + interval '5 minutes')`,
  )
  await expect(vaults.moveOut(file, PASSPHRASE)).rejects.toThrow('in the middle of a renewal')
  expect((await vaults.status()).state).toBe('active')
  await db.run('DELETE FROM in_flight')
  expect((await vaults.moveOut(file, PASSPHRASE)).kind).toBe('written')
})

test('moving there and back loses nothing, and nowhere are two in use, wherever it is killed', async () => {
  await movedThereAndBack(postgres(), { profiles: 3, points: 2 })
})

test('an app that is moved there and back renews nothing meanwhile, wherever either side is killed', {
  timeout: 180_000,
}, async () => {
  await appMovedThereAndBack(postgres(), { profiles: 2, kills: 1 })
})
