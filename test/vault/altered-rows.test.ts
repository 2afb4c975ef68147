// Who can write the database without its key cannot redirect a token: what was altered, added or exchanged is named and
// never acts, and no trick makes this app seal it.
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { Secret } from '#engine/domain/secret.ts'
import type { Connection } from '#vault/db/connection.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import { readBackup } from './support/backups.ts'
import {
  anIntegration,
  aPair,
  aPersonalToken,
  aProfile,
  aServiceApp,
  temporaryFolder,
} from './support/builders.ts'
import { aConsumer, aHook, anEnvFile, aWebhook, nothingYet } from './support/delivery.ts'
import { type FakeKeychain, fakeKeychain } from './support/fake-keychain.ts'
import { opened, opening } from './support/opened.ts'
import { databaseFile, withDatabase } from './support/tamper.ts'

async function fill(vault: OpenVault): Promise<void> {
  await vault.commit(
    [
      { kind: 'service-app-saved', serviceApp: aServiceApp('sa') },
      { kind: 'service-app-saved', serviceApp: aServiceApp('sb') },
      { kind: 'manager-saved', manager: anIntegration('m1', { isDefault: true }) },
      { kind: 'manager-saved', manager: aPersonalToken('m2', { fallbackId: 'm1' }) },
      { kind: 'profile-saved', profile: aProfile('p1', { pair: aPair('one') }) },
      { kind: 'profile-saved', profile: aProfile('p2', { serviceAppId: 'sb', pair: aPair('two') }) },
    ],
    [],
  )
  await vault.deliveries.save(anEnvFile('file'))
  await vault.deliveries.save(aHook('hook', 'p2'), true)
  await vault.consumers.add(aConsumer('some', { profileIds: ['p1'] }))
  await vault.consumers.add(aConsumer('held', { held: true }))
  await vault.webhook.save({ ...aWebhook, held: true })
}

async function filled(folder: string, keychain: FakeKeychain): Promise<void> {
  const vault = await opened(folder, { keychain })
  await fill(vault)
  vault.close()
}

/** Everything that acts, or decides where a token goes. */
async function acting(vault: OpenVault) {
  const { fleet, unreadable } = await vault.load()
  const webhook = await vault.webhook.load()
  const stored = await vault.deliveries.load()
  return {
    profiles: [...fleet.profiles.values()].map(
      (one) => `${one.id} ${one.serviceAppId} ${one.targetOrgId} ${one.managerId}`,
    ),
    apps: [...fleet.serviceApps.values()].map((one) => `${one.id} ${one.appId} ${one.clientId}`),
    managers: [...fleet.managers.values()].map((one) => `${one.id} ${one.kind} ${one.isDefault}`),
    targets: stored.targets.map(({ target, state }) => `${target.id} ${target.profileId} ${state.held}`),
    consumers: (await vault.consumers.load()).map((one) => `${one.id} ${one.profileIds} ${one.held}`),
    webhook: webhook && `${webhook.url?.reveal()} ${webhook.held}`,
    named: [...unreadable, ...stored.unreadable].map(({ table, id }) => `${table} ${id}`),
  }
}

type Acting = Awaited<ReturnType<typeof acting>>

/** Nothing acts that did not before. */
function expectNothingNew(before: Acting, after: Acting): void {
  for (const kind of ['profiles', 'apps', 'managers', 'targets', 'consumers'] as const) {
    expect(before[kind]).toEqual(expect.arrayContaining(after[kind]))
  }
  expect([before.webhook, null]).toContain(after.webhook)
}

