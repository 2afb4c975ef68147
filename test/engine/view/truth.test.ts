// What is shown of a fleet follows from what its tiers can do: over arbitrary fleets, token managers and histories, nothing on
// a page contradicts anything else on it.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FleetSummary } from '#desktop/tray/fleet-summary.ts'
import type { Engine } from '#engine/domain/engine-api.ts'
import type { Attempt, Tier, TokenManager } from '#engine/domain/model.ts'
import {
  countStates,
  countTroubled,
  type FleetView,
  type ManagerView,
  type ProfileView,
} from '#engine/domain/view-model.ts'
import { invalidGrant, odd, refused, tokenLimit, unreachable } from '../support/answers.ts'
import { START } from '../support/fake-clock.ts'
import type { Endpoint } from '../support/fake-cloud.ts'
import { restarted } from '../support/restarted.ts'
import {
  DAY,
  failWith,
  HOUR,
  MINUTE,
  makeIntegration,
  makePair,
  makePersonalToken,
  makeWorld,
  pairOf,
  press,
  SECOND,
  type World,
} from '../support/world.ts'

const PROFILES = ['p0', 'p1', 'p2', 'p3', 'p4'] as const
type Kind = 'usual' | 'none' | 'no-refresh' | 'dead' | 'paused'

interface Scene {
  readonly world: World
  engine: Engine
  isRestarted: boolean
}

type Step = (scene: Scene) => unknown

const ANSWERS = [
  refused(503),
  refused(429, { retryAfter: HOUR }),
  refused(401, { webexShaped: false }),
  refused(401, { message: 'Invalid client credentials' }),
  refused(403, { message: 'not authorized by Full Admin' }),
  refused(418),
  refused(407),
  invalidGrant,
  tokenLimit,
  unreachable('dns'),
  unreachable('reset', true),
  odd('html'),
]

const WHO = [undefined, 'client-a', 'client-integration', 'APP_a', 'APP_b']

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(SECOND, MINUTE, HOUR, 7 * HOUR, 2 * DAY, 6 * DAY, 15 * DAY).map(
      (time): Step =>
        ({ world }) =>
          world.clock.advance(time),
    ),
  },
  {
    weight: 5,
    arbitrary: fc.constantFrom(...PROFILES).map(
      (id): Step =>
        async ({ engine, world }) => {
          engine.refresh(id, 'manual').catch(() => undefined)
          await world.clock.advance(SECOND)
        },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom(...PROFILES), fc.boolean()).map(
      ([id, isNow]): Step =>
        async ({ engine, world }) => {
          const drill = isNow ? engine.drillNow(id) : engine.requestDrill(id, true)
          drill.catch(() => undefined)
          await world.clock.advance(SECOND)
        },
    ),
  },
  {
    weight: 5,
    arbitrary: fc
      .tuple(
        fc.constantFrom<Endpoint>('refresh', 'application'),
        fc.constantFrom(...ANSWERS),
        fc.constantFrom(...WHO),
      )
      .map(
        ([endpoint, answer, who]): Step =>
          ({ world }) => {
            world.cloud.fault = (at, called) =>
              at === endpoint && (who === undefined || who === called) ? { answer } : null
          },
      ),
  },
  {
    weight: 3,
    arbitrary: fc.constant<Step>(({ world }) => {
      world.cloud.fault = () => null
      world.cloud.webexIsThere = true
    }),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom('manager', 'APP_a@org-p0', 'APP_b@org-p1', 'APP_a@org-p2', 'APP_b@org-p3').map(
      (key): Step =>
        ({ world }) =>
          world.cloud.kill(key),
    ),
  },
  { weight: 1, arbitrary: fc.constant<Step>(({ world }) => world.cloud.revoke('manager')) },
  { weight: 1, arbitrary: fc.constant<Step>(({ world }) => world.cloud.deauthorised.add('APP_a@org-p0')) },
  { weight: 1, arbitrary: fc.constant<Step>(({ world }) => world.cloud.regenerated.add('client-b')) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom(...PROFILES), fc.boolean()).map(
      ([id, paused]): Step =>
        ({ engine }) => {
          const profile = engine.fleet().profiles.get(id)
          if (profile === undefined) return
          return engine.apply([{ kind: 'profile-saved', profile: { ...profile, paused } }])
        },
    ),
  },
  { weight: 1, arbitrary: fc.constant<Step>(({ engine }) => engine.reconsider('resume')) },
  {
    weight: 1,
    arbitrary: fc.constant<Step>(async (scene) => {
      scene.engine = await restarted({ ...scene.world, engine: scene.engine })
      scene.isRestarted = true
    }),
  },
)

