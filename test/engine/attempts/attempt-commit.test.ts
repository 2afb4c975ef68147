// Attempt commit: what is stored of an attempt. Late answers: ../renewal/late-answer.test.ts; the transaction and its order:
// ../nothing-lost.test.ts.
import { expect, test } from 'vitest'
import type { Answer } from '#engine/domain/ports.ts'
import { good, grantOf, refused } from '../support/answers.ts'
import { DAY, failWith, makeWorld, path, press } from '../support/world.ts'

test('a refresh token of tier 2 that is stored before tier 1 is tried is measured by its own lifetime', async () => {
  const world = makeWorld({ age: 13 * DAY, managerAge: 0, cloud: { refreshTtl: 15 * DAY }, start: false })
  const { pair } = world.profile()
  const access = pair?.accessToken?.reveal() ?? ''
  // The same access token again, so tier 1 is tried for another one.
  const grant = grantOf(access, DAY, { token: 'refresh-of-tier-2', expiresIn: 10 * DAY })
  failWith(world, 'application', good(grant) as Answer<never>)
  failWith(world, 'refresh', refused(503), 'client-a')
  expect(path(await press(world))).toBe('2:unchanged 1:transient')
  const stored = world.vault.pairs.get('one')?.refresh
  expect(stored?.token.reveal()).toBe('refresh-of-tier-2')
  expect(stored?.firstLifetime).toBe(10 * DAY)
})