/** What is named by it. */
const attacks: readonly [string, string, readonly string[]][] = [
  [
    'a profile gets another org',
    `UPDATE profiles SET target_org_id = 'org-evil' WHERE id = 'p1'`,
    ['profiles p1'],
  ],
  [
    'a profile gets another app',
    `UPDATE profiles SET service_app_id = 'sb' WHERE id = 'p1'`,
    ['profiles p1'],
  ],
  [
    'a profile gets another token manager',
    `UPDATE profiles SET manager_id = 'm2' WHERE id = 'p1'`,
    ['profiles p1'],
  ],
  ['a paused profile goes on', `UPDATE profiles SET paused = 1 WHERE id = 'p1'`, ['profiles p1']],
  [
    'two profiles exchange everything but their ids, seals included',
    `CREATE TEMP TABLE t AS SELECT * FROM profiles; DELETE FROM token_pairs WHERE 0;
     UPDATE profiles SET (name, service_app_id, target_org_id, probe, seal) =
       (SELECT name, service_app_id, target_org_id, probe, seal FROM t WHERE t.id <> profiles.id)`,
    ['profiles p1', 'profiles p2'],
  ],
  [
    'an app gets another ID',
    `UPDATE credentials SET app_id = 'evil' WHERE id = 'sa'`,
    ['credentials sa', 'profiles p1'],
  ],
  [
    'an app gets another client',
    `UPDATE credentials SET client_id = 'evil' WHERE id = 'sa'`,
    ['credentials sa', 'profiles p1'],
  ],
  [
    'a token manager becomes the default',
    "UPDATE token_managers SET is_default = 1 - is_default WHERE id = 'm1'",
    ['token_managers m1'],
  ],
  [
    'a token manager gets a fallback',
    `UPDATE token_managers SET fallback_id = 'm2' WHERE id = 'm1'`,
    ['token_managers m1'],
  ],
  [
    'a token manager loses its fallback',
    `UPDATE token_managers SET fallback_id = NULL WHERE id = 'm2'`,
    ['token_managers m2'],
  ],
  [
    'a token manager gets another client',
    `UPDATE token_managers SET client_id = 'evil'`,
    ['token_managers m1', 'token_managers m2'],
  ],
  [
    'a target gets the tokens of another profile',
    `UPDATE delivery_targets SET profile_id = 'p2' WHERE id = 'file'`,
    ['delivery_targets file'],
  ],
  ['a held target delivers', 'UPDATE delivery_targets SET held = 0', ['delivery_targets hook']],
  [
    'a target gets the spec of another',
    `UPDATE delivery_targets SET spec = (SELECT spec FROM delivery_targets WHERE id = 'hook') WHERE id = 'file'`,
    ['delivery_targets file'],
  ],
  ['a held consumer is served', `UPDATE consumers SET held = 0 WHERE id = 'held'`, ['consumers held']],
  [
    'a consumer may read all',
    `UPDATE consumers SET profile_ids = NULL WHERE id = 'some'`,
    ['consumers some'],
  ],
  [
    'a consumer may read another',
    `UPDATE consumers SET profile_ids = '["p2"]' WHERE id = 'some'`,
    ['consumers some'],
  ],
  [
    'a consumer gets a known secret',
    `UPDATE consumers SET secret_hash = zeroblob(32) WHERE id = 'some'`,
    ['consumers some'],
  ],
  [
    'a consumer is added, with the seal of another',
    `INSERT INTO consumers SELECT 'evil', name, zeroblob(32), NULL, created_at, NULL, 0, seal FROM consumers WHERE id = 'some'`,
    ['consumers evil'],
  ],
  [
    'a consumer is added without a seal',
    `INSERT INTO consumers SELECT 'evil', name, zeroblob(32), NULL, created_at, NULL, 0, NULL FROM consumers WHERE id = 'some'`,
    ['consumers evil'],
  ],
  ['a held webhook sends', 'UPDATE webhook SET held = 0', ['webhook 1']],
  ['the webhook is off', 'UPDATE webhook SET url = NULL', ['webhook 1']],
  [
    'a token gets another end',
    `UPDATE token_pairs SET expires_at = expires_at + 4398046511104 WHERE owner_id = 'p1'`,
    ['token_pairs p1'],
  ],
  [
    'a token gets another beginning',
    `UPDATE token_pairs SET issued_at = issued_at - 1 WHERE owner_id = 'p1'`,
    ['token_pairs p1'],
  ],
  [
    'a token gets another fingerprint',
    `UPDATE token_pairs SET fingerprint = '00000000' WHERE owner_id = 'p1'`,
    ['token_pairs p1'],
  ],
  [
    'a refresh token is dead',
    `UPDATE token_pairs SET refresh_dead = 1 WHERE owner_id = 'p1'`,
    ['token_pairs p1'],
  ],
  [
    'a refresh token gets another end',
    `UPDATE token_pairs SET refresh_expires_at = NULL WHERE owner_id = 'p1'`,
    ['token_pairs p1'],
  ],
  [
    'a refresh token is taken away',
    `UPDATE token_pairs SET refresh_token = NULL WHERE owner_id = 'p1'`,
    ['token_pairs p1'],
  ],
  [
    'an access token is taken away',
    `UPDATE token_pairs SET access_token = NULL WHERE owner_id = 'p1'`,
    ['token_pairs p1'],
  ],
  [
    'the tokens of another profile',
    `UPDATE token_pairs SET (pair_id, access_token, refresh_token) =
       (SELECT pair_id, access_token, refresh_token FROM token_pairs WHERE owner_id = 'p2') WHERE owner_id = 'p1'`,
    ['token_pairs p1'],
  ],
  [
    'a profile is taken away',
    `PRAGMA foreign_keys = OFF; DELETE FROM profiles WHERE id = 'p1'`,
    ['token_pairs p1'],
  ],
]