interface Given {
  readonly kinds: readonly Kind[]
  readonly manager: 'integration' | 'none' | 'personal' | 'personal-ended' | 'not-connected' | 'dead' | 'both'
  readonly rotate: boolean
  readonly saysEnd: boolean
  readonly age: number
}

const given: fc.Arbitrary<Given> = fc.record({
  kinds: fc.array(fc.constantFrom<Kind>('usual', 'usual', 'none', 'no-refresh', 'dead', 'paused'), {
    minLength: PROFILES.length,
    maxLength: PROFILES.length,
  }),
  manager: fc.constantFrom<Given['manager']>(
    'integration',
    'integration',
    'none',
    'personal',
    'personal-ended',
    'not-connected',
    'dead',
    'both',
  ),
  rotate: fc.boolean(),
  saysEnd: fc.boolean(),
  age: fc.constantFrom(0, 3 * DAY, 8 * DAY, 13 * DAY),
})

async function sceneOf({ kinds, manager, rotate, saysEnd, age }: Given): Promise<Scene> {
  const own = { personal: 12 * HOUR, 'personal-ended': -HOUR }
  const world = makeWorld({
    cloud: { rotate, saysEnd, latency: 40 },
    manager: manager === 'integration' ? 'integration' : 'none',
    start: false,
    age,
    profiles: PROFILES.map((id, index) => {
      const kind = kinds[index] ?? 'usual'
      const common = { id, targetOrgId: `org-${id}`, serviceAppId: `app-${'ab'[index % 2]}` }
      if (kind === 'none') return { ...common, pair: null }
      if (kind === 'paused') return { ...common, paused: true }
      if (kind === 'usual') return common
      const pair = makePair()
      const refresh = kind === 'dead' && pair.refresh !== null ? { ...pair.refresh, dead: true } : null
      return { ...common, pair: { ...pair, refresh } }
    }),
  })
  const { clock, cloud, engine } = world
  const managers: TokenManager[] = []
  if (manager === 'personal' || manager === 'personal-ended' || manager === 'both') {
    const pair = pairOf(cloud.issue('pat', 'nobody'), 'pasted')
    const expiresAt = clock.now() + own[manager === 'both' ? 'personal' : manager]
    managers.push(makePersonalToken({ pair: { ...pair, refresh: null, expiresAt } }))
  }
  if (manager === 'not-connected') managers.push(makeIntegration())
  if (manager === 'dead' || manager === 'both') {
    const pair = pairOf(cloud.issue('manager', 'client-integration'), 'authorization-code')
    const refresh = pair.refresh === null ? null : { ...pair.refresh, dead: manager === 'dead' }
    managers.push(makeIntegration({ isDefault: manager === 'dead', pair: { ...pair, refresh } }))
  }
  await engine.apply(managers.map((each) => ({ kind: 'manager-saved', manager: each })))
  engine.start()
  await clock.advance(SECOND)
  return { world, engine, isRestarted: false }
}

/** The calls of a tier, oldest first, by whom they were for. */
function callsOf(attempts: readonly Attempt[], tier: Tier, id: string) {
  return attempts
    .filter(({ subject }) =>
      subject.kind === 'profile' ? subject.profileId === id : subject.managerId === id,
    )
    .flatMap(({ calls }) => calls.filter((call) => call.tier === tier))
}

