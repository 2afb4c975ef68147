// Data sources that are kept alive: when each is renewed, and what each answer of Webex leads to.
import { describe, expect, test } from 'vitest'
import type { RemoteDataSource } from '#engine/domain/data-source.ts'
import type { KeptDataSource } from '#engine/domain/model.ts'
import type { Answer } from '#engine/domain/ports.ts'
import { rejectedAt } from '#engine/domain/view-model.ts'
import { odd, refused, unreachable } from './support/answers.ts'
import { START } from './support/fake-clock.ts'
import { aKept, FakeDataSources } from './support/fake-data-sources.ts'
import { DAY, failWith, HOUR, MINUTE, makeWorld, SECOND, type WorldOptions } from './support/world.ts'

interface Options extends Omit<WorldOptions, 'dataSources'> {
  readonly remote?: Partial<RemoteDataSource> & { age?: number }
  readonly kept?: Partial<KeptDataSource>
}

/** One data source `d` of the profile `one`, registered now and kept from the start. */
function made({ remote = {}, kept = {}, ...options }: Options = {}) {
  let webex = null as FakeDataSources | null
  const world = makeWorld({
    ...options,
    dataSources: (clock, cloud) => {
      webex = new FakeDataSources(clock, (token) => cloud.accepts(token))
      webex.add('d', remote)
      return { calls: webex, kept: [aKept('d', kept)] }
    },
  })
  if (webex === null) throw new Error('no data sources were asked for')
  return { ...world, webex, shown: () => world.engine.dataSources.kept()[0] }
}

const pass = ({ clock }: ReturnType<typeof made>, time: number) => clock.advance(time)
const renewals = ({ webex }: ReturnType<typeof made>) => webex.calls('renew').map(({ at }) => at - START)
const failing = (world: ReturnType<typeof made>, answer: Answer<never>, effect = false) => {
  world.webex.fault = (call) => (call === 'renew' ? { answer, effect } : null)
}

