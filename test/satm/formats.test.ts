// JSON, YAML and CSV as other programs read them.
import { createRequire } from 'node:module'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseCsv } from '#base/common/csv.ts'
import { formatted, withIsoTimes } from '#satm/client/formats.ts'

/** A reader of YAML that is there for another tool. */
const yaml: { parse(text: string, options?: { version: string }): unknown } = createRequire(
  import.meta.resolve('knip'),
)('yaml')

const inYaml = (value: object) => formatted({ format: 'yaml', fields: null }, value, [], [])

/** What YAML 1.1 or 1.2 could take for something else. */
const awkward = fc.oneof(
  fc.constantFrom(
    'no',
    'Yes',
    'on',
    'null',
    '~',
    '',
    ' a',
    'a ',
    '- a',
    'a: b',
    'a #b',
    '#',
    '1e3',
    '0x1',
    '2026-01-01',
  ),
  fc.constantFrom(
    '.inf',
    '"',
    "'",
    '{a}',
    '[a]',
    '*a',
    '&a',
    '!a',
    '%a',
    '@a',
    '`a',
    '|',
    '>',
    '?',
    '=',
    '<<',
    '1_0',
  ),
  fc.string({
    unit: fc.constantFrom(...`ab:#-?'"\\\n\t\r []{},&*!|>%@\`\u0085\u2028\ufeffÿ😀`),
    maxLength: 12,
  }),
)
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    awkward,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(awkward, tie('any'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).any

describe('YAML is read back as it was', () => {
  test.each(['1.1', '1.2'])('by a reader of version %s', (version) => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 4 }), (all) => {
        fc.pre(!JSON.stringify(all).includes('"<<"'))
        expect(yaml.parse(inYaml(all), { version })).toEqual(JSON.parse(JSON.stringify(all)))
      }),
      { numRuns: 300 },
    )
  })

  test('as a person would write it', () => {
    const shown = {
      kind: 'all',
      states: { 'not-yet-issued': 2 },
      tags: ['a b', 'no'],
      none: [],
      rows: [{ a: null, b: 1 }],
    }
    expect(inYaml(shown)).toBe(
      'kind: all\nstates:\n  not-yet-issued: 2\ntags:\n  - a b\n  - "no"\nnone: []\nrows:\n  - a: null\n    b: 1\n',
    )
  })
})

describe('CSV', () => {
  const csv = (rows: readonly object[], fields: readonly string[] | null = null) =>
    formatted({ format: 'csv', fields }, {}, rows, ['name', 'expiresAt', 'remarks'])

  test('has a head, times in ISO 8601, and quotes where they are needed', () => {
    const rows = [{ name: 'a, "b"\nc', expiresAt: 0, remarks: ['one', 'two'] }, { name: 'd' }]
    const read = parseCsv(csv(rows))
    expect(read).toMatchObject({
      rows: [
        { cells: ['name', 'expiresAt', 'remarks'] },
        { cells: ['a, "b"�c', '1970-01-01T00:00:00.000Z', 'one two'] },
        { cells: ['d', '', ''] },
      ],
    })
  })

  test('runs as no formula in a spreadsheet, whatever a name is', () => {
    for (const name of ['=1+1', '+1', '-1', '@a', '=cmd|" /C calc"!A0'])
      expect(csv([{ name }]).split('\r\n')[1]?.replace(/^"/, '')).toMatch(/^'/)
  })

  test('has the fields that were named, in their order', () => {
    expect(csv([{ name: 'a', expiresAt: null, remarks: [] }], ['remarks', 'name'])).toBe(
      'remarks,name\r\n,a\r\n',
    )
  })
})

test('every instant becomes ISO 8601, and nothing else does', () => {
  const all = {
    now: 0,
    expiresAt: 1,
    calls: [{ startedAt: 2, duration: 3, status: 200 }],
    until: null,
    since: 4,
    day: 5,
  }
  expect(withIsoTimes(all)).toEqual({
    now: '1970-01-01T00:00:00.000Z',
    expiresAt: '1970-01-01T00:00:00.001Z',
    calls: [{ startedAt: '1970-01-01T00:00:00.002Z', duration: 3, status: 200 }],
    until: null,
    since: '1970-01-01T00:00:00.004Z',
    day: 5,
  })
  // No date has it; shown as it is rather than not at all.
  expect(withIsoTimes({ expiresAt: 9e15 })).toEqual({ expiresAt: 9e15 })
})
