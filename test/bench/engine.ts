// What the engine costs and how fast it is: `npm run bench -- engine`. Real HTTP against the simulator, a real clock;
// only the cost of a tick is measured in virtual time.
import { randomUUID } from 'node:crypto'
import { createPublisher } from '#application/view-publisher.ts'
import { fingerprint } from '#base/node/fingerprint.ts'
import type { AppView } from '#contract/contract.ts'
import { applyChanges, type ViewChanges } from '#contract/view-changes.ts'
import { systemClock } from '#desktop/system/system-clock.ts'
import { FleetSummary } from '#desktop/tray/fleet-summary.ts'
import { trayModel } from '#desktop/tray/tray-menu.ts'
import type { Engine } from '#engine/domain/engine-api.ts'
import type { Fleet, Profile, ServiceApp } from '#engine/domain/model.ts'
import { defaultSettings, type EngineSettings } from '#engine/domain/policy.ts'
import { Secret } from '#engine/domain/secret.ts'
import { createEngine } from '#engine/renewal-engine.ts'
import { type Simulator, startSimulator } from '#simulator/index.ts'
import { createWebex } from '#webex/client.ts'
import { FakeClock, seeded } from '../engine/support/fake-clock.ts'
import { FakeCloud } from '../engine/support/fake-cloud.ts'
import { FakeVault } from '../engine/support/fake-vault.ts'
import { makeApp, makeProfile, pairOf } from '../engine/support/world.ts'

interface Figure {
  readonly name: string
  /** Of several runs, their median. */
  readonly value: number
  readonly unit: string
  readonly goal: number
  readonly ok: boolean
  /** Lowest and highest of the runs. */
  readonly spread?: readonly [number, number]
  /** What it is compared with, in the same unit. */
  readonly baseline?: number
}

const LATENCY = 200
const CROWD = 1000
const DAY = 86_400_000

export async function bench(): Promise<Figure[]> {
  const crowds: number[] = []
  for (let run = 0; run < 3; run += 1) {
    crowds.push((await renewAll(CROWD, { concurrency: 8, requestsPerSecond: null })).seconds)
  }
  const few = 100
  const alone = await renewAll(few, { concurrency: 1, requestsPerSecond: null })
  const oneByOne = (alone.seconds * CROWD) / few
  const limited = await renewAll(120, {
    concurrency: 8,
    requestsPerSecond: defaultSettings.requestsPerSecond,
  })
  const ticks = await tickCosts([100, 1000, 10_000])
  const ideal = (CROWD * LATENCY) / 1000 / 8
  const median = middle(crowds)
  const rates = limited.arrivals
  return [
    {
      ...atMost('1 000 due at once, 200 ms latency, 8 at once, no rate limit', crowds, 's', 1.25 * ideal),
      baseline: ideal,
    },
    {
      name: 'how much faster than one after another (measured on 100, times 10)',
      value: round(oneByOne / median),
      unit: '×',
      goal: 6,
      ok: oneByOne / median >= 6,
      baseline: 1,
    },
    atMost('requests a second with the default limit, over the run', [meanRate(rates)], '/s', 4.02),
    atMost('… in its busiest ten seconds', [busiestRate(rates, 10_000)], '/s', 4.1),
    ...ticks.map(({ profiles, microseconds }) =>
      atMost(`one scheduling tick with ${profiles} profiles`, microseconds, 'µs', 1000),
    ),
    // log(10 000) / log(100) = 2
    atMost('tick with 10 000 against 100 profiles', [ratioOf(ticks)], '×', 2),
    ...(await changeCosts()),
  ]
}

interface Renewed {
  readonly seconds: number
  /** When each refresh reached the simulator, epoch ms. */
  readonly arrivals: readonly number[]
}

