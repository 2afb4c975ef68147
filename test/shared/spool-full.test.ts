// The spool on a disk that is really full.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { bundle } from '../vault/support/bundle.ts'
import { onSmallDisk } from '../vault/support/small-disk.ts'

test.runIf(process.platform === 'linux')(
  'an answer of which only a part fits is not taken for one that is kept',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'satm-spool-'))
    const program = await bundle(resolve(import.meta.dirname, 'support/spool-full.ts'))
    onTestFinished(() => {
      program.remove()
      rmSync(folder, { recursive: true, force: true })
    })
    const { taken, known, found } = JSON.parse(await onSmallDisk(folder, program.path, []))
    expect(taken).toEqual(expect.arrayContaining(['before', 'room']))
    expect(taken).not.toContain('full 4')
    expect(known).toEqual(taken)
    expect(found).toEqual(taken)
  },
  60_000,
)
