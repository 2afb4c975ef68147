// The circuit breaker: what opens and closes it, and what leaves while it is open.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Answer } from '#engine/domain/ports.ts'
import { good, invalidGrant, odd, refused, unreachable } from './support/answers.ts'
import { credentials, fleet, old, opened, page, young } from './support/open-circuit.ts'
import { DAY, failWith, HOUR, MINUTE, makeWorld, path, press, SECOND } from './support/world.ts'

describe('any answer of Webex to the question without a credential closes the circuit', () => {
  const answers: readonly (readonly [string, Answer<never> | Answer<boolean>])[] = [
    ['401', good(true)],
    ['403', refused(403, { message: 'no' })],
    ['404', refused(404, { message: 'no' })],
    ['429 without Retry-After', refused(429)],
    ['500', refused(500, { message: 'no' })],
    ['503', refused(503, { message: 'maintenance' })],
  ]
  test.each(answers)('%s', async (_name, answer) => {
    const { world, lift } = await opened(young)
    lift()
    world.cloud.fault = (endpoint) => (endpoint === 'presence' ? { answer: answer as Answer<never> } : null)
    await world.clock.advance(10 * MINUTE)
    expect(world.view().state).toBe('healthy')
    expect(world.attempts.at(-1)?.outcome).toBe('renewed')
    expect(world.engine.view().incidents).toEqual([])
  })

  test.each([
    ['a page', page],
    ['a redirect', odd('redirect')],
    ['nothing', odd('empty')],
    ['JSON without a tracking id', refused(503, { webexShaped: false })],
    ['data without a tracking id', good(false)],
    ['a network that wants a login', refused(511, { webexShaped: false })],
    ['no connection', unreachable('refused')],
  ] as const)('not: %s', async (_name, answer) => {
    const { world, lift, sent } = await opened(young)
    lift()
    world.cloud.fault = (endpoint) => (endpoint === 'presence' ? { answer: answer as Answer<never> } : null)
    await world.clock.advance(10 * MINUTE)
    expect(credentials(world)).toBe(sent)
    expect(world.view().state).not.toBe('healthy')
    expect(world.engine.view().incidents).toMatchObject([{ key: 'interference' }])
  })
})

describe('its Retry-After', () => {
  const asking = (wait: number, status = 429) => refused(status, { retryAfter: wait })

  test.each([429, 503, 404])(
    'of a %s holds everything back so long, then the circuit is closed',
    async (status) => {
      const { world, lift, liftQuestion, sent } = await opened(young)
      lift()
      liftQuestion()
      failWith(world, 'presence', asking(3 * MINUTE, status))
      const questions = world.cloud.count('presence')
      await world.clock.until(() => world.cloud.count('presence') > questions, 10 * MINUTE, 50)
      await world.clock.advance(3 * MINUTE - SECOND)
      expect(world.cloud.count('presence')).toBe(questions + 1)
      expect(credentials(world)).toBe(sent)
      expect(world.engine.view().incidents).toEqual([])
      await world.clock.advance(2 * MINUTE)
      expect(world.view().state).toBe('healthy')
      expect(world.cloud.count('presence')).toBe(questions + 1)
    },
  )

  test('is told to who asks meanwhile, and longer ones than an hour are an hour', async () => {
    const { world, lift, liftQuestion } = await opened(young)
    lift()
    liftQuestion()
    failWith(world, 'presence', asking(30 * DAY))
    await world.clock.advance(MINUTE)
    const asked = world.engine.refresh('one', 'manual', 'program')
    await world.clock.advance(SECOND)
    const attempt = await asked
    expect(attempt.calls).toEqual([])
    expect(attempt.sentence).toMatch(
      /^Webex is rate-limiting requests\. Retrying automatically in about \d+ min/,
    )
    expect(await world.engine.blocker()).toMatch(
      /^Webex is rate-limiting requests\. Retrying automatically in about \d+ min/,
    )
    // Who connects the integration is not told of a portal.
    expect(await world.engine.webexIsThere()).toBe(true)
    await world.clock.advance(70 * MINUTE)
    expect(world.view().state).toBe('healthy')
  })

  test('does not hold back a person, whose success closes the circuit for all', async () => {
    const { world, lift, liftQuestion } = await opened({ ...young, profiles: fleet(3) }, 'p0')
    lift()
    liftQuestion()
    failWith(world, 'presence', asking(HOUR))
    await world.clock.advance(MINUTE)
    expect(path(await press(world, 'p1'))).toBe('1:ok')
    await world.clock.advance(MINUTE)
    expect(world.view('p0').state).toBe('healthy')
  })
})