/** So many profiles of one client id, all past their due time, from the start until the last one is renewed. */
async function renewAll(
  profiles: number,
  settings: Pick<EngineSettings, 'concurrency' | 'requestsPerSecond'>,
): Promise<Renewed> {
  const simulator = await startSimulator({ apps: 1, orgs: profiles, latency: LATENCY })
  const clock = systemClock()
  const webex = createWebex({
    fetch: (url, init) => fetch(url, init),
    clock,
    userAgent: 'bench',
    newTrackingId: randomUUID,
    baseUrl: () => simulator.baseUrl,
  })
  const engine = createEngine({
    clock,
    random: Math.random,
    webex,
    vault: new FakeVault(),
    settings: { ...defaultSettings, ...settings },
    fleet: fleetOf(simulator, clock.now()),
    lastAttempts: [],
    newId: randomUUID,
  })
  try {
    const began = performance.now()
    const done = renewals(engine, profiles)
    engine.start()
    await done
    const seconds = (performance.now() - began) / 1000
    return { seconds, arrivals: simulator.ledger.at('tier1').map(({ at }) => at) }
  } finally {
    await engine.stop()
    await simulator.close()
  }
}

function renewals(engine: Engine, count: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let renewed = 0
    engine.subscribe((event) => {
      if (event.kind !== 'attempt') return
      if (event.attempt.outcome !== 'renewed') reject(new Error(event.attempt.sentence ?? 'not renewed'))
      renewed += 1
      if (renewed === count) resolve()
    })
  })
}

function fleetOf({ serviceApps: [app] }: Simulator, now: number): Fleet {
  if (app === undefined) throw new Error('the simulator has a service app')
  const serviceApp: ServiceApp = {
    id: 'app',
    appId: app.appId,
    clientId: app.clientId,
    clientSecret: new Secret(app.clientSecret),
  }
  const profiles = app.orgs.map(({ orgId, accessToken, refreshToken }, index): [string, Profile] => {
    const refresh = {
      token: new Secret(refreshToken),
      issuedAt: now - 9 * DAY,
      expiresAt: now + 81 * DAY,
      firstLifetime: 90 * DAY,
      dead: false,
    }
    const pair = {
      accessToken: new Secret(accessToken),
      fingerprint: fingerprint(accessToken),
      issuedAt: now - 9 * DAY,
      expiresAt: now + 5 * DAY,
      origin: 'applications-api' as const,
      refresh,
    }
    const id = `p${index}`
    return [id, makeProfile({ id, serviceAppId: 'app', targetOrgId: orgId, pair })]
  })
  return { serviceApps: new Map([['app', serviceApp]]), profiles: new Map(profiles), managers: new Map() }
}

interface TickCost {
  readonly profiles: number
  /** One figure for each round. */
  readonly microseconds: readonly number[]
}

/** Rounds of the sizes take turns, so that a busy machine slows them alike. */
async function tickCosts(sizes: readonly number[]): Promise<readonly TickCost[]> {
  const fleets = sizes.map((profiles) => ({
    profiles,
    idle: idleFleet(profiles),
    microseconds: [] as number[],
  }))
  for (let round = 0; round < 7; round += 1) {
    for (const { idle, microseconds } of fleets) {
      const time = await idle()
      // The first round only warms up.
      if (round > 0) microseconds.push(time)
    }
  }
  return fleets
}

const FLEETS = [10, 200, 10_000] as const

/**
 * What one renewal costs beside network, disk and Electron: the engine, its views, alerts, the tray's menu, and what the
 * window is sent; and what the window computes until it has its next view. The sizes take turns.
 */
async function changeCosts(): Promise<readonly Figure[]> {
  const fleets = FLEETS.map(shownFleet)
  const costs = fleets.map(() => ({ main: [] as number[], window: [] as number[] }))
  for (let round = 0; round < 150; round += 1) {
    for (const [index, fleet] of fleets.entries()) {
      const { main, window } = await fleet.renew(round)
      // The first rounds only warm up.
      if (round < 50) continue
      costs[index]?.main.push(main)
      costs[index]?.window.push(window)
    }
  }
  const largest = fleets.at(-1)
  const ratio = (side: 'main' | 'window') =>
    middle(costs.at(-1)?.[side] ?? []) / middle(costs.at(0)?.[side] ?? [])
  return [
    atMost('first view of 10 000 profiles', [largest?.firstView ?? Number.NaN], 'ms', 500),
    ...FLEETS.flatMap((size, index) => [
      atMost(`a change costs main, ${size} profiles`, costs[index]?.main ?? [], 'ms', 2),
      atMost(`… and the window, before it draws`, costs[index]?.window ?? [], 'ms', 0.5),
    ]),
    atMost('a change costs main, 10 000 against 10 profiles', [ratio('main')], '×', 2),
  ]
}

