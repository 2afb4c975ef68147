// satm, the engine and the vault on a disk that is really full.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startSimulator } from '#simulator/index.ts'
import { bundle } from '../vault/support/bundle.ts'
import { onSmallDisk } from '../vault/support/small-disk.ts'

const ORGS = 8

test.runIf(process.platform === 'linux')(
  'a refresh of all tells of a full disk at once, sends nothing, and works when there is room',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'satm-full-'))
    const simulator = await startSimulator({ apps: 1, orgs: ORGS })
    const program = await bundle(resolve(import.meta.dirname, 'support/full-disk.ts'))
    onTestFinished(async () => {
      program.remove()
      await simulator.close()
      rmSync(folder, { recursive: true, force: true })
    })
    const app = JSON.stringify(simulator.serviceApps[0])
    const { full, withRoom } = JSON.parse(await onSmallDisk(folder, program.path, [simulator.baseUrl, app]))
    expect(full).toMatchObject({ code: 1, out: '' })
    expect(full.err).toMatch(/^satm: The disk is full[^\n]*make room on the disk\.\n$/)
    // Four requests a second would leave for each that had to find out by itself.
    expect(full.took).toBeLessThan(1_000)
    expect(withRoom).toMatchObject({ code: 0, err: '' })
    expect(simulator.ledger.at('tier1')).toHaveLength(ORGS)
  },
  60_000,
)
