// The packaged app beside the unpackaged one: `npm run bench -- packaged`, or some parts of it: `npm run bench -- packaged
// start satm`. The two take turns, and are watched alike from outside. It makes the archive for that, and every kind of package
// for their sizes; SATM_PACKAGES names a folder where all of them are already, as `npm run package -- all` has made them of the
// same code.
import { spawnSync } from 'node:child_process'
import { cpSync, lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { nativePackages } from '../../scripts/package/app-archive.mjs'
import { nodeRuntime } from '../../scripts/package/node-runtime.mjs'
import { NAME, packages, projectRoot, run } from '../packages/support/packages.ts'
import { atMost, atMostTimes, type Figure, rounded, timesBare } from './app/figures.ts'
import { during, idleShare, inTurns, settledMemory, startOf } from './app/in-turns.ts'
import { launchArguments, runtime, startApp } from './app/probed.ts'
import { openScreen, type Screen, startWatched } from './app/screen.ts'
import { type Seeded, seeded } from './app/seeding.ts'
import { startTrayHost } from './app/tray-host.ts'

const STARTS = 20
const MEMORY_RUNS = 3
const SATM_RUNS = 50
/** How many times the unpackaged app's a figure of the packaged one may be, … */
const AS_UNPACKAGED = 1.1
/** … and a start of satm that of a Node which does nothing. */
const NODE_ALONE = 0.6
/** ms until nothing of the first screen moves any more. */
const STILL = 3000

interface Ground {
  /** Of the unpacked package. */
  readonly folder: string
  /** Of the unpackaged app: a copy, whose memory no other Electron of this machine shares. */
  readonly electron: string
  readonly screen: Screen
  readonly fleet: (apps: number, orgs: number) => Promise<Seeded>
}

const parts: Readonly<Record<string, (ground: Ground) => Promise<readonly Figure[]>>> = {
  sizes: async ({ folder }) => sizes(folder),
  satm: async ({ folder }) => satm(path.join(folder, 'satm')),
  start: async (ground) => [
    ...(await startUp('10 profiles', await ground.fleet(2, 5), ground)),
    ...(await startUp('10 000 profiles', await ground.fleet(20, 500), ground)),
  ],
  memory: async (ground) => memory(await ground.fleet(2, 5), ground),
  idle: async (ground) => idle(await ground.fleet(10, 100), ground),
}

/** `wanted`: names of `parts`; all of them when there are none. */
export async function bench(wanted: readonly string[]): Promise<Figure[]> {
  const unknown = wanted.filter((name) => !(name in parts))
  if (unknown.length > 0) throw new Error(`No part ${unknown.join(', ')}: ${Object.keys(parts).join(', ')}`)
  const chosen = Object.entries(parts).filter(([name]) => wanted.length === 0 || wanted.includes(name))
  const place = mkdtempSync(path.join(tmpdir(), 'satm-bench-packaged-'))
  const made = packages(['tar'])
  run('tar', ['-xzf', made.file('.tar.gz'), '-C', place])
  made.remove()
  const [unpacked = ''] = readdirSync(place)
  const electron = path.join(place, 'runtime', path.basename(runtime()))
  cpSync(path.dirname(runtime()), path.dirname(electron), { recursive: true })
  const stopTrayHost = await startTrayHost()
  const screen = await openScreen()
  const fleets: Seeded[] = []
  const fleet = async (apps: number, orgs: number) => {
    const made = await seeded(path.join(place, `fleet-${fleets.length}`), apps, orgs)
    fleets.push(made)
    return made
  }
  try {
    const figures: Figure[] = []
    for (const [, measure] of chosen)
      figures.push(...(await measure({ folder: path.join(place, unpacked), electron, screen, fleet })))
    return figures
  } finally {
    for (const { simulator } of fleets) await simulator.close()
    await screen.close()
    await stopTrayHost()
    rmSync(place, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }
}

/** What a checkout has instead: the runtime, what is built, the packages with native code, and a Node for satm's script. */
async function sizes(folder: string): Promise<readonly Figure[]> {
  const { executable: node } = await nodeRuntime(process.env)
  const runtimeFolder = path.dirname(runtime())
  const checkout = ['out', ...nativePackages()].map((name) => path.join(projectRoot, name))
  const installed = sizeOf(folder)
  const made = packages(['all'], 'as released')
  try {
    const packed = ['.deb', '.rpm', '.tar.gz', '.AppImage'].map((end) =>
      size(`${end}; baseline: what it installs`, sizeOf(made.file(end)), installed, 0.4),
    )
    const [satm, script] = [path.join(folder, 'satm'), path.join(projectRoot, 'out', 'satm')]
    return [
      ...packed,
      size(
        'installed; baseline: checkout and Node',
        installed,
        sizeOf(runtimeFolder, node, ...checkout),
        1.05,
      ),
      size('of it satm; baseline: its script and Node', sizeOf(satm), sizeOf(script, node), 1.05),
    ]
  } finally {
    made.remove()
  }
}

/** `goal`: how many times the baseline it may be. */
function size(name: string, value: number, baseline: number, goal: number): Figure {
  return { ...atMost(`size: ${name}`, [value], 'MB', goal * baseline), baseline: rounded(baseline) }
}

/** MB of files, and of those below folders. */
function sizeOf(...places: readonly string[]): number {
  return places.reduce((sum, place) => {
    const found = lstatSync(place)
    const below = found.isDirectory() ? readdirSync(place).map((name) => path.join(place, name)) : []
    return sum + (found.isFile() ? found.size / 1_000_000 : sizeOf(...below))
  }, 0)
}

function satm(program: string): readonly Figure[] {
  const script = path.join(projectRoot, 'out', 'satm', 'index.js')
  const runs = Array.from({ length: SATM_RUNS + 1 }, () => [
    timeOf(program, '--version'),
    timeOf(process.execPath, script, '--version'),
    timeOf(process.execPath, '-e', '0'),
  ])
  // The first of each fills caches and does not count.
  const [packaged = [], unpackaged = [], bare = []] = [0, 1, 2].map((which) =>
    runs.slice(1).map((times) => times[which] ?? Number.NaN),
  )
  return [
    atMostTimes('satm --version; baseline: by its script', packaged, unpackaged, 'ms', 1),
    timesBare('… of each pair', packaged, unpackaged, 1),
    atMostTimes('satm --version; baseline: node -e 0', packaged, bare, 'ms', NODE_ALONE),
    timesBare('… of each pair, node -e 0', packaged, bare, NODE_ALONE),
  ]
}

/** ms */
function timeOf(command: string, ...args: readonly string[]): number {
  const began = performance.now()
  const { status } = spawnSync(command, args, { stdio: 'ignore' })
  if (status !== 0) throw new Error(`${command} ended with ${status}`)
  return performance.now() - began
}

/** The first pair fills caches and does not count. */
async function startUp(size: string, fleet: Seeded, ground: Ground): Promise<readonly Figure[]> {
  const { packaged, unpackaged } = await bothOf(fleet, ground)
  const [[, ...ones], [, ...others]] = await inTurns(STARTS + 1, [packaged, startOf], [unpackaged, startOf])
  const name = `packaged app, start to first row, ${size}; baseline: unpackaged`
  return [
    atMostTimes(name, ones, others, 'ms', AS_UNPACKAGED),
    timesBare('… of each pair', ones, others, AS_UNPACKAGED),
  ]
}

async function memory(fleet: Seeded, ground: Ground): Promise<readonly Figure[]> {
  const { packaged, unpackaged } = await bothOf(fleet, ground)
  const measured = await inTurns(MEMORY_RUNS, [packaged, settledMemory], [unpackaged, settledMemory])
  return [
    atMostTimes('packaged app, memory, 10 profiles; baseline: unpackaged', ...measured, 'MiB', AS_UNPACKAGED),
  ]
}

async function idle(fleet: Seeded, ground: Ground): Promise<readonly Figure[]> {
  const { packaged, unpackaged } = await bothOf(fleet, ground)
  const [[packagedShare = 0], [share = 0]] = await inTurns(1, [packaged, idleShare], [unpackaged, idleShare])
  const figure = atMost('packaged app, idle for 60 s with 1 000 profiles', [packagedShare], '% of a core', 1)
  return [{ ...figure, baseline: rounded(share) }]
}

/** A probe in the unpackaged app finds the first row; then each of the two is seen when the screen has the same pixels there. */
async function bothOf({ dataFolder, env }: Seeded, { folder, electron, screen }: Ground) {
  const probed = startApp({ dataFolder, env: { ...env, ...screen.env } })
  const look = await during(probed, async ({ seenAfter, place }) => {
    await seenAfter
    await pause(STILL)
    const found = await place()
    return { place: found, pixels: screen.pixels(found) }
  })
  const start = (command: string, args: readonly string[]) => () =>
    startWatched([command, args], env, screen, look)
  return {
    packaged: start(path.join(folder, NAME), launchArguments(dataFolder, null)),
    unpackaged: start(electron, launchArguments(dataFolder)),
  }
}
