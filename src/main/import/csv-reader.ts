// CSV: a table of service apps and orgs whose first line names the columns, in any order.
import { parseCsv } from '#base/common/csv.ts'
import { candidateOf, FIELD_LABELS, fieldOf, type ImportField } from './candidate.ts'
import { IMPORT_LIMITS, type ImportContent, type ImportDialect, refusedImport } from './import-dialect.ts'

/** The App ID follows from the client ID. */
const NEEDED: readonly ImportField[] = ['clientId', 'clientSecret', 'targetOrgId']

/** Whatever no other dialect recognises is read as a table. */
export const csv: ImportDialect = {
  name: 'CSV',
  extensions: ['csv', 'tsv'],
  recognises: () => true,
  read: readCsv,
}

function readCsv(text: string): ImportContent {
  const csv = parseCsv(text)
  if (csv.kind === 'refused') return refusedImport(`Line ${csv.line}: ${csv.sentence}`)
  const [heading, ...rows] = csv.rows
  if (heading === undefined || rows.length === 0) return refusedImport('There are no rows in it.')
  if (heading.cells.length > IMPORT_LIMITS.columns) return refusedImport('There are too many columns in it.')
  if (rows.length > IMPORT_LIMITS.rows) {
    return refusedImport(
      `There are ${rows.length} rows in it; at most ${IMPORT_LIMITS.rows} come in at once.`,
    )
  }
  const columns = heading.cells.map(fieldOf)
  const twice = columns.find((field, index) => field !== null && columns.indexOf(field) !== index)
  if (twice) return refusedImport(`${FIELD_LABELS[twice]} has two columns.`)
  const missing = NEEDED.filter((field) => !columns.includes(field))
  if (missing.length > 0) {
    return refusedImport(
      `The first line has to name the columns; missing: ${missing.map((field) => FIELD_LABELS[field]).join(', ')}.`,
    )
  }
  return {
    kind: 'profiles',
    tokenManager: null,
    candidates: rows.map(({ line, cells }) => {
      const values = new Map<ImportField, string>()
      for (const [index, field] of columns.entries())
        if (field !== null) values.set(field, unmarked(cells[index] ?? ''))
      const tooMany = cells.length > columns.length && cells.slice(columns.length).some((cell) => cell !== '')
      return candidateOf(
        line,
        values,
        tooMany ? { field: null, sentence: 'The row has more cells than there are columns.' } : null,
      )
    }),
  }
}

/** Our own export marks cells that a spreadsheet would run as formulas. */
function unmarked(cell: string): string {
  return /^'[=+\-@]/.test(cell) ? cell.slice(1) : cell
}
