// What the app costs beside a bare Electron window of the same runtime: `npm run bench -- app`. App and bare window
// take turns, so that a busy machine slows them alike.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { atMost, atMostTimes, type Figure, rounded } from './app/figures.ts'
import { type Longest, type LongTasks, longTasksOf } from './app/long-tasks.ts'
import { type Probed, startApp, startBare } from './app/probed.ts'
import { memoryOf, processorTimeOf } from './app/processes.ts'
import { type Seeded, seeded } from './app/seeding.ts'
import { startTrayHost } from './app/tray-host.ts'

const STARTS = 15
const MEMORY_RUNS = 3
const LONG_TASK_RUNS = 3
/** ms until caches are filled, garbage is collected and idle work is done. */
const SETTLED = 15_000
/** ms */
const IDLE = 60_000
const IDLE_IN_TRAY = 600_000

export async function bench(): Promise<Figure[]> {
  const place = mkdtempSync(path.join(tmpdir(), 'satm-bench-app-'))
  const bareFolder = path.join(place, 'bare')
  const stopTrayHost = await startTrayHost()
  const fleets: Seeded[] = []
  const fleet = async (apps: number, orgs: number) => {
    const made = await seeded(path.join(place, `${apps * orgs}`), apps, orgs)
    fleets.push(made)
    return made
  }
  try {
    const ten = await fleet(2, 5)
    return [
      await startUp(ten, bareFolder),
      ...(await memory(ten, bareFolder)),
      ...(await idle(await fleet(10, 100), bareFolder)),
      ...(await longTasks(await fleet(20, 500))),
    ]
  } finally {
    for (const { simulator } of fleets) await simulator.close()
    await stopTrayHost()
    rmSync(place, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }
}

/** The first pair fills caches and does not count. */
async function startUp(fleet: Seeded, bareFolder: string): Promise<Figure> {
  const apps: number[] = []
  const bares: number[] = []
  for (let run = 0; run <= STARTS; run += 1) {
    const bare = await during(startBare(bareFolder), ({ seenAfter }) => seenAfter)
    const app = await during(startApp(fleet), ({ seenAfter }) => seenAfter)
    if (run === 0) continue
    bares.push(bare)
    apps.push(app)
  }
  return atMostTimes(
    'start to first row, 10 profiles; bare window: to its first paint',
    apps,
    bares,
    'ms',
    1.6,
  )
}

async function memory(fleet: Seeded, bareFolder: string): Promise<readonly Figure[]> {
  const apps: number[] = []
  const closed: number[] = []
  const bares: number[] = []
  for (let run = 0; run < MEMORY_RUNS; run += 1) {
    bares.push(await during(startBare(bareFolder), settledMemory))
    await during(startApp(fleet), async (app) => {
      apps.push(await settledMemory(app))
      app.closeWindows()
      await pause(SETTLED)
      closed.push(memoryOf(app.pid))
    })
  }
  return [
    atMostTimes('memory of all processes, 10 profiles', apps, bares, 'MiB', 1.35),
    atMostTimes('memory with the window closed to the tray', closed, bares, 'MiB', 1),
  ]
}

async function settledMemory({ seenAfter, pid }: Probed): Promise<number> {
  await seenAfter
  await pause(SETTLED)
  return memoryOf(pid)
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

/** Percent of one core. */
async function idleShare({ seenAfter, pid }: Probed, duration = IDLE): Promise<number> {
  await seenAfter
  await pause(SETTLED)
  const [before, began] = [processorTimeOf(pid), performance.now()]
  await pause(duration)
  return ((processorTimeOf(pid) - before) * 1000 * 100) / (performance.now() - began)
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

function longestTask(name: string, runs: readonly Longest[], what: keyof Longest): Figure {
  const values = runs.map((run) => run[what])
  return atMost(`longest task, 10 000 profiles in 500 orgs: ${name}`, values, 'ms', 50)
}

async function during<T>(program: Probed, look: (program: Probed) => Promise<T>): Promise<T> {
  try {
    return await look(program)
  } finally {
    await program.end()
  }
}
