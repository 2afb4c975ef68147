// A second launch with the same data folder: the window comes, whatever the first instance is doing.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { refusals, startApp, windows } from './support/refused-start.ts'

const SOON = { timeout: 40_000, interval: 50 }

function launcher() {
  const dataFolder = realpathSync(mkdtempSync(path.join(tmpdir(), 'satm-second-launch-')))
  onTestFinished(async () => {
    // One that the first instance started anew is nobody's child.
    const kill = 'for pid in $(pgrep -f -- "--user-data-dir=$1"); do kill -KILL "$pid"; done'
    spawnSync('sh', ['-c', kill, 'sh', dataFolder])
    rmSync(dataFolder, { recursive: true, force: true, maxRetries: 9, retryDelay: 200 })
    // Or the next test takes this one's window for its own.
    await expect.poll(windows, SOON).toEqual([])
  })
  return (...more: readonly string[]) => startApp([`--user-data-dir=${dataFolder}`, ...more])
}

/** Offsets in ms: `SATM_LAUNCH_OFFSETS=0,50,…` tries as many as there is time for. */
const offsets = (process.env.SATM_LAUNCH_OFFSETS ?? '0,150,400').split(',').map(Number)

test.each(offsets)('shows the window of an instance that began in the tray %i ms before', async (offset) => {
  const start = launcher()
  const first = start('--hidden')
  await delay(offset)
  const second = start()
  await expect.poll(windows, SOON).toHaveLength(1)
  // Whichever of the two has the folder.
  await expect.poll(() => [first.ended(), second.ended()].toSorted(), SOON).toEqual([0, null])
  expect(await refusals()).toEqual([])
})

test.each(offsets)('shows a window when the first instance began to quit %i ms before', async (offset) => {
  const start = launcher()
  const first = start()
  await expect.poll(windows, SOON).toHaveLength(1)
  first.signal('SIGTERM')
  await delay(offset)
  start()
  await expect.poll(first.ended, SOON).not.toBeNull()
  await expect.poll(windows, SOON).toHaveLength(1)
  expect(await refusals()).toEqual([])
})
