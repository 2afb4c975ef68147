// What the app keeps of each renewal: `npm run bench -- soak`. Thousands of renewals through the real app against the
// simulated Webex, with and without a host for its tray icon, its window open and closed; each process's memory may
// level off, but not grow in proportion. Takes a quarter of an hour.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Figure, rounded } from './app/figures.ts'
import { type Probed, startApp } from './app/probed.ts'
import { memoryByRole } from './app/processes.ts'
import { type Seeded, seeded } from './app/seeding.ts'
import { startTrayHost } from './app/tray-host.ts'

/** Service apps and orgs: 120 tokens, so the view crosses whole, which keeps more of each change than in a large fleet. */
const FLEET = [20, 6] as const
/** Seconds. Renewed after half of it: about 17 renewals a second. */
const ACCESS_TTL = 14
/** Renewals between two samples, … */
const STEP = 500
/** … before the first one, while caches fill, … */
const WARM_UP = 1000
/** … and after it. */
const MEASURED = 5000
/** MiB for `MEASURED` renewals. */
const GOAL = 1
/** ms. A renewal takes milliseconds; many times that without any is a stop. */
const LOOK = 200
const PATIENCE = 60_000

interface Sample {
  readonly renewals: number
  /** MiB; 0: there is no such process. */
  readonly held: Readonly<Record<(typeof HELD)[number], number>>
}

const HELD = ['main, PSS', 'main, JS heap', 'renderer, PSS', 'renderer, JS heap', 'GPU process, PSS'] as const

export async function bench(): Promise<Figure[]> {
  const place = mkdtempSync(path.join(tmpdir(), 'satm-bench-soak-'))
  try {
    // The bus has a host or has none, so these come one after the other.
    const without = await bothWindows(path.join(place, 'without'), 'no tray host')
    const stopTrayHost = await startTrayHost()
    try {
      return [...without, ...(await bothWindows(path.join(place, 'with'), 'tray host'))]
    } finally {
      await stopTrayHost()
    }
  } finally {
    rmSync(place, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }
}

/** Side by side: what a process keeps does not depend on how busy the machine is. */
async function bothWindows(place: string, desktop: string): Promise<readonly Figure[]> {
  // Two that seal for the first time at once would each make the keyring's key.
  const open = await seeded(path.join(place, 'open'), ...FLEET, ACCESS_TTL)
  const closed = await seeded(path.join(place, 'closed'), ...FLEET, ACCESS_TTL)
  const [ofOpen, ofClosed] = await Promise.all([soak(open, []), soak(closed, ['--hidden'])])
  return [...growth(`${desktop}, window open`, ofOpen), ...growth(`${desktop}, window closed`, ofClosed)]
}

async function soak(fleet: Seeded, args: readonly string[]): Promise<readonly Sample[]> {
  const app = startApp({ ...fleet, args })
  try {
    const samples: Sample[] = []
    for (let renewals = WARM_UP; renewals <= WARM_UP + MEASURED; renewals += STEP) {
      await reach(renewals, fleet)
      samples.push(await sample(app, renewedSoFar(fleet)))
    }
    return samples
  } finally {
    await app.end()
    await fleet.simulator.close()
  }
}

const renewedSoFar = ({ simulator }: Seeded) =>
  simulator.ledger.at('tier1').filter(({ status }) => status === 200).length

async function reach(renewals: number, fleet: Seeded): Promise<void> {
  let [reached, at] = [renewedSoFar(fleet), performance.now()]
  while (reached < renewals) {
    await pause(LOOK)
    const now = renewedSoFar(fleet)
    if (now > reached) [reached, at] = [now, performance.now()]
    else if (performance.now() - at > PATIENCE) throw new Error(`Renewing stopped after ${reached} renewals`)
  }
}

async function sample({ pid, heaps }: Probed, renewals: number): Promise<Sample> {
  const heap = await heaps()
  const { main, renderer, gpu } = memoryByRole(pid)
  return {
    renewals,
    held: {
      'main, PSS': main,
      'main, JS heap': heap.main,
      'renderer, PSS': renderer,
      'renderer, JS heap': heap.renderer,
      'GPU process, PSS': gpu,
    },
  }
}

function growth(name: string, samples: readonly Sample[]): readonly Figure[] {
  return HELD.flatMap((what) => {
    const points = samples.map(({ renewals, held }) => [renewals, held[what]] as const)
    if (points.every(([, held]) => held === 0)) return []
    const { slope, margin } = slopeOf(points)
    const [value, by] = [slope * MEASURED, margin * MEASURED]
    return {
      name: `growth in ${MEASURED} renewals, ${name}: ${what}`,
      value: rounded(value),
      unit: 'MiB',
      goal: GOAL,
      // What is in the interval may be chance.
      ok: value - by <= GOAL,
      spread: [rounded(value - by), rounded(value + by)] as const,
    }
  })
}

/** Student's t for 95 % and the nine degrees of freedom of eleven samples. */
const T = 2.262

/** Least squares, with the half width of the 95 % confidence interval. */
function slopeOf(points: readonly (readonly [number, number])[]): { slope: number; margin: number } {
  const mean = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / values.length
  const [middleX, middleY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))]
  const spreadX = points.reduce((sum, [x]) => sum + (x - middleX) ** 2, 0)
  const slope = points.reduce((sum, [x, y]) => sum + (x - middleX) * (y - middleY), 0) / spreadX
  const off = points.reduce((sum, [x, y]) => sum + (y - middleY - slope * (x - middleX)) ** 2, 0)
  return { slope, margin: T * Math.sqrt(off / (points.length - 2) / spreadX) }
}