describe('when', () => {
  test('it is read first, and renewed at half of its life, give or take a twentieth', async () => {
    const world = made()
    await pass(world, MINUTE)
    expect(world.webex.calls('read')).toHaveLength(1)
    expect(renewals(world)).toEqual([])
    await pass(world, 3 * DAY)
    const [first = 0, second = 0] = renewals(world)
    expect(first).toBeGreaterThan(0.44 * DAY)
    expect(first).toBeLessThan(0.56 * DAY)
    expect(second - first).toBeCloseTo(first, -6)
  })

  test('a whole body goes out: url, schema, audience, subject and lifetime as they are, and no error message', async () => {
    const world = made({ remote: { url: 'HTTPS://Ä.example/?b=1&a=2#x', lifetime: 90 * MINUTE, age: HOUR } })
    await pass(world, MINUTE)
    expect(world.webex.calls('renew')[0]?.renewal).toEqual({
      schemaId: 'schema',
      url: 'HTTPS://Ä.example/?b=1&a=2#x',
      audience: 'audience',
      subject: 'subject',
      nonce: expect.stringMatching(/./),
      tokenLifetimeMinutes: 90,
      status: 'active',
    })
  })

  test.each([
    [1, 20 * SECOND],
    [10, 4 * MINUTE],
    [90, 40 * MINUTE],
  ])('one of %d min is renewed in time as well', async (minutes, least) => {
    const world = made({ remote: { lifetime: minutes * MINUTE } })
    await pass(world, 10 * minutes * MINUTE)
    const times = renewals(world)
    expect(world.webex.lapses).toEqual([])
    for (const [n, at] of times.slice(1).entries()) expect(at - (times[n] ?? 0)).toBeGreaterThan(least)
  })

  test('one that Webex gives no later end is not renewed without a pause', async () => {
    const world = made({ remote: { age: DAY - 5 * MINUTE } })
    world.webex.renew = async () => ({
      kind: 'ok',
      value: { ...(world.webex.sources.get('d') as RemoteDataSource) },
      trackingId: null,
      serverDate: null,
    })
    await pass(world, 10 * MINUTE)
    expect(world.webex.calls('read').length).toBeLessThan(65)
  })

  test('one that Webex gives no later end with hours to live is no stream of requests', async () => {
    const world = made({ remote: { age: 13 * HOUR } })
    const renewed: number[] = []
    world.webex.renew = async () => {
      renewed.push(world.clock.now())
      const value = { ...(world.webex.sources.get('d') as RemoteDataSource) }
      return { kind: 'ok', value, trackingId: null, serverDate: null }
    }
    await pass(world, 5 * HOUR)
    expect(renewed.length).toBeGreaterThan(10)
    expect(renewed.length).toBeLessThan(65)
  })

  test('in its last hour it is tried each minute', async () => {
    const world = made({ remote: { age: 23 * HOUR } })
    failing(world, refused(503))
    await pass(world, HOUR)
    const times = renewals(world)
    expect(times.length).toBeGreaterThan(50)
    expect(times.length).toBeLessThan(66)
    world.webex.fault = () => null
    await pass(world, 2 * MINUTE)
    expect(world.shown()?.failure).toBeNull()
    expect(world.shown()?.lapse?.until).toBeGreaterThan(START + HOUR)
  })

  test('while it fails with hours to live, it is tried less often, and on time for the last hour', async () => {
    const world = made({ remote: { age: 12 * HOUR } })
    failing(world, refused(503))
    await pass(world, 11 * HOUR)
    expect(renewals(world).length).toBeLessThan(50)
    await pass(world, MINUTE)
    const before = renewals(world).length
    await pass(world, 10 * MINUTE)
    expect(renewals(world).length - before).toBeGreaterThanOrEqual(9)
  })

  test('a computer that slept is noticed within a minute', async () => {
    const world = made()
    await pass(world, MINUTE)
    world.clock.sleep(20 * HOUR)
    await pass(world, 61 * SECOND)
    expect(world.webex.lapses).toEqual([])
    expect(renewals(world)).toHaveLength(1)
  })

  test('a wrong local clock changes nothing: Webex’s own counts', async () => {
    const world = made({ start: false })
    // The computer is 20 h ahead; the answers have the true time.
    world.cloud.serverDate = () => world.clock.now()
    world.webex.add('d')
    const skew = 20 * HOUR
    const at = world.clock.now()
    world.clock.setWall(at + skew)
    world.cloud.serverDate = () => world.clock.now() - skew
    world.engine.start()
    await pass(world, 2 * MINUTE)
    expect(renewals(world)).toEqual([])
    await pass(world, 13 * HOUR)
    expect(renewals(world)).toHaveLength(1)
  })
})