function managerOf({ managers }: FleetView, { managerId }: ProfileView): ManagerView | null {
  return (
    managers.find(({ id }) => id === managerId) ??
    managers.find(({ isDefault }) => isDefault) ??
    managers[0] ??
    null
  )
}

function checkProfile(scene: Scene, view: FleetView, profile: ProfileView): void {
  const { attempts } = scene.world.vault
  const manager = managerOf(view, profile)
  const [one, two] = profile.ladder
  for (const { tier, state, canRenew, isUnused, lastUsedAt, sentence } of profile.ladder) {
    const calls = callsOf(attempts, tier, tier === 3 ? (manager?.id ?? '') : profile.id)
    const last = calls.at(-1)
    if (state === 'ready' && last !== undefined) expect(['ok', 'unchanged']).toContain(last.result)
    if (state === 'ready') expect(lastUsedAt).not.toBeNull()
    if (isUnused) expect(calls).toEqual([])
    else if (!scene.isRestarted && tier !== 3) expect(calls).not.toEqual([])
    if (lastUsedAt !== null) expect(isUnused).toBe(false)
    if (state === 'ready' || state === 'unknown') expect(canRenew).toBe(true)
    if (state === 'spent') expect(canRenew).toBe(false)
    if (tier !== 1) expect(sentence.includes('No token manager')).toBe(manager === null)
  }
  if (two?.state === 'ready') expect(manager?.isRefused).toBe(false)
  if (profile.refreshToken?.dead === true) expect(one).toMatchObject({ state: 'spent', canRenew: false })

  const isLimited = profile.ladder.some(({ sentence }) => sentence.includes('limit of live access tokens'))
  const isPaused = scene.engine.fleet().profiles.get(profile.id)?.paused === true
  if (isPaused) expect(profile.isUnattended).toBe(false)
  else if (!isLimited) expect(profile.isUnattended).toBe(one?.canRenew === true || two?.canRenew === true)
  if (profile.unattendedUntil !== null) expect(profile.isUnattended).toBe(true)
  if (profile.state === 'healthy') expect(profile.isUnattended).toBe(true)
  if (profile.state === 'healthy') expect(profile.nextRefresh).not.toBeNull()

  const told = profile.sentence ?? ''
  if (manager === null && profile.refreshToken?.dead === true && told.includes('token manager'))
    expect(told).toContain('refresh token')
}

function checkManager(view: FleetView, manager: ManagerView): void {
  const { state, accessToken, refreshToken, isRefused, sentence, fix } = manager
  const isOver = accessToken?.expiresAt != null && accessToken.expiresAt <= view.now
  if (state === 'expired') expect(isOver).toBe(true)
  if (state === 'ready') expect({ isOver, isRefused, dead: refreshToken?.dead ?? false }).toEqual(ALIVE)
  if (manager.kind === 'personal-access-token') {
    expect(sentence ?? '').not.toMatch(/reconnect/i)
    expect(fix?.kind).not.toBe('connect-integration')
  } else expect(fix?.kind).not.toBe('paste-personal-token')
}

const ALIVE = { isOver: false, isRefused: false, dead: false }

