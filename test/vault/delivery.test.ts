import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { StoreFailure } from '#engine/domain/ports.ts'
import { Secret } from '#engine/domain/secret.ts'
import { Connection } from '#vault/db/connection.ts'
import { schemaVersion } from '#vault/db/migrations.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import { readBackup } from './support/backups.ts'
import { aPair, aProfile, aServiceApp, NOW, temporaryFolder } from './support/builders.ts'
import { filesHolding } from './support/canary.ts'
import { aConsumer, aHook, anEnvFile, aWebhook, delivered, nothingYet } from './support/delivery.ts'
import { fakeKeychain } from './support/fake-keychain.ts'
import { opened } from './support/opened.ts'
import { databaseFile, withDatabase } from './support/tamper.ts'

const PASSPHRASE = new Secret('a backup of mine')

async function twoProfiles(folder = temporaryFolder(), keychain = fakeKeychain()): Promise<OpenVault> {
  const vault = await opened(folder, { keychain })
  await vault.commit(
    [
      { kind: 'service-app-saved', serviceApp: aServiceApp('sa') },
      { kind: 'profile-saved', profile: aProfile('p1', { pair: aPair('one') }) },
      { kind: 'profile-saved', profile: aProfile('p2') },
    ],
    [],
  )
  return vault
}

async function withAll(vault: OpenVault): Promise<void> {
  await vault.deliveries.save(anEnvFile('file'))
  await vault.deliveries.save(aHook('hook', 'p2'))
  await vault.deliveries.note('file', delivered)
  await vault.consumers.add(aConsumer('all'))
  await vault.consumers.add(
    aConsumer('some', { profileIds: ['p2'], createdAt: NOW + 1, lastUsedAt: NOW + 2 }),
  )
  await vault.webhook.save(aWebhook)
}

async function everything(vault: OpenVault) {
  const webhook = await vault.webhook.load()
  return {
    targets: await vault.deliveries.load(),
    consumers: await vault.consumers.load(),
    webhook: webhook === null ? null : [webhook.url?.reveal() ?? null, webhook.secret.reveal()],
  }
}

describe('a delivery target', () => {
  test('is there again after a restart, and so is how it stands', async () => {
    const [folder, keychain] = [temporaryFolder(), fakeKeychain()]
    const vault = await twoProfiles(folder, keychain)
    await withAll(vault)
    const failing = {
      delivered: { at: NOW, fingerprint: '0123abcd', refreshFingerprint: '89abcdef' },
      failure: { at: NOW + 1, fingerprint: '11111111', sentence: 'No.', failures: 2, retryAt: NOW + 60_000 },
      held: false,
    }
    await vault.deliveries.note('hook', failing)
    vault.close()
    const again = await opened(folder, { keychain })
    expect(await again.deliveries.load()).toEqual({
      targets: [
        { target: anEnvFile('file'), state: delivered },
        { target: aHook('hook', 'p2'), state: failing },
      ],
      unreadable: [],
    })
  })

  test('that is saved anew has not been delivered to', async () => {
    const vault = await twoProfiles()
    await vault.deliveries.save(anEnvFile('file'))
    await vault.deliveries.note('file', delivered)
    await vault.deliveries.save(anEnvFile('file'))
    expect((await vault.deliveries.load()).targets[0]?.state).toEqual(nothingYet)
  })

  test('goes with its profile', async () => {
    const vault = await twoProfiles()
    await withAll(vault)
    await vault.commit([{ kind: 'profile-removed', profileId: 'p1' }], [])
    expect((await vault.deliveries.load()).targets.map(({ target }) => target.id)).toEqual(['hook'])
  })

  test('stays when its profile is edited', async () => {
    const vault = await twoProfiles()
    await withAll(vault)
    await vault.commit([{ kind: 'profile-saved', profile: aProfile('p1', { name: 'Other' }) }], [])
    expect((await vault.deliveries.load()).targets).toHaveLength(2)
  })

  test('of a profile that is not stored is refused as a store refuses', async () => {
    const vault = await twoProfiles()
    await expect(vault.deliveries.save(anEnvFile('file', 'nobody'))).rejects.toThrow(StoreFailure)
  })

  test('that cannot be read is named, changed by nobody, and harms no other', async () => {
    const [folder, keychain] = [temporaryFolder(), fakeKeychain()]
    const vault = await twoProfiles(folder, keychain)
    await withAll(vault)
    vault.close()
    withDatabase(folder, (db) =>
      db.exec(`UPDATE delivery_targets SET spec = (SELECT spec FROM delivery_targets WHERE id = 'file')`),
    )
    const again = await opened(folder, { keychain })
    expect(await again.deliveries.load()).toMatchObject({
      targets: [{ target: { id: 'file' } }],
      unreadable: [{ table: 'delivery_targets', id: 'hook', sentence: expect.any(String) }],
    })
  })

  test('can be removed', async () => {
    const vault = await twoProfiles()
    await withAll(vault)
    await vault.deliveries.remove('file')
    expect((await vault.deliveries.load()).targets).toHaveLength(1)
  })
})

