// What a forecast and its what-ifs say of a fleet, and that no secret is in what goes to the thread.
import { expect, test } from 'vitest'
import type { WhatIf } from '#contract/contract.ts'
import { defaultSettings } from '#engine/domain/policy.ts'
import { Secret } from '#engine/domain/secret.ts'
import { packFleet, unpackFleet } from '#forecast/fleet-packing.ts'
import { type ForecastPortion, performForecast } from '#forecast/forecast.ts'
import { refused } from '../engine/support/answers.ts'
import { START } from '../engine/support/fake-clock.ts'
import { DAY, failWith, HOUR, makePair, makeWorld, press, type World } from '../engine/support/world.ts'

const THREE = ['p0', 'p1', 'p2'].map((id) => ({ id, targetOrgId: `org-${id}` }))
const midnightsFrom = (now: number, days: number) =>
  Array.from({ length: days + 1 }, (_, day) => now + day * DAY)

/** Of 30 days where the test does not need more. */
async function forecastOf(world: World, whatIf: WhatIf | null = null, days = 30, begins?: number) {
  const now = world.clock.now()
  const portions: ForecastPortion[] = []
  const request = {
    pieces: [...packFleet(world.snapshot())],
    now,
    settings: defaultSettings,
    pausedUntil: null,
    midnights: midnightsFrom(now, days),
    whatIf,
    ...(begins === undefined ? {} : { begins }),
  }
  for await (const portion of performForecast(request)) portions.push(portion)
  const last = portions.at(-1)
  if (last === undefined || !('forecast' in last)) throw new Error('no result')
  return { ...last, portions }
}

async function rehearsalOf(world: World, whatIf: WhatIf, begins?: number) {
  const { rehearsal } = await forecastOf(world, whatIf, 30, begins)
  if (rehearsal === null) throw new Error('nothing was rehearsed')
  return rehearsal
}

/** Webex extends refresh tokens, as was seen. */
async function slidingWorld(): Promise<World> {
  const world = makeWorld({ profiles: THREE, cloud: { slide: true } })
  await world.clock.advance(9 * DAY)
  return world
}

/** Refresh tokens of 20 days that nothing extends, and no token manager. */
async function aloneWorld(): Promise<World> {
  const world = makeWorld({ profiles: THREE, manager: 'none', cloud: { slide: false, refreshTtl: 20 * DAY } })
  await world.clock.advance(9 * DAY)
  return world
}

test('a fleet in order is renewed twice a fortnight by tier 1, and nothing ends', async () => {
  const { forecast } = await forecastOf(await slidingWorld(), null, 120)
  expect(forecast).toMatchObject({ first: null, tokens: 0, customers: 0, integrationEnd: null })
  expect(forecast.days).toHaveLength(120)
  const renewals = forecast.days.reduce((sum, { renewals: { 1: one } }) => sum + one, 0)
  expect(renewals).toBeGreaterThanOrEqual(3 * 16)
  expect(renewals).toBeLessThanOrEqual(3 * 19)
  expect(forecast.days.every(({ renewals: { 2: two } }) => two === 0)).toBe(true)
})

test('as long as no refresh has extended a refresh token none is assumed to: the integration ends, and then the tokens', async () => {
  const world = makeWorld({ profiles: THREE, cloud: { slide: false } })
  await world.clock.advance(9 * DAY)
  const { forecast } = await forecastOf(world, null, 100)
  expect(forecast.integrationEnd).toEqual({ managerId: 'manager', at: START + 90 * DAY })
  const [day] = forecast.days.filter(({ integrationEnds }) => integrationEnds > 0)
  expect(day?.start).toBe(START + 9 * DAY + 81 * DAY)
  // Tier 2 has replaced the refresh tokens before it ended.
  expect(forecast.days.some(({ renewals: { 2: two } }) => two > 0)).toBe(true)
})

test('without an integration the tokens end soon after their refresh tokens, and the forecast says why', async () => {
  const world = await aloneWorld()
  const { forecast } = await forecastOf(world)
  expect(forecast).toMatchObject({ tokens: 3, customers: 3 })
  expect(forecast.first?.at).toBeGreaterThan(START + 20 * DAY)
  expect(forecast.first?.at).toBeLessThan(START + 34 * DAY)
  expect(forecast.first?.why).toEqual(expect.any(String))
  expect(forecast.days.reduce((sum, { ends }) => sum + ends, 0)).toBe(3)
})