function checkIncidents(view: FleetView): void {
  const { profiles, managers, incidents, now } = view
  const byId = new Map(profiles.map((profile) => [profile.id, profile]))
  for (const { code, title, sentence, fix, profileIds, level } of incidents) {
    expect(new Set(profileIds).size).toBe(profileIds.length)
    const affected = profileIds.map((id) => byId.get(id))
    if (code === 'tier-2-lost') {
      for (const profile of affected)
        expect(profile?.ladder).toMatchObject([{ canRenew: true }, { state: 'failing', canRenew: false }, {}])
    } else if (level !== 'information')
      expect(affected.filter((profile) => profile === undefined || profile.state === 'healthy')).toEqual([])
    const kindOf = (id: string | null) => managers.find((manager) => manager.id === id)?.kind
    if (fix?.kind === 'connect-integration' && fix.managerId !== null)
      expect(kindOf(fix.managerId)).toBe('integration')
    if (fix?.kind === 'paste-personal-token') expect(kindOf(fix.managerId)).toBe('personal-access-token')
    if (/reconnect/i.test(`${title} ${sentence}`))
      expect(managers.map(({ kind }) => kind)).toContain('integration')
    if (sentence.includes('no action needed')) {
      for (const profile of affected) {
        const ready = profile?.ladder.filter((each) => each.tier !== 3 && each.canRenew) ?? []
        expect(ready.some(({ state }) => state !== 'failing')).toBe(true)
        const ends = profile?.accessToken?.expiresAt ?? Number.POSITIVE_INFINITY
        expect(Math.max(profile?.nextRefresh?.at ?? ends, now)).toBeLessThan(ends)
      }
    }
  }
  const alarmed = new Set(
    incidents.filter(({ level }) => level !== 'information').flatMap(({ profileIds }) => profileIds),
  )
  const needy = profiles.filter(({ state }) => state === 'needs-attention' || state === 'expired')
  expect(needy.filter(({ id }) => !alarmed.has(id)).map(({ id }) => id)).toEqual([])
}

function checkCounts({ profiles }: FleetView, summary: FleetSummary): void {
  const counts = countStates(profiles)
  expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(profiles.length)
  summary.update(profiles)
  expect(summary.counts).toEqual(counts)
  expect(countTroubled(counts)).toBe(
    profiles.filter(({ state }) => state === 'needs-attention' || state === 'expired').length,
  )
}

test('tiers, states, incidents, token managers and counts agree', async () => {
  await fc.assert(
    fc.asyncProperty(given, fc.array(step, { minLength: 4, maxLength: 18 }), async (start, steps) => {
      const scene = await sceneOf(start)
      const summary = new FleetSummary()
      const check = () => {
        const view = scene.engine.view()
        for (const profile of view.profiles) checkProfile(scene, view, profile)
        for (const manager of view.managers) checkManager(view, manager)
        checkIncidents(view)
        checkCounts(view, summary)
      }
      check()
      for (const each of steps) {
        await each(scene)
        check()
      }
      const stopped = scene.engine.stop()
      await scene.world.clock.advance(MINUTE)
      await stopped
    }),
    { numRuns: Number(process.env.MODEL_RUNS ?? 60) },
  )
}, 300_000)

const dead = () => {
  const pair = makePair()
  return { ...pair, refresh: pair.refresh === null ? null : { ...pair.refresh, dead: true } }
}
const young = { age: 2 * DAY, managerAge: 2 * DAY }