describe('a consumer', () => {
  test('is kept by the hash of its secret alone, and its last use is noted', async () => {
    const vault = await twoProfiles()
    await withAll(vault)
    await vault.consumers.markUsed([{ id: 'all', lastUsedAt: NOW + 5 }])
    expect(await vault.consumers.load()).toEqual([
      aConsumer('all', { lastUsedAt: NOW + 5 }),
      aConsumer('some', { profileIds: ['p2'], createdAt: NOW + 1, lastUsedAt: NOW + 2 }),
    ])
    await vault.consumers.remove('all')
    expect((await vault.consumers.load()).map(({ id }) => id)).toEqual(['some'])
  })

  test('whose list of profiles is spoilt is left out, never allowed all', async () => {
    const [folder, keychain] = [temporaryFolder(), fakeKeychain()]
    const vault = await twoProfiles(folder, keychain)
    await withAll(vault)
    vault.close()
    withDatabase(folder, (db) => db.exec(`UPDATE consumers SET profile_ids = '[1' WHERE id = 'some'`))
    expect((await (await opened(folder, { keychain })).consumers.load()).map(({ id }) => id)).toEqual(['all'])
  })
})

test('the webhook is one, may be off, and keeps its signing secret then', async () => {
  const vault = await twoProfiles()
  expect(await vault.webhook.load()).toBeNull()
  await vault.webhook.save(aWebhook)
  await vault.webhook.save({ ...aWebhook, url: null })
  expect((await everything(vault)).webhook).toEqual([null, 'canary-webhook-secret'])
})

test('no file holds what a command, a webhook or a consumer keeps secret', async () => {
  const folder = temporaryFolder()
  const vault = await twoProfiles(folder)
  await withAll(vault)
  expect(filesHolding(folder, ['canary-'])).toEqual([])
  await vault.backup(join(folder, 'mine.satm-backup'), PASSPHRASE)
  vault.close()
  expect(filesHolding(folder, ['canary-'])).toEqual([])
})

test('another data key takes all of it along', async () => {
  const folder = temporaryFolder()
  const keychain = fakeKeychain({ state: 'weak', backend: 'basic_text' })
  const vault = await opened(folder, { keychain, weakStorageConsent: 'given' })
  await vault.commit(
    [
      { kind: 'service-app-saved', serviceApp: aServiceApp('sa') },
      { kind: 'profile-saved', profile: aProfile('p1') },
      { kind: 'profile-saved', profile: aProfile('p2') },
    ],
    [],
  )
  await withAll(vault)
  const before = await everything(vault)
  const specs = () =>
    withDatabase(folder, (db) => JSON.stringify(db.all('SELECT id, hex(spec) FROM delivery_targets')))
  const sealedBefore = specs()
  const passphrase = new Secret('long enough for it')
  expect(await vault.setPassphrase(passphrase, 'alone')).toMatchObject({ kind: 'changed' })
  expect(await everything(vault)).toEqual(before)
  vault.close()
  expect(specs()).not.toBe(sealedBefore)
  expect(await everything(await opened(folder, { keychain, passphrase }))).toEqual(before)
})