describe('a person’s Refresh goes out although the circuit is open', () => {
  test('each press once; what comes instead of Webex’s answer opens it again', async () => {
    const { world, sent } = await opened(young)
    for (let presses = 1; presses <= 3; presses += 1) {
      expect(path(await press(world))).toBe('1:interference')
      await world.clock.advance(20 * MINUTE)
      expect(credentials(world)).toBe(sent + presses)
    }
  })

  test('a good answer closes it, while the question still gets a page', async () => {
    const { world, lift } = await opened({ ...young, profiles: fleet(2) }, 'p0')
    lift()
    expect(path(await press(world, 'p1'))).toBe('1:ok')
    expect(world.engine.view().incidents).toEqual([])
    await world.clock.advance(MINUTE)
    expect(world.view('p0').state).toBe('healthy')
  })

  test('so does a refusal that is Webex’s, and not one that may be anybody’s', async () => {
    const { world, lift } = await opened({ ...young, manager: 'none' })
    lift()
    const liftUnknown = failWith(world, 'refresh', refused(503, { webexShaped: false }))
    await press(world)
    expect(await world.engine.webexIsThere()).toBe(false)
    liftUnknown()
    failWith(world, 'refresh', invalidGrant)
    await press(world)
    expect(await world.engine.webexIsThere()).toBe(true)
  })

  test('the integration’s as well', async () => {
    const { world, lift } = await opened(young)
    lift()
    const asked = world.engine.refreshManager('manager', 'manual')
    await world.clock.advance(SECOND)
    expect(path(await asked)).toBe('3:ok')
    expect(await world.engine.webexIsThere()).toBe(true)
  })

  test('one for all that is pressed together, and the rest as soon as it succeeds', async () => {
    const profiles = fleet(30)
    const options = { ...young, profiles, cloud: { latency: 300 }, settings: { requestsPerSecond: null } }
    const { world, lift, sent } = await opened(options, 'p0')
    const all = () => Promise.all(profiles.map(({ id }) => world.engine.refresh(id, 'manual')))
    const failing = all()
    await world.clock.advance(5 * MINUTE)
    expect((await failing).map(({ outcome }) => outcome)).toEqual(profiles.map(() => 'failed'))
    expect(credentials(world)).toBe(sent + 1)
    lift()
    const renewed = all()
    await world.clock.advance(5 * MINUTE)
    expect((await renewed).map(({ outcome }) => outcome)).toEqual(profiles.map(() => 'renewed'))
  })

  test('what was pressed before it opened does not go out', async () => {
    const profiles = fleet(12)
    const world = makeWorld({ ...young, profiles, cloud: { latency: 300 }, settings: { concurrency: 1 } })
    failWith(world, 'presence', page)
    failWith(world, 'refresh', page)
    for (const { id } of profiles) void world.engine.refresh(id, 'manual')
    await world.clock.advance(10 * MINUTE)
    expect(credentials(world)).toBe(1)
  })

  test('a program’s does not, however often it asks', async () => {
    const { world, sent } = await opened(young)
    for (let round = 0; round < 5; round += 1) {
      const asked = world.engine.refresh('one', 'manual', 'program')
      await world.clock.advance(MINUTE)
      expect(await asked).toMatchObject({ outcome: 'failed', calls: [] })
    }
    expect((await world.engine.test('one')).result).toBe('unknown')
    expect(credentials(world)).toBe(sent)
  })
})

