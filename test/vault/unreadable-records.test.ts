// A record whose secrets cannot be read is named; the others load, and its bytes stay.
import { expect, test } from 'vitest'
import { Secret } from '#engine/domain/secret.ts'
import {
  anIntegration,
  aPair,
  aPersonalToken,
  aProfile,
  aServiceApp,
  temporaryFolder,
} from './support/builders.ts'
import { fakeKeychain } from './support/fake-keychain.ts'
import { opened } from './support/opened.ts'
import { withDatabase } from './support/tamper.ts'

async function filled() {
  const [folder, keychain] = [temporaryFolder(), fakeKeychain()]
  const vault = await opened(folder, { keychain })
  await vault.commit(
    [
      { kind: 'service-app-saved', serviceApp: aServiceApp('sa') },
      { kind: 'service-app-saved', serviceApp: aServiceApp('sb') },
      { kind: 'profile-saved', profile: aProfile('p1', { pair: aPair('one') }) },
      { kind: 'profile-saved', profile: aProfile('p2', { serviceAppId: 'sb', pair: aPair('two') }) },
      { kind: 'manager-saved', manager: anIntegration('m1') },
      { kind: 'manager-saved', manager: aPersonalToken('m2') },
    ],
    [],
  )
  vault.close()
  return { folder, keychain }
}

test("another record's client secret is refused in a record's place", async () => {
  const { folder, keychain } = await filled()
  withDatabase(folder, (db) =>
    db.exec(
      `UPDATE credentials SET client_secret = (SELECT client_secret FROM credentials WHERE id = 'sb') WHERE id = 'sa'`,
    ),
  )
  const { fleet, unreadable } = await (await opened(folder, { keychain })).load()
  expect(unreadable.map(({ table, id }) => [table, id])).toEqual([
    ['credentials', 'sa'],
    ['profiles', 'p1'],
  ])
  expect([...fleet.serviceApps.keys()]).toEqual(['sb'])
  expect([...fleet.profiles.keys()]).toEqual(['p2'])
})

test("another profile's token is refused, and the profile loads without it", async () => {
  const { folder, keychain } = await filled()
  withDatabase(folder, (db) =>
    db.exec(`UPDATE token_pairs SET access_token = (SELECT access_token FROM token_pairs WHERE owner_id = 'p2'),
      refresh_token = x'00' WHERE owner_id = 'p1'`),
  )
  const { fleet, unreadable } = await (await opened(folder, { keychain })).load()
  expect(unreadable).toMatchObject([{ table: 'token_pairs', id: 'p1', name: 'Profile p1' }])
  expect(fleet.profiles.get('p1')?.pair).toBeNull()
  expect(fleet.profiles.get('p2')?.pair?.accessToken?.reveal()).toBe('canary-access-two')
})

test('a refresh token is refused in the place of an access token', async () => {
  const { folder, keychain } = await filled()
  withDatabase(folder, (db) =>
    db.exec(`UPDATE token_pairs SET access_token = refresh_token WHERE owner_id = 'p1'`),
  )
  const { fleet, unreadable } = await (await opened(folder, { keychain })).load()
  expect(unreadable).toMatchObject([{ table: 'token_pairs', id: 'p1' }])
  expect(fleet.profiles.get('p1')?.pair).toMatchObject({ accessToken: null, fingerprint: null })
  expect(fleet.profiles.get('p1')?.pair?.refresh?.token.reveal()).toBe('canary-refresh-one')
})

test('the pair before is better than none', async () => {
  const { folder, keychain } = await filled()
  const vault = await opened(folder, { keychain })
  await vault.commit([{ kind: 'profile-pair', profileId: 'p1', pair: aPair('newer') }], [])
  vault.close()
  withDatabase(folder, (db) =>
    db.exec(
      `UPDATE token_pairs SET access_token = x'00', refresh_token = x'00' WHERE owner_id = 'p1' AND slot = 'current'`,
    ),
  )
  const { fleet } = await (await opened(folder, { keychain })).load()
  expect(fleet.profiles.get('p1')?.pair?.accessToken?.reveal()).toBe('canary-access-one')
})

test('a new pair does not push an unreadable one out', async () => {
  const { folder, keychain } = await filled()
  const spoilt = 'deadbeef'.repeat(8)
  withDatabase(folder, (db) =>
    db.exec(`UPDATE token_pairs SET access_token = x'${spoilt}' WHERE owner_id = 'p1'`),
  )
  const vault = await opened(folder, { keychain })
  await vault.load()
  for (const name of ['two', 'three', 'four']) {
    await vault.commit([{ kind: 'profile-pair', profileId: 'p1', pair: aPair(name) }], [])
  }
  expect((await vault.load()).unreadable).toEqual([])
  vault.close()
  const rows = withDatabase(folder, (db) =>
    db.all(`SELECT slot, hex(access_token) AS access FROM token_pairs WHERE owner_id = 'p1' ORDER BY slot`),
  )
  expect(rows.map(({ slot }) => slot)).toEqual(['current', 'previous', expect.stringMatching(/^unreadable:/)])
  expect(rows[2]?.access).toBe(spoilt.toUpperCase())
})

