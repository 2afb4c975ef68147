// No text from outside may keep the app busy: each reader takes time in proportion to what it reads.
import { describe, expect, test } from 'vitest'
import { READERS } from './hostile/readers.ts'
import { HOSTILE, textOf } from './hostile/texts.ts'
import type { Reader } from './hostile/window-readers.ts'

const [SHORT, MIDDLE, LONG] = [8 * 1024, 64 * 1024, 2 * 1024 * 1024] as const
/** Of the slowest texts, which are tried at their full length. */
const SLOWEST = 2
/** µs of the processor for each character, and beside it. What grows with the square takes thousands of times as long. */
const EACH = 5
const BESIDE = 250_000

describe('takes time in proportion to the text, whatever is in it:', () => {
  test.each(Object.entries(READERS))('%s', async (_, reader) => {
    const measured: { readonly name: string; readonly took: number }[] = []
    for (const name of Object.keys(HOSTILE)) {
      // The short one first: what grows with the square would take hours for the long one.
      await timed(reader, name, SHORT)
      measured.push({ name, took: await timed(reader, name, MIDDLE) })
    }
    const slowest = measured.toSorted((one, other) => other.took - one.took).slice(0, SLOWEST)
    for (const { name } of slowest) await timed(reader, name, LONG)
  })
})

async function timed(reader: Reader, name: string, length: number): Promise<number> {
  const text = textOf(HOSTILE[name] ?? { part: ' ' }, length)
  const from = process.cpuUsage()
  await reader(text)
  // The processor's time, which other programs do not slow down.
  const { user: took } = process.cpuUsage(from)
  expect(took, `µs for ${length} characters: ${name}`).toBeLessThan(BESIDE + EACH * length)
  return took
}
