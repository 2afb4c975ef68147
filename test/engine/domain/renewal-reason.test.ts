// Why a token is renewed: the words of each reason, what is read of a stored one, and what an attempt carries.
import { describe, expect, test } from 'vitest'
import type { Attempt } from '#engine/domain/model.ts'
import { NEEDS_YOU_RETRY, TOKEN_LIMIT_RETRY } from '#engine/domain/policy.ts'
import { type RenewalReason, readReason } from '#engine/domain/renewal-reason.ts'
import { messageOrNull, reasonMessage } from '#engine/domain/renewal-reason-messages.ts'
import { badBearer, good, refused } from '../support/answers.ts'
import { START } from '../support/fake-clock.ts'
import {
  DAY,
  failWith,
  HOUR,
  MINUTE,
  makePair,
  makeWorld,
  path,
  press,
  type World,
} from '../support/world.ts'

/** Each code once; a code without an entry does not compile. */
const REASONS: { readonly [K in RenewalReason['code']]: readonly [RenewalReason<K>, string] } = {
  'no-token': [{ code: 'no-token' }, 'No access token yet'],
  'end-not-asked': [{ code: 'end-not-asked' }, 'Its expiry is unknown: Webex is checked first'],
  'end-unknown': [{ code: 'end-unknown' }, 'Its expiry is unknown'],
  'lifetime-share': [{ code: 'lifetime-share', share: 0.57 }, 'At 57 % of its lifetime'],
  'retry-after-failure': [
    { code: 'retry-after-failure', failure: 'transient' },
    'The last attempt failed: retried automatically',
  ],
  'same-token-last-time': [{ code: 'same-token-last-time' }, 'Webex returned the same token last time'],
  'refused-bearer': [{ code: 'refused-bearer' }, 'Webex rejected its access token'],
  'needs-attention-recheck': [
    { code: 'needs-attention-recheck' },
    'Needs attention: checked again every 6 hours',
  ],
  'other-copy': [{ code: 'other-copy' }, 'Renewed late: another copy uses these credentials'],
  'needed-by-service-app': [{ code: 'needed-by-service-app', name: 'Orders' }, 'Needed to renew "Orders"'],
  requested: [{ code: 'requested', by: 'person' }, 'Requested manually'],
  'data-source': [
    { code: 'data-source', id: 'd1', url: 'https://a.example/1' },
    'Data source https://a.example/1',
  ],
  drill: [{ code: 'drill', by: 'person', share: 0.57 }, 'Test of all tiers, at 57 % of its lifetime'],
}
const all = Object.values(REASONS)

describe('the words of a reason', () => {
  test.each(all)('%o are "%s"', (reason, message) => {
    expect(reasonMessage(reason)).toBe(message)
    expect(messageOrNull(reason)).toBe(message)
  })

  test('of a test of all tiers say whose it is, and whether it was due', () => {
    expect(reasonMessage({ code: 'drill', by: 'person', share: null })).toBe('Test of all tiers')
    expect(reasonMessage({ code: 'drill', by: 'schedule', share: 0.5 })).toBe(
      'Monthly test of all tiers, at 50 % of its lifetime',
    )
  })

  test('of a request say who made it', () => {
    const by = (['person', 'program', 'unauthorized-seen', 'added'] as const).map((who) =>
      reasonMessage({ code: 'requested', by: who }),
    )
    expect(by).toEqual([
      'Requested manually',
      'Requested by a program',
      'Webex rejected the access token (401)',
      'First token of a new service app',
    ])
  })

  test('are none where none is known', () => {
    expect(messageOrNull(null)).toBeNull()
  })
})

describe('a reason that was stored', () => {
  test.each(all)('%o is read as it was written', (reason) => {
    expect(readReason(JSON.parse(JSON.stringify(reason)))).toEqual(reason)
    expect(readReason({ ...reason, more: 'of a newer version' })).toEqual(reason)
    const tierTwo = { at: 2, since: 1, result: 'not-authorised', status: 403, detail: null, trackingId: 'T' }
    expect(readReason(JSON.parse(JSON.stringify({ ...reason, tierTwo })))).toEqual({ ...reason, tierTwo })
    for (const flawed of [null, 'x', {}, { ...tierTwo, at: '2' }, { ...tierTwo, result: 4 }])
      expect(readReason({ ...reason, tierTwo: flawed })).toEqual(reason)
  })

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'lifetime-share'],
    ['a list', ['no-token']],
    ['no code', {}],
    ['a code of a newer version', { code: 'moon-phase', phase: 1 }],
    ['a code that is no text', { code: 5 }],
    ['what every object inherits', { code: 'toString' }],
    ['the name of a prototype', JSON.parse('{"code":"__proto__"}')],
    ['a share without its number', { code: 'lifetime-share' }],
    ['a share over the whole', { code: 'lifetime-share', share: 1.01 }],
    ['a share below nothing', { code: 'lifetime-share', share: -0.01 }],
    ['a share that is no number', { code: 'lifetime-share', share: Number.NaN }],
    ['a request of somebody unknown', { code: 'requested', by: 'moon' }],
    ['a failure that is no text', { code: 'retry-after-failure', failure: {} }],
    ['a service app without name', { code: 'needed-by-service-app' }],
  ])('is none when it is %s', (_, value) => {
    expect(readReason(value)).toBeNull()
  })
})

