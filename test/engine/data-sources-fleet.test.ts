// Four months of 200 data sources, with everything that goes wrong in four months.
import { expect, test } from 'vitest'
import { dataSourceIncidents } from '#application/data-source-incidents.ts'
import type { DataSourceRenewal } from '#engine/domain/data-source.ts'
import { openProblems } from '#engine/domain/view-model.ts'
import { refused, unreachable } from './support/answers.ts'
import { START, seeded } from './support/fake-clock.ts'
import { aKept, FakeDataSources } from './support/fake-data-sources.ts'
import { DAY, HOUR, MINUTE, makeWorld } from './support/world.ts'

const SOURCES = 200
const PROFILES = 20
const OUTAGE = { from: 40 * DAY + 2 * HOUR, to: 40 * DAY + 7 * HOUR }

test('200 data sources, 120 days, 5 % faults, an outage of 5 h, 3 h asleep: none lapses; 24 h off is told before and after', async () => {
  const random = seeded(2026)
  const ids = Array.from({ length: SOURCES }, (_, n) => `source-${n}`)
  let webex = null as FakeDataSources | null
  const world = makeWorld({
    profiles: Array.from({ length: PROFILES }, (_, n) => ({
      id: `profile-${n}`,
      serviceAppId: `app-${n % 4}`,
      targetOrgId: `org-${n}`,
    })),
    start: false,
    dataSources: (clock, cloud) => {
      webex = new FakeDataSources(clock, (token) => cloud.accepts(token))
      // Registered at once, as by a script.
      for (const id of ids) webex.add(id)
      return {
        calls: webex,
        kept: ids.map((id, n) => aKept(id, { profileId: `profile-${n % PROFILES}` })),
      }
    },
  })
  if (webex === null) throw new Error('no data sources were asked for')
  const { clock, engine, vault } = world
  clock.keepsDelays = false
  webex.keepsLedger = false
  vault.keepsLog = false
  world.cloud.keepsLedger = false
  let [calls, rows] = [0, 0]
  const perSecond = new Map<number, number>()
  webex.fault = () => {
    calls += 1
    const at = clock.now() - START
    const second = Math.floor(at / 1000)
    perSecond.set(second, (perSecond.get(second) ?? 0) + 1)
    if (at >= OUTAGE.from && at < OUTAGE.to) return { answer: unreachable('timeout', false) }
    if (random() >= 0.05) return null
    const faults = [
      refused(503),
      unreachable('reset', true),
      refused(409),
      refused(429, { retryAfter: 60_000 }),
    ]
    // What was sent and lost may have had its effect.
    return { answer: faults[Math.floor(random() * faults.length)] ?? refused(503), effect: random() < 0.3 }
  }
  const commit = vault.commit.bind(vault)
  vault.commit = async (changes, attempts) => {
    rows += attempts.length
    await commit(changes, attempts)
  }
  const told = () =>
    openProblems(
      dataSourceIncidents(engine.dataSources.kept(), engine.fleet(), {
        now: engine.now(),
        failuresBeforeAlert: 3,
        isAllPaused: false,
      }),
    )
  engine.start()
  const began = process.cpuUsage()

  await clock.advance(60 * DAY)
  clock.sleep(3 * HOUR)
  await clock.advance(30 * DAY)
  expect(webex.lapses).toEqual([])
  expect([...webex.sources.values()].filter(({ expiresAt }) => (expiresAt ?? 0) <= clock.now())).toEqual([])
  expect(told()).toEqual([])
  // Each is renewed about twice a day, by two calls; the outage costs one call a minute.
  expect(calls).toBeLessThan(1.25 * 90 * SOURCES * 2 * 2)
  expect(Math.max(...perSecond.values())).toBeLessThanOrEqual(4 * 4 + 4)
  expect(rows).toBeLessThan(1.3 * 90 * SOURCES * 2)

  // Before it is switched off for a day, the app can say what would end, and when.
  const soonest = Math.min(...engine.dataSources.kept().map(({ expiresAt }) => expiresAt ?? 0))
  expect(soonest - engine.now()).toBeGreaterThan(10 * HOUR)
  expect(soonest - engine.now()).toBeLessThan(DAY)
  const switchedOff = engine.now()
  clock.sleep(DAY)
  await clock.advance(10 * MINUTE)
  expect(new Set(webex.lapses.map(({ id }) => id)).size).toBe(SOURCES)
  const afterwards = told()
  expect(afterwards.map(({ code }) => code)).toEqual(Array(4).fill('data-source-lapse'))
  expect(afterwards.flatMap(({ profileIds }) => profileIds)).toHaveLength(PROFILES)
  for (const { lapse } of engine.dataSources.kept()) {
    expect(lapse?.from).toBeGreaterThan(switchedOff)
    expect(lapse?.until).toBeGreaterThan(switchedOff + DAY - 1)
  }
  webex.lapses = []
  await clock.advance(29 * DAY)
  expect([webex.lapses, told()]).toEqual([[], []])
  const { user, system } = process.cpuUsage(began)
  console.info(
    `data sources: ${calls} calls, ${rows} rows, ${clock.wakes} wakes, ${((user + system) / 1e6).toFixed(1)} s of processor time`,
  )
  await engine.stop()
}, 120_000)

test('the nonce of each renewal is another one', async () => {
  const nonces: DataSourceRenewal['nonce'][] = []
  const world = makeWorld({
    dataSources: (clock) => {
      const webex = new FakeDataSources(clock, () => true)
      webex.add('d')
      const { renew } = webex
      const calls = Object.assign(webex, {
        renew: (...asked: Parameters<typeof renew>) => {
          nonces.push(asked[2].nonce)
          return renew(...asked)
        },
      })
      return { calls, kept: [aKept('d')] }
    },
  })
  await world.clock.advance(5 * DAY)
  expect(nonces.length).toBeGreaterThanOrEqual(8)
  expect(new Set(nonces).size).toBe(nonces.length)
})

test('those that Webex always answers with a server error hold up no other, and cost no more than their retries', async () => {
  const ids = Array.from({ length: 60 }, (_, n) => `source-${n}`)
  const isBroken = (id: string) => ids.indexOf(id) < 20
  let webex = null as FakeDataSources | null
  const { clock, engine } = makeWorld({
    dataSources: (time, cloud) => {
      webex = new FakeDataSources(time, (token) => cloud.accepts(token))
      for (const id of ids) webex.add(id)
      webex.fault = (call, id) => (call === 'renew' && isBroken(id) ? { answer: refused(500) } : null)
      return { calls: webex, kept: ids.map((id) => aKept(id)) }
    },
  })
  if (webex === null) throw new Error('no data sources were asked for')
  await clock.advance(4 * DAY)
  const { sources, lapses } = webex
  const ended = [...sources.values()].filter(({ expiresAt }) => (expiresAt ?? 0) <= clock.now())
  expect(ended.map(({ id }) => id)).toEqual(ids.filter(isBroken))
  expect(lapses).toEqual([])
  const lost = webex.calls('renew').filter(({ id }) => isBroken(id)).length
  expect(lost).toBeLessThan(20 * 4 * 24 * 15)
  await engine.stop()
}, 60_000)