describe('without the key', () => {
  test.each(attacks)('%s: named, and nothing new acts', async (_, sql, named) => {
    const [folder, keychain] = [temporaryFolder(), fakeKeychain()]
    await filled(folder, keychain)
    const vault = await opened(folder, { keychain })
    const before = await acting(vault)
    expect(before.named).toEqual([])
    vault.close()
    withDatabase(folder, (db) => db.exec(sql))
    const again = await opened(folder, { keychain })
    const after = await acting(again)
    expectNothingNew(before, after)
    expect(after.named.sort()).toEqual([...named].sort())
  })

  test('a token beside an altered end is not used, and its refresh token is', async () => {
    const [folder, keychain] = [temporaryFolder(), fakeKeychain()]
    await filled(folder, keychain)
    withDatabase(folder, (db) => db.exec('UPDATE token_pairs SET expires_at = expires_at + 4398046511104'))
    const { fleet } = await (await opened(folder, { keychain })).load()
    const pair = fleet.profiles.get('p1')?.pair
    expect(pair).toMatchObject({ accessToken: null, expiresAt: null })
    expect(pair?.refresh?.token.reveal()).toBe('canary-refresh-one')
  })

  test('rows of another vault, sealed under its key, are refused', async () => {
    const [folder, other, keychain] = [temporaryFolder(), temporaryFolder(), fakeKeychain()]
    await filled(folder, keychain)
    await filled(other, keychain)
    withDatabase(folder, (db) => {
      db.exec(`ATTACH '${databaseFile(other)}' AS other; DELETE FROM consumers; DELETE FROM webhook;
        INSERT INTO consumers SELECT * FROM other.consumers; INSERT INTO webhook SELECT * FROM other.webhook`)
    })
    const after = await acting(await opened(folder, { keychain }))
    expect(after.named.sort()).toEqual(['consumers held', 'consumers some', 'webhook 1'])
    expect([after.consumers, after.webhook]).toEqual([[], null])
  })

  test('what this app writes of an altered row does not seal it', async () => {
    const [folder, keychain] = [temporaryFolder(), fakeKeychain()]
    await filled(folder, keychain)
    withDatabase(folder, (db) =>
      db.exec(`UPDATE consumers SET profile_ids = NULL; UPDATE delivery_targets SET profile_id = 'p2';
        UPDATE token_managers SET client_id = 'evil' WHERE id = 'm1'; UPDATE profiles SET target_org_id = 'evil', manager_id = 'm2'`),
    )
    const vault = await opened(folder, { keychain })
    await vault.consumers.confirm('held')
    await vault.consumers.markUsed([{ id: 'some', lastUsedAt: 5 }])
    await vault.deliveries.note('file', nothingYet)
    await vault.commit([{ kind: 'manager-saved', manager: anIntegration('m3', { isDefault: true }) }], [])
    await vault.commit([{ kind: 'manager-removed', managerId: 'm2' }], [])
    expect(await vault.setPassphrase(new Secret('long enough for it'), 'beside')).toMatchObject({
      kind: 'changed',
    })
    const { named } = await acting(vault)
    expect(named).toEqual(
      expect.arrayContaining([
        'consumers some',
        'delivery_targets file',
        'token_managers m1',
        'profiles p1',
        'profiles p2',
      ]),
    )
  })

  test('a record that is saved anew takes the place of the altered one', async () => {
    const [folder, keychain] = [temporaryFolder(), fakeKeychain()]
    await filled(folder, keychain)
    withDatabase(folder, (db) =>
      db.exec(`UPDATE profiles SET target_org_id = 'evil' WHERE id = 'p1'; UPDATE webhook SET held = 0`),
    )
    const vault = await opened(folder, { keychain })
    await vault.commit([{ kind: 'profile-saved', profile: aProfile('p1') }], [])
    await vault.webhook.save(aWebhook)
    const { fleet, unreadable } = await vault.load()
    expect(unreadable).toEqual([])
    expect(fleet.profiles.get('p1')?.targetOrgId).toBe('org-p1')
    expect(fleet.profiles.get('p1')?.pair?.accessToken?.reveal()).toBe('canary-access-one')
  })

  test('a target that is edited while its row is altered goes on with the service app it had', async () => {
    const [folder, keychain] = [temporaryFolder(), fakeKeychain()]
    const vault = await opened(folder, { keychain })
    await fill(vault)
    withDatabase(folder, (db) =>
      db.exec(`UPDATE delivery_targets SET profile_id = 'p2', created_at = 1 WHERE id = 'file'`),
    )
    await vault.deliveries.save(anEnvFile('file'))
    const { targets, unreadable } = await vault.deliveries.load()
    expect(unreadable).toEqual([])
    expect(targets.map(({ target }) => target)).toContainEqual(anEnvFile('file'))
  })

  test('a backup is not taken for what acted here because of an altered row', async () => {
    const [folder, keychain] = [temporaryFolder(), fakeKeychain()]
    await filled(folder, keychain)
    const evil = await opened(temporaryFolder(), { keychain })
    await fill(evil)
    await evil.commit([{ kind: 'profile-saved', profile: aProfile('p1', { targetOrgId: 'evil' }) }], [])
    const path = join(temporaryFolder(), 'evil.satm-backup')
    const passphrase = new Secret('a backup of theirs')
    await evil.backup(path, passphrase)
    withDatabase(folder, (db) => db.exec(`UPDATE profiles SET target_org_id = 'evil' WHERE id = 'p1'`))
    const vault = await opened(folder, { keychain })
    const reading = await readBackup(path, passphrase)
    if (reading.kind !== 'ok') throw new Error(reading.sentence)
    expect((await vault.actingHere(reading.backup)).targetHere(anEnvFile('file'))).toBeNull()
  })
})

