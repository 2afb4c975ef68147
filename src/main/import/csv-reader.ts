// A table of service apps and orgs: the first line names the columns, in any order.
import { parseCsv } from '#base/common/csv.ts'
import {
  candidateOf,
  FIELD_LABELS,
  fieldOf,
  IMPORT_LIMITS,
  type ImportField,
  type ImportReading,
  refusedReading,
} from './candidate.ts'

const NEEDED: readonly ImportField[] = ['appId', 'clientId', 'clientSecret', 'targetOrgId']

export function readCsv(text: string): ImportReading {
  const csv = parseCsv(text)
  if (csv.kind === 'refused') return refusedReading(`Line ${csv.line}: ${csv.sentence}`)
  const [heading, ...rows] = csv.rows
  if (heading === undefined || rows.length === 0) return refusedReading('There are no rows in it.')
  if (heading.cells.length > IMPORT_LIMITS.columns) return refusedReading('There are too many columns in it.')
  if (rows.length > IMPORT_LIMITS.rows) {
    return refusedReading(
      `There are ${rows.length} rows in it; at most ${IMPORT_LIMITS.rows} come in at once.`,
    )
  }
  const columns = heading.cells.map(fieldOf)
  const twice = columns.find((field, index) => field !== null && columns.indexOf(field) !== index)
  if (twice) return refusedReading(`${FIELD_LABELS[twice]} has two columns.`)
  const missing = NEEDED.filter((field) => !columns.includes(field))
  if (missing.length > 0) {
    return refusedReading(
      `The first line has to name the columns; missing: ${missing.map((field) => FIELD_LABELS[field]).join(', ')}.`,
    )
  }
  return {
    kind: 'read',
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
