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
  )
  await expect(vault.commit(changes, [])).rejects.toBeInstanceOf(StoreFailure)
  expect(order).toEqual(['app secret', 'access', 'refresh', 'commit'])
})
