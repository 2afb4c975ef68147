// A real process that writes without end is killed again and again. The file is always the old or the new one.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, watch, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createEnvFileWriter } from '#delivery/env-file/env-writer.ts'
import { type Bundle, bundle } from '../../vault/support/bundle.ts'
import { leftovers, temporaryFolder, token } from './support/places.ts'

const KILLS = 200
/** Starting a process takes most of the time, waiting for the disk the rest. */
const LANES = 4

/** Long, so that a write that is cut off would show. */
const FILLER = '# a line that stays\r\n'.repeat(3_000)

let program: Bundle

beforeAll(async () => {
  program = await bundle(resolve(import.meta.dirname, 'support/write-loop.ts'))
})

afterAll(() => program.remove())

test(`${KILLS} kills: the file is the old or the new one, and the next write leaves nothing beside it`, async () => {
  const paths = Array.from({ length: LANES }, () => join(temporaryFolder(), '.env'))
  const lanes = await Promise.all(paths.map((path) => killAgainAndAgain(path, KILLS / LANES)))
  const sum = (of: (lane: Lane) => number) => lanes.reduce((total, lane) => total + of(lane), 0)
  // Otherwise the kills came where there is nothing to break.
  expect(sum((lane) => lane.written)).toBeGreaterThan(KILLS / 4)
  expect(sum((lane) => lane.midWrite)).toBeGreaterThan(KILLS / 10)
}, 120_000)

interface Lane {
  /** Writes that were done. */
  readonly written: number
  /** Kills that left a half-done one. */
  readonly midWrite: number
}

async function killAgainAndAgain(path: string, times: number): Promise<Lane> {
  writeFileSync(path, textWith(0), { mode: 0o600 })
  const { write } = createEnvFileWriter()
  let midWrite = 0
  let written = 0
  let last = 0
  for (let kill = 0; kill < times; kill++) {
    const said = await runAndKill(path, last + 1)
    const now = Number(/TOKEN=t(\d+)\r\n/.exec(readFileSync(path, 'utf8'))?.[1] ?? Number.NaN)
    expect(readFileSync(path, 'utf8') === textWith(now)).toBe(true)
    // What was said to be written is; at most one more was under way.
    expect([said ?? last, (said ?? last) + 1]).toContain(now)
    written += now - last
    last = now
    midWrite += leftovers(dirname(path)).length > 0 ? 1 : 0
    if (kill % 10 === 9) {
      // By this process, as after a new start of the app.
      last += 1
      expect(await write(path, token(`t${last}`), { confirmed: [] })).toMatchObject({
        kind: 'written',
        changed: true,
      })
      expect(leftovers(dirname(path))).toEqual([])
    }
  }
  return { written, midWrite }
}

/** Returns the last number it said, if it said one. */
async function runAndKill(path: string, first: number): Promise<number | null> {
  const child = spawn(process.execPath, [program.path, path, `${first}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const closed = once(child, 'close')
  const watcher = watch(dirname(path))
  // Mostly once it is writing, every other time when something new stands beside the file; sometimes while it starts.
  const moment = Math.random()
  if (moment < 0.5) await Promise.race([once(watcher, 'change'), closed])
  else if (moment < 0.9) await Promise.race([once(child.stdout, 'data'), closed])
  await wait(Math.random() * 10)
  child.kill('SIGKILL')
  await closed
  watcher.close()
  expect(child.signalCode).toBe('SIGKILL')
  const numbers = said.split('\n').filter((line) => line !== '')
  return numbers.length === 0 ? null : Number(numbers.at(-1))
}

function textWith(n: number): string {
  return `${FILLER}export TOKEN=t${n}\r\n${FILLER}`
}
