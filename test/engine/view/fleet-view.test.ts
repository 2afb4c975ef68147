// The fleet's view is kept from change to change; it must be what one made anew would be, here and in the window.
import { describe, expect, test, vi } from 'vitest'
import { changesBetween } from '#application/view-publisher.ts'
import type { AppView } from '#contract/contract.ts'
import { applyChanges } from '#contract/view-changes.ts'
import type { Profile } from '#engine/domain/model.ts'
import { defaultSettings } from '#engine/domain/policy.ts'
import type { FleetView } from '#engine/domain/view-model.ts'
import {
  invalidClient,
  invalidGrant,
  odd,
  refused,
  tokenLimit,
  unauthorised,
  unreachable,
} from '../support/answers.ts'
import { seeded } from '../support/fake-clock.ts'
import {
  DAY,
  HOUR,
  MINUTE,
  makeApp,
  makeIntegration,
  makePair,
  makePersonalToken,
  makeProfile,
  makeWorld,
  press,
  SECOND,
} from '../support/world.ts'

vi.setConfig({ testTimeout: 120_000 })

const ANSWERS = [
  invalidClient,
  invalidGrant,
  unauthorised,
  tokenLimit,
  unreachable(),
  refused(429, { retryAfter: 5 * MINUTE }),
  refused(401),
  refused(500),
]