/** A fleet that is shown: engine, publisher, tray's menu, and a window that takes what it is sent. */
function shownFleet(size: number) {
  const { engine, clock } = virtualFleet(size)
  engine.start()
  const firstView = timed(() => engine.view())
  const summary = new FleetSummary()
  let shown: AppView | null = null
  let window = 0
  const publisher = createPublisher({
    clock,
    source: { fleet: () => engine.view(), compose: () => ({ fleet: engine.view() }) as AppView },
    messages: { current: () => ({ toasts: [], goTo: null }) },
    window: {
      isVisible: () => true,
      send(push) {
        window += timed(() => {
          const heard: AppView | ViewChanges = JSON.parse(push)
          shown = 'base' in heard ? shown && applyChanges(shown, heard) : heard
        })
      },
    },
    alerted: () => undefined,
    showInTray: (fleet) => JSON.stringify(trayModel(fleet, 'App', false, summary)),
  })
  engine.subscribe(publisher.changed)
  publisher.push()
  return {
    firstView,
    async renew(round: number): Promise<{ readonly main: number; readonly window: number }> {
      await clock.advance(60_000)
      window = 0
      const before = processorTime()
      const renewed = engine.refresh(`p${(round * 37) % size}`, 'manual')
      await clock.advance(1000)
      await renewed
      const all = processorTime() - before
      if (shown?.fleet.profiles.length !== size) throw new Error('the window shows the fleet')
      return { main: all - window, window }
    },
  }
}

/** ms of this process's processor time: what other programs take of a busy machine is not in it. */
function timed(work: () => void): number {
  const before = processorTime()
  work()
  return processorTime() - before
}

function processorTime(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** A fleet with nothing due yet; each call passes 2 000 ticks and gives the cost of one, in µs. */
function idleFleet(count: number): () => Promise<number> {
  const { engine, clock } = virtualFleet(count)
  engine.start()
  engine.view()
  return async () => {
    const ticks = 2000
    const began = performance.now()
    await clock.advance(ticks * 60_000)
    return ((performance.now() - began) * 1000) / ticks
  }
}

function virtualFleet(count: number): { readonly engine: Engine; readonly clock: FakeClock } {
  const clock = new FakeClock()
  clock.keepsDelays = false
  const cloud = new FakeCloud(clock, { accessTtl: 360 * DAY })
  const profiles = Array.from({ length: count }, (_, index) => {
    const pair = pairOf(cloud.issue(`APP_a@org-${index}`, 'client-a'))
    return makeProfile({ id: `p${index}`, targetOrgId: `org-${index}`, pair })
  })
  const app = makeApp('a')
  const engine = createEngine({
    clock,
    random: seeded(1),
    webex: cloud,
    vault: new FakeVault(),
    settings: defaultSettings,
    fleet: {
      serviceApps: new Map([[app.id, app]]),
      profiles: new Map(profiles.map((profile) => [profile.id, profile])),
      managers: new Map(),
    },
    lastAttempts: [],
    newId: randomUUID,
  })
  return { engine, clock }
}

function ratioOf(ticks: readonly TickCost[]): number {
  const [small, large] = [ticks.at(0), ticks.at(-1)]
  if (small === undefined || large === undefined) throw new Error('there are sizes to compare')
  return middle(large.microseconds) / middle(small.microseconds)
}

function meanRate(arrivals: readonly number[]): number {
  const sorted = arrivals.toSorted((a, b) => a - b)
  const time = (sorted.at(-1) ?? 0) - (sorted.at(0) ?? 0)
  return ((sorted.length - 1) * 1000) / time
}

function busiestRate(arrivals: readonly number[], window: number): number {
  const within = (from: number) => arrivals.filter((at) => at >= from && at < from + window).length
  return (Math.max(...arrivals.map(within)) * 1000) / window
}

function atMost(name: string, runs: readonly number[], unit: string, goal: number): Figure {
  const value = round(middle(runs))
  const figure = { name, value, unit, goal, ok: value <= goal }
  return runs.length < 2
    ? figure
    : { ...figure, spread: [round(Math.min(...runs)), round(Math.max(...runs))] }
}

function middle(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
