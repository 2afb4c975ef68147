// The last deliveries of each target: kept, sealed, few, and never in the way of anything else.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { type DeliveryRun, RUNS_KEPT } from '#engine/domain/delivery-model.ts'
import { StoreFailure } from '#engine/domain/ports.ts'
import { Secret } from '#engine/domain/secret.ts'
import { Connection } from '#vault/db/connection.ts'
import { MIGRATIONS, schemaVersion } from '#vault/db/migrations.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import { readBackup } from './support/backups.ts'
import { aProfile, aServiceApp, NOW, temporaryFolder } from './support/builders.ts'
import { filesHolding } from './support/canary.ts'
import { aHook, anEnvFile, aWebhook, delivered, nothingYet } from './support/delivery.ts'
import { type FakeKeychain, fakeKeychain } from './support/fake-keychain.ts'
import { opened, opening } from './support/opened.ts'
import { contents, databaseFile, withDatabase } from './support/tamper.ts'

const aRun: DeliveryRun = {
  startedAt: NOW,
  duration: 1_234,
  trigger: 'new-token',
  outcome: 'failed',
  fingerprint: '0123abcd',
  exitCode: 3,
  sentence: 'The command failed with exit code 3, said canary-sentence.',
  output: 'reloading canary-output\nno such host',
}
const plainRun: DeliveryRun = {
  ...aRun,
  trigger: 'set-up',
  outcome: 'delivered',
  exitCode: null,
  sentence: null,
  output: null,
}

async function withTargets(folder = temporaryFolder(), keychain: FakeKeychain = fakeKeychain()) {
  const vault = await opened(folder, { keychain, weakStorageConsent: 'given' })
  await vault.commit(
    [
      { kind: 'service-app-saved', serviceApp: aServiceApp('sa') },
      { kind: 'profile-saved', profile: aProfile('p1') },
      { kind: 'profile-saved', profile: aProfile('p2') },
    ],
    [],
  )
  await vault.deliveries.save(anEnvFile('file'))
  await vault.deliveries.save(aHook('hook', 'p2'))
  return vault
}

const startsOf = async (vault: OpenVault, targetId: string) =>
  (await vault.deliveryRuns.ofTarget(targetId)).map(({ startedAt }) => startedAt - NOW)

describe('a run', () => {
  test('is there again after a restart, the newest first, each with its own target', async () => {
    const [folder, keychain] = [temporaryFolder(), fakeKeychain()]
    const vault = await withTargets(folder, keychain)
    await vault.deliveryRuns.add('hook', aRun)
    await vault.deliveryRuns.add('file', plainRun)
    // A clock that was set back does not change the order.
    await vault.deliveryRuns.add('hook', { ...aRun, startedAt: NOW - 60_000.4, outcome: 'broken-off' })
    vault.close()
    const again = await opened(folder, { keychain })
    expect(await again.deliveryRuns.ofTarget('hook')).toEqual([
      { ...aRun, number: 2, startedAt: NOW - 60_000, outcome: 'broken-off' },
      { ...aRun, number: 1 },
    ])
    expect(await again.deliveryRuns.ofTarget('file')).toEqual([{ ...plainRun, number: 1 }])
    expect(await again.deliveryRuns.ofTarget('nobody')).toEqual([])
  })

  test('goes when there are twenty newer ones, and those of other targets stay', async () => {
    const vault = await withTargets()
    await vault.deliveryRuns.add('file', plainRun)
    for (let n = 0; n < RUNS_KEPT + 5; n++) {
      await vault.deliveryRuns.add('hook', { ...aRun, startedAt: NOW + n })
    }
    expect(await startsOf(vault, 'hook')).toEqual(Array.from({ length: 20 }, (_, n) => 24 - n))
    expect(await startsOf(vault, 'file')).toEqual([0])
  })

  test('goes with its target, stays when that is saved anew', async () => {
    const folder = temporaryFolder()
    const vault = await withTargets(folder)
    for (const id of ['file', 'hook']) await vault.deliveryRuns.add(id, aRun)
    await vault.deliveries.save(anEnvFile('file'))
    expect(await startsOf(vault, 'file')).toEqual([0])
    await vault.deliveries.remove('file')
    await vault.commit([{ kind: 'profile-removed', profileId: 'p2' }], [])
    vault.close()
    expect(withDatabase(folder, (db) => db.get('SELECT count(*) AS n FROM delivery_runs')?.n)).toBe(0)
  })

  test('of a target that is not stored is refused as a store refuses', async () => {
    const vault = await withTargets()
    await expect(vault.deliveryRuns.add('nobody', aRun)).rejects.toThrow(StoreFailure)
  })

  test('is in no backup: what is restored has delivered nothing yet', async () => {
    const vault = await withTargets()
    await vault.deliveryRuns.add('hook', aRun)
    const path = join(temporaryFolder(), 'mine.satm-backup')
    const passphrase = new Secret('a backup of mine')
    await vault.backup(path, passphrase)
    const reading = await readBackup(path, passphrase)
    if (reading.kind !== 'ok') throw new Error(reading.sentence)
    await vault.restore(reading.backup)
    expect((await vault.deliveries.load()).targets).toHaveLength(2)
    expect(await vault.deliveryRuns.ofTarget('hook')).toEqual([])
  })
})