test('a token manager that cannot be read is named, and the other one loads', async () => {
  const { folder, keychain } = await filled()
  withDatabase(folder, (db) => db.exec(`UPDATE token_managers SET client_secret = x'00' WHERE id = 'm1'`))
  const { fleet, unreadable } = await (await opened(folder, { keychain })).load()
  expect(unreadable).toMatchObject([{ table: 'token_managers', id: 'm1' }])
  expect([...fleet.managers.keys()]).toEqual(['m2'])
})

test('a column that makes no sense spoils its own record only', async () => {
  const { folder, keychain } = await filled()
  withDatabase(folder, (db) =>
    db.exec(`UPDATE profiles SET probe = '{"kind":"format-disk"}' WHERE id = 'p1'`),
  )
  const { fleet, unreadable } = await (await opened(folder, { keychain })).load()
  expect(unreadable).toMatchObject([{ table: 'profiles', id: 'p1' }])
  expect([...fleet.profiles.keys()]).toEqual(['p2'])
})

test('a client secret entered anew brings its profiles back', async () => {
  const { folder, keychain } = await filled()
  withDatabase(folder, (db) => db.exec(`UPDATE credentials SET client_secret = x'00' WHERE id = 'sa'`))
  const vault = await opened(folder, { keychain })
  expect((await vault.load()).fleet.profiles.has('p1')).toBe(false)
  const serviceApp = aServiceApp('sa', { clientSecret: new Secret('entered anew') })
  await vault.commit([{ kind: 'service-app-saved', serviceApp }], [])
  expect((await vault.load()).unreadable).toEqual([])
  expect((await vault.load()).fleet.profiles.get('p1')?.pair?.accessToken?.reveal()).toBe('canary-access-one')
})

/** So many that their tokens may be left sealed, one of them damaged if wanted. */
async function manyProfiles(damage: string | null) {
  const [folder, keychain] = [temporaryFolder(), fakeKeychain()]
  const vault = await opened(folder, { keychain })
  const ids = Array.from({ length: 600 }, (_, index) => `p${index}`)
  await vault.commit(
    [
      { kind: 'service-app-saved', serviceApp: aServiceApp('sa') },
      { kind: 'manager-saved', manager: anIntegration('m1') },
      ...ids.map((id) => ({ kind: 'profile-saved', profile: aProfile(id, { pair: aPair(id) }) }) as const),
    ],
    [],
  )
  vault.close()
  if (damage !== null) withDatabase(folder, (db) => db.exec(damage))
  return opened(folder, { keychain })
}

const noPause = async () => undefined

test('the tokens of a large fleet are opened later, and are the same', async () => {
  const vault = await manyProfiles(null)
  const sealed = await vault.load({ tokens: 'sealed' })
  expect(sealed.unreadable).toEqual([])
  expect(await sealed.openTokens?.(noPause)).toBe(true)
  const whole = await vault.load()
  expect(whole.openTokens).toBeNull()
  for (const [id, { pair }] of whole.fleet.profiles) {
    const later = sealed.fleet.profiles.get(id)?.pair
    expect(later?.accessToken?.reveal()).toBe(pair?.accessToken?.reveal())
    expect(later?.refresh?.token.equals(pair?.refresh?.token ?? null)).toBe(true)
    expect({ ...later, accessToken: null, refresh: null }).toEqual({
      ...pair,
      accessToken: null,
      refresh: null,
    })
  }
})

test.each([
  ['another token', `access_token = (SELECT access_token FROM token_pairs WHERE owner_id = 'p2')`],
  ['another end', 'expires_at = expires_at + 1'],
  ['a refresh token cut off', `refresh_token = x'00'`],
])('a token of a large fleet beside %s is noticed when it is opened', async (_, change) => {
  const vault = await manyProfiles(`UPDATE token_pairs SET ${change} WHERE owner_id = 'p599'`)
  const sealed = await vault.load({ tokens: 'sealed' })
  expect(await sealed.openTokens?.(noPause)).toBe(false)
  expect((await vault.load()).unreadable).toMatchObject([{ table: 'token_pairs', id: 'p599' }])
})

test('the tokens of a small fleet are open', async () => {
  const { folder, keychain } = await filled()
  expect((await (await opened(folder, { keychain })).load({ tokens: 'sealed' })).openTokens).toBeNull()
})