test.each(['a\0b', 'lone \ud800 surrogate', '👩‍👩‍👧 ümlaut', '', '\u2028\u202e"\\\'', 'x'.repeat(5000)])(
  'whatever this app stores is authentic when it is read again: %j',
  async (odd) => {
    const [folder, keychain] = [temporaryFolder(), fakeKeychain()]
    const vault = await opened(folder, { keychain })
    const refresh = aPair('x').refresh
    const pair = aPair('odd', { expiresAt: Number.NaN, refresh: refresh && { ...refresh, expiresAt: 1.5 } })
    await vault.commit(
      [
        { kind: 'service-app-saved', serviceApp: aServiceApp('sa', { appId: odd, clientId: odd }) },
        { kind: 'manager-saved', manager: anIntegration('m1', { name: odd, clientId: odd }) },
        {
          kind: 'profile-saved',
          profile: aProfile('p1', { name: odd, targetOrgId: odd, orgName: odd, pair }),
        },
      ],
      [],
    )
    await vault.consumers.add(aConsumer('c', { name: odd, profileIds: [odd] }))
    await vault.deliveries.save(aHook('hook'))
    await vault.deliveries.note('hook', {
      delivered: null,
      failure: { at: 1.5, fingerprint: odd, sentence: odd, failures: 1, retryAt: null },
      held: false,
    })
    vault.close()
    const again = await opened(folder, { keychain })
    const { fleet, unreadable } = await again.load()
    expect([unreadable, (await again.deliveries.load()).unreadable]).toEqual([[], []])
    expect(fleet.profiles.get('p1')?.pair?.accessToken?.reveal()).toBe('canary-access-odd')
    expect(await again.consumers.load()).toHaveLength(1)
  },
)

