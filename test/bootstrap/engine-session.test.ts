// What watches over the open data file beside the engine.
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { watchFiles } from '#bootstrap/engine-session.ts'
import { FakeClock } from '../engine/support/fake-clock.ts'
import { temporaryFolder } from '../vault/support/builders.ts'
import { opened } from '../vault/support/opened.ts'
import { databaseFile } from '../vault/support/tamper.ts'

test.skipIf(process.platform === 'win32')(
  'a data file that is moved away is noticed within a minute although nothing is renewed, and not once it is stopped',
  async () => {
    const folder = join(temporaryFolder(), 'vault')
    const [vault, clock] = [await opened(folder), new FakeClock()]
    let noticed = 0
    const stop = watchFiles(vault, clock, () => {
      noticed += 1
    })
    await clock.advance(600_000)
    expect(noticed).toBe(0)
    renameSync(databaseFile(folder), `${databaseFile(folder)}.away`)
    await clock.advance(60_000)
    expect(noticed).toBeGreaterThan(0)
    const before = noticed
    stop()
    await clock.advance(600_000)
    expect(noticed).toBe(before)
  },
)