describe('an answer', () => {
  test.each<[string, Answer<never>, string, number]>([
    ['403', refused(403, { message: 'no scope' }), 'spark-admin:datasource_write', 1],
    ['400', refused(400, { message: 'schemaId is not known' }), 'schemaId is not known', 1],
    ['404', refused(404), 'does not know this data source', 1],
    ['409', refused(409), 'at the same time', 1],
    ['a lost one', unreachable('timeout', true), 'cannot be reached', 1],
    ['a page of a proxy', odd('html'), 'proxy or sign-in page', 1],
  ])('%s is said, and leaves one row for each failure that is new', async (_, answer, words, rows) => {
    const world = made({ remote: { age: 12 * HOUR + 5 * MINUTE } })
    await pass(world, MINUTE)
    failing(world, answer)
    await pass(world, 8 * HOUR)
    expect(world.shown()?.failure?.sentence).toContain(words)
    const failed = world.vault.attempts.filter(({ reason }) => reason?.code === 'data-source')
    expect(failed.filter(({ outcome }) => outcome === 'failed')).toHaveLength(rows)
    expect(failed[0]).toMatchObject({
      subject: { kind: 'profile', profileId: 'one' },
      before: null,
      after: null,
    })
    world.webex.fault = () => null
    world.engine.reconsider('network-back')
    await pass(world, 10 * MINUTE)
    expect(world.shown()?.failure).toBeNull()
  })

  test('429 with Retry-After holds the service app’s requests back for that long', async () => {
    const world = made({ remote: { age: 12 * HOUR + 40 * MINUTE } })
    failing(world, refused(429, { retryAfter: 20 * MINUTE }))
    await pass(world, 19 * MINUTE)
    expect(world.webex.seen.filter(({ at }) => at > START + 5 * SECOND)).toEqual([])
    world.webex.fault = () => null
    await pass(world, 5 * MINUTE)
    expect(world.webex.sources.get('d')?.expiresAt).toBeGreaterThan(START + DAY)
  })

  test('401 gets one new token, not one each minute', async () => {
    const world = made({ remote: { age: 23 * HOUR + 30 * MINUTE } })
    world.webex.accepts = () => false
    await pass(world, HOUR)
    expect(
      world.attempts.filter(({ trigger }) => trigger === 'unauthorized-seen').length,
    ).toBeLessThanOrEqual(2)
    world.webex.accepts = () => true
    await pass(world, 2 * MINUTE)
    expect(world.shown()?.failure).toBeNull()
  })

  test('a refused token is renewed, and the data source with the new one at once', async () => {
    const world = made({ remote: { age: 12 * HOUR + 40 * MINUTE } })
    world.cloud.revoke('APP_a@org-1')
    await pass(world, 10 * SECOND)
    expect(world.attempts).toMatchObject([{ trigger: 'unauthorized-seen', outcome: 'renewed' }])
    expect(renewals(world)).toHaveLength(1)
  })

  test('with the token that a test had rejected proves that it works again', async () => {
    const world = made({ remote: { age: DAY - 30 * MINUTE } })
    for (const endpoint of ['refresh', 'application'] as const) failWith(world, endpoint, refused(500))
    world.cloud.probeAnswer = () => refused(401, { message: 'no' })
    const accepts = world.webex.accepts
    world.webex.accepts = () => false
    const tested = world.engine.test('one')
    await pass(world, SECOND)
    await tested
    await pass(world, MINUTE)
    expect(rejectedAt(world.view())).not.toBeNull()
    world.webex.accepts = accepts
    await pass(world, 10 * MINUTE)
    expect(world.shown()?.failure).toBeNull()
    expect(rejectedAt(world.view())).toBeNull()
  })

  test('that was lost with its effect is noticed: nothing is renewed twice', async () => {
    const world = made({ remote: { age: 13 * HOUR } })
    failing(world, unreachable('timeout', true), true)
    await pass(world, 10 * MINUTE)
    world.webex.fault = () => null
    await pass(world, HOUR)
    expect(renewals(world)).toHaveLength(1)
    expect(world.shown()).toMatchObject({ failure: null, expiresAt: world.webex.sources.get('d')?.expiresAt })
  })

  test.each(['url', 'schemaId', 'audience', 'subject'] as const)(
    'without %s leads to no renewal',
    async (field) => {
      const world = made({ remote: { [field]: null, age: 13 * HOUR } })
      await pass(world, MINUTE)
      expect(renewals(world)).toEqual([])
      expect(world.shown()?.failure?.sentence).toContain(field)
    },
  )

  test('of another data source leads to no renewal', async () => {
    const world = made({ remote: { age: 13 * HOUR } })
    world.webex.read = async () => ({
      kind: 'ok',
      value: { ...(world.webex.sources.get('d') as RemoteDataSource), id: 'other' },
      trackingId: null,
      serverDate: null,
    })
    await pass(world, MINUTE)
    expect(renewals(world)).toEqual([])
  })
})

