// What a program waits for when it asks for a token: `npm run bench -- satm`. satm and a bare Node take turns, so that a
// busy machine slows them alike; the app's part is timed apart, over the same socket.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { readNote } from '#satm/app-location.ts'
import { openSocket, sendRequest } from '#satm/client/socket-client.ts'
import type { Figure } from './app/figures.ts'
import { launchArguments, runtime } from './app/probed.ts'
import { type Seeded, seeded } from './app/seeding.ts'

const RUNS = 100
const ANSWERS = 500
/** ms */
const PATIENCE = 10_000
const START_TAKES = 60_000
const script = path.resolve(import.meta.dirname, '../../out/satm/index.js')

export async function bench(): Promise<Figure[]> {
  const place = mkdtempSync(path.join(tmpdir(), 'satm-bench-line-'))
  const fleets: Seeded[] = []
  try {
    const figures: Figure[] = []
    for (const [apps, orgs] of [
      [2, 5],
      [20, 500],
    ] as const) {
      const fleet = await seeded(path.join(place, `${apps * orgs}`), apps, orgs)
      fleets.push(fleet)
      figures.push(...(await measured(fleet, apps * orgs)))
    }
    return figures
  } finally {
    for (const { simulator } of fleets) await simulator.close()
    rmSync(place, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }
}

async function measured({ dataFolder, env }: Seeded, profiles: number): Promise<Figure[]> {
  const app = spawn(runtime(), [...launchArguments(dataFolder), '--hidden'], {
    env: { ...process.env, ...env },
    stdio: 'ignore',
  })
  try {
    const socket = await listening(dataFolder)
    const list = await sendRequest(await openSocket(socket), { kind: 'list' }, PATIENCE)
    if (list.profiles.length !== profiles) throw new Error(`There are ${list.profiles.length} profiles.`)
    const profile = list.profiles.at(-1)?.reference ?? ''
    const line = [script, 'token', profile, '--data-folder', dataFolder, '--no-start']
    const whole: number[] = []
    const bare: number[] = []
    // The first of each fills caches and does not count.
    for (let run = 0; run <= RUNS; run += 1) {
      const times = [await timed(() => ended(['-e', '0'])), await timed(() => ended(line))] as const
      if (run === 0) continue
      bare.push(times[0])
      whole.push(times[1])
    }
    const answers: number[] = []
    for (let run = 0; run < ANSWERS; run += 1) {
      const request = { kind: 'token', profile, minTtl: null } as const
      answers.push(await timed(async () => sendRequest(await openSocket(socket), request, PATIENCE)))
    }
    const of = `${profiles} profiles, p95`
    return [
      { ...figure(`satm token; baseline: node -e 0, ${of}`, whole, 150), baseline: p95(bare) },
      figure(`the app’s part: connect, ask, answer, ${of}`, answers, 10),
    ]
  } finally {
    const exit = once(app, 'exit')
    app.kill('SIGTERM')
    await exit
  }
}

async function listening(dataFolder: string): Promise<string> {
  const end = performance.now() + START_TAKES
  while (performance.now() < end) {
    const socket = readNote(dataFolder, process.getuid?.() ?? null)?.socket ?? ''
    const connection = await openSocket(socket).catch(() => null)
    connection?.destroy()
    if (connection !== null) return socket
    await pause(50)
  }
  throw new Error('The app does not listen.')
}

/** ms */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

async function ended(args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}`)
}

function figure(name: string, runs: readonly number[], goal: number): Figure {
  const value = p95(runs)
  const spread = [rounded(Math.min(...runs)), rounded(Math.max(...runs))] as const
  return { name, value, unit: 'ms', goal, ok: value <= goal, spread }
}

function p95(runs: readonly number[]): number {
  const sorted = runs.toSorted((one, other) => one - other)
  return rounded(sorted[Math.ceil(sorted.length * 0.95) - 1] ?? Number.NaN)
}

const rounded = (value: number) => Math.round(value * 100) / 100
