// What the app costs beside a bare Electron window of the same runtime: `npm run bench -- app`, or some parts of it:
// `npm run bench -- app start changes`. App and bare window take turns, so that a busy machine slows them alike.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { changeCost } from './app/change-cost.ts'
import { atMost, atMostTimes, type Figure, rounded, timesBare } from './app/figures.ts'
import { during, idleShare, inTurns, SETTLED, settledMemory, startOf } from './app/in-turns.ts'
import { type Longest, type LongTasks, longTasksOf, longTasksOn, type ScreenTasks } from './app/long-tasks.ts'
import { type Probed, startApp, startBare } from './app/probed.ts'
import { memoryOf } from './app/processes.ts'
import { type Seeded, seeded, seededWith } from './app/seeding.ts'
import { startTrayHost } from './app/tray-host.ts'

const STARTS = 20
const MEMORY_RUNS = 3
const LONG_TASK_RUNS = 3
/** ms */
const IDLE_IN_TRAY = 600_000

interface Ground {
  readonly bareFolder: string
  /** With `apps` service apps in each of `orgs` orgs; made once. */
  readonly fleet: (apps: number, orgs: number) => Promise<Seeded>
  /** 10 000 profiles of 20 service apps: half of the refresh tokens are dead, and no token manager is connected. */
  readonly troubled: () => Promise<Seeded>
}

const ten = ({ fleet }: Ground) => fleet(2, 5)
const tenThousand = ({ fleet }: Ground) => fleet(20, 500)

const parts: Readonly<Record<string, (ground: Ground) => Promise<readonly Figure[]>>> = {
  start: async (ground) => [
    ...(await startUp('10 profiles', await ten(ground), ground.bareFolder, 1.3)),
    ...(await startUp('10 000 profiles', await tenThousand(ground), ground.bareFolder, 2)),
  ],
  memory: async (ground) => memory(await ten(ground), ground.bareFolder),
  idle: async (ground) => idle(await ground.fleet(10, 100), ground.bareFolder),
  tasks: async (ground) => [
    ...(await longTasks(await tenThousand(ground))),
    ...(await screenTasks('Overview', await ground.troubled())),
    ...(await screenTasks('Problems', await ground.troubled())),
  ],
  changes: async (ground) => [
    await changeCost('10 profiles', await ten(ground)),
    await changeCost('200 profiles', await ground.fleet(10, 20)),
    await changeCost('10 000 profiles', await tenThousand(ground)),
  ],
}

