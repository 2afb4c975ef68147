// What is written can be restored, and what cannot be stored is left out or refused before anything is changed.
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { OpenVault } from '#vault/open-vault.ts'
import {
  backupOf,
  consumer,
  manager,
  PASSPHRASE,
  profile,
  readBackup,
  reading,
  serviceApp,
  target,
} from './support/backups.ts'
import { anAttempt, anIntegration, aProfile, aServiceApp, NOW, temporaryFolder } from './support/builders.ts'
import { fakeKeychain } from './support/fake-keychain.ts'
import { opened } from './support/opened.ts'
import { withDatabase } from './support/tamper.ts'

const ids = async (vault: OpenVault) => {
  const { serviceApps, managers, profiles } = (await vault.load()).fleet
  const targets = (await vault.deliveries.load()).targets.map(({ target }) => target.id)
  return [[...serviceApps.keys()], [...managers.keys()], [...profiles.keys()], targets].map((some) =>
    some.join(' '),
  )
}

describe('the backup of a vault with something unreadable in it is restored without what refers to that:', () => {
  test.each<[string, string, readonly string[], number]>([
    [
      'a service app',
      `UPDATE credentials SET client_secret = x'00' WHERE id = 'sa'`,
      ['sb', 'm', 'q', 'u'],
      3,
    ],
    ['a manager', `UPDATE token_managers SET client_secret = x'00'`, ['sa sb', '', 'p q', 't u'], 1],
    ['a test', `UPDATE profiles SET probe = '{' WHERE id = 'p'`, ['sa sb', 'm', 'q', 'u'], 2],
    ['an env file', `UPDATE delivery_targets SET spec = x'00' WHERE id = 't'`, ['sa sb', 'm', 'p q', 'u'], 1],
    [
      'a date',
      `UPDATE profiles SET created_at = 8640000000000001 WHERE id = 'p'`,
      ['sa sb', 'm', 'q', 'u'],
      2,
    ],
    [
      'a manager’s date',
      'UPDATE token_managers SET created_at = -8640000000000001',
      ['sa sb', '', 'p q', 't u'],
      1,
    ],
    ['a consumer', `UPDATE consumers SET profile_ids = '{'`, ['sa sb', 'm', 'p q', 't u'], 1],
    ['the webhook', `UPDATE webhook SET secret = x'00'`, ['sa sb', 'm', 'p q', 't u'], 1],
  ])('%s', async (_, harm, restored, leftOut) => {
    const [folder, keychain] = [temporaryFolder(), fakeKeychain()]
    const before = await opened(folder, { keychain })
    await before.commit(
      [
        { kind: 'service-app-saved', serviceApp: aServiceApp('sa') },
        { kind: 'service-app-saved', serviceApp: aServiceApp('sb') },
        { kind: 'manager-saved', manager: anIntegration('m', { isDefault: true }) },
        { kind: 'profile-saved', profile: aProfile('p', { managerId: 'm' }) },
        { kind: 'profile-saved', profile: aProfile('q', { serviceAppId: 'sb', managerId: 'm' }) },
      ],
      [anAttempt('a')],
    )
    const spec = { accessTokenName: 'T', refreshTokenName: null, confirmed: [] }
    for (const [id, profileId] of [
      ['t', 'p'],
      ['u', 'q'],
    ] as const) {
      await before.deliveries.save({
        id,
        profileId,
        spec: { kind: 'env-file', path: `/${id}`, ...spec },
        createdAt: NOW,
      })
    }
    await before.consumers.add({
      id: 'c',
      name: 'ci',
      secretHash: Buffer.alloc(32),
      profileIds: ['p'],
      createdAt: NOW,
      lastUsedAt: null,
      held: false,
    })
    await before.webhook.save({ url: null, secret: PASSPHRASE, held: false })
    before.close()
    withDatabase(folder, (db) => db.exec(harm))
    const vault = await opened(folder, { keychain })
    const path = join(temporaryFolder(), 'mine.satm-backup')
    const written = await vault.backup(path, PASSPHRASE)
    expect(written).toMatchObject({ kind: 'written', leftOut, attempts: 1 })
    const read = await readBackup(path, PASSPHRASE)
    if (read.kind !== 'ok') throw new Error(read.sentence)
    // What was written needs no mending.
    expect(read.backup.leftOut).toBe(0)
    expect(read.backup).toMatchObject(
      written.kind === 'written' ? { profiles: written.profiles, managers: written.managers } : {},
    )
    const next = await opened(temporaryFolder())
    await next.restore(read.backup)
    expect(await ids(next)).toEqual(restored)
    expect((await next.load()).unreadable).toEqual([])
  })
})

