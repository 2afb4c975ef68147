import { expect, test } from 'vitest'
import {
  anAttempt,
  anIntegration,
  aPair,
  aPersonalToken,
  aProfile,
  aServiceApp,
  NOW,
  temporaryFolder,
} from './support/builders.ts'
import { fakeKeychain } from './support/fake-keychain.ts'
import { opened } from './support/opened.ts'

const DAY = 86_400_000

test('what was stored is there again after the vault was closed and opened', async () => {
  const [folder, keychain] = [temporaryFolder(), fakeKeychain()]
  const first = await opened(folder, { keychain })
  const pair = aPair('one')
  await first.commit(
    [
      {
        kind: 'profile-saved',
        profile: aProfile('p1', { probe: { kind: 'custom', path: '/rooms?max=1' }, paused: true }),
      },
      { kind: 'service-app-saved', serviceApp: aServiceApp('sa') },
      { kind: 'manager-saved', manager: anIntegration('m1', { isDefault: true }) },
      { kind: 'manager-saved', manager: aPersonalToken('m2') },
      { kind: 'profile-pair', profileId: 'p1', pair },
    ],
    [anAttempt('a1')],
  )
  first.close()

  const second = await opened(folder, { keychain })
  const { fleet, lastAttempts, unreadable } = await second.load()

  expect(unreadable).toEqual([])
  expect(fleet.profiles.get('p1')).toEqual(
    aProfile('p1', { probe: { kind: 'custom', path: '/rooms?max=1' }, paused: true, pair }),
  )
  expect(fleet.profiles.get('p1')?.pair?.accessToken?.reveal()).toBe('canary-access-one')
  expect(fleet.profiles.get('p1')?.pair?.refresh?.token.reveal()).toBe('canary-refresh-one')
  expect(fleet.serviceApps.get('sa')?.clientSecret.reveal()).toBe('canary-secret-sa')
  expect(fleet.managers.get('m1')).toEqual(anIntegration('m1', { isDefault: true }))
  expect(fleet.managers.get('m2')).toEqual(aPersonalToken('m2'))
  expect(lastAttempts).toEqual([anAttempt('a1')])
})

test('a pair with nothing but a refresh token is stored as it is', async () => {
  const vault = await opened(temporaryFolder())
  const pair = aPair('one', { accessToken: null, fingerprint: null, expiresAt: null })
  await vault.commit(
    [
      { kind: 'service-app-saved', serviceApp: aServiceApp('sa') },
      { kind: 'profile-saved', profile: aProfile('p1', { pair }) },
    ],
    [],
  )
  expect((await vault.load()).fleet.profiles.get('p1')?.pair).toEqual(pair)
  expect((await vault.load()).unreadable).toEqual([])
})

test('saving an edited profile does not bring back an older pair', async () => {
  const vault = await opened(temporaryFolder())
  await vault.commit(
    [
      { kind: 'service-app-saved', serviceApp: aServiceApp('sa') },
      { kind: 'profile-saved', profile: aProfile('p1', { pair: aPair('old') }) },
      { kind: 'profile-pair', profileId: 'p1', pair: aPair('new') },
    ],
    [],
  )
  await vault.commit(
    [{ kind: 'profile-saved', profile: aProfile('p1', { name: 'Edited', pair: aPair('old') }) }],
    [],
  )
  const profile = (await vault.load()).fleet.profiles.get('p1')
  expect(profile?.name).toBe('Edited')
  expect(profile?.pair?.accessToken?.reveal()).toBe('canary-access-new')
})

test('one change that cannot be stored keeps the others and the history row out', async () => {
  const vault = await opened(temporaryFolder())
  const orphan = aProfile('p1', { serviceAppId: 'nobody' })
  await expect(
    vault.commit(
      [
        { kind: 'service-app-saved', serviceApp: aServiceApp('sa') },
        { kind: 'profile-saved', profile: orphan },
      ],
      [anAttempt('a1')],
    ),
  ).rejects.toMatchObject({ name: 'StoreFailure', reason: 'other' })
  expect((await vault.load()).fleet.serviceApps.size).toBe(0)
  expect((await vault.history({ limit: 10 })).attempts).toEqual([])
})

test('removing the last profile of a service app removes its credentials and keeps the history', async () => {
  const vault = await opened(temporaryFolder())
  await vault.commit(
    [
      { kind: 'service-app-saved', serviceApp: aServiceApp('sa') },
      { kind: 'profile-saved', profile: aProfile('p1', { pair: aPair('one') }) },
      { kind: 'profile-saved', profile: aProfile('p2') },
    ],
    [anAttempt('a1')],
  )
  await vault.commit([{ kind: 'profile-removed', profileId: 'p1' }], [])
  expect((await vault.load()).fleet.serviceApps.size).toBe(1)
  await vault.commit([{ kind: 'profile-removed', profileId: 'p2' }], [])
  expect((await vault.load()).fleet.serviceApps.size).toBe(0)
  expect((await vault.history({ limit: 10 })).attempts.map(({ id }) => id)).toEqual(['a1'])
})

test('a removed profile that comes back has no pair of its former life', async () => {
  const vault = await opened(temporaryFolder())
  const app = { kind: 'service-app-saved', serviceApp: aServiceApp('sa') } as const
  await vault.commit([app, { kind: 'profile-saved', profile: aProfile('p1', { pair: aPair('one') }) }], [])
  await vault.commit([{ kind: 'profile-removed', profileId: 'p1' }], [])
  await vault.commit([app, { kind: 'profile-saved', profile: aProfile('p1') }], [])
  expect((await vault.load()).fleet.profiles.get('p1')?.pair).toBeNull()
})

test('as long as there is a token manager exactly one is the default', async () => {
  const vault = await opened(temporaryFolder())
  const defaults = async () =>
    [...(await vault.load()).fleet.managers.values()].filter((m) => m.isDefault).map((m) => m.id)
  await vault.commit([{ kind: 'manager-saved', manager: anIntegration('m1') }], [])
  expect(await defaults()).toEqual(['m1'])
  await vault.commit(
    [{ kind: 'manager-saved', manager: anIntegration('m2', { isDefault: true, createdAt: NOW + DAY }) }],
    [],
  )
  expect(await defaults()).toEqual(['m2'])
  await vault.commit([{ kind: 'manager-removed', managerId: 'm2' }], [])
  expect(await defaults()).toEqual(['m1'])
})

test('a profile whose token manager is removed falls back to the default one', async () => {
  const vault = await opened(temporaryFolder())
  await vault.commit(
    [
      { kind: 'service-app-saved', serviceApp: aServiceApp('sa') },
      { kind: 'manager-saved', manager: anIntegration('m1') },
      { kind: 'profile-saved', profile: aProfile('p1', { managerId: 'm1' }) },
    ],
    [],
  )
  await vault.commit([{ kind: 'manager-removed', managerId: 'm1' }], [])
  expect((await vault.load()).fleet.profiles.get('p1')?.managerId).toBeNull()
})

test('proving says that the data file was taken away underneath', async () => {
  const folder = temporaryFolder()
  const vault = await opened(folder)
  await expect(vault.prove()).resolves.toBeUndefined()
  const { renameSync } = await import('node:fs')
  renameSync(`${folder}/vault.db`, `${folder}/elsewhere.db`)
  await expect(vault.prove()).rejects.toMatchObject({ name: 'StoreFailure' })
})
