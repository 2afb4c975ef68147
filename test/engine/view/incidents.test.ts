// Incidents by cause and service app: whom they affect, by when, who can fix them, and what they are called.
import { describe, expect, test } from 'vitest'
import type { Incident } from '#engine/domain/view-model.ts'
import { refused } from '../support/answers.ts'
import { START } from '../support/fake-clock.ts'
import { DAY, failWith, makePair, makeWorld, press, type World } from '../support/world.ts'

const customers = (count: number, overrides: object = {}) =>
  Array.from({ length: count }, (_, index) => ({
    id: `p${index}`,
    name: 'Contact sync',
    targetOrgId: `org-${index}`,
    orgName: `Customer ${index}`,
    ...overrides,
  }))

const incidents = (world: World): readonly Incident[] => world.engine.view().incidents

/** Each is refused a token by tier 2 in the same words, and has no refresh token. */
async function refusedAll(count: number, answer: Parameters<typeof failWith>[2], overrides: object = {}) {
  const world = makeWorld({ profiles: customers(count, { pair: null, ...overrides }), start: false })
  failWith(world, 'application', answer)
  for (const { id } of customers(count)) await press(world, id)
  return world
}

describe('customers of one service app with one cause are one incident', () => {
  test('30 that withdrew the authorization', async () => {
    const world = makeWorld({ profiles: customers(30), age: 2 * DAY, managerAge: 0, start: false })
    for (const { targetOrgId } of customers(30)) {
      world.cloud.kill(`APP_a@${targetOrgId}`)
      world.cloud.deauthorised.add(`APP_a@${targetOrgId}`)
    }
    for (const { id } of customers(30)) await press(world, id)
    expect(incidents(world)).toMatchObject([
      {
        key: 'not-authorised:app-a',
        code: 'not-authorised',
        title: '“Contact sync” is no longer authorized in 30 orgs',
        owner: 'customer-admin',
        serviceApp: { id: 'app-a', name: 'Contact sync', appId: 'APP_a' },
        customers: 30,
        fix: { kind: 'authorise-in-control-hub', profileId: 'p0' },
      },
    ])
    const [incident] = incidents(world)
    expect(incident?.profileIds).toHaveLength(30)
    expect(incident?.sentence).toContain('these 30 orgs')
    const ends = world.engine.view().profiles.map(({ accessToken }) => accessToken?.expiresAt ?? 0)
    expect(incident?.deadline).toBe(Math.min(...ends))
  })

  test('30 that withdrew it stay that while the integration is dead, too', async () => {
    const world = makeWorld({ profiles: customers(30), age: 2 * DAY, managerAge: 0, start: false })
    for (const { targetOrgId } of customers(29)) {
      world.cloud.kill(`APP_a@${targetOrgId}`)
      world.cloud.deauthorised.add(`APP_a@${targetOrgId}`)
    }
    for (const { id } of customers(29)) await press(world, id)
    world.cloud.kill('manager')
    world.cloud.revoke('manager')
    world.cloud.kill('APP_a@org-29')
    await press(world, 'p29')
    const found = incidents(world).map(({ code, profileIds }) => [code, profileIds.length])
    expect(found.toSorted()).toEqual([
      ['manager-dead', 1],
      ['not-authorised', 29],
    ])
    await press(world, 'p0')
    expect(
      incidents(world)
        .map(({ profileIds }) => profileIds.length)
        .toSorted(),
    ).toEqual([1, 29])
  })

  test('30 with a wrong org ID, of which none has a token yet', async () => {
    const world = await refusedAll(30, refused(400, { message: 'Invalid targetOrgId' }))
    expect(incidents(world)).toMatchObject([
      {
        key: 'wrong-org:app-a',
        title: 'Target org ID of “Contact sync” rejected for 30 orgs',
        customers: 30,
        deadline: null,
        owner: 'you',
      },
    ])
  })

  test('30 that were never authorized are not called "no longer" authorized', async () => {
    const world = await refusedAll(30, refused(403))
    expect(incidents(world)).toMatchObject([{ title: '“Contact sync” is not authorized in 30 orgs' }])
  })

  test('30 that are paused while their tokens end', async () => {
    const world = makeWorld({ profiles: customers(30, { paused: true }), manager: 'none' })
    await world.clock.advance(13.5 * DAY)
    expect(incidents(world)).toMatchObject([
      {
        key: 'ends-paused:app-a',
        level: 'warning',
        title: 'Tokens of “Contact sync” end soon in 30 orgs',
        fix: { kind: 'resume' },
        customers: 30,
      },
    ])
    await world.clock.advance(DAY)
    expect(incidents(world)).toMatchObject([
      { level: 'critical', title: 'Tokens of “Contact sync” expired in 30 orgs', customers: 30 },
    ])
  })

  test('30 with nothing left to renew them', async () => {
    const world = makeWorld({ profiles: customers(30), manager: 'none', start: false })
    for (const { targetOrgId } of customers(30)) world.cloud.kill(`APP_a@${targetOrgId}`)
    for (const { id } of customers(30)) await press(world, id)
    expect(incidents(world)).toMatchObject([
      { key: 'refresh-token-ended:app-a', customers: 30, fix: { kind: 'connect-integration' } },
    ])
  })

  test('30 dead refresh tokens that tier 2 makes up for, as an information', async () => {
    const world = makeWorld({
      profiles: customers(30),
      age: 2 * DAY,
      managerAge: 0,
      start: false,
      cloud: { sendsRefreshToken: false },
    })
    for (const { targetOrgId } of customers(30)) world.cloud.kill(`APP_a@${targetOrgId}`)
    for (const { id } of customers(30)) await press(world, id)
    expect(incidents(world)).toMatchObject([
      {
        key: 'tier-1-dead:app-a',
        level: 'information',
        title: 'Refresh token of “Contact sync” no longer accepted in 30 orgs',
        owner: 'tier-2',
      },
    ])
  })
})

