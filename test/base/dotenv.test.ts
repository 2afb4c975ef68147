import { parse } from 'dotenv'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { entriesOf, meaningOf } from '#base/common/dotenv.ts'
import { searchable } from '#base/node/env-editor.ts'
import { envText } from './support/env-texts.ts'

/** What the entries say, by name; of duplicates the last. */
function understood(bytes: Buffer): Record<string, string> {
  const read = searchable(bytes)
  if (read.kind === 'not-text') throw new Error(read.sentence)
  return Object.fromEntries(
    entriesOf(read.text).map(({ name, from, to }) => [
      name,
      meaningOf(bytes.subarray(from, to).toString('utf8')),
    ]),
  )
}

describe('the entries of a text', () => {
  test('are those dotenv sees, with the same values, in whatever text', () => {
    fc.assert(
      fc.property(envText(['A', 'B', 'TOKEN']), (text) => {
        const bytes = Buffer.from(text)
        fc.pre(!text.includes('\0') && !text.includes('__proto__'))
        expect(understood(bytes)).toEqual(parse(bytes))
      }),
      { numRuns: 1_500 },
    )
  })

  test('are those dotenv sees in bytes that are no UTF-8', () => {
    fc.assert(
      fc.property(fc.uint8Array({ min: 0x80 }), fc.uint8Array({ min: 0x80 }), (one, two) => {
        const bytes = Buffer.concat([
          Buffer.from('A='),
          one,
          Buffer.from('\nB=1 #'),
          two,
          Buffer.from('\nC=2'),
        ])
        expect(understood(bytes)).toEqual(parse(bytes))
      }),
    )
  })

  test('mean what dotenv makes of any quotes and line ends, wherever they stand', () => {
    const character = fc.constantFrom(...'\'"`ab \n\r\u2028\u2029\\')
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 40 }), (written) => {
        // As `parse` of dotenv has it.
        const trimmed = written.replace(/\r\n?/g, '\n').trim()
        const bare = trimmed.replace(/^(['"`])([\s\S]*)\1$/gm, '$2')
        const value = trimmed.startsWith('"') ? bare.replace(/\\n/g, '\n').replace(/\\r/g, '\r') : bare
        expect(meaningOf(written)).toBe(value)
      }),
      { numRuns: 5_000 },
    )
  })

  test.each([
    ['unclosed quotes', 'A=\'\nB="\nC=`\n'],
    ['escaped quotes', "A='\\'\\'\\'\\'\n"],
    ['blank lines', '\n \n\n\t\n'],
    ['words', 'export export\nA\nA:\n'],
    ['quotes that close late', 'A="\\"\n\'\n'],
  ])('are found in time linear in the text: %s', (_, part) => {
    const text = part.repeat(Math.ceil(2_000_000 / part.length))
    const from = process.cpuUsage()
    entriesOf(text)
    // In µs of the processor, which other programs do not slow down.
    expect(process.cpuUsage(from).user).toBeLessThan(5_000_000)
  })
})
