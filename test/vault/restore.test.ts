// What acts here goes on after a restore only where the same app and org stand behind it.
import { describe, expect, test } from 'vitest'
import { backupOf, consumer, profile, serviceApp, target } from './support/backups.ts'
import { aProfile, aServiceApp, NOW, temporaryFolder } from './support/builders.ts'
import { opened } from './support/opened.ts'

const SPEC = {
  kind: 'env-file',
  path: '/a/.env',
  accessTokenName: 'TOKEN',
  refreshTokenName: null,
  confirmed: [],
} as const

/** A vault in which one target and three consumers were confirmed: of one profile, of one that is gone, of all. */
async function acting() {
  const vault = await opened(temporaryFolder())
  await vault.commit(
    [
      { kind: 'service-app-saved', serviceApp: aServiceApp('sa') },
      { kind: 'profile-saved', profile: aProfile('p') },
    ],
    [],
  )
  await vault.deliveries.save({ id: 't', profileId: 'p', spec: SPEC, createdAt: NOW })
  const common = {
    name: 'ci',
    secretHash: Buffer.alloc(32, 7),
    createdAt: NOW,
    lastUsedAt: null,
    held: false,
  }
  await vault.consumers.add({ ...common, id: 'one', profileIds: ['p'] })
  await vault.consumers.add({ ...common, id: 'gone', profileIds: ['p', 'q'] })
  await vault.consumers.add({ ...common, id: 'all', profileIds: null })
  return vault
}

const DELIVERY = [
  target('t', 'p'),
  consumer('one', ['p']),
  consumer('gone', ['p', 'q']),
  consumer('all', null),
]

describe('after a restore', () => {
  test.each<[string, readonly object[], readonly string[]]>([
    ['the same app and org', [serviceApp('sa'), profile('p')], []],
    [
      'the same under another name and secret',
      [serviceApp('sa', { clientSecret: 'x' }), profile('p', { name: 'x' })],
      [],
    ],
    [
      'the same under another ID of the app',
      [serviceApp('x'), profile('p', { serviceAppId: 'x' })].map(asSa),
      [],
    ],
    ['another app', [serviceApp('sa', { appId: 'x' }), profile('p')], ['all', 'gone', 'one', 't']],
    ['another client ID', [serviceApp('sa', { clientId: 'x' }), profile('p')], ['all', 'gone', 'one', 't']],
    ['another org', [serviceApp('sa'), profile('p', { targetOrgId: 'x' })], ['all', 'gone', 'one', 't']],
    [
      'two apps, of which the profile has the other',
      [serviceApp('sa'), serviceApp('sb'), profile('p', { serviceAppId: 'sb' })],
      ['all', 'gone', 'one', 't'],
    ],
    ['one profile more', [serviceApp('sa'), profile('p'), profile('r')], ['all']],
    [
      'a profile in the place of one that is gone',
      [serviceApp('sa'), profile('p'), profile('q')],
      ['all', 'gone'],
    ],
    ['an app more, with no profile', [serviceApp('sa'), serviceApp('sb'), profile('p')], []],
  ])('with %s, exactly what that changes is held, as the person was shown', async (_, fleet, held) => {
    const vault = await acting()
    const backup = await backupOf([...fleet, ...DELIVERY])
    const here = await vault.actingHere(backup)
    const shown = [
      ...backup.delivery.consumers.filter((one) => !here.hasConsumer(one)),
      ...backup.delivery.targets.filter((one) => here.targetHere(one) === null),
    ].map(({ id }) => id)
    await vault.restore(backup)
    const stored = [
      ...(await vault.consumers.load()).filter((one) => one.held),
      ...(await vault.deliveries.load()).targets.flatMap(({ target, state }) => (state.held ? [target] : [])),
    ].map(({ id }) => id)
    expect([stored.sort(), shown.sort()]).toEqual([held, held])
  })

  test('with fewer profiles than here, a consumer of all goes on', async () => {
    const vault = await acting()
    await vault.commit([{ kind: 'profile-saved', profile: aProfile('r') }], [])
    await vault.restore(await backupOf([serviceApp('sa'), profile('p'), ...DELIVERY]))
    expect((await vault.consumers.load()).filter((one) => one.held)).toEqual([])
  })
})

/** The app of the vault, under whichever ID. */
function asSa(record: { readonly kind: string; readonly value: object }) {
  const app = { appId: 'app-sa', clientId: 'client-sa' }
  return record.kind === 'service-app' ? { ...record, value: { ...record.value, ...app } } : record
}

test('two restores within one second keep a copy each', async () => {
  const vault = await acting()
  const kept: (string | null)[] = []
  for (const name of ['first', 'second']) {
    kept.push(await vault.restore(await backupOf([serviceApp('sa'), profile(name)])))
  }
  expect(new Set(kept).size).toBe(2)
  const copies = (await vault.copies()).map(({ path }) => path)
  expect(copies.toSorted()).toEqual(kept.toSorted())
  vault.close()
})

test('fleet deliveries are there and held: those of the backup, and beside them those of here', async () => {
  const vault = await acting()
  const of = (id: string, serviceAppId: string | null, path: string) => ({
    id,
    serviceAppId,
    spec: { ...SPEC, path },
    createdAt: NOW,
  })
  await vault.fleetDeliveries.save([
    { ...of('f1', null, '/here/{customer}'), held: false },
    { ...of('f2', 'sa', '/here/{orgId}'), held: false },
  ])
  const records = [
    of('f1', null, '/there/{customer}'),
    of('f3', 'sa', '/there/{orgId}'),
    of('f4', 'gone', '/there/{app}'),
  ].map((value) => ({ kind: 'fleet-delivery', value }))
  const backup = await backupOf([serviceApp('sa'), profile('p'), ...DELIVERY, ...records])
  // Of a service app that is not in the file.
  expect(backup.leftOut).toBe(1)
  await vault.restore(backup)
  expect(
    (await vault.fleetDeliveries.load()).map(({ id, spec, held }) => [id, 'path' in spec && spec.path, held]),
  ).toEqual([
    ['f2', '/here/{orgId}', true],
    ['f1', '/there/{customer}', true],
    ['f3', '/there/{orgId}', true],
  ])
})
