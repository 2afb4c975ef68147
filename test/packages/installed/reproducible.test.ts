// The same commit gives the same packages, byte by byte.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { packages } from '../support/packages.ts'

/** ms. A busy machine takes minutes for each kind. */
const LONG = 1_800_000

test(
  'two runs make the same packages',
  () => {
    const [first, second] = [packages(['all'], 'as released'), packages(['all'], 'anew')]
    onTestFinished(() => {
      for (const made of [first, second]) made.remove()
    })
    const sums = (folder: string) => readFileSync(path.join(folder, 'SHA256SUMS'), 'utf8').split('\n')
    expect(sums(second.folder)).toEqual(sums(first.folder))
  },
  LONG,
)
