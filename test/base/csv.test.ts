import { describe, expect, test } from 'vitest'
import { csvRow, parseCsv } from '#base/common/csv.ts'

const cellsOf = (text: string) => {
  const reading = parseCsv(text)
  return reading.kind === 'read' ? reading.rows.map(({ cells }) => cells) : reading
}

describe('CSV', () => {
  test.each([
    ['commas', 'a,b\r\n1,2\r\n'],
    ['semicolons', 'a;b\n1;2'],
    ['tabs', 'a\tb\r1\t2'],
    ['a byte order mark', '\ufeffa,b\n1,2'],
    ['empty lines', 'a,b\n\n,\n1,2\n\n'],
    ['quoted cells', '"a","b"\n"1","2"'],
  ])('with %s is read', (_, text) => {
    expect(cellsOf(text)).toEqual([
      ['a', 'b'],
      ['1', '2'],
    ])
  })

  test('of a quoted cell keeps delimiters, line breaks and doubled quotes', () => {
    expect(cellsOf('"a,b","c\r\nd","say ""hi"""')).toEqual([['a,b', 'c\r\nd', 'say "hi"']])
  })

  test('tells the line on which a row starts', () => {
    const reading = parseCsv('a\n"b\nb"\n\nc')
    expect(reading).toMatchObject({ kind: 'read', rows: [{ line: 1 }, { line: 2 }, { line: 5 }] })
  })

  test.each([
    ['a quoted cell that does not end', 'a\n"b', 2],
    ['text after a closing quote', 'a\nb\n"c"d', 3],
  ])('with %s is refused, with its line', (_, text, line) => {
    expect(cellsOf(text)).toMatchObject({ kind: 'refused', line })
  })

  test('that is written is read back, and no cell of it is a formula', () => {
    expect(cellsOf(csvRow(['a,b', 'say "hi"', 'c\r\nd']))).toEqual([['a,b', 'say "hi"', 'c\r\nd']])
    expect(csvRow(['=1+1', '+1', '-1', '@x'])).toBe("'=1+1,'+1,'-1,'@x\r\n")
  })
})