describe('of a backup whose records do not fit together', () => {
  test.each<[string, readonly object[], readonly string[], number]>([
    ['a target of no profile', [serviceApp('sa'), profile('p'), target('t', 'gone')], ['sa', '', 'p', ''], 1],
    ['a profile of no service app', [profile('p', { serviceAppId: 'gone' })], ['', '', '', ''], 1],
    [
      'that profile’s targets',
      [
        serviceApp('sa'),
        profile('q'),
        profile('p', { serviceAppId: 'x' }),
        target('t', 'p'),
        target('u', 'q'),
      ],
      ['sa', '', 'q', 'u'],
      2,
    ],
    ['a manager nobody is', [serviceApp('sa'), profile('p', { managerId: 'gone' })], ['sa', '', 'p', ''], 0],
    [
      'another order',
      [target('t', 'p'), profile('p', { managerId: 'm' }), serviceApp('sa'), manager('m')],
      ['sa', 'm', 'p', 't'],
      0,
    ],
    ['two default managers', [manager('m'), manager('n')], ['', 'm n', '', ''], 0],
    [
      'a consumer of no profile',
      [serviceApp('sa'), profile('p'), consumer('c', ['gone'])],
      ['sa', '', 'p', ''],
      0,
    ],
  ])('%s is left out or mended, and counted; the rest is restored', async (_, records, restored, leftOut) => {
    const backup = await backupOf(records)
    expect(backup).toMatchObject({ leftOut, profiles: restored[2]?.split(' ').filter(Boolean).length })
    const vault = await opened(temporaryFolder())
    await vault.restore(backup)
    expect(await ids(vault)).toEqual(restored)
    expect((await vault.load()).unreadable).toEqual([])
  })

  const latest = 8_640_000_000_000_000
  const pair = {
    accessToken: 'a-token',
    issuedAt: NOW,
    expiresAt: null,
    origin: 'pasted',
    refresh: { token: 'another', issuedAt: NOW, expiresAt: null, firstLifetime: null, dead: false },
  }
  test.each<[string, readonly object[]]>([
    ['two profiles of one ID', [serviceApp('sa'), profile('p'), profile('p', { targetOrgId: 'other' })]],
    ['two service apps of one ID', [serviceApp('sa'), serviceApp('sa', { clientId: 'other' })]],
    ['two managers of one ID', [manager('m'), manager('m', { isDefault: false })]],
    ['a profile of no date', [serviceApp('sa'), profile('p', { createdAt: 1e300 })]],
    ['a profile after all dates', [serviceApp('sa'), profile('p', { createdAt: latest + 1 })]],
    ['a manager before all dates', [manager('m', { createdAt: -latest - 1 })]],
    [
      'a target of no date',
      [
        serviceApp('sa'),
        profile('p'),
        { ...target('t', 'p'), value: { ...target('t', 'p').value, createdAt: 9e15 } },
      ],
    ],
    ['a consumer used at no date', [consumer('c', null, { lastUsedAt: 1e17 })]],
    ['a token issued at no date', [serviceApp('sa'), profile('p', { pair: { ...pair, issuedAt: 9e15 } })]],
    [
      'a refresh token of endless life',
      [
        serviceApp('sa'),
        profile('p', { pair: { ...pair, refresh: { ...pair.refresh, firstLifetime: 1e300 } } }),
      ],
    ],
  ])('%s: it is damaged', async (_, records) => {
    expect((await reading(records)).kind).toBe('damaged')
  })

  test('the ends of all dates and parts of a millisecond are stored', async () => {
    const records = [
      serviceApp('sa'),
      profile('p', { createdAt: latest, pair: { ...pair, issuedAt: 1.5, expiresAt: -latest } }),
    ]
    const vault = await opened(temporaryFolder())
    await vault.restore(await backupOf(records))
    const stored = (await vault.load()).fleet.profiles.get('p')
    expect(stored).toMatchObject({ createdAt: latest, pair: { issuedAt: 2, expiresAt: -latest } })
  })
})

describe('IDs and names of a backup that nobody could type here', () => {
  test.each<[string, readonly object[], number]>([
    ['a line break in an ID', [serviceApp('sa', { appId: 'clientSecret: hello\nworld' }), profile('p')], 1],
    ['a blank in an org ID', [serviceApp('sa'), profile('p', { targetOrgId: 'a b c' })], 1],
    ['an endless ID', [serviceApp('sa', { clientId: 'c'.repeat(501) }), profile('p')], 1],
    ['no name', [serviceApp('sa'), profile('p', { name: '' })], 1],
    ['a name that turns text around', [serviceApp('sa'), profile('p', { name: 'a\u202eb' })], 1],
    [
      'a customer’s name with a control character',
      [serviceApp('sa'), profile('p', { orgName: 'a\u0007' })],
      1,
    ],
    ['a manager’s name of two lines', [manager('m', { name: 'a\nb', clientId: 'x y' })], 2],
    ['none', [serviceApp('sa'), profile('p', { orgName: 'Ümlaut, Inc.' }), manager('m')], 0],
  ])('are restored and counted: %s', async (_, records, oddValues) => {
    const backup = await backupOf(records)
    expect(backup).toMatchObject({ oddValues, leftOut: 0 })
    const vault = await opened(temporaryFolder())
    await vault.restore(backup)
    const { serviceApps, profiles, managers } = (await vault.load()).fleet
    expect(serviceApps.size + profiles.size + managers.size).toBe(records.length)
  })

  test('names are cut, so that no list or notification has to show an endless one', async () => {
    const endless = 'n'.repeat(100_000)
    const records = [
      serviceApp('sa'),
      profile('p', { name: endless, orgName: endless }),
      manager('m', { name: endless }),
      consumer('c', null, { name: endless }),
    ]
    const backup = await backupOf(records)
    expect(backup.oddValues).toBe(3)
    const vault = await opened(temporaryFolder())
    await vault.restore(backup)
    const { profiles, managers } = (await vault.load()).fleet
    const names = [profiles.get('p')?.name, profiles.get('p')?.orgName, managers.get('m')?.name]
    for (const name of [...names, (await vault.consumers.load())[0]?.name]) expect(name).toHaveLength(200)
  })
})
