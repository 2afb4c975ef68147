// A forecast against the truth: the engine that goes on running, against a model of Webex of the tests, comes to the same as the
// virtual run that began with a snapshot of it, without its secrets, against the simulator's token store.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Attempt } from '#engine/domain/model.ts'
import { defaultSettings } from '#engine/domain/policy.ts'
import type { Random } from '#engine/domain/ports.ts'
import { packFleet, unpackFleet } from '#forecast/fleet-packing.ts'
import { createVirtualRun, type Happening, type Scheduled } from '#forecast/virtual-run.ts'
import { refused } from '../engine/support/answers.ts'
import { seeded } from '../engine/support/fake-clock.ts'
import {
  DAY,
  HOUR,
  MINUTE,
  makeIntegration,
  makePersonalToken,
  makeWorld,
  pairOf,
  press,
  type World,
} from '../engine/support/world.ts'

const PROFILES = ['p0', 'p1', 'p2', 'p3', 'p4', 'p5'] as const
const AHEAD = 30 * DAY

type Kind = 'usual' | 'none' | 'paused'
/** What has happened, and was noticed, before the forecast. */
type Past = 'dead-grant' | 'withdrawn' | 'wrong-secret' | 'integration-dead' | 'restarted-webex'

interface Given {
  readonly kinds: readonly Kind[]
  readonly manager: 'integration' | 'none' | 'personal' | 'not-connected'
  /** Of the integration. */
  readonly fallback: boolean
  readonly cloud: {
    readonly rotate: boolean
    readonly slide: boolean
    readonly accessTtl: number
    readonly refreshTtl: number
  }
  readonly refreshAt: number
  readonly age: number
  readonly days: number
  readonly past: readonly (readonly [Past, (typeof PROFILES)[number]])[]
  readonly ahead: readonly (readonly [number, Happening['kind'], number])[]
  readonly seed: number
}

const given: fc.Arbitrary<Given> = fc.record({
  kinds: fc.array(fc.constantFrom<Kind>('usual', 'usual', 'usual', 'none', 'paused'), {
    minLength: PROFILES.length,
    maxLength: PROFILES.length,
  }),
  manager: fc.constantFrom<Given['manager']>(
    'integration',
    'integration',
    'integration',
    'none',
    'personal',
    'not-connected',
  ),
  fallback: fc.boolean(),
  cloud: fc.record({
    rotate: fc.boolean(),
    slide: fc.boolean(),
    accessTtl: fc.constantFrom(14 * DAY, 12 * HOUR, 3 * DAY),
    refreshTtl: fc.constantFrom(90 * DAY, 60 * DAY, 30 * DAY),
  }),
  refreshAt: fc.constantFrom(0.5, 0.3, 0.8),
  age: fc.constantFrom(0, 2 * HOUR, 11 * HOUR),
  days: fc.constantFrom(12, 20, 33),
  past: fc.array(
    fc.tuple(
      fc.constantFrom<Past>('dead-grant', 'withdrawn', 'wrong-secret', 'integration-dead'),
      // The first one stays in order, so that how Webex treats refresh tokens has been seen.
      fc.constantFrom(...PROFILES.slice(1)),
    ),
    { maxLength: 3 },
  ),
  ahead: fc.array(
    fc.tuple(
      fc.integer({ min: 0, max: 28 * 24 }),
      fc.constantFrom<Happening['kind']>(
        'computer-off',
        'webex-down',
        'integration-ends',
        'authorization-withdrawn',
      ),
      fc.integer({ min: 1, max: 200 }),
    ),
    { maxLength: 3 },
  ),
  seed: fc.integer({ min: 1, max: 1_000_000 }),
})

/** Numbers that can be begun anew, so that truth and forecast draw the same. */
function renewableRandom(seed: number): { readonly random: Random; restart(): void } {
  let current = seeded(seed)
  return {
    random: () => current(),
    restart: () => {
      current = seeded(seed)
    },
  }
}

function worldOf({ kinds, manager, fallback, cloud, refreshAt, age }: Given, random: Random): World {
  const world = makeWorld({
    cloud,
    random,
    settings: { refreshAt },
    manager: manager === 'integration' ? 'integration' : 'none',
    ...(fallback ? { fallback: 'integration' } : {}),
    age,
    managerAge: age / 2,
    start: false,
    profiles: PROFILES.map((id, index) => ({
      id,
      targetOrgId: `org-${id}`,
      serviceAppId: `app-${'ab'[Math.floor(index / 3)]}`,
      ...(index > 0 && kinds[index] === 'none' ? { pair: null } : {}),
      ...(kinds[index] === 'paused' && index > 0 ? { paused: true } : {}),
    })),
  })
  return world
}

const appOf = (id: (typeof PROFILES)[number]) => (PROFILES.indexOf(id) < 3 ? 'a' : 'b')
const keyOf = (id: (typeof PROFILES)[number]) => `APP_${appOf(id)}@org-${id}`

