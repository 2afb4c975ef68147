// Two programs that take turns, so that a busy machine slows them alike, and what is measured of each.
import { setTimeout as pause } from 'node:timers/promises'
import type { Running } from './probed.ts'
import { memoryOf, processorTimeOf } from './processes.ts'

/** ms until caches are filled, garbage is collected and idle work is done. */
export const SETTLED = 15_000
/** ms */
const IDLE = 60_000

/** Starts one and the other `runs` times, and looks at each while it runs. */
export async function inTurns<A extends Running, B extends Running>(
  runs: number,
  [startApp, lookAtApp]: readonly [() => A, (app: A) => Promise<number>],
  [startBaseline, lookAtBaseline]: readonly [() => B, (baseline: B) => Promise<number>],
): Promise<readonly [app: readonly number[], baseline: readonly number[]]> {
  const apps: number[] = []
  const baselines: number[] = []
  for (let run = 0; run < runs; run += 1) {
    baselines.push(await during(startBaseline(), lookAtBaseline))
    apps.push(await during(startApp(), lookAtApp))
  }
  return [apps, baselines]
}

export async function during<P extends Running, T>(program: P, look: (program: P) => Promise<T>): Promise<T> {
  try {
    return await look(program)
  } finally {
    await program.end()
  }
}

export const startOf = ({ seenAfter }: Running): Promise<number> => seenAfter

/** MiB of all its processes. */
export async function settledMemory({ seenAfter, pid }: Running): Promise<number> {
  await seenAfter
  await pause(SETTLED)
  return memoryOf(pid)
}

/** Percent of one core. */
export async function idleShare({ seenAfter, pid }: Running, duration = IDLE): Promise<number> {
  await seenAfter
  await pause(SETTLED)
  const [before, began] = [processorTimeOf(pid), performance.now()]
  await pause(duration)
  return ((processorTimeOf(pid) - before) * 1000 * 100) / (performance.now() - began)
}