test('what Webex refused is refused in the forecast as well, until a person acts', async () => {
  const world = makeWorld({ profiles: THREE, cloud: { slide: true } })
  await world.clock.advance(9 * DAY)
  world.cloud.killAll('APP_a@org-p1')
  world.cloud.deauthorised.add('APP_a@org-p1')
  await press(world, 'p1')
  const end = world.profile('p1').pair?.expiresAt
  const { forecast } = await forecastOf(world)
  expect(forecast).toMatchObject({ tokens: 1, customers: 1, first: { profileId: 'p1', at: end } })
})

test('a network that is down at the moment is not forecast to stay down', async () => {
  const world = await slidingWorld()
  failWith(world, 'refresh', refused(503))
  await press(world, 'p0')
  expect((await forecastOf(world)).forecast).toMatchObject({ tokens: 0 })
})

test('a token that had ended before is no news of the forecast', async () => {
  const pair = makePair({ expiresAt: START - DAY, issuedAt: START - 15 * DAY, refresh: null })
  const world = makeWorld({ manager: 'none', profiles: [{ id: 'old', pair }], start: false })
  expect((await forecastOf(world)).forecast).toMatchObject({ tokens: 0, first: null })
})

test('a computer that is off for longer than the tokens last: which ends first, and all are renewed afterwards', async () => {
  const world = await slidingWorld()
  const first = Math.min(...THREE.map(({ id }) => world.profile(id).pair?.expiresAt ?? Number.NaN))
  const now = world.clock.now()
  const off = await rehearsalOf(world, { kind: 'computer-off', days: 20 })
  expect(off).toMatchObject({ tokens: 3, customers: 3, first: { at: first, why: null } })
  expect(off.recoveredAt).toBeGreaterThan(now + 20 * DAY)
  expect(off.recoveredAt).toBeLessThan(now + 20 * DAY + HOUR)
  expect(await rehearsalOf(world, { kind: 'computer-off', days: 4 })).toMatchObject({
    first: null,
    tokens: 0,
  })
})

test('the integration ends: nothing while tier 1 works; a token whose refresh token is dead ends at its time', async () => {
  const world = await slidingWorld()
  expect(await rehearsalOf(world, { kind: 'integration-ends', managerId: 'manager' })).toMatchObject({
    tokens: 0,
  })
  world.cloud.killAll('APP_a@org-p2')
  await press(world, 'p2')
  world.cloud.killAll('APP_a@org-p2')
  failWith(world, 'application', refused(503))
  await press(world, 'p2')
  const end = world.profile('p2').pair?.expiresAt
  expect(await rehearsalOf(world, { kind: 'integration-ends', managerId: 'manager' })).toMatchObject({
    tokens: 1,
    first: { profileId: 'p2', at: end },
    recoveredAt: null,
  })
})

test('the integration ends: its fallback renews the token whose refresh token is dead, unless Webex rejects the fallback for it', async () => {
  const lostTierOne = async (fallback: boolean, isRejected = false) => {
    const world = makeWorld({
      profiles: THREE,
      cloud: { slide: true },
      ...(fallback ? { fallback: 'integration' } : {}),
    })
    await world.clock.advance(20 * DAY)
    if (isRejected) {
      world.cloud.killAll('manager')
      world.cloud.revoke('manager')
    }
    world.cloud.killAll('APP_a@org-p2')
    failWith(world, 'application', refused(isRejected ? 403 : 503))
    await press(world, 'p2')
    return rehearsalOf(world, { kind: 'integration-ends', managerId: 'manager' })
  }
  expect(await lostTierOne(false)).toMatchObject({ tokens: 1, first: { profileId: 'p2' } })
  expect(await lostTierOne(true)).toMatchObject({ tokens: 0 })
  expect((await lostTierOne(true, true)).inAnyCase).toMatchObject({ tokens: 1 })
})

test('a customer withdraws the authorization: its tokens end at once, and nobody else’s', async () => {
  const world = await slidingWorld()
  const withdrawn = await rehearsalOf(world, { kind: 'authorization-withdrawn', targetOrgId: 'org-p1' })
  expect(withdrawn).toMatchObject({ tokens: 1, customers: 1, recoveredAt: null })
  expect(withdrawn.first).toMatchObject({ profileId: 'p1', at: world.clock.now() })
  expect(withdrawn.first?.why).toEqual(expect.any(String))
})

