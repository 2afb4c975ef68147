import { setImmediate as nextTurn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { learnedBefore, secretsIn } from '#application/known-secrets.ts'
import type { FleetChange } from '#engine/domain/model.ts'
import { StoreFailure, UNSHARED } from '#engine/domain/ports.ts'
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
      begin: async () => UNSHARED,
      commit: async () => {
        order.push('commit')
        throw new StoreFailure('disk-full', 'full')
      },
    },
    {
      learn: (value) => order.push(...values(secretsIn(value))),
      forget: (secret) => order.push(`without ${secret.reveal()}`),
      now: () => 0,
    },
  )
  await expect(vault.commit(changes, [])).rejects.toBeInstanceOf(StoreFailure)
  expect(order).toEqual(['app secret', 'access', 'refresh', 'commit'])
})

describe('a token that was renewed', () => {
  const DAY = 86_400_000

  function stage() {
    const known = new Set<string>()
    let now = 0
    const vault = learnedBefore(
      { prove: async () => undefined, begin: async () => UNSHARED, commit: async () => undefined },
      {
        learn: (value) => {
          for (const text of values(secretsIn(value))) known.add(text)
        },
        forget: (secret) => known.delete(secret.reveal()),
        now: () => now,
      },
    )
    return {
      knownTexts: () => [...known].toSorted(),
      setNow: (at: number) => {
        now = at
      },
      commit: (...changes: readonly FleetChange[]) => vault.commit(changes, []),
    }
  }

  const pairOf = (
    access: string,
    expiresAt: number | null,
    refresh = 'refresh',
    refreshEnd: number | null = 90 * DAY,
  ) => ({
    ...pair,
    accessToken: new Secret(access),
    expiresAt,
    refresh: { ...pair.refresh, token: new Secret(refresh), expiresAt: refreshEnd },
  })
  const renewed = (profileId: string, ...of: Parameters<typeof pairOf>): FleetChange => ({
    kind: 'profile-pair',
    profileId,
    pair: pairOf(...of),
  })

  test('is known until its own end, however many followed it; a replaced refresh token for a minute', async () => {
    const { commit, knownTexts, setNow } = stage()
    for (let number = 1; number <= 8; number += 1) {
      setNow(number * DAY)
      await commit(renewed('p', `access ${number}`, number * DAY + 14 * DAY, `refresh ${number}`))
    }
    expect(knownTexts()).toHaveLength(10)
    setNow(16 * DAY)
    await commit(renewed('p', 'access 9', 30 * DAY, 'refresh 9'))
    expect(knownTexts().filter((text) => text.startsWith('access'))).toEqual(
      [3, 4, 5, 6, 7, 8, 9].map((number) => `access ${number}`),
    )
    expect(knownTexts().filter((text) => text.startsWith('refresh'))).toEqual(['refresh 8', 'refresh 9'])
  })

  test('stays known while anybody else may hold it longer, or nobody knows its end', async () => {
    const { commit, knownTexts, setNow } = stage()
    await commit(renewed('p', 'shared', DAY), renewed('q', 'shared', 3 * DAY), renewed('r', 'pasted', null))
    await commit({
      kind: 'manager-pair',
      managerId: 'm',
      pair: pairOf('of a manager', 2 * DAY, 'rotated', null),
    })
    setNow(2.5 * DAY)
    await commit(renewed('p', 'next', 9 * DAY))
    expect(knownTexts()).toEqual(['next', 'pasted', 'refresh', 'rotated', 'shared'])
    setNow(4 * DAY)
    await commit(renewed('p', 'pasted', 5 * DAY))
    setNow(6 * DAY)
    await commit(renewed('q', 'another', 9 * DAY))
    expect(knownTexts()).toEqual(['another', 'next', 'pasted', 'refresh', 'rotated'])
  })

  test('stays known as a refresh token that another profile holds, and that its own gets back', async () => {
    const { commit, knownTexts, setNow } = stage()
    await commit(
      renewed('p', 'a', DAY, 'shared'),
      renewed('q', 'b', DAY, 'shared'),
      renewed('r', 'c', DAY, 'back'),
    )
    setNow(DAY)
    await commit(renewed('p', 'd', 9 * DAY, 'next'), renewed('r', 'e', 9 * DAY, 'other'))
    await commit(renewed('r', 'e', 9 * DAY, 'back'))
    setNow(3 * DAY)
    await commit(renewed('p', 'd', 9 * DAY, 'next'))
    expect(knownTexts()).toEqual(['back', 'd', 'e', 'next', 'shared'])
    await commit(renewed('q', 'f', 9 * DAY, 'next'))
    setNow(4 * DAY)
    await commit(renewed('q', 'f', 9 * DAY, 'next'))
    expect(knownTexts()).toEqual(['back', 'd', 'e', 'f', 'next'])
  })

  test('leaves nothing behind after thousands of renewals', async () => {
    const { commit, knownTexts, setNow } = stage()
    const replaced: WeakRef<Secret>[] = []
    for (let number = 1; number <= 5000; number += 1) {
      setNow(number * 70_000)
      const change = renewed('p', `access ${number}`, number * 70_000 + 140_000, `refresh ${number}`)
      await commit(change)
      replaced.push(...secretsIn(change).map((secret) => new WeakRef(secret)))
    }
    expect(knownTexts()).toEqual(['access 4999', 'access 5000', 'refresh 4999', 'refresh 5000'])
    setFlagsFromString('--expose-gc')
    // What a WeakRef was made of lives until its turn ends.
    await nextTurn()
    runInNewContext('gc')()
    expect(replaced.filter((token) => token.deref() !== undefined).length).toBeLessThan(10)
  })
})
