// Four months of a fleet of 10 000, with everything that goes wrong in four months.
import { expect, test } from 'vitest'
import type { FleetChange, Profile, TokenManager, TokenPair } from '#engine/domain/model.ts'
import { defaultSettings } from '#engine/domain/policy.ts'
import { createEngine } from '#engine/renewal-engine.ts'
import { refused, unreachable } from './support/answers.ts'
import { FakeClock, START, seeded } from './support/fake-clock.ts'
import { FakeCloud } from './support/fake-cloud.ts'
import { FakeVault } from './support/fake-vault.ts'
import { DAY, HOUR, MINUTE, makeApp, makeIntegration, makeProfile, pairOf } from './support/world.ts'

const PROFILES = 10_000
const APPS = 250
const MANAGERS = 4
const DAYS = 120
/** From here on the first, common renewal of a fleet that was imported at once has spread out. */
const STEADY_FROM = 30 * DAY
const OUTAGE = { from: 60 * DAY, to: 60 * DAY + 6 * HOUR }
/** The crowd after the outage is no steady state. */
const AFTER_OUTAGE = 8 * HOUR
const DEAD = { from: 45 * DAY, to: 47 * DAY }

function makeFleet(cloud: FakeCloud) {
  const apps = Array.from({ length: APPS }, (_, index) => makeApp(String(index)))
  const managers: TokenManager[] = Array.from({ length: MANAGERS }, (_, index) => {
    const clientId = `client-manager-${index}`
    const pair = pairOf(cloud.issue(`manager-${index}`, clientId), 'authorization-code')
    return makeIntegration({ id: `manager-${index}`, isDefault: index === 0, clientId, pair })
  })
  const profiles: Profile[] = Array.from({ length: PROFILES }, (_, index) => {
    const app = index % APPS
    const grant = cloud.issue(`APP_${app}@org-${index}`, `client-${app}`)
    return makeProfile({
      id: `profile-${index}`,
      name: `Profile ${index}`,
      serviceAppId: `app-${app}`,
      targetOrgId: `org-${index}`,
      managerId: `manager-${index % MANAGERS}`,
      pair: pairOf(grant),
    })
  })
  return {
    serviceApps: new Map(apps.map((app) => [app.id, app])),
    profiles: new Map(profiles.map((profile) => [profile.id, profile])),
    managers: new Map(managers.map((manager) => [manager.id, manager])),
  }
}

test('10 000 profiles, 120 days, 5 % faults, an outage and a dead integration: no token ends that could have been saved', async () => {
  const clock = new FakeClock()
  clock.keepsDelays = false
  const random = seeded(2026)
  const cloud = new FakeCloud(clock, { rotate: true })
  cloud.keepsLedger = false
  const fleet = makeFleet(cloud)
  const perSlot = new Uint32Array(Math.ceil((DAYS * DAY) / (5 * MINUTE)) + 1)
  cloud.fault = (endpoint, who) => {
    const at = clock.now() - START
    if (endpoint === 'refresh' || endpoint === 'application') {
      const slot = Math.floor(at / (5 * MINUTE))
      perSlot[slot] = (perSlot[slot] ?? 0) + 1
    }
    if (at >= OUTAGE.from && at < OUTAGE.to) return { answer: unreachable('timeout', false) }
    if (who === 'client-manager-1' && at >= DEAD.from && at < DEAD.to)
      return { answer: refused(400, { code: 'invalid_grant' }) }
    return random() < 0.05 ? { answer: refused(503) } : null
  }
  const vault = new FakeVault()
  vault.keepsLog = false
  const ends = new Map<string, number>()
  const noteEnd = (id: string, pair: TokenPair) => ends.set(id, pair.expiresAt ?? 0)
  for (const { id, pair } of fleet.profiles.values()) if (pair !== null) noteEnd(id, pair)
  let expired = 0
  const commit = vault.commit.bind(vault)
  vault.commit = async (changes: readonly FleetChange[], attempts) => {
    for (const change of changes) {
      if (change.kind !== 'profile-pair') continue
      if ((ends.get(change.profileId) ?? 0) < clock.now()) expired += 1
      noteEnd(change.profileId, change.pair)
    }
    await commit(changes, attempts)
  }
  let serial = 0
  const engine = createEngine({
    clock,
    random: seeded(7),
    webex: cloud,
    vault,
    settings: defaultSettings,
    fleet,
    lastAttempts: [],
    newId: () => {
      serial += 1
      return String(serial)
    },
  })
  let attempts = 0
  let renewed = 0
  const tiers = { 1: 0, 2: 0, 3: 0 }
  engine.subscribe((event) => {
    if (event.kind !== 'attempt') return
    attempts += 1
    if (event.attempt.outcome !== 'renewed') return
    renewed += 1
    tiers[event.attempt.tier ?? 1] += 1
  })
  const started = performance.now()
  const usedBefore = process.cpuUsage()
  engine.start()
  for (let day = 0; day < DAYS; day += 1) {
    // Every day a few refresh tokens die for reasons of their own.
    for (let dead = 0; dead < 10; dead += 1) {
      const index = Math.floor(random() * PROFILES)
      cloud.kill(`APP_${index % APPS}@org-${index}`)
    }
    if (day * DAY === DEAD.from) {
      cloud.kill('manager-1')
      cloud.revoke('manager-1')
    }
    if (day * DAY === DEAD.to) {
      const pair = pairOf(cloud.issue('manager-1', 'client-manager-1'), 'authorization-code')
      await engine.apply([{ kind: 'manager-pair', managerId: 'manager-1', pair }])
    }
    await clock.advance(DAY)
  }
  const serverClock = (performance.now() - started) / 1000
  const { user, system } = process.cpuUsage(usedBefore)
  const cpu = (user + system) / 1e6

  const expiredNow = engine
    .view()
    .profiles.filter(({ accessToken }) => (accessToken?.expiresAt ?? 0) <= clock.now())
  expect(expired).toBe(0)
  expect(expiredNow).toEqual([])
  expect(cloud.worstOverlap).toBe(1)

  const steady = [...perSlot].filter((_, slot) => {
    const at = slot * 5 * MINUTE
    return at >= STEADY_FROM && at < DAYS * DAY && !(at >= OUTAGE.from && at < OUTAGE.to + AFTER_OUTAGE)
  })
  const mean = steady.reduce((sum, count) => sum + count, 0) / steady.length
  const busiest = steady.reduce((most, count) => Math.max(most, count), 0)
  console.log(
    `fleet: ${attempts} attempts, ${renewed} renewals (tier 1: ${tiers[1]}, 2: ${tiers[2]}, 3: ${tiers[3]}), ${clock.wakes} wakes, ` +
      `5 minutes: mean ${mean.toFixed(2)}, busiest ${busiest} (${(busiest / mean).toFixed(2)} ×), ${serverClock.toFixed(1)} s of wall time, ${cpu.toFixed(1)} s of processor time`,
  )
  expect(busiest).toBeLessThanOrEqual(3 * mean)
  expect(tiers[2]).toBeGreaterThan(500)
  // Processor time: other test files may share the machine's cores.
  expect(cpu).toBeLessThan(60)
}, 600_000)
