// Comma-separated values (RFC 4180) as spreadsheets write them: BOM, CRLF, semicolons, tabs or bars, quoted cells.

export interface CsvRow {
  /** The line it starts on, from 1. */
  readonly line: number
  readonly cells: readonly string[]
}

export type CsvReading =
  | { readonly kind: 'read'; readonly rows: readonly CsvRow[]; readonly comments: number }
  | { readonly kind: 'refused'; readonly line: number; readonly sentence: string }

/** Excel's first line that names the delimiter. */
const SEP_LINE = /^sep=(.)(?:\r\n|\r|\n)/i

/** Empty lines and comments are left out. Stops at the first flaw: after it nothing is certain. */
export function parseCsv(text: string): CsvReading {
  const whole = text.startsWith('\ufeff') ? text.slice(1) : text
  const [sepLine = '', named] = SEP_LINE.exec(whole) ?? []
  const body = whole.slice(sepLine.length)
  const delimiter = named ?? delimiterOf(body)
  const rows: CsvRow[] = []
  let cells: string[] = []
  let line = sepLine === '' ? 1 : 2
  let rowLine = line
  let comments = 0
  let at = 0
  const endRow = () => {
    if (cells.some((cell) => cell !== '')) rows.push({ line: rowLine, cells })
    cells = []
    rowLine = line
  }
  while (at < body.length) {
    if (cells.length === 0 && isComment(body, at, delimiter)) {
      comments += 1
      at = plainCell(body, at, '\n').end
      if (at < body.length) at += body.startsWith('\r\n', at) ? 2 : 1
      line += 1
      rowLine = line
      continue
    }
    const cell = body[at] === '"' ? quotedCell(body, at) : plainCell(body, at, delimiter)
    if (cell === null) return { kind: 'refused', line, sentence: 'A quoted cell does not end.' }
    cells.push(cell.text)
    line += newLines(cell.text)
    at = cell.end
    const next = body[at]
    if (next === delimiter) {
      at += 1
      // A delimiter at the very end leaves one more empty cell, which changes nothing.
      continue
    }
    if (next !== undefined && next !== '\r' && next !== '\n') {
      return { kind: 'refused', line, sentence: 'There is text after a closing quote.' }
    }
    if (next !== undefined) {
      at += next === '\r' && body[at + 1] === '\n' ? 2 : 1
      line += 1
    }
    endRow()
  }
  if (cells.length > 0) endRow()
  return { kind: 'read', rows, comments }
}

/** A line that begins with #, but for a column of numbers that is called so. A cell that does is quoted. */
function isComment(body: string, at: number, delimiter: string): boolean {
  return body[at] === '#' && body[at + 1] !== delimiter && !'\r\n'.includes(body[at + 1] ?? '\n')
}

/** One row, with CRLF at its end. Cells that a spreadsheet would run as formulas are marked as text. */
export function csvRow(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`
}

function csvCell(cell: string): string {
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell
  return /^#|[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

const FIRST_CHARACTERS = 65_536
const FIRST_LINES = 12

/** The most frequent one in any of the first lines: there may be a title above the column names. */
function delimiterOf(body: string): string {
  const lines = body.slice(0, FIRST_CHARACTERS).split(/\r\n|\r|\n/, FIRST_LINES)
  const plain = lines.filter((line) => !line.startsWith('#')).map((line) => line.replaceAll(/"[^"]*"/g, ''))
  const count = (delimiter: string) => Math.max(...plain.map((line) => line.split(delimiter).length))
  return [',', ';', '\t', '|'].reduce((best, other) => (count(other) > count(best) ? other : best))
}

interface Cell {
  readonly text: string
  readonly end: number
}

function plainCell(body: string, start: number, delimiter: string): Cell {
  let end = start
  while (end < body.length && body[end] !== delimiter && body[end] !== '\r' && body[end] !== '\n') end++
  return { text: body.slice(start, end), end }
}

/** null: the quote never closes. */
function quotedCell(body: string, start: number): Cell | null {
  let text = ''
  let from = start + 1
  for (;;) {
    const quote = body.indexOf('"', from)
    if (quote === -1) return null
    text += body.slice(from, quote)
    if (body[quote + 1] !== '"') return { text, end: quote + 1 }
    text += '"'
    from = quote + 2
  }
}

function newLines(text: string): number {
  return text.match(/\r\n|\r|\n/g)?.length ?? 0
}