describe('nothing is renewed', () => {
  test('that somebody else has just renewed: two copies do not double the work', async () => {
    const world = made({ kept: { issuedAt: START - 13 * HOUR, expiresAt: START + 11 * HOUR } })
    await pass(world, 11 * HOUR)
    expect(renewals(world)).toEqual([])
    expect(world.shown()).toMatchObject({ expiresAt: START + DAY, lapse: null })
  })

  test('while the service app or everything is paused; then at once', async () => {
    const world = made({ remote: { age: 13 * HOUR }, start: false })
    world.engine.pauseAll(START + HOUR)
    world.engine.start()
    await pass(world, 59 * MINUTE)
    expect(world.webex.seen).toEqual([])
    await pass(world, 2 * MINUTE)
    expect(renewals(world)).toHaveLength(1)
    await world.engine.apply([{ kind: 'profile-saved', profile: { ...world.profile(), paused: true } }])
    await pass(world, 2 * DAY)
    expect(renewals(world)).toHaveLength(1)
    await world.engine.apply([{ kind: 'profile-saved', profile: { ...world.profile(), paused: false } }])
    await pass(world, 2 * MINUTE)
    expect(renewals(world)).toHaveLength(2)
  })

  test('that is disabled, until it is enabled again', async () => {
    const world = made({ remote: { age: 13 * HOUR, status: 'disabled' } })
    await pass(world, 2 * HOUR)
    expect(renewals(world)).toEqual([])
    expect(world.shown()).toMatchObject({ isDisabled: true, failure: null })
    const source = world.webex.sources.get('d') as RemoteDataSource
    world.webex.sources.set('d', { ...source, status: 'active' })
    await pass(world, HOUR)
    expect(renewals(world)).toHaveLength(1)
  })

  test('without a living token: it waits for one', async () => {
    const world = made({
      remote: { age: 13 * HOUR },
      cloud: { accessTtl: HOUR },
      age: 2 * HOUR,
      start: false,
    })
    world.cloud.fault = () => ({ answer: refused(503) })
    world.engine.start()
    await pass(world, 20 * MINUTE)
    expect(world.webex.seen).toEqual([])
    expect(world.shown()?.failure?.sentence).toContain('no valid access token')
    world.cloud.fault = () => null
    world.engine.reconsider('network-back')
    await pass(world, 10 * SECOND)
    expect(renewals(world)).toHaveLength(1)
  })

  test('that nobody chose', async () => {
    const world = made()
    world.webex.add('other', { age: 13 * HOUR })
    await pass(world, 3 * DAY)
    expect(world.webex.seen.filter(({ id }) => id === 'other')).toEqual([])
  })

  test('of a service app that was removed, or after a stop', async () => {
    const world = made()
    await pass(world, MINUTE)
    await world.engine.stop()
    await pass(world, 2 * DAY)
    expect(renewals(world)).toEqual([])
    world.engine.start()
    await pass(world, MINUTE)
    expect(renewals(world)).toHaveLength(1)
    await world.engine.apply([{ kind: 'profile-removed', profileId: 'one' }])
    expect(world.engine.dataSources.kept()).toEqual([])
    await pass(world, 2 * DAY)
    expect(renewals(world)).toHaveLength(1)
  })
})

describe('an outage', () => {
  test('costs one call a minute, however many data sources there are, and ends within a minute', async () => {
    const world = made()
    const ids = Array.from({ length: 50 }, (_, n) => `s${n}`)
    for (const id of ids) world.webex.add(id, { age: 13 * HOUR })
    world.webex.fault = () => ({ answer: unreachable('offline', false) })
    const chosen = ids.map((id) => ({ id, url: null }))
    await world.engine.dataSources.choose('one', chosen)
    await pass(world, HOUR)
    expect(world.webex.seen.length).toBeLessThan(90)
    world.webex.fault = () => null
    await pass(world, 2 * MINUTE)
    expect(
      [...world.webex.sources.values()].filter(({ expiresAt }) => (expiresAt ?? 0) < START + DAY),
    ).toHaveLength(0)
  })

  test.each([
    ['each second', SECOND],
    ['each 5 s', 5 * SECOND],
    ['each 20 s', 20 * SECOND],
  ])('of a network that comes and goes %s is tried no more often than each 15 s', async (_, interval) => {
    const world = made({ remote: { age: 12 * HOUR } })
    for (let n = 0; n < 40; n += 1) world.webex.add(`d${n}`, { age: 12 * HOUR })
    const ids = ['d', ...Array.from({ length: 40 }, (_, n) => `d${n}`)]
    await world.engine.dataSources.choose(
      'one',
      ids.map((id) => ({ id, url: null })),
    )
    world.webex.fault = () => ({ answer: unreachable() })
    await pass(world, MINUTE)
    const before = world.webex.seen.length
    for (let at = 0; at < 5 * MINUTE; at += interval) {
      world.engine.reconsider('network-back')
      await pass(world, interval)
    }
    // Until three fail in a row four are under way at once; then one is tried at a time, later each time.
    expect(world.webex.seen.length - before).toBeLessThan((5 * MINUTE * 8) / Math.max(interval, 15 * SECOND))
    world.webex.fault = () => null
    world.engine.reconsider('network-back')
    await pass(world, 5 * MINUTE)
    expect(world.engine.dataSources.kept().filter(({ failure }) => failure !== null)).toEqual([])
  })

  test('that the first return of the network ends is over at once', async () => {
    const world = made({ remote: { age: 12 * HOUR } })
    world.webex.fault = () => ({ answer: unreachable() })
    await pass(world, MINUTE)
    world.webex.fault = () => null
    world.engine.reconsider('network-back')
    await pass(world, SECOND)
    expect(world.shown()?.failure).toBeNull()
  })

  test('of the token endpoint alone leaves data sources alone', async () => {
    const world = made({ remote: { age: 13 * HOUR } })
    world.cloud.fault = () => ({ answer: refused(503) })
    await pass(world, MINUTE)
    expect(renewals(world)).toHaveLength(1)
  })
})