describe('a backup', () => {
  async function backedUp(vault: OpenVault) {
    const path = join(temporaryFolder(), 'mine.satm-backup')
    expect(await vault.backup(path, PASSPHRASE)).toMatchObject({ kind: 'written', leftOut: 0 })
    const reading = await readBackup(path, PASSPHRASE)
    if (reading.kind !== 'ok') throw new Error(reading.sentence)
    return reading.backup
  }

  test('brings targets, consumers and the webhook along, all held, with nothing confirmed or delivered', async () => {
    const vault = await twoProfiles()
    await withAll(vault)
    const elsewhere = await opened(temporaryFolder())
    await elsewhere.restore(await backedUp(vault))
    const held = { ...nothingYet, held: true }
    const env = anEnvFile('file')
    const { consumers, webhook } = await everything(vault)
    expect(await everything(elsewhere)).toEqual({
      webhook,
      consumers: consumers.map((consumer) => ({ ...consumer, held: true })),
      targets: {
        targets: [
          { target: { ...env, spec: { ...env.spec, confirmed: [] } }, state: held },
          { target: aHook('hook', 'p2'), state: held },
        ],
        unreadable: [],
      },
    })
    expect((await elsewhere.webhook.load())?.held).toBe(true)
  })

  test('holds back what did not act here before, and only that', async () => {
    const vault = await twoProfiles()
    await withAll(vault)
    await vault.consumers.add(aConsumer('held', { held: true }))
    await vault.consumers.add(aConsumer('revoked'))
    await vault.deliveries.save(aHook('same'))
    await vault.deliveries.save(aHook('changed'))
    await vault.deliveries.save(aHook('was-held'), true)
    await vault.deliveries.save(aHook('gone'))
    const backup = await backedUp(vault)
    await vault.deliveries.save({ ...aHook('other'), id: 'changed' })
    await vault.deliveries.remove('gone')
    await vault.consumers.remove('revoked')
    await vault.restore(backup)
    const held = (await vault.deliveries.load()).targets.filter(({ state }) => state.held)
    expect(held.map(({ target }) => target.id).sort()).toEqual(['changed', 'gone', 'was-held'])
    const { targets, consumers, webhook } = await everything(vault)
    expect(targets.targets.find(({ target }) => target.id === 'file')?.target).toEqual(anEnvFile('file'))
    const heldConsumers = consumers.filter((consumer) => consumer.held).map(({ id }) => id)
    expect(heldConsumers.sort()).toEqual(['held', 'revoked'])
    expect([webhook, (await vault.webhook.load())?.held]).toEqual([
      ['https://hooks.example/canary-webhook-url', 'canary-webhook-secret'],
      false,
    ])
    await vault.consumers.confirm('revoked')
    expect((await vault.consumers.load()).filter((consumer) => consumer.held)).toHaveLength(1)
  })

  test('takes the place of what was there', async () => {
    const backup = await backedUp(await twoProfiles())
    const vault = await twoProfiles()
    await withAll(vault)
    await vault.restore(backup)
    expect(await everything(vault)).toEqual({
      targets: { targets: [], unreadable: [] },
      consumers: [],
      webhook: null,
    })
  })
})

describe('data of version 1', () => {
  const made = gunzipSync(readFileSync(join(import.meta.dirname, 'support', 'version-1.db.gz')))
  const options = {
    keychain: fakeKeychain({ state: 'unavailable' }),
    passphrase: new Secret('made by version one'),
  }

  test('opens with everything in it, takes targets from then on, and a copy of it is kept', async () => {
    const folder = temporaryFolder()
    writeFileSync(databaseFile(folder), made)
    const vault = await opened(folder, options)
    const { fleet, lastAttempts, unreadable } = await vault.load()
    expect([...fleet.profiles.keys()]).toEqual(['p1', 'p2'])
    expect(fleet.profiles.get('p1')?.pair?.refresh?.token.reveal()).toBe('canary-refresh-one')
    expect([lastAttempts.length, unreadable.length]).toEqual([1, 0])
    await withAll(vault)
    expect((await vault.deliveries.load()).targets).toHaveLength(2)
    vault.close()
    const kept = readdirSync(folder).find((name) => name.startsWith('vault-kept-version-1-'))
    const copy = new Connection(join(folder, kept ?? 'none'))
    expect([schemaVersion(copy), copy.get('SELECT count(*) AS n FROM profiles')?.n]).toEqual([1, 2])
    copy.close()
  })

  test('that is damaged is still found to be so', async () => {
    const folder = temporaryFolder()
    writeFileSync(databaseFile(folder), made)
    withDatabase(folder, (db) => db.exec('DROP TABLE profiles'))
    await expect(opened(folder, options)).rejects.toThrow('expected an open vault')
  })
})