describe('in its last tenth each token gets one attempt although the circuit is open', () => {
  test('which saves it without anybody, where only the question gets a page', async () => {
    const { world, lift } = await opened({ ...young, profiles: fleet(3) }, 'p0')
    lift()
    failWith(world, 'presence', page)
    await world.clock.advance(13.9 * DAY)
    for (const { id } of fleet(3)) expect(world.view(id).state).toBe('healthy')
    expect(world.attempts.some(({ outcome }) => outcome === 'renewed')).toBe(true)
  })

  test('and no second one, until the circuit has been closed', async () => {
    const { world, sent } = await opened({ ...old, profiles: fleet(5), managerAge: 0 }, 'p0')
    const refreshesOf = (id: string) =>
      world.attempts.filter(
        ({ subject, calls }) => subject.kind === 'profile' && subject.profileId === id && calls.length > 0,
      )
    await world.clock.advance(3 * DAY)
    // Those that were under way when the circuit opened had not known of it.
    expect(credentials(world) - sent).toBeLessThanOrEqual(5)
    for (const { id } of fleet(5)) expect(refreshesOf(id).length).toBeGreaterThanOrEqual(1)
    const spent = credentials(world)
    await world.clock.advance(DAY)
    expect(credentials(world)).toBe(spent)
  })

  test('a token that is not yet there stays where it is', async () => {
    const { world, sent } = await opened({ ...young, profiles: fleet(5) }, 'p0')
    await world.clock.advance(12.5 * DAY)
    expect(credentials(world)).toBe(sent)
  })

  test('one that could not be sent does not count', async () => {
    const { world, lift, sent } = await opened(old)
    lift()
    const liftNetwork = failWith(world, 'refresh', unreachable('dns'))
    failWith(world, 'application', unreachable('dns'))
    await world.clock.advance(HOUR)
    expect(credentials(world)).toBeGreaterThan(sent + 4)
    liftNetwork()
    await world.clock.advance(HOUR)
    expect(world.view().state).toBe('healthy')
  })

  test('every call of it goes out: tier 2 after a tier 1 that got no answer', async () => {
    const { world, lift } = await opened(old)
    lift()
    failWith(world, 'refresh', unreachable('timeout', true), 'client-a')
    await world.clock.advance(10 * MINUTE)
    expect(world.attempts.map(path)).toContain('1:answer-lost 2:ok')
    expect(world.view().state).toBe('healthy')
  })

  test('none while everything is paused', async () => {
    const { world, sent } = await opened(old)
    world.engine.pauseAll(world.clock.now() + HOUR)
    await world.clock.advance(HOUR - MINUTE)
    expect(credentials(world)).toBe(sent)
    await world.clock.advance(10 * MINUTE)
    expect(credentials(world)).toBe(sent + 1)
  })
})

test('whatever is pressed and asked, one call at a time leaves, and no more than presses and last tenths', async () => {
  const action = fc.constantFrom('press', 'press-all', 'program', 'test', 'wait', 'resume', 'network-back')
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(action, fc.nat(3)), { maxLength: 25 }),
      fc.nat(),
      async (actions, seed) => {
        const profiles = fleet(4)
        const { world, sent } = await opened({ ...old, profiles, seed, cloud: { latency: 900 } }, 'p0')
        let presses = 0
        for (const [what, which] of actions) {
          const id = `p${which}`
          const { engine } = world
          if (what === 'press') void engine.refresh(id, 'manual')
          if (what === 'press-all') engine.refreshAllDue()
          if (what === 'press' || what === 'press-all') presses += 1
          if (what === 'program') void engine.refresh(id, 'manual', 'program')
          if (what === 'test') void engine.test(id)
          if (what === 'resume' || what === 'network-back') engine.reconsider(what)
          if (what === 'wait') await world.clock.advance(5 * MINUTE * which)
        }
        await world.clock.advance(HOUR)
        expect(credentials(world) - sent).toBeLessThanOrEqual(presses + profiles.length)
      },
    ),
    { numRuns: 60 },
  )
})