describe('the choice', () => {
  test('is stored, and what is not in it is kept no longer', async () => {
    const world = made()
    world.webex.add('e')
    await pass(world, MINUTE)
    expect(await world.engine.dataSources.list('one')).toMatchObject({
      kind: 'listed',
      sources: { length: 2 },
    })
    await world.engine.dataSources.choose('one', [{ id: 'e', url: null }])
    expect(world.vault.commits.at(-1)?.changes).toMatchObject([
      { kind: 'data-source-dropped', id: 'd' },
      {
        kind: 'data-source-kept',
        source: { id: 'e', url: 'https://data.example/e', expiresAt: START + DAY },
      },
    ])
    await pass(world, DAY)
    expect(new Set(world.webex.calls('renew').map(({ id }) => id))).toEqual(new Set(['e']))
  })

  test('that cannot be stored changes nothing', async () => {
    const world = made()
    world.vault.break()
    await expect(world.engine.dataSources.choose('one', [])).rejects.toThrow()
    expect(world.engine.dataSources.kept()).toHaveLength(1)
  })

  test('that is withdrawn while it is renewed does not come back', async () => {
    const world = made({ remote: { age: 13 * HOUR } })
    const { renew } = world.webex
    world.webex.renew = async (...asked) => {
      await world.engine.dataSources.choose('one', [])
      return renew(...asked)
    }
    await pass(world, MINUTE)
    expect(world.vault.commits.flatMap(({ changes }) => changes).at(-1)).toEqual({
      kind: 'data-source-dropped',
      id: 'd',
    })
    expect(world.engine.dataSources.kept()).toEqual([])
  })

  test('renewing at once does it whatever the time, also for one that is not kept', async () => {
    const world = made()
    world.webex.add('e')
    await pass(world, MINUTE)
    const outcomes = world.engine.dataSources.renew('one', ['d', 'e', 'gone'])
    await pass(world, MINUTE)
    expect(await outcomes).toMatchObject([
      { id: 'd', result: 'renewed' },
      { id: 'e', result: 'renewed' },
      { id: 'gone', result: 'failed', sentence: expect.stringContaining('does not know') },
    ])
    expect(world.engine.dataSources.kept().map(({ id }) => id)).toEqual(['d'])
  })

  test.each(['d', 'new'])('renewing %s at once for several people sends one renewal', async (id) => {
    const world = made()
    world.webex.add('new')
    await pass(world, MINUTE)
    const { dataSources } = world.engine
    const all = Promise.all([
      dataSources.renew('one', [id]),
      dataSources.renew('one', [id]),
      dataSources.renew('one', [id, id]),
    ])
    await pass(world, MINUTE)
    for (const outcomes of await all) expect(outcomes[0]).toMatchObject({ id, result: 'renewed' })
    expect(world.webex.calls('renew', id).length).toBeLessThanOrEqual(2)
    const more = dataSources.renew('one', [id])
    await pass(world, MINUTE)
    expect(await more).toMatchObject([{ result: 'renewed' }])
  })

  test('times that cannot be stored hold up nothing, and no quit asks for them', async () => {
    const world = made({ remote: { age: 13 * HOUR } })
    world.vault.break()
    await pass(world, MINUTE)
    expect(renewals(world)).toHaveLength(1)
    expect(world.engine.hasUnsaved()).toBe(false)
  })
})
