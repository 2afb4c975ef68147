// What is learned of stored attempts: never more than can be true, and nothing of credentials that are held no more.
import { describe, expect, test } from 'vitest'
import type { Attempt } from '#engine/domain/model.ts'
import { readReason } from '#engine/domain/renewal-reason.ts'
import { refused } from '../support/answers.ts'
import { restarted } from '../support/restarted.ts'
import { storedBy } from '../support/shared-computers.ts'
import { DAY, failWith, HOUR, MINUTE, makeWorld, pairOf, press, type World } from '../support/world.ts'

const elsewhere = {
  attempt: () => Promise.reject(new Error('nothing is requested here')),
  cancel: () => undefined,
}

/** As it was stored, with other numbers under these names. */
function rewritten(attempt: Attempt, number: (name: string, value: number) => number): Attempt {
  const rewrite = (name: string, value: unknown) => (typeof value === 'number' ? number(name, value) : value)
  return { ...attempt, reason: readReason(JSON.parse(JSON.stringify(attempt.reason), rewrite)) }
}

/** Two computers; the first one has failed, and the second one renews now. */
async function takenOver(answer: ReturnType<typeof refused>): Promise<{ leader: World; failed: Attempt }> {
  const [before, leader] = [0, 1].map(() => makeWorld({ age: 2 * DAY, managerAge: 2 * DAY, elsewhere }))
  if (before === undefined || leader === undefined) return expect.unreachable()
  before.engine.renewHere(true)
  before.cloud.kill('APP_a@org-1')
  failWith(before, 'application', answer)
  await press(before)
  await leader.clock.advance(before.clock.now() - leader.clock.now())
  leader.engine.renewHere(true)
  const failed = storedBy(before).lastAttempts.find(({ subject }) => subject.kind === 'profile')
  return { leader, failed: failed ?? expect.unreachable() }
}

const learn = ({ engine }: World, ...lastAttempts: readonly Attempt[]) =>
  engine.follow(async () => ({
    fleet: engine.fleet(),
    lastAttempts,
    drills: { requests: new Map(), month: null },
    keptDataSources: [],
  }))

describe('when it is tried again', () => {
  test('is not what the clock of another computer says, which was a year ahead', async () => {
    const { leader, failed } = await takenOver(refused(503))
    const ahead = 365 * DAY
    const shifted = rewritten(failed, (_, value) => (value > ahead ? value + ahead : value))
    expect(shifted.reason?.met?.retryAt).toBeGreaterThan(leader.clock.now() + ahead)
    await learn(leader, { ...shifted, startedAt: failed.startedAt + ahead, endedAt: failed.endedAt + ahead })
    expect(leader.view().state).toBe('retrying')
    await leader.clock.advance(MINUTE)
    expect(leader.attempts).toHaveLength(1)
    expect(leader.view().state).toBe('healthy')
  })

  test.each([
    ['retryAt', refused(503)],
    ['until', refused(403, { message: 'Forbidden' })],
  ])('is no later than this app would, whatever is stored as %s', async (name, answer) => {
    const { leader, failed } = await takenOver(answer)
    leader.cloud.kill('APP_a@org-1')
    const { pair } = leader.profile()
    if (pair?.refresh == null) return expect.unreachable()
    const dead = { ...pair, refresh: { ...pair.refresh, dead: true } }
    await leader.engine.apply([{ kind: 'profile-pair', profileId: 'one', pair: dead }])
    const year = leader.clock.now() + 365 * DAY
    await learn(
      leader,
      rewritten(failed, (key, value) => (key === name ? year : value)),
    )
    await leader.clock.advance(3 * DAY)
    expect(leader.attempts.length).toBeGreaterThan(0)
    expect(leader.view().state).toBe('healthy')
  })

  test.each([1e300, -1e300])('a number that can be no time says nothing (%d)', async (number) => {
    const { failed } = await takenOver(refused(403, { message: 'Forbidden' }))
    const names = ['since', 'until', 'inARow', 'retryAt', 'otherCopySince']
    const { reason } = rewritten(
      { ...failed, reason: failed.reason && { ...failed.reason, otherCopySince: 1 } },
      (name, value) => (names.includes(name) ? number : value),
    )
    expect(failed.reason?.met).toBeDefined()
    expect(failed.reason?.tierTwoStop).toBeDefined()
    expect(reason).toEqual({ code: 'requested', by: 'person' })
    for (const count of [0, -5, 0.5]) {
      const miscounted = rewritten(failed, (name, value) => (name === 'inARow' ? count : value))
      expect(miscounted.reason?.met).toBeUndefined()
    }
  })
})

describe('trouble that passes by itself', () => {
  test('is no problem right after a start, and one again with the first attempt that meets it', async () => {
    const world = makeWorld({ age: 20 * HOUR, managerAge: DAY })
    failWith(world, 'refresh', refused(503), 'client-a')
    for (let n = 0; n < 3; n++) await press(world)
    const codes = ({ view }: Pick<World['engine'], 'view'>) => view().incidents.map(({ code }) => code)
    expect(codes(world.engine)).toEqual(['webex-failing'])
    const again = await restarted(world)
    expect(codes(again)).toEqual([])
    expect(again.view().profiles[0]?.state).toBe('retrying')
    await world.clock.advance(MINUTE)
    expect(codes(again)).toEqual(['webex-failing'])
  })
})

describe('what was about other credentials', () => {
  test('is forgotten by a start, as it was when they were pasted: the other copy, and for how long it failed', async () => {
    const world = makeWorld({
      age: 2 * DAY,
      managerAge: 2 * DAY,
      cloud: { rotate: true, tierTwoReplaces: true },
    })
    world.cloud.kill('APP_a@org-1')
    await press(world)
    world.cloud.killAll('APP_a@org-1')
    failWith(world, 'application', refused(503))
    for (let n = 0; n < 3; n++) await press(world)
    const codes = () => world.engine.view().incidents.map(({ code }) => code)
    expect(codes()).toContain('other-copy')
    world.engine.pauseAll(world.clock.now() + HOUR)
    const pair = pairOf(world.cloud.issue('APP_a@org-1', 'client-a'), 'pasted')
    await world.engine.apply([{ kind: 'profile-pair', profileId: 'one', pair }])
    world.vault.pairs.set('one', pair)
    expect(codes()).toEqual([])
    const again = await restarted(world)
    expect(again.view().incidents.map(({ code }) => code)).toEqual([])
    const { otherCopy, since, failedInARow, tierTwoStop } =
      again.snapshot().profileStates.get('one') ?? expect.unreachable()
    expect({ since: otherCopy.since, failing: since, failedInARow, tierTwoStop }).toEqual({
      since: null,
      failing: null,
      failedInARow: 0,
      tierTwoStop: null,
    })
  })
})