describe('what a command said', () => {
  test('lies readable in no file', async () => {
    const folder = temporaryFolder()
    const vault = await withTargets(folder)
    for (let n = 0; n < RUNS_KEPT + 2; n++) await vault.deliveryRuns.add('hook', aRun)
    expect(filesHolding(folder, ['canary-'])).toEqual([])
    vault.close()
    expect(filesHolding(folder, ['canary-'])).toEqual([])
  })

  test('goes along when the data key is exchanged', async () => {
    const folder = temporaryFolder()
    const keychain = fakeKeychain({ state: 'weak', backend: 'basic_text' })
    const vault = await withTargets(folder, keychain)
    await vault.deliveryRuns.add('hook', aRun)
    await vault.deliveryRuns.add('file', plainRun)
    const sealed = () =>
      withDatabase(folder, (db) =>
        db.get(`SELECT hex(sentence) AS s, hex(output) AS o FROM delivery_runs WHERE target_id = 'hook'`),
      )
    const before = sealed()
    const passphrase = new Secret('long enough for it')
    expect(await vault.setPassphrase(passphrase, 'alone')).toMatchObject({ kind: 'changed' })
    expect(await vault.deliveryRuns.ofTarget('hook')).toEqual([{ ...aRun, number: 1 }])
    vault.close()
    const after = sealed()
    expect([after?.s === before?.s, after?.o === before?.o]).toEqual([false, false])
    const again = await opened(folder, { keychain, passphrase })
    expect(await again.deliveryRuns.ofTarget('hook')).toEqual([{ ...aRun, number: 1 }])
    expect(await again.deliveryRuns.ofTarget('file')).toEqual([{ ...plainRun, number: 1 }])
  })

  test.each([
    ['of another run', `output = (SELECT output FROM delivery_runs WHERE target_id = 'hook' AND number = 1)`],
    ['of another field', 'output = sentence'],
    ['that was altered', `sentence = x'${'00'.repeat(40)}'`],
    ['beside a trigger nobody knows', `trigger = 'by magic'`],
  ])('%s is shown in no place, and the other runs are', async (_, change) => {
    const [folder, keychain] = [temporaryFolder(), fakeKeychain()]
    const vault = await withTargets(folder, keychain)
    for (let n = 0; n < 3; n++) await vault.deliveryRuns.add('hook', { ...aRun, output: `canary ${n}` })
    vault.close()
    withDatabase(folder, (db) =>
      db.exec(`UPDATE delivery_runs SET ${change} WHERE target_id = 'hook' AND number = 2`),
    )
    const again = await opened(folder, { keychain })
    const runs = await again.deliveryRuns.ofTarget('hook')
    expect(runs.map(({ number, output }) => [number, output])).toEqual([
      [3, 'canary 2'],
      [2, null],
      [1, 'canary 0'],
    ])
    expect(runs[1]?.sentence).toContain('This entry is damaged')
    await again.deliveryRuns.add('hook', aRun)
    expect(await again.deliveryRuns.ofTarget('hook')).toHaveLength(4)
  })

  test('moved to another target is shown there neither', async () => {
    const [folder, keychain] = [temporaryFolder(), fakeKeychain()]
    const vault = await withTargets(folder, keychain)
    await vault.deliveryRuns.add('hook', aRun)
    vault.close()
    withDatabase(folder, (db) => db.exec(`UPDATE delivery_runs SET target_id = 'file'`))
    expect(await (await opened(folder, { keychain })).deliveryRuns.ofTarget('file')).toMatchObject([
      { number: 1, sentence: expect.stringContaining('This entry is damaged'), output: null },
    ])
  })
})

