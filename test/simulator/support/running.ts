// A simulator for one test: a clock that only moves when told, repeatable randomness, closed afterwards.
import { createHash } from 'node:crypto'
import { onTestFinished } from 'vitest'
import { type Simulator, type SimulatorOptions, startSimulator } from '#simulator/index.ts'

export const START = Date.UTC(2026, 0, 5, 12)
export const DAY = 86_400

export type Running = Simulator & {
  /** Moves the clock by so many seconds. */
  pass(seconds: number): void
  /** Every delay the simulator asked for so far, ms; they end at once. */
  readonly delays: readonly number[]
}

export async function running(options: SimulatorOptions = {}): Promise<Running> {
  let now = START
  const delays: number[] = []
  const simulator = await startSimulator({
    clock: { now: () => now },
    delay: async (ms) => void delays.push(ms),
    random: repeatable(),
    ...options,
  })
  onTestFinished(() => simulator.close())
  const pass = (seconds: number) => {
    now += seconds * 1000
  }
  return { ...simulator, pass, delays }
}

/** The same bytes in every run: SHA-256 of a counter. */
function repeatable(): (size: number) => Uint8Array {
  let count = 0
  return (size) => {
    count += 1
    return createHash('sha256').update(String(count)).digest().subarray(0, size)
  }
}
