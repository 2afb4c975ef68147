// Whatever goes wrong, in whatever order: a computer that follows shows after each step what the one that renews shows.
import { expect, test } from 'vitest'
import { badBearer, invalidClient, invalidGrant, refused, unauthorised } from './support/answers.ts'
import { seeded } from './support/fake-clock.ts'
import { follow, shown } from './support/shared-computers.ts'
import { DAY, HOUR, makeWorld, SECOND, type World, type WorldOptions } from './support/world.ts'

const ANSWERS = [
  badBearer,
  invalidClient,
  invalidGrant,
  unauthorised,
  refused(503),
  refused(429, { retryAfter: SECOND }),
  refused(404, { message: 'Service App not found' }),
  refused(400, { message: 'Invalid targetOrgId' }),
  refused(401, { message: 'Invalid client credentials' }),
]
const PROFILES = [
  { id: 'one', targetOrgId: 'org-1' },
  { id: 'two', targetOrgId: 'org-2' },
  { id: 'three', targetOrgId: 'org-3', serviceAppId: 'app-b' },
]
const elsewhere = {
  attempt: () => Promise.reject(new Error('nothing is requested here')),
  cancel: () => undefined,
}

/** Since when is known to the length of an attempt, and of several customers whose request is named may differ. */
function withoutTimes(world: World) {
  const { incidents, ...rest } = shown(world)
  return { ...rest, incidents: incidents.map((incident) => ({ ...incident, since: 0, trackingId: null })) }
}

test.each(Array.from({ length: 20 }, (_, n) => n + 1))('the same is shown (seed %i)', async (seed) => {
  const random = seeded(seed)
  const oneOf = <T>(all: readonly [T, ...T[]] | readonly T[]): T =>
    all[Math.floor(random() * all.length)] ?? expect.unreachable()
  const options: WorldOptions = {
    elsewhere,
    profiles: PROFILES,
    age: 2 * DAY,
    managerAge: 2 * DAY,
    ...(random() < 0.5 ? { fallback: 'integration' } : {}),
  }
  const [leader, follower] = [makeWorld(options), makeWorld(options)]
  leader.engine.renewHere(true)
  const steps: readonly (() => void)[] = [
    () => {
      const [endpoint, answer] = [oneOf(['refresh', 'application']), oneOf(ANSWERS)]
      const whose = oneOf(['anyone', 'client-a', 'client-b', 'client-integration', 'client-second'])
      leader.cloud.fault = (at, who) => {
        const isMeant = endpoint === 'application' || whose === 'anyone' || whose === who
        return at === endpoint && isMeant ? { answer } : null
      }
    },
    () => {
      leader.cloud.fault = () => null
    },
    () => leader.cloud.kill(oneOf(['APP_a@org-1', 'APP_b@org-3', 'manager'])),
    () => leader.cloud.revoke('manager'),
    () => void leader.engine.refresh(oneOf(PROFILES).id, 'manual'),
    () => void leader.engine.drillNow(oneOf(PROFILES).id),
  ]
  for (let step = 0; step < 25; step++) {
    oneOf(steps)()
    const wait = oneOf([10 * SECOND, HOUR, 7 * HOUR, DAY, 5 * DAY])
    await leader.clock.advance(wait)
    await follow(follower, leader)
    await follower.clock.advance(wait)
    // An attempt under way is its own computer's.
    if (leader.engine.view().profiles.some(({ state }) => state === 'refreshing')) continue
    expect(withoutTimes(follower)).toEqual(withoutTimes(leader))
  }
})