test('damage among the runs is told at the start, as of any table that is not the long history', async () => {
  const [folder, keychain] = [temporaryFolder(), fakeKeychain()]
  const vault = await withTargets(folder, keychain)
  await vault.deliveryRuns.add('hook', aRun)
  vault.close()
  const page = withDatabase(folder, (db) =>
    db.get(`SELECT rootpage FROM sqlite_schema WHERE name = 'delivery_runs'`),
  )
  const file = readFileSync(databaseFile(folder))
  const size = file.readUInt16BE(16)
  file.fill(0xff, size * (Number(page?.rootpage) - 1), size * Number(page?.rootpage))
  writeFileSync(databaseFile(folder), file)
  expect(await opening(folder, { keychain })).toMatchObject({
    kind: 'damaged',
    detail: expect.stringContaining('delivery_runs'),
  })
})

describe('data of version 2', () => {
  const made = gunzipSync(readFileSync(join(import.meta.dirname, 'support', 'version-2.db.gz')))
  const options = {
    keychain: fakeKeychain({ state: 'unavailable' }),
    passphrase: new Secret('made by version two'),
  }
  const TABLES = [
    'credentials',
    'profiles',
    'token_pairs',
    'attempts',
    'consumers',
    'delivery_targets',
    'webhook',
  ]
  const hex = (_: string, value: unknown) =>
    value instanceof ArrayBuffer ? Buffer.from(value).toString('hex') : value
  /** All but the seals, and the tokens that are sealed anew beside their columns. */
  const heldBy = (path: string) => {
    const db = new Connection(path)
    const own = (row: object) =>
      Object.fromEntries(
        Object.entries(row).filter(([column]) => !/^(seal|access_token|refresh_token)$/.test(column)),
      )
    const held = TABLES.map((table) => JSON.stringify(db.all(`SELECT * FROM ${table}`).map(own), hex))
    const version = schemaVersion(db)
    db.close()
    return { version, held }
  }

  test('opens with everything in it, takes runs from then on, and a copy of it is kept', async () => {
    const folder = temporaryFolder()
    const old = join(temporaryFolder(), 'old.db')
    for (const path of [old, databaseFile(folder)]) writeFileSync(path, made)
    const vault = await opened(folder, options)
    const { fleet, lastAttempts, unreadable } = await vault.load()
    expect(fleet.profiles.get('p1')?.pair?.refresh?.token.reveal()).toBe('canary-refresh-one')
    expect([fleet.profiles.size, lastAttempts.length, unreadable.length]).toEqual([2, 1, 0])
    expect(await vault.deliveries.load()).toEqual({
      targets: [
        { target: anEnvFile('file'), state: delivered },
        { target: aHook('hook', 'p2'), state: nothingYet },
      ],
      unreadable: [],
    })
    expect((await vault.consumers.load()).map(({ id }) => id)).toEqual(['all', 'some'])
    expect((await vault.webhook.load())?.secret.reveal()).toBe(aWebhook.secret.reveal())
    await vault.deliveryRuns.add('hook', aRun)
    expect(await vault.deliveryRuns.ofTarget('hook')).toHaveLength(1)
    vault.close()
    const kept = readdirSync(folder).find((name) => name.startsWith('vault-kept-version-2-'))
    const then = heldBy(old)
    expect(then.version).toBe(2)
    expect(then.held.join()).toMatch(/[0-9a-f]{100}/)
    expect(heldBy(join(folder, kept ?? 'none'))).toEqual(then)
    const now = heldBy(databaseFile(folder))
    // What came since: no consumer and no webhook is held, no pair has an interval of its own, no attempt a reason.
    const added = /,"(?:held":0|renew_after":null|reason":null)(?=\})/g
    const asThen = now.held.map((rows) => rows.replaceAll(added, ''))
    expect({ version: now.version, held: asThen }).toEqual({ version: MIGRATIONS.length, held: then.held })
    expect(contents(folder)).toContain('"number",1')
  })

  test('that is damaged is still found to be so', async () => {
    const folder = temporaryFolder()
    writeFileSync(databaseFile(folder), made)
    withDatabase(folder, (db) => db.exec('DROP TABLE webhook'))
    await expect(opened(folder, options)).rejects.toThrow('expected an open vault')
  })
})