test('Webex is down: hours are nothing to a 14-day token, weeks are', async () => {
  const world = await slidingWorld()
  expect(await rehearsalOf(world, { kind: 'webex-down', hours: 48 })).toMatchObject({ tokens: 0 })
  const weeks = await rehearsalOf(world, { kind: 'webex-down', hours: 340 })
  expect(weeks).toMatchObject({ tokens: 3 })
  expect(weeks.recoveredAt).toBeGreaterThan(world.clock.now() + 340 * HOUR)
})

test('what ends in any case is not told of as caused by what happens', async () => {
  const world = await aloneWorld()
  expect((await forecastOf(world)).forecast.tokens).toBe(3)
  expect(await rehearsalOf(world, { kind: 'webex-down', hours: 5 })).toMatchObject({ tokens: 0 })
})

test('what ends in any case is counted beside what is caused, and both are named by day', async () => {
  const world = await slidingWorld()
  world.cloud.killAll('APP_a@org-p1')
  world.cloud.deauthorised.add('APP_a@org-p1')
  await press(world, 'p1')
  const off = await rehearsalOf(world, { kind: 'computer-off', days: 20 })
  expect(off).toMatchObject({ tokens: 2, customers: 2, inAnyCase: { tokens: 1, customers: 1 } })
  const sum = (count: (day: (typeof off.days)[number]) => number) =>
    off.days.reduce((all, day) => all + count(day), 0)
  expect([sum(({ tokens }) => tokens), sum(({ inAnyCase }) => inAnyCase)]).toEqual([3, 1])
  expect(new Set(off.days.flatMap(({ named }) => named.map(({ profileId }) => profileId)))).toEqual(
    new Set(['p0', 'p1', 'p2']),
  )
  for (const { start, named } of off.days)
    for (const { at } of named) expect(at >= start && at < start + DAY).toBe(true)
})

test('what happens later happens then: tokens that are renewed before last for longer', async () => {
  const world = await slidingWorld()
  const now = world.clock.now()
  const withdrawn = { kind: 'authorization-withdrawn', targetOrgId: 'org-p1' } as const
  expect((await rehearsalOf(world, withdrawn, now + 3 * DAY)).first).toMatchObject({ at: now + 3 * DAY })
  expect((await rehearsalOf(world, withdrawn, now - DAY)).first).toMatchObject({ at: now })
  const off = { kind: 'computer-off', days: 20 } as const
  const [soon, later] = [await rehearsalOf(world, off), await rehearsalOf(world, off, now + 7 * DAY)]
  expect(later.first?.at).toBeGreaterThan(Math.max(now + 7 * DAY, soon.first?.at ?? 0))
})

test('progress grows day by day, over both runs of a rehearsal', async () => {
  const { portions } = await forecastOf(await slidingWorld(), { kind: 'webex-down', hours: 1 })
  const steps = portions.slice(0, -1).map((portion) => ('done' in portion ? portion.done : null))
  expect(steps).toEqual(Array.from({ length: 60 }, (_, i) => i + 1))
})

test('no secret is in what goes to the thread, and what comes out of it there is the same fleet', async () => {
  const world = await slidingWorld()
  world.cloud.killAll('APP_a@org-p1')
  await press(world, 'p1')
  const before = world.snapshot()
  const secrets = new Set<string>()
  const find = (value: unknown): void => {
    if (value instanceof Secret) secrets.add(value.reveal())
    else if (value instanceof Map) for (const entry of value) find(entry)
    else if (typeof value === 'object' && value !== null) for (const each of Object.values(value)) find(each)
  }
  find(before)
  expect(secrets.size).toBeGreaterThanOrEqual(2 + 2 * THREE.length)
  const pieces = [...packFleet(before)]
  const text = pieces.map((piece) => Buffer.from(piece).toString('latin1')).join('')
  for (const secret of secrets) expect(text.includes(secret), secret).toBe(false)

  const after = unpackFleet(pieces)
  const anonymous = (value: unknown): unknown => {
    if (value instanceof Secret) return 'secret'
    if (value instanceof Map) return [...value].map(anonymous)
    if (Array.isArray(value)) return value.map(anonymous)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, anonymous(each)]))
  }
  expect(anonymous(after.fleet)).toEqual(anonymous(before.fleet))
  expect(after.profileStates.get('p1')?.uses).toEqual(before.profileStates.get('p1')?.uses)
})