describe('pretending that an older version wrote it', () => {
  const seals = [
    'credentials',
    'token_managers',
    'profiles',
    'delivery_targets',
    'consumers',
    'webhook',
    'delivery_runs',
  ]
  const evil = `UPDATE profiles SET target_org_id = 'evil'; UPDATE consumers SET held = 0; UPDATE delivery_targets SET held = 0`

  test.each<[string, (db: Connection) => void]>([
    [
      'without seals',
      (db) => {
        for (const table of seals) db.exec(`UPDATE ${table} SET seal = NULL`)
      },
    ],
    [
      'by its version, without the columns',
      (db) => {
        for (const table of seals) db.exec(`ALTER TABLE ${table} DROP COLUMN seal`)
        db.exec(
          'DROP TABLE data_sources; ALTER TABLE token_managers DROP COLUMN fallback_id; PRAGMA user_version = 6',
        )
      },
    ],
    [
      'of version 5, without the columns since',
      (db) => {
        for (const table of seals) db.exec(`ALTER TABLE ${table} DROP COLUMN seal`)
        db.exec(
          'ALTER TABLE attempts DROP COLUMN reason; DROP TABLE data_sources; ALTER TABLE token_managers DROP COLUMN fallback_id; PRAGMA user_version = 5',
        )
      },
    ],
  ])('%s, with other columns: nothing of it is sealed', async (_, pretend) => {
    const [folder, keychain] = [temporaryFolder(), fakeKeychain()]
    await filled(folder, keychain)
    withDatabase(folder, (db) => {
      db.exec(evil)
      pretend(db)
    })
    const vault = await opened(folder, { keychain })
    const after = await acting(vault)
    expect([after.profiles, after.named.filter((one) => one.startsWith('profiles'))]).toEqual([
      [],
      ['profiles p1', 'profiles p2'],
    ])
    expect(after.targets).toEqual(after.targets.filter((one) => one === 'file p1 false'))
    expect(after.consumers).not.toContain('held null false')
  })

  test.each([1, 3, 6])(
    'of version %i alone: its tables are of another one, so the file counts as damaged',
    async (version) => {
      const [folder, keychain] = [temporaryFolder(), fakeKeychain()]
      await filled(folder, keychain)
      withDatabase(folder, (db) => db.exec(`PRAGMA user_version = ${version}`))
      expect(await opening(folder, { keychain })).toMatchObject({ kind: 'damaged' })
      expect(withDatabase(folder, (db) => db.all('SELECT id FROM consumers'))).toHaveLength(2)
    },
  )

  test('with the key check of a copy that an older version left: the tokens say that it was sealed', async () => {
    const [folder, passphrase] = [temporaryFolder(), new Secret('made by version three')]
    const options = { keychain: fakeKeychain({ state: 'unavailable' }), passphrase }
    const made = gunzipSync(readFileSync(join(import.meta.dirname, 'support', 'version-3.db.gz')))
    writeFileSync(databaseFile(folder), made)
    const vault = await opened(folder, options)
    const before = await acting(vault)
    expect(before.named).toEqual([])
    vault.close()
    const kept = readdirSync(folder).find((name) => name.startsWith('vault-kept-version-3-')) ?? 'none'
    const old = temporaryFolder()
    copyFileSync(join(folder, kept), databaseFile(old))
    const check = withDatabase(old, (db) => db.get(`SELECT value FROM meta WHERE key = 'key-check'`)?.value)
    withDatabase(folder, (db) => {
      db.exec(evil)
      for (const table of seals) db.exec(`UPDATE ${table} SET seal = NULL`)
      db.run(`UPDATE meta SET value = ? WHERE key = 'key-check'`, String(check))
    })
    const after = await acting(await opened(folder, options))
    expectNothingNew(before, after)
    expect([after.profiles, after.consumers, after.targets, after.webhook]).toEqual([[], [], [], null])
  })
})