describe('an attempt carries its reason to the history:', () => {
  const reasonsOf = (world: World, kind: Attempt['subject']['kind'] = 'profile') =>
    world.attempts.filter(({ subject }) => subject.kind === kind).map(({ reason }) => reason)

  test('the share at which it was due, as the plan had shown it', async () => {
    const world = makeWorld()
    const shown = world.view().nextRefresh?.why
    await world.clock.advance(9 * DAY)
    expect(reasonsOf(world).map(messageOrNull)).toEqual([shown])
    expect(world.vault.attempts.map(({ reason }) => reason)).toEqual(
      world.attempts.map(({ reason }) => reason),
    )
  })

  test('the share, also when it came due while the app was off; what began it is the start', async () => {
    const world = makeWorld({ age: 9 * DAY })
    await world.clock.advance(HOUR)
    const [own] = world.attempts.filter(({ subject }) => subject.kind === 'profile')
    expect(own).toMatchObject({ trigger: 'start-up', reason: { code: 'lifetime-share' } })
  })

  test('the failure before it', async () => {
    const world = makeWorld({ age: 9 * DAY, managerAge: DAY })
    const lift = failWith(world, 'refresh', refused(503))
    await world.clock.until(() => world.attempts.length === 1, HOUR)
    lift()
    await world.clock.until(() => world.attempts.length === 2, HOUR)
    expect(reasonsOf(world)).toMatchObject([
      { code: 'lifetime-share' },
      { code: 'retry-after-failure', failure: 'transient' },
    ])
  })

  test('a failure of an earlier run, which the history knows', async () => {
    const before = makeWorld({ age: 9 * DAY, managerAge: DAY })
    failWith(before, 'refresh', refused(503))
    await before.clock.until(() => before.attempts.length === 1, HOUR)
    const { pair } = before.profile()
    const after = makeWorld({ profiles: [{ id: 'one', pair }], lastAttempts: before.attempts })
    await after.clock.until(() => after.attempts.length === 1, HOUR)
    expect(reasonsOf(after)).toEqual([{ code: 'retry-after-failure', failure: 'transient' }])
  })

  test('the same token last time', async () => {
    const world = makeWorld({ cloud: { unchangedWithin: 30 * DAY } })
    await world.clock.advance(11.5 * DAY)
    expect(reasonsOf(world).map((reason) => reason?.code)).toEqual(['lifetime-share', 'same-token-last-time'])
  })

  test('no token, and an end that Webex did not tell', async () => {
    const none = makeWorld({ profiles: [{ id: 'one', pair: null }] })
    await none.clock.advance(MINUTE)
    expect(reasonsOf(none)).toEqual([{ code: 'no-token' }])
    const pasted = makePair({ origin: 'pasted', expiresAt: null, refresh: null })
    const unknown = makeWorld({ profiles: [{ id: 'one', pair: pasted }] })
    await unknown.clock.advance(MINUTE)
    expect(reasonsOf(unknown)).toEqual([{ code: 'end-unknown' }])
  })

  test('an end that became known puts the renewal off, and the reason is the share', async () => {
    const pasted = makePair({ origin: 'pasted', expiresAt: null, refresh: null })
    const world = makeWorld({ profiles: [{ id: 'one', pair: pasted }], start: false })
    world.cloud.knownExpiry = () => good(START + 4 * DAY)
    world.engine.start()
    await world.clock.advance(3 * DAY)
    expect(reasonsOf(world)).toMatchObject([{ code: 'lifetime-share' }])
  })

  test('a recheck of what needs attention, 6 hours after tier 2 was refused', async () => {
    const world = makeWorld({ cloud: { slide: false } })
    failWith(world, 'application', refused(403))
    await world.clock.advance(75 * DAY)
    const own = world.attempts.filter(({ subject }) => subject.kind === 'profile')
    const first = own.findIndex(({ reason }) => reason?.code === 'needs-attention-recheck')
    const [before, recheck] = own.slice(first - 1)
    expect([before, recheck].map(path)).toEqual(['2:not-authorised 1:ok', '2:not-authorised'])
    const between = (recheck?.startedAt ?? 0) - (before?.endedAt ?? 0)
    expect(between).toBeGreaterThanOrEqual(NEEDS_YOU_RETRY)
    expect(between).toBeLessThan(NEEDS_YOU_RETRY + MINUTE)
  })

  test('who asked for it, also where it was in line by its own time', async () => {
    const world = makeWorld({ profiles: [{ id: 'one', pair: null }], start: false })
    await press(world)
    expect(reasonsOf(world)).toEqual([{ code: 'requested', by: 'person' }])
    const asked = async (trigger: 'manual' | 'added' | 'unauthorized-seen', asker: 'person' | 'program') => {
      let attempt: Attempt | null = null
      void world.engine.refresh('one', trigger, asker).then((made) => {
        attempt = made
      })
      await world.clock.until(() => attempt !== null, HOUR)
      return world.attempts.at(-1)?.reason
    }
    expect(await asked('manual', 'program')).toEqual({ code: 'requested', by: 'program' })
    expect(await asked('added', 'person')).toEqual({ code: 'requested', by: 'added' })
    expect(await asked('unauthorized-seen', 'program')).toEqual({
      code: 'requested',
      by: 'unauthorized-seen',
    })
    const paused = makeWorld({ age: 9 * DAY, manager: 'none', start: false })
    paused.engine.pauseAll(START + DAY)
    paused.engine.start()
    await press(paused)
    expect(paused.attempts).toMatchObject([
      { trigger: 'manual', reason: { code: 'requested', by: 'person' } },
    ])
  })

  test('an attempt that runs keeps its own when somebody joins it', async () => {
    const world = makeWorld({ age: 9 * DAY, managerAge: DAY, cloud: { latency: MINUTE } })
    await world.clock.until(() => world.view().state === 'refreshing', HOUR)
    await press(world)
    expect(reasonsOf(world)).toMatchObject([{ code: 'lifetime-share' }])
  })

  test('the request that joins while Webex is only asked when the token ends', async () => {
    const pasted = makePair({ origin: 'pasted', expiresAt: null })
    const world = makeWorld({
      managerAge: DAY,
      profiles: [{ id: 'one', pair: pasted }],
      cloud: { latency: MINUTE },
    })
    await world.clock.until(() => world.cloud.count('expiry') === 1, HOUR)
    const attempt = await press(world)
    expect(attempt).toMatchObject({ trigger: 'manual', reason: { code: 'requested', by: 'person' } })
  })

  test('the service app that needs the token manager, or that its bearer was refused', async () => {
    const due = makeWorld({ age: DAY, managerAge: 15 * DAY, start: false })
    due.cloud.kill('APP_a@org-1')
    await press(due)
    expect(reasonsOf(due, 'manager')).toMatchObject([{ code: 'lifetime-share' }])
    const bearer = makeWorld({ age: DAY, managerAge: DAY, start: false })
    bearer.cloud.kill('APP_a@org-1')
    failWith(bearer, 'application', badBearer)
    await press(bearer)
    expect(reasonsOf(bearer, 'manager')).toEqual([{ code: 'refused-bearer' }])
    // Its own backoff would still wait; a person does not.
    const waiting = makeWorld({ age: DAY, managerAge: 15 * DAY, start: false })
    waiting.cloud.kill('APP_a@org-1')
    failWith(waiting, 'refresh', refused(503), 'client-integration')
    await press(waiting)
    await press(waiting)
    expect(reasonsOf(waiting, 'manager')).toMatchObject([
      { code: 'lifetime-share' },
      { code: 'needed-by-service-app', name: 'Profile one' },
    ])
  })

  test('a plan that a limit holds up shows the later time with its own reason', async () => {
    const world = makeWorld({ age: 9 * DAY, managerAge: DAY })
    failWith(world, 'refresh', refused(400, { code: 'tokenlimit_reached' }))
    await world.clock.until(() => world.attempts.length === 1, HOUR)
    const { nextRefresh } = world.view()
    expect(nextRefresh?.at).toBeGreaterThanOrEqual(world.clock.now() + TOKEN_LIMIT_RETRY - MINUTE)
    expect(nextRefresh?.why).toBe('The last attempt failed: retried automatically')
  })
})