describe('what is not the same stays apart', () => {
  test('two causes of one service app are two incidents, of their own customers', async () => {
    const world = makeWorld({ profiles: customers(4, { pair: null }), start: false })
    world.cloud.deauthorised.add('APP_a@org-0').add('APP_a@org-1')
    for (const id of ['p0', 'p1']) await press(world, id)
    failWith(world, 'application', refused(400, { message: 'Invalid targetOrgId' }))
    for (const id of ['p2', 'p3']) await press(world, id)
    const found = new Map(incidents(world).map(({ key, profileIds }) => [key, profileIds]))
    expect(found.get('not-authorised:app-a')).toEqual(['p0', 'p1'])
    expect(found.get('wrong-org:app-a')).toEqual(['p2', 'p3'])
  })

  test('one customer alone is named', async () => {
    const world = await refusedAll(1, refused(403))
    expect(incidents(world)).toMatchObject([
      { title: '“Contact sync” is not authorized in Customer 0', customers: 1 },
    ])
    expect(incidents(world)[0]?.sentence).toContain('Webex issues no token for Customer 0.')
  })

  test('an org without a name is counted, since nobody reads an ID', async () => {
    const world = await refusedAll(1, refused(403), { orgName: null })
    expect(incidents(world)[0]?.title).toBe('“Contact sync” is not authorized in 1 org')
  })

  test('two service apps with the same name are two incidents, told apart by their App IDs', async () => {
    const world = makeWorld({
      profiles: [
        ...customers(2, { pair: null }),
        ...customers(2, { pair: null, serviceAppId: 'app-b' }).map((one) => ({ ...one, id: `${one.id}-b` })),
      ],
      start: false,
    })
    failWith(world, 'application', refused(403))
    for (const id of ['p0', 'p1', 'p0-b', 'p1-b']) await press(world, id)
    expect(incidents(world).map(({ key, serviceApp }) => [key, serviceApp?.appId])).toEqual([
      ['not-authorised:app-a', 'APP_a'],
      ['not-authorised:app-b', 'APP_b'],
    ])
    expect(new Set(incidents(world).map(({ title }) => title)).size).toBe(1)
  })

  test('a customer in two spellings of its org ID is one customer', async () => {
    const uuid = '0a1b2c3d-0000-4000-8000-00000000000a'
    const encoded = Buffer.from(`ciscospark://us/ORGANIZATION/${uuid}`).toString('base64')
    const world = makeWorld({
      profiles: [
        { id: 'p0', name: 'Contact sync', targetOrgId: uuid, pair: null },
        { id: 'p1', name: 'Contact sync', targetOrgId: encoded, pair: null },
      ],
      start: false,
    })
    failWith(world, 'application', refused(403))
    for (const id of ['p0', 'p1']) await press(world, id)
    expect(incidents(world)).toMatchObject([{ profileIds: ['p0', 'p1'], customers: 1 }])
  })
})

const ending = (days: number) => makePair({ expiresAt: START + days * DAY, refresh: null })

test('the gravest come first, and of these the first deadline', async () => {
  const world = makeWorld({
    profiles: [
      { id: 'none', targetOrgId: 'org-1', pair: null },
      { id: 'late', targetOrgId: 'org-2', serviceAppId: 'app-b', pair: ending(9) },
      { id: 'soon', targetOrgId: 'org-3', serviceAppId: 'app-c', pair: ending(3) },
    ],
    managerAge: 0,
    start: false,
  })
  failWith(world, 'application', refused(403))
  for (const id of ['none', 'late', 'soon']) await press(world, id)
  expect(incidents(world).map(({ profileIds }) => profileIds)).toEqual([['soon'], ['late'], ['none']])
})
