import { expect, test } from 'vitest'
import type { TokenPair } from '#engine/domain/model.ts'
import { aPair, aProfile, aServiceApp, NOW, temporaryFolder } from './support/builders.ts'
import { fakeKeychain } from './support/fake-keychain.ts'
import { opened } from './support/opened.ts'
import { withDatabase } from './support/tamper.ts'

/** Stores the pairs one after the other and says which fingerprints lie in which slot then. */
async function slotsAfter(...pairs: readonly TokenPair[]) {
  const [folder, keychain] = [temporaryFolder(), fakeKeychain()]
  const vault = await opened(folder, { keychain })
  await vault.commit(
    [
      { kind: 'service-app-saved', serviceApp: aServiceApp('sa') },
      { kind: 'profile-saved', profile: aProfile('p1') },
    ],
    [],
  )
  for (const pair of pairs) await vault.commit([{ kind: 'profile-pair', profileId: 'p1', pair }], [])
  const current = (await vault.load()).fleet.profiles.get('p1')?.pair
  vault.close()
  const rows = withDatabase(folder, (db) =>
    db.all('SELECT slot, fingerprint, refresh_fingerprint FROM token_pairs'),
  )
  return {
    current,
    slots: Object.fromEntries(rows.map((row) => [row.slot, row.fingerprint])),
    count: rows.length,
  }
}

test('the pair before the current one is kept, older ones are not', async () => {
  const [one, two, three] = [aPair('one'), aPair('two'), aPair('three')]
  const { current, slots, count } = await slotsAfter(one, two, three)
  expect(current).toEqual(three)
  expect(slots).toEqual({ current: three.fingerprint, previous: two.fingerprint })
  expect(count).toBe(2)
})

test('marking a refresh token dead keeps the pair before', async () => {
  const [one, two] = [aPair('one'), aPair('two')]
  if (two.refresh === null) throw new Error('a pair has a refresh token')
  const dead = { ...two, refresh: { ...two.refresh, dead: true } }
  const { current, slots } = await slotsAfter(one, two, dead)
  expect(current).toEqual(dead)
  expect(slots).toEqual({ current: two.fingerprint, previous: one.fingerprint })
})

test('a rotated refresh token under the same access token is another pair', async () => {
  const one = aPair('one')
  const rotated = { ...one, refresh: aPair('rotated').refresh }
  const { current, count } = await slotsAfter(one, rotated)
  expect(current?.refresh?.token.reveal()).toBe('canary-refresh-rotated')
  expect(count).toBe(2)
})

test('two tokens of one fingerprint are two pairs', async () => {
  const one = aPair('one')
  const other = { ...aPair('other'), fingerprint: one.fingerprint, refresh: one.refresh }
  const { current, count } = await slotsAfter(one, other)
  expect(current?.accessToken?.reveal()).toBe('canary-access-other')
  expect(count).toBe(2)
})

test.each([
  ['a doubled interval', { expiresAt: null, renewAfter: 1_800_000 }],
  ['the shortest one', { expiresAt: null, renewAfter: 5000 }],
  ['one beside an end that was asked for', { renewAfter: 21_600_000 }],
  ['none, as stored by an older version', { expiresAt: null }],
  ['none, as for a pasted token', { expiresAt: null, origin: 'pasted' }],
] as const)('when a pair is renewed comes back as it was stored: %s', async (_name, change) => {
  const pair = aPair('two', change)
  expect((await slotsAfter(aPair('one'), pair)).current).toEqual(pair)
  expect((await slotsAfter(pair)).current).toEqual(pair)
})

test('an end that became known is stored beside it, in the same row', async () => {
  const unknown = aPair('one', { expiresAt: null, renewAfter: 900_000 })
  const known = { ...unknown, expiresAt: NOW + 3_600_000 }
  const { current, count } = await slotsAfter(unknown, known)
  expect(current).toEqual(known)
  expect(count).toBe(1)
})
