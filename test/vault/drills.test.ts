// Requested tests of all tiers survive a restart, and go with their service app or with a restore.
import { expect, test } from 'vitest'
import type { FleetChange } from '#engine/domain/model.ts'
import { backupOf, profile, serviceApp } from './support/backups.ts'
import { anAttempt, aPair, aProfile, aServiceApp, NOW, temporaryFolder } from './support/builders.ts'
import { fakeKeychain } from './support/fake-keychain.ts'
import { opened } from './support/opened.ts'
import { withDatabase } from './support/tamper.ts'

const request = { by: 'person', requestedAt: NOW } as const
const begin: readonly FleetChange[] = [
  { kind: 'service-app-saved', serviceApp: aServiceApp('sa') },
  { kind: 'profile-saved', profile: aProfile('p') },
  { kind: 'profile-saved', profile: aProfile('q') },
  { kind: 'drill', profileId: 'p', request },
  { kind: 'drill', profileId: 'q', request: { ...request, by: 'schedule' } },
  { kind: 'drill-month', month: '2026-03' },
]

async function requested() {
  const folder = temporaryFolder()
  const keychain = fakeKeychain()
  const open = () => opened(folder, { keychain })
  const vault = await open()
  await vault.commit(begin, [])
  return { folder, vault, open }
}

test('are there again after a restart', async () => {
  const { vault, open } = await requested()
  vault.close()
  const again = await open()
  expect((await again.load()).drills).toEqual({
    requests: new Map([
      ['p', request],
      ['q', { ...request, by: 'schedule' }],
    ]),
    month: '2026-03',
  })
})

test('end in the transaction that stores the token, and with their service app', async () => {
  const { vault } = await requested()
  await vault.commit(
    [
      { kind: 'profile-pair', profileId: 'p', pair: aPair('new') },
      { kind: 'drill', profileId: 'p', request: null },
    ],
    [anAttempt('a')],
  )
  await vault.commit([{ kind: 'profile-removed', profileId: 'q' }], [])
  expect((await vault.load()).drills).toEqual({ requests: new Map(), month: '2026-03' })
})

test('are forgotten by a restore, which replaces the service apps', async () => {
  const { vault } = await requested()
  await vault.restore(await backupOf([serviceApp('sa'), profile('p')]))
  expect((await vault.load()).drills).toEqual({ requests: new Map(), month: null })
})

test('are still there when what was moved elsewhere comes back', async () => {
  const { vault } = await requested()
  const { drills } = await vault.load()
  await vault.renewalHold.save({ why: 'moved', to: 'server', at: NOW, file: null })
  await vault.restore(await backupOf([serviceApp('sa'), profile('p')]))
  expect((await vault.load()).drills).toEqual(drills)
})

test.each([
  '',
  'no JSON',
  'null',
  '{}',
  '{"by":"moon","requestedAt":1}',
  '{"by":"person","requestedAt":"1"}',
])('that cannot be read were not requested, and nothing else is lost: %j', async (value) => {
  const { folder, vault, open } = await requested()
  vault.close()
  withDatabase(folder, (db) => db.run(`UPDATE meta SET value = ? WHERE key = 'drill:p'`, value))
  const { drills, fleet, unreadable } = await (await open()).load()
  expect([...drills.requests.keys()]).toEqual(['q'])
  expect(fleet.profiles.size).toBe(2)
  expect(unreadable).toEqual([])
})

test('that the other copy is stopped is known after a restart, and not where a backup was restored', async () => {
  const { vault, open } = await requested()
  await vault.commit([{ kind: 'other-copy-stopped', at: NOW }], [])
  vault.close()
  const again = await open()
  expect((await again.load()).otherCopyStoppedAt).toBe(NOW)
  await again.restore(await backupOf([serviceApp('sa'), profile('p')]))
  expect((await again.load()).otherCopyStoppedAt).toBeNull()
})