describe('a page that used to contradict itself', () => {
  test('a tier that has just failed is not told as not tried yet', async () => {
    const world = makeWorld({ ...young, manager: 'none' })
    failWith(world, 'refresh', refused(418))
    await press(world)
    expect(world.view().ladder[0]).toMatchObject({ state: 'failing', isUnused: false, canRenew: false })
  })

  test('while tier 2 fails nobody reads that nothing needs to be done', async () => {
    const world = makeWorld({ ...young, profiles: [{ id: 'one', pair: dead() }] })
    const told = () => world.engine.view().incidents.map(({ sentence }) => sentence)
    expect(told()).toEqual([expect.stringContaining('no action needed')])
    failWith(world, 'application', refused(503))
    await press(world)
    expect(told()).toEqual([expect.stringContaining('retried automatically')])
  })

  test('tier 2 is not ready while its bearer is refused and tier 3 is down', async () => {
    const world = makeWorld(young)
    world.cloud.kill('APP_a@org-1')
    expect((await press(world)).tier).toBe(2)
    expect(world.view().ladder[1]).toMatchObject({ state: 'ready' })
    world.cloud.kill('APP_a@org-1')
    world.cloud.revoke('manager')
    failWith(world, 'refresh', refused(503), 'client-integration')
    await press(world)
    expect(world.view().ladder[1]).toMatchObject({
      state: 'failing',
      sentence: expect.stringContaining("does not accept the token manager's access token"),
    })
    expect(world.engine.view().managers[0]).toMatchObject({ state: 'retrying', isRefused: true })
  })

  test('nor while tier 3 is on its way after the refusal', async () => {
    const world = makeWorld({ ...young, cloud: { latency: 5 * SECOND } })
    const refresh = async (time: number) => {
      world.cloud.kill('APP_a@org-1')
      void world.engine.refresh('one', 'manual')
      await world.clock.advance(time)
    }
    await refresh(MINUTE)
    expect(world.view().ladder[1]).toMatchObject({ state: 'ready' })
    world.cloud.revoke('manager')
    // Tier 1 and tier 2 have answered, tier 3 has not.
    await refresh(12 * SECOND)
    expect(world.engine.view().managers[0]).toMatchObject({ isRefused: true })
    expect(world.view().ladder[1]).toMatchObject({ state: 'failing' })
    await world.clock.advance(MINUTE)
    expect(world.view().ladder[1]).toMatchObject({ state: 'ready' })
  })

  test('no date is given until which every tier that is refused would run', async () => {
    const world = makeWorld({ ...young, manager: 'none' })
    const lift = failWith(world, 'refresh', refused(418))
    await press(world)
    expect(world.view()).toMatchObject({ isUnattended: false, unattendedUntil: null })
    lift()
    await press(world)
    expect(world.view().isUnattended).toBe(true)
  })

  test('an end that Webex did not say is not the end of all tiers', () => {
    const pair = makePair()
    const refresh = pair.refresh === null ? null : { ...pair.refresh, expiresAt: null, firstLifetime: null }
    const world = makeWorld({ manager: 'none', profiles: [{ id: 'one', pair: { ...pair, refresh } }] })
    expect(world.view()).toMatchObject({ isUnattended: true, unattendedUntil: null })
  })

  test('a dead refresh token without a token manager is told as that, in window and history', async () => {
    const world = makeWorld({ ...young, manager: 'none' })
    world.cloud.kill('APP_a@org-1')
    const attempt = await press(world)
    expect(attempt.sentence).toMatch(/^Webex no longer accepts the refresh token of “Profile one”/)
    expect(world.view().sentence).toBe(attempt.sentence)
    expect(world.engine.view().incidents).toMatchObject([
      {
        key: 'refresh-token-ended:app-a',
        title: 'Refresh token of “Profile one” no longer accepted in Org 1',
      },
    ])
  })

  test('an incident affects those who lack a token, and says beside it how many depend', async () => {
    const profiles = Array.from({ length: 41 }, (_, index) => ({
      id: `q${index}`,
      targetOrgId: `org-${index}`,
      ...(index < 6 ? { pair: { ...dead(), expiresAt: START + 10 * DAY } } : {}),
    }))
    const world = makeWorld({ ...young, managerAge: 13.9 * DAY, profiles, start: false })
    world.cloud.kill('manager')
    world.engine.start()
    await world.clock.advance(DAY)
    const view = world.engine.view()
    expect(countStates(view.profiles)).toMatchObject({ healthy: 35, 'needs-attention': 6 })
    expect(view.incidents).toMatchObject([{ key: 'manager-dead:manager' }])
    expect(view.incidents[0]?.profileIds).toHaveLength(6)
    expect(view.incidents[0]?.title).toBe('Reconnect the integration: 41 customers depend on it')
    expect(view.incidents[0]?.sentence).toMatch(/ 6 of them need it now\.$/)
  })

  test('what failed before the start is retrying until it was tried again', async () => {
    const before = makeWorld(young)
    failWith(before, 'refresh', refused(503))
    await press(before)
    const after = makeWorld({ ...young, lastAttempts: before.attempts, start: false })
    expect(after.view()).toMatchObject({ state: 'retrying', sentence: before.attempts[0]?.sentence })
  })
})
