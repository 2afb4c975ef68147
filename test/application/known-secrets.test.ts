import { expect, test } from 'vitest'
import { learnedBefore, secretsIn } from '#application/known-secrets.ts'
import type { FleetChange } from '#engine/domain/model.ts'
import { StoreFailure } from '#engine/domain/ports.ts'
import { Secret } from '#engine/domain/secret.ts'

const serviceApp = { id: 'a', appId: 'app', clientId: 'client', clientSecret: new Secret('app secret') }
const pair = {
  accessToken: new Secret('access'),
  fingerprint: 'ffffffff',
  issuedAt: 1,
  expiresAt: null,
  origin: 'pasted',
  refresh: { token: new Secret('refresh'), issuedAt: 1, expiresAt: null, firstLifetime: null, dead: false },
} as const
const changes: readonly FleetChange[] = [
  { kind: 'service-app-saved', serviceApp },
  { kind: 'profile-pair', profileId: 'p', pair },
]
const values = (found: readonly Secret[]) => found.map((secret) => secret.reveal())

test('the secrets of a fleet and of its changes are found, however deep they stand', () => {
  expect(values(secretsIn(changes))).toEqual(['app secret', 'access', 'refresh'])
  const fleet = { serviceApps: new Map([['a', serviceApp]]), profiles: new Map([['p', { pair }]]) }
  expect(values(secretsIn(fleet))).toEqual(['app secret', 'access', 'refresh'])
  expect(secretsIn([null, undefined, 'text', 7, {}])).toEqual([])
})

test('each is known before it is written, also when it then cannot be', async () => {
  const order: unknown[] = []
  const vault = learnedBefore(
    {
      prove: async () => undefined,
      commit: async () => {
        order.push('commit')
        throw new StoreFailure('disk-full', 'full')
      },
    },
    (value) => order.push(...values(secretsIn(value))),
    (secret) => order.push(`without ${secret.reveal()}`),
  )
  await expect(vault.commit(changes, [])).rejects.toBeInstanceOf(StoreFailure)
  expect(order).toEqual(['app secret', 'access', 'refresh', 'commit'])
})

test('after thousands of renewals only the tokens of the last four pairs are known, and never is one in use forgotten', async () => {
  const known = new Set<string>()
  const vault = learnedBefore(
    { prove: async () => undefined, commit: async () => undefined },
    (value) => {
      for (const text of values(secretsIn(value))) known.add(text)
    },
    (secret) => known.delete(secret.reveal()),
  )
  const renewed = (number: number, refresh: string): FleetChange => ({
    kind: 'profile-pair',
    profileId: 'p',
    pair: {
      ...pair,
      accessToken: new Secret(`access ${number}`),
      refresh: { ...pair.refresh, token: new Secret(refresh) },
    },
  })
  for (let number = 1; number <= 5000; number += 1)
    await vault.commit([renewed(number, `refresh ${number}`)], [])
  const lastFour = [4997, 4998, 4999, 5000]
  const newest = () => [...known].toSorted()
  expect(newest()).toEqual([...lastFour.map((n) => `access ${n}`), ...lastFour.map((n) => `refresh ${n}`)])

  // The same pair again, as when it could not be stored, takes nobody's place.
  for (let again = 0; again < 10; again += 1) await vault.commit([renewed(5000, 'refresh 5000')], [])
  expect(newest()).toHaveLength(8)

  // A refresh token that Webex does not rotate.
  for (let number = 5001; number <= 5010; number += 1)
    await vault.commit([renewed(number, 'refresh 5000')], [])
  expect(newest()).toEqual([5007, 5008, 5009, 5010].map((n) => `access ${n}`).concat('refresh 5000'))
})
