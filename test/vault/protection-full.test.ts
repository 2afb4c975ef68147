// The disk is full while what protects the data is changed: all of it has happened, or nothing.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { bundle } from './support/bundle.ts'
import { onSmallDisk } from './support/small-disk.ts'

interface Outcome {
  readonly room: number
  readonly change: string
  readonly unreadable: number
  readonly covered: readonly string[]
  readonly files: readonly (readonly string[])[]
}

/** KiB that are free. */
const ROOMS = [0, 8, 40, 80, 120, 160, 200, 400]

test.runIf(process.platform === 'linux')(
  'a change of the passphrase on a full disk is refused as a whole, or is whole once there is room',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'satm-protection-full-'))
    const program = await bundle(resolve(import.meta.dirname, 'support/protection-full.ts'))
    try {
      const outcomes: readonly Outcome[] = JSON.parse(
        await onSmallDisk(folder, program.path, [JSON.stringify(ROOMS), '']),
      )
      for (const { room, change, unreadable, covered, files } of outcomes) {
        const isChanged = change === 'changed'
        expect([room, change]).toEqual([room, isChanged ? 'changed' : 'disk-full'])
        const opens = isChanged ? ['passphrase-wrong', 'open'] : ['open', 'passphrase-wrong']
        expect({ room, unreadable, covered, files }).toEqual({
          room,
          unreadable: 0,
          covered: ['as-the-vault'],
          files: [opens, opens],
        })
      }
      // Otherwise the disk was too full or too empty to mean anything.
      expect(new Set(outcomes.map(({ change }) => change))).toEqual(new Set(['disk-full', 'changed']))
    } finally {
      program.remove()
      rmSync(folder, { recursive: true, force: true })
    }
  },
)