async function live(world: World, { manager, days, past }: Given): Promise<void> {
  const { clock, cloud, engine } = world
  if (manager === 'personal') {
    const grant = cloud.issue('pat', 'nobody')
    grant.accessEnds = clock.now() + 45 * DAY
    const pair = { ...pairOf(grant, 'pasted'), refresh: null }
    await engine.apply([{ kind: 'manager-saved', manager: makePersonalToken({ pair }) }])
  }
  if (manager === 'not-connected') await engine.apply([{ kind: 'manager-saved', manager: makeIntegration() }])
  engine.start()
  await clock.advance(days * DAY)
  for (const [what, id] of past) {
    const isPaused = engine.fleet().profiles.get(id)?.paused === true
    if (isPaused) continue
    if (what === 'dead-grant') cloud.killAll(keyOf(id))
    if (what === 'withdrawn') {
      cloud.killAll(keyOf(id))
      cloud.deauthorised.add(keyOf(id))
    }
    if (what === 'wrong-secret' && appOf(id) === 'b') cloud.regenerated.add('client-b')
    if (what === 'integration-dead' && manager === 'integration') {
      cloud.kill('manager')
      void engine.refreshManager('manager', 'manual')
      await clock.advance(MINUTE)
    } else await press(world, id)
    // What was not noticed cannot be forecast: there was no tier to try.
    if (!world.snapshot().appStops.has('app-b')) cloud.regenerated.delete('client-b')
  }
  await clock.advance(HOUR)
}

function scheduleOf({ ahead, manager }: Given, now: number): readonly Scheduled[] {
  return ahead
    .flatMap(([hour, kind, amount]): readonly Scheduled[] => {
      const at = now + hour * HOUR
      switch (kind) {
        case 'computer-off':
        case 'webex-down':
          return [{ at, happening: { kind, duration: amount * HOUR } }]
        case 'integration-ends':
          return manager === 'integration' ? [{ at, happening: { kind, managerId: 'manager' } }] : []
        case 'authorization-withdrawn':
          return [{ at, happening: { kind, targetOrgId: `org-${PROFILES[amount % PROFILES.length]}` } }]
        default:
          return []
      }
    })
    .sort((a, b) => a.at - b.at)
}

function happen({ cloud, clock, engine }: World, happening: Happening): void {
  switch (happening.kind) {
    case 'computer-off':
      clock.sleep(happening.duration)
      engine.reconsider('resume')
      return
    case 'webex-down': {
      const until = clock.now() + happening.duration
      cloud.fault = () => (clock.now() < until ? { answer: refused(503) } : null)
      return
    }
    case 'integration-ends':
      cloud.killAll('manager')
      cloud.revoke('manager')
      return
    case 'authorization-withdrawn': {
      const id = PROFILES.find((each) => `org-${each}` === happening.targetOrgId) ?? 'p0'
      cloud.killAll(keyOf(id))
      cloud.deauthorised.add(keyOf(id))
    }
  }
}

/** What has to be the same: who was due when and why, what was tried, and what came of it. */
function summaryOf({ subject, trigger, reason, startedAt, outcome, tier, calls }: Attempt) {
  const who = subject.kind === 'profile' ? subject.profileId : subject.managerId
  const path = calls.map((call) => `${call.tier}:${call.result}`).join(' ')
  return `${startedAt} ${who} ${trigger} ${reason?.code ?? 'none'} → ${outcome} ${tier ?? '-'} (${path})`
}

test('30 days of the forecast are those of the engine that goes on running', async () => {
  let attempts = 0
  await fc.assert(
    fc.asyncProperty(given, async (one) => {
      const { random, restart } = renewableRandom(one.seed)
      const world = worldOf(one, random)
      await live(world, one)
      const now = world.clock.now()
      const schedule = scheduleOf(one, now)
      const snapshot = unpackFleet([...packFleet(world.snapshot())])
      const already = world.attempts.length

      restart()
      for (const { at, happening } of schedule) {
        await world.clock.advance(Math.max(0, at - world.clock.now()))
        happen(world, happening)
      }
      await world.clock.advance(Math.max(0, now + AHEAD - world.clock.now()))

      const forecast: Attempt[] = []
      const run = createVirtualRun({
        snapshot,
        now,
        settings: { ...defaultSettings, refreshAt: one.refreshAt },
        pausedUntil: null,
        random: seeded(one.seed),
        schedule,
        attempted: (attempt) => forecast.push(attempt),
      })
      await run.advanceTo(now + AHEAD)

      const truth = world.attempts.slice(already).map(summaryOf)
      attempts += truth.length
      expect(forecast.map(summaryOf)).toEqual(truth)
    }),
    { numRuns: Number(process.env.MODEL_RUNS ?? 12) },
  )
  expect(attempts).toBeGreaterThan(200)
}, 300_000)
