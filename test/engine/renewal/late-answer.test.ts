// An answer that was on its way while a person changed what it is about.
import { describe, expect, test } from 'vitest'
import { Secret } from '#engine/domain/secret.ts'
import { fingerprintOf, refused } from '../support/answers.ts'
import {
  failWith,
  MINUTE,
  makeIntegration,
  makePair,
  makeWorld,
  path,
  press,
  SECOND,
} from '../support/world.ts'

const slow = { latency: 5 * SECOND, rotate: true }

function pastedPair() {
  const token = new Secret('refresh-pasted')
  return makePair({
    accessToken: new Secret('access-pasted'),
    fingerprint: fingerprintOf('access-pasted'),
    refresh: { ...makePair().refresh, token, issuedAt: 0, expiresAt: null, firstLifetime: null, dead: false },
  })
}

describe('the answer to the old grant is not taken over', () => {
  test('when the integration was reconnected during tier 3', async () => {
    const world = makeWorld({ cloud: slow })
    await world.clock.advance(SECOND)
    const running = world.engine.refreshManager('manager', 'manual')
    await world.clock.advance(SECOND)
    const pair = pastedPair()
    const manager = makeIntegration({ clientId: 'client-other', clientSecret: new Secret('other') })
    await world.engine.keep([
      { kind: 'manager-saved', manager },
      { kind: 'manager-pair', managerId: 'manager', pair },
    ])
    await world.clock.advance(4 * SECOND)
    const attempt = await running
    expect(attempt).toMatchObject({ outcome: 'failed', tier: null, after: attempt.before })
    expect(attempt.sentence).toContain('credentials were changed')
    expect(world.manager().pair).toBe(pair)
    expect(world.vault.pairs.get('manager')).toBe(pair)
    await world.clock.advance(10 * SECOND)
    expect(world.cloud.seen.at(-1)).toMatchObject({ who: 'client-other', credential: 'refresh-pasted' })
  })

  test('when another refresh token was pasted during tier 1', async () => {
    const world = makeWorld({ cloud: slow })
    await world.clock.advance(SECOND)
    const running = world.engine.refresh('one', 'manual')
    await world.clock.advance(SECOND)
    const pair = pastedPair()
    await world.engine.apply([{ kind: 'profile-pair', profileId: 'one', pair }])
    await world.clock.advance(4 * SECOND)
    expect(await running).toMatchObject({ outcome: 'failed', tier: null })
    expect((await running).sentence).toContain('credentials were changed')
    expect(world.profile().pair).toBe(pair)
    expect(world.vault.pairs.get('one')).toBe(pair)
    await world.clock.advance(2 * SECOND)
    expect(world.cloud.seen.filter(({ endpoint }) => endpoint === 'refresh').at(-1)?.credential).toBe(
      'refresh-pasted',
    )
  })

  test('when the org was edited during tier 2', async () => {
    const world = makeWorld({ cloud: slow, profiles: [{ id: 'one', pair: null }] })
    await world.clock.advance(SECOND)
    const profile = { ...world.profile(), targetOrgId: 'org-2', orgName: 'Org 2' }
    await world.engine.apply([{ kind: 'profile-saved', profile }])
    await world.clock.advance(5 * SECOND)
    expect(world.attempts[0]).toMatchObject({ orgId: 'org-1', outcome: 'failed' })
    expect(world.profile().pair).toBeNull()
    await world.clock.advance(MINUTE)
    expect(world.view().state).toBe('healthy')
    expect(world.cloud.delivered.get('APP_a@org-2')).toBe(world.profile().pair?.accessToken?.reveal())
  })
})

test('another spelling of the same org costs no rotated refresh token', async () => {
  const uuid = '1eb65fdf-9643-417f-9974-ad72cae0e10f'
  const world = makeWorld({ cloud: slow })
  const spelled = (targetOrgId: string) => [
    { kind: 'profile-saved', profile: { ...world.profile(), targetOrgId } } as const,
  ]
  await world.engine.apply(() => spelled(uuid))
  await world.clock.advance(SECOND)
  const running = world.engine.refresh('one', 'manual')
  await world.clock.advance(SECOND)
  await world.engine.apply(() => spelled(uuid.toUpperCase()))
  await world.clock.advance(5 * SECOND)
  expect(await running).toMatchObject({ outcome: 'renewed', tier: 1 })
})

test('a client secret exchanged meanwhile costs no rotated refresh token', async () => {
  const world = makeWorld({ cloud: slow })
  await world.clock.advance(SECOND)
  const running = world.engine.refresh('one', 'manual')
  await world.clock.advance(SECOND)
  const serviceApp = world.engine.fleet().serviceApps.get('app-a')
  if (serviceApp === undefined) throw new Error('not there')
  const clientSecret = new Secret('regenerated')
  await world.engine.apply([{ kind: 'service-app-saved', serviceApp: { ...serviceApp, clientSecret } }])
  await world.clock.advance(5 * SECOND)
  expect(await running).toMatchObject({ outcome: 'renewed', tier: 1 })
  expect(path(await press(world))).toBe('1:ok')
})

test('an answer that was kept before another tier was tried is not late', async () => {
  const world = makeWorld({ cloud: { rotate: true, unchangedWithin: 30 * MINUTE } })
  failWith(world, 'application', refused(503))
  await world.clock.advance(SECOND)
  const running = world.engine.refresh('one', 'unauthorized-seen')
  await world.clock.advance(5 * SECOND)
  expect(await running).toMatchObject({ outcome: 'unchanged', tier: 1 })
})