/** `wanted`: names of `parts`; all of them when there are none. */
export async function bench(wanted: readonly string[]): Promise<Figure[]> {
  const unknown = wanted.filter((name) => !(name in parts))
  if (unknown.length > 0) throw new Error(`No part ${unknown.join(', ')}: ${Object.keys(parts).join(', ')}`)
  const place = mkdtempSync(path.join(tmpdir(), 'satm-bench-app-'))
  const stopTrayHost = await startTrayHost()
  const fleets = new Map<string, Seeded>()
  const known = async (key: string, make: () => Promise<Seeded>) => {
    const made = fleets.get(key) ?? (await make())
    fleets.set(key, made)
    return made
  }
  const fleet = (apps: number, orgs: number) =>
    known(`${apps} ${orgs}`, () => seeded(path.join(place, `${apps * orgs}`), apps, orgs))
  const troubled = () =>
    known('troubled', () =>
      seededWith(
        path.join(place, 'troubled'),
        { apps: 20, orgs: 500, sharedOrgs: true },
        { connected: false, dead: 0.5 },
      ),
    )
  try {
    const figures: Figure[] = []
    for (const [name, measure] of Object.entries(parts)) {
      if (wanted.length > 0 && !wanted.includes(name)) continue
      figures.push(...(await measure({ bareFolder: path.join(place, 'bare'), fleet, troubled })))
    }
    return figures
  } finally {
    for (const { simulator } of fleets.values()) await simulator.close()
    await stopTrayHost()
    rmSync(place, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }
}

/** The first pair fills caches and does not count. `goal`: how many times the bare window's it may be. */
async function startUp(
  size: string,
  fleet: Seeded,
  bareFolder: string,
  goal: number,
): Promise<readonly Figure[]> {
  const [[, ...apps], [, ...bares]] = await inTurns(
    STARTS + 1,
    [() => startApp(fleet), startOf],
    [() => startBare(bareFolder), startOf],
  )
  const name = `start to first row, ${size}; bare window: to its first paint`
  return [atMostTimes(name, apps, bares, 'ms', goal), timesBare(`… of each pair`, apps, bares, goal)]
}

async function memory(fleet: Seeded, bareFolder: string): Promise<readonly Figure[]> {
  const closed: number[] = []
  const openThenClosed = async (app: Probed) => {
    const open = await settledMemory(app)
    app.closeWindows()
    await pause(SETTLED)
    closed.push(memoryOf(app.pid))
    return open
  }
  const [apps, bares] = await inTurns(
    MEMORY_RUNS,
    [() => startApp(fleet), openThenClosed],
    [() => startBare(bareFolder), settledMemory],
  )
  return [
    atMostTimes('memory of all processes, 10 profiles', apps, bares, 'MiB', 1.35),
    atMostTimes('memory with the window closed to the tray', closed, bares, 'MiB', 1),
  ]
}

async function idle(fleet: Seeded, bareFolder: string): Promise<readonly Figure[]> {
  const bare = rounded(await during(startBare(bareFolder), idleShare))
  return during(startApp(fleet), async (app) => {
    const visible = await idleShare(app)
    app.closeWindows()
    const hidden = await idleShare(app, IDLE_IN_TRAY)
    return [
      {
        ...atMost('idle for 60 s with 1 000 profiles, window visible', [visible], '% of a core', 1),
        baseline: bare,
      },
      {
        ...atMost('… for 10 min, window closed to the tray', [hidden], '% of a core', 0.05),
        baseline: bare,
      },
    ]
  })
}

async function longTasks(fleet: Seeded): Promise<readonly Figure[]> {
  const runs: LongTasks[] = []
  for (let run = 0; run < LONG_TASK_RUNS; run += 1) runs.push(await longTasksOf(fleet))
  const slowest = Math.round(Math.min(...runs.map(({ stormRate }) => stormRate)))
  const phases = [
    ['opening', 'opening the list'],
    ['typing', 'typing in search'],
    ['scrolling', 'scrolling'],
    ['storm', `refreshes, ${slowest} changes a second`],
  ] as const
  return phases.flatMap(([phase, name]) => {
    const longest = runs.map((run) => run[phase])
    return [
      longestTask(name, longest, 'held'),
      longestTask(`${name}; its own processor time`, longest, 'computed'),
    ]
  })
}

async function screenTasks(screen: 'Overview' | 'Problems', fleet: Seeded): Promise<readonly Figure[]> {
  const runs: ScreenTasks[] = []
  for (let run = 0; run < LONG_TASK_RUNS; run += 1) runs.push(await longTasksOn(screen, fleet))
  const phases = [
    ['opening', `opening ${screen}`],
    ['unfolding', 'opening a problem'],
    ['storm', `refreshes, on ${screen}`],
  ] as const
  return phases.flatMap(([phase, name]) => {
    const longest = runs.flatMap((run) => run[phase] ?? [])
    if (longest.length === 0) return []
    return [
      longestTask(`${name}, half of them in trouble`, longest, 'held'),
      longestTask(`${name}, half of them in trouble; its own processor time`, longest, 'computed'),
    ]
  })
}

function longestTask(name: string, runs: readonly Longest[], what: keyof Longest): Figure {
  const values = runs.map((run) => run[what])
  return atMost(`longest task, 10 000 profiles in 500 orgs: ${name}`, values, 'ms', 50)
}
