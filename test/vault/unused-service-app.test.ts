// The client credentials of a service app live as long as a profile uses them.
import { expect, test } from 'vitest'
import { aProfile, aServiceApp, temporaryFolder } from './support/builders.ts'
import { opened } from './support/opened.ts'

async function withTwoProfiles() {
  const vault = await opened(temporaryFolder())
  await vault.commit(
    [
      { kind: 'service-app-saved', serviceApp: aServiceApp('sa') },
      { kind: 'profile-saved', profile: aProfile('p1') },
      { kind: 'profile-saved', profile: aProfile('p2', { targetOrgId: 'org-2' }) },
    ],
    [],
  )
  return { vault, apps: async () => [...(await vault.load()).fleet.serviceApps.keys()] }
}

test('they go with the last profile that is removed', async () => {
  const { vault, apps } = await withTwoProfiles()
  await vault.commit([{ kind: 'profile-removed', profileId: 'p1' }], [])
  expect(apps()).toEqual(['sa'])
  await vault.commit([{ kind: 'profile-removed', profileId: 'p2' }], [])
  expect(apps()).toEqual([])
})

test('they go with the last profile that is moved to another service app', async () => {
  const { vault, apps } = await withTwoProfiles()
  const moved = (id: string) => ({
    kind: 'profile-saved' as const,
    profile: aProfile(id, { serviceAppId: 'sb' }),
  })
  await vault.commit([{ kind: 'service-app-saved', serviceApp: aServiceApp('sb') }, moved('p1')], [])
  expect(apps()).toEqual(['sa', 'sb'])
  await vault.commit([moved('p2')], [])
  expect(apps()).toEqual(['sb'])
  await vault.commit([moved('p2')], [])
  expect(apps()).toEqual(['sb'])
})