describe('a view that is kept from change to change', () => {
  test.each([1, 2, 3, 11, 38])('equals one made anew, whatever happens (%i)', async (seed) => {
    const random = seeded(seed)
    const among = <T>(all: readonly T[]): T => {
      const one = all[Math.floor(random() * all.length)]
      if (one === undefined) throw new Error('nothing to choose from')
      return one
    }
    const world = makeWorld({
      seed,
      cloud: {
        latency: 40,
        accessTtl: DAY,
        refreshTtl: 30 * DAY,
        liveTokens: seed % 2 === 0 ? 4 : Number.POSITIVE_INFINITY,
      },
      profiles: Array.from({ length: 8 }, (_, index) => ({
        id: `p${index}`,
        serviceAppId: `app-${'abc'[index % 3]}`,
        targetOrgId: `org-${index % 4}`,
        // Time alone changes what is shown of these.
        paused: index % 2 === 0,
      })),
    })
    const { engine, clock, cloud, vault } = world
    const managerIds = () => [...engine.fleet().managers.keys()]
    const profiles = () => [...engine.fleet().profiles.values()]
    const save = (change: Partial<Profile>) => {
      const profile = { ...among(profiles()), ...change }
      return engine.apply([{ kind: 'profile-saved', profile }])
    }
    let serial = 0
    const mend = () => {
      cloud.fault = () => null
      cloud.webexIsThere = true
      vault.mend()
    }
    /** About one profile, or none: whatever else is shown is kept. */
    const small: readonly (() => unknown)[] = [
      () => engine.refresh(among(profiles()).id, 'manual').catch(() => null),
      () => engine.refreshManager(among(managerIds()), 'manual').catch(() => null),
      () => engine.test(among(profiles()).id).catch(() => null),
      () => {
        const [answer, share] = [among(ANSWERS), random()]
        cloud.fault = () => (random() < share ? { answer } : null)
      },
      () => engine.refresh(among(profiles()).id, 'manual').catch(() => null),
      mend,
      mend,
      () => null,
      () => null,
    ]
    /** About all of them. */
    const large: readonly (() => unknown)[] = [
      () => engine.refreshAllDue(),
      () => {
        cloud.webexIsThere = false
        cloud.fault = () => ({ answer: odd('html') })
      },
      () => vault.break(),
      () => engine.pauseAll(among([null, clock.now() + HOUR])),
      () => engine.reconsider(among(['resume', 'network-back'])),
      () => engine.configure({ ...defaultSettings, failedAttemptsBeforeAlert: among([1, 3]) }),
      () => save({ paused: true }),
      () => save({ paused: false }),
      () => save({ name: `Renamed ${serial++}`, managerId: among([null, ...managerIds()]) }),
      () => {
        const id = `new-${serial++}`
        const ends = clock.now() + among([MINUTE, HOUR, 2 * DAY])
        const pair = among([null, makePair({ issuedAt: clock.now(), expiresAt: ends })])
        const profile = makeProfile({
          id,
          targetOrgId: id,
          serviceAppId: 'app-a',
          paused: random() < 0.7,
          pair,
        })
        return engine.apply([
          { kind: 'service-app-saved', serviceApp: makeApp('a') },
          { kind: 'profile-saved', profile },
        ])
      },
      () =>
        profiles().length > 4 && engine.apply([{ kind: 'profile-removed', profileId: among(profiles()).id }]),
      () => {
        const ends = clock.now() + among([HOUR, 5 * DAY, 80 * DAY])
        const pair = makePair({ issuedAt: clock.now(), expiresAt: ends })
        const make = among([makeIntegration, makePersonalToken])
        const manager = make({ id: `m-${serial++}`, isDefault: random() < 0.5, pair })
        return engine.apply([{ kind: 'manager-saved', manager }])
      },
      () =>
        managerIds().length > 1 &&
        engine.apply([{ kind: 'manager-removed', managerId: among(managerIds()) }]),
      () => clock.sleep(among([SECOND, HOUR])),
    ]

    let sent = asAppView(engine.view(), 0)
    let window: AppView | null = cross(sent)
    for (let step = 1; step <= 250; step += 1) {
      void Promise.resolve(among(random() < 0.9 ? small : large)()).catch(() => null)
      await clock.advance(among([20, SECOND, 10 * MINUTE, HOUR, 5 * HOUR]))
      const kept = engine.view()
      const now = asAppView(kept, step)
      window = window && applyChanges(window, cross(changesBetween(sent, now)))
      expect(window).toEqual(cross(now))
      sent = now
      if (random() < 0.85) continue
      // Pausing as before changes nothing, but all of it is made anew.
      engine.pauseAll(kept.allPausedUntil)
      const anew = engine.view()
      // The engine looks at what is due then, and may have begun something.
      if (running(anew) === running(kept)) expect(comparable(kept)).toEqual(comparable(anew))
    }
  })

  test('keeps what looks the same when everything may have changed', async () => {
    const world = makeWorld({ profiles: [{ id: 'one' }, { id: 'two', targetOrgId: 'org-2' }] })
    const before = world.engine.view()
    await world.engine.apply([
      { kind: 'profile-saved', profile: { ...world.profile('two'), name: 'Renamed' } },
    ])
    const after = world.engine.view()
    expect(after.profiles[0]).toBe(before.profiles[0])
    expect(after.profiles[1]?.name).toBe('Renamed')
  })

  test('keeps the root causes while one without a part in them is renewed', async () => {
    const world = makeWorld({
      profiles: [
        { id: 'one' },
        { id: 'two', targetOrgId: 'org-2', paused: true, pair: makePair({ expiresAt: 1 }) },
      ],
    })
    const before = world.engine.view()
    expect(before.incidents).toMatchObject([{ profileIds: ['two'] }])
    await press(world, 'one')
    const after = world.engine.view()
    expect(after.profiles[0]).not.toBe(before.profiles[0])
    expect(after.incidents).toBe(before.incidents)
  })
})

/** What is due at once is shown with the time at which it was looked at; so is the beginning of what has none. */
function comparable({ now, profiles, managers, incidents, ...rest }: FleetView) {
  const planned = <T extends FleetView['profiles'][number] | FleetView['managers'][number]>(one: T) => ({
    ...one,
    nextRefresh: one.nextRefresh && { ...one.nextRefresh, at: Math.max(one.nextRefresh.at, now) },
  })
  return {
    ...rest,
    profiles: profiles.map(planned),
    managers: managers.map(planned),
    incidents: incidents.map(({ since: _, ...cause }) => cause).toSorted((a, b) => (a.key < b.key ? -1 : 1)),
  }
}

const running = ({ profiles, managers }: FleetView) =>
  [...profiles, ...managers].filter(({ state }) => state === 'refreshing').length

const asAppView = (fleet: FleetView, revision: number) => ({ revision, fleet }) as AppView

const cross = <T>(value: T): T => JSON.parse(JSON.stringify(value))
