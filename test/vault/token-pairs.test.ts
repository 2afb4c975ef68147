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
  const current = vault.load().fleet.profiles.get('p1')?.pair
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
  ['half an hour', 1_800_000, 450_000],
  ['12 h', 43_200_000, 10_800_000],
  ['14 days', 1_209_600_000, 21_600_000],
])(
  'a pair of unknown end after one of %s is due at the same time after a restart',
  async (_name, lifetime, renewAfter) => {
    const one = aPair('one', { expiresAt: NOW + lifetime })
    const two = aPair('two', { expiresAt: null, renewAfter })
    expect((await slotsAfter(one, two)).current).toEqual(two)
  },
)

test('a pair of unknown end is due after 6 h where nothing is known of the one before', async () => {
  const unknown = aPair('two', { expiresAt: null })
  const due = { ...unknown, renewAfter: 21_600_000 }
  expect((await slotsAfter(unknown)).current).toEqual(due)
  expect((await slotsAfter(aPair('one', { expiresAt: null }), unknown)).current).toEqual(due)
  const pasted = aPair('pasted', { expiresAt: null, origin: 'pasted' })
  expect((await slotsAfter(aPair('one'), pasted)).current).toEqual(pasted)
})
