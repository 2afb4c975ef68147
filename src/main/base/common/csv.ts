// Comma-separated values (RFC 4180) as spreadsheets write them: BOM, CRLF, semicolons or tabs, quoted cells.

export interface CsvRow {
  /** The line it starts on, from 1. */
  readonly line: number
  readonly cells: readonly string[]
}

export type CsvReading =
  | { readonly kind: 'read'; readonly rows: readonly CsvRow[] }
  | { readonly kind: 'refused'; readonly line: number; readonly sentence: string }

/** Excel's first line that names the delimiter. */
const SEP_LINE = /^sep=(.)(?:\r\n|\r|\n)/i

/** Empty lines are left out. Stops at the first flaw: after it nothing is certain. */
export function parseCsv(text: string): CsvReading {
  const whole = text.startsWith('\ufeff') ? text.slice(1) : text
  const [sepLine = '', named] = SEP_LINE.exec(whole) ?? []
  const body = whole.slice(sepLine.length)
  const delimiter = named ?? delimiterOf(body)
  const rows: CsvRow[] = []
  let cells: string[] = []
  let line = sepLine === '' ? 1 : 2
  let rowLine = line
  let at = 0
  const endRow = () => {
    if (cells.some((cell) => cell !== '')) rows.push({ line: rowLine, cells })
    cells = []
    rowLine = line
  }
  while (at < body.length) {
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
  return { kind: 'read', rows }
}

/** One row, with CRLF at its end. Cells that a spreadsheet would run as formulas are marked as text. */
export function csvRow(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`
}

function csvCell(cell: string): string {
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell
  return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** The most frequent one in the first line. */
function delimiterOf(body: string): string {
  const first = /^[^\r\n]*/.exec(body)?.[0].replaceAll(/"[^"]*"/g, '') ?? ''
  const count = (delimiter: string) => first.split(delimiter).length
  return [',', ';', '\t'].reduce((best, other) => (count(other) > count(best) ? other : best))
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
