// CSV: a table of service apps and orgs, whose column names stand above it, in any order.
import { type CsvRow, parseCsv } from '#base/common/csv.ts'
import {
  IMPORT_LIMITS,
  type ImportChoices,
  type ImportContent,
  type ImportDialect,
  refusedImport,
} from './import-dialect.ts'
import { profilesContent, readFields, tooMany } from './import-records.ts'
import { type ImportField, meaningOfName, rememberedMeanings } from './known-names.ts'
import { variablesContent } from './variable-sets.ts'

/** Whatever no other dialect recognises is read as a table. */
export const csv: ImportDialect = {
  name: 'CSV',
  extensions: ['csv', 'tsv'],
  recognises: () => true,
  read: readCsv,
}

const TEMPLATE_ROWS: Readonly<Record<ImportField, string>> = {
  name: '# Example: Acme production',
  orgName: 'Acme',
  appId: 'App ID (or leave it empty)',
  clientId: "the service app's client ID",
  clientSecret: "the service app's client secret",
  targetOrgId: "the customer's org ID",
  accessToken: 'optional',
  refreshToken: 'optional',
}

/** The columns, and an example that is a comment to spreadsheets' users and to the reader. */
export const CSV_TEMPLATE = [Object.keys(TEMPLATE_ROWS), Object.values(TEMPLATE_ROWS)]
  .map((cells) => `${cells.join(',')}\r\n`)
  .join('')

/** An org's ID can stand in them, or a token that names its org. */
const OF_ORG: readonly (ImportField | null)[] = ['targetOrgId', 'accessToken', 'refreshToken']
/** Titles above a table of a spreadsheet. */
const MOST_TITLES = 10
const FIRST_LINES = 4096
const UNKNOWN =
  'The format was not recognized. Use JSON, variables (NAME=value), or a table whose first line names its columns, with the org ID among them.'

function readCsv(text: string, choices: ImportChoices): ImportContent {
  const csv = parseCsv(text)
  if (csv.kind === 'refused') return refusedImport(`Line ${csv.line}: ${csv.sentence}`)
  const titles = csv.rows.slice(0, MOST_TITLES).findIndex(({ cells }) => isHeading(cells))
  const [heading, ...below] = csv.rows.slice(Math.max(titles, 0))
  if (heading === undefined) return refusedImport('The file has no rows.')
  const rows = below.filter((row) => !isRepeated(row, heading))
  if (heading.cells.length > IMPORT_LIMITS.columns) return refusedImport('The file has too many columns.')
  if (isListOfVariables(heading)) {
    return variablesContent(
      rows.map(({ cells }) => [cells[0] ?? '', unmarked(cells[1] ?? '')] as const),
      choices,
    )
  }
  if (titles === -1) {
    return refusedImport(UNKNOWN)
  }
  if (rows.length === 0) return refusedImport('The file has no rows.')
  const excess = tooMany(rows.length, 'rows')
  if (excess !== null) return excess
  const columns = heading.cells.map((cell, index) => cell.trim() || `Column ${index + 1}`)
  const meaningOf = rememberedMeanings()
  const records = rows.map(({ line, cells }) => {
    const fields = readFields(
      columns.map((name, index) => [name, unmarked(cells[index] ?? '')] as const),
      meaningOf,
    )
    const hasMore = cells.slice(columns.length).some((cell) => cell !== '')
    const flaw = hasMore ? { field: null, sentence: 'The row has more cells than columns.' } : fields.flaw
    return { line, fields: { ...fields, flaw } }
  })
  const skippedLines = Math.max(titles, 0) + csv.comments + below.length - rows.length
  return profilesContent(records, choices, { skippedLines })
}

/** Whether its first lines name columns. `NAME=value` may look like a cell, and a padded ID like a variable. */
export function hasHeading(text: string): boolean {
  const lines = text.slice(0, FIRST_LINES).split(/\r\n|\r|\n/, MOST_TITLES)
  const csv = parseCsv(lines.join('\n'))
  return (
    csv.kind === 'read' && csv.rows.some(({ cells }) => isHeading(cells) && !/[=[\]]/.test(cells.join('')))
  )
}

function isHeading(cells: readonly string[]): boolean {
  const meanings = cells.map((cell) => meaningOfName(cell))
  return meanings.some((meaning) => meaning?.isPlain && (meaning.isByValue || OF_ORG.includes(meaning.field)))
}

/** Several files in one: each has brought its heading. */
function isRepeated({ cells }: CsvRow, heading: CsvRow): boolean {
  return (
    cells.length === heading.cells.length &&
    cells.every((cell, index) => cell.trim() === heading.cells[index]?.trim())
  )
}

/** As portals export their settings: `name,value`. */
function isListOfVariables({ cells }: CsvRow): boolean {
  const [name = '', value = ''] = cells.map((cell) => cell.trim().toLowerCase())
  return ['name', 'key', 'variable'].includes(name) && value === 'value'
}

/** Our own export marks cells that a spreadsheet would run as formulas. */
function unmarked(cell: string): string {
  return /^'[=+\-@]/.test(cell) ? cell.slice(1) : cell
}
