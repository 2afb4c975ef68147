// Formats for programs: JSON, YAML and CSV, with ISO 8601 times, and a variable for a shell.
import { csvRow } from '#base/common/csv.ts'
import { editEnv } from '#base/node/env-editor.ts'
import type { ShellName } from './option-table.ts'
import type { Output } from './option-values.ts'
import { plain } from './print.ts'

/**
 * `whole`: the app's answer, which JSON and YAML show unless fields were named; `rows`: what is in it, one for each line of
 * CSV, with `columns` as its head.
 */
export function formatted(
  { format, fields }: Output,
  whole: object,
  rows: readonly object[],
  columns: readonly string[],
): string {
  const picked = () =>
    rows.map((row) => Object.fromEntries((fields ?? []).map((name) => [name, at(row, name)])))
  const shown = withIsoTimes(fields === null || format === 'csv' ? whole : picked())
  switch (format) {
    case 'yaml':
      return yaml(shown)
    case 'csv': {
      const names = fields ?? columns
      const cells = rows.map((row) => names.map((name) => cell(withIsoTimes({ [name]: at(row, name) }))))
      return [names, ...cells].map(csvRow).join('')
    }
    default:
      return json(shown)
  }
}

/** Missing in what an older app sends. */
const at = (row: object, name: string): unknown => new Map(Object.entries(row)).get(name) ?? null

function cell(one: unknown): string {
  const [value] = Object.values(one as object)
  if (value === null) return ''
  return plain(Array.isArray(value) ? value.join(' ') : String(value))
}

const INSTANT = /^(now|at|since|from|until|deadline)$|(At|Until)$/
/** ms on either side of 1970 (ECMA-262, time values). */
const LAST_INSTANT = 8.64e15

/** Instants are known by their names, as for the local endpoint. */
export function withIsoTimes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withIsoTimes)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => {
      const isInstant = typeof each === 'number' && INSTANT.test(name) && Math.abs(each) <= LAST_INSTANT
      return [name, isInstant ? iso(each) : withIsoTimes(each)]
    }),
  )
}

export const iso = (instant: number): string => new Date(instant).toISOString()

/** As `JSON.stringify`, with the control characters it leaves escaped too. */
function json(value: unknown): string {
  return `${escaped(JSON.stringify(value, null, 2))}\n`
}

const escaped = (text: string) =>
  text.replace(
    /[\u007f-\u009f\u2028\u2029\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** YAML 1.2 in block style; every text that could mean something else is in double quotes, as JSON has it. */
function yaml(value: unknown): string {
  return `${block(value, '').replace(/^\n/, '')}\n`
}

function block(value: unknown, indent: string): string {
  const deeper = `${indent}  `
  if (Array.isArray(value)) {
    const items = value.map((item) => `\n${indent}- ${block(item, deeper).replace(/^\n */, '')}`)
    return items.join('') || '[]'
  }
  if (typeof value !== 'object' || value === null) return scalar(value)
  const lines = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .map(([name, each]) => `\n${indent}${scalar(name)}:${block(each, deeper).replace(/^(?!\n)/, ' ')}`)
  return lines.join('') || '{}'
}

/** Also in YAML 1.1, which many tools still read. */
const RESERVED = /^(true|false|yes|no|on|off|y|n|null)$/i

function scalar(value: unknown): string {
  const isPlain = typeof value === 'string' && /^[A-Za-z]([\w .-]*\w)?$/.test(value) && !RESERVED.test(value)
  return isPlain ? value : escaped(JSON.stringify(value))
}

/**
 * A variable set in the language of a shell: whatever the value, it is read back as it is and nothing of it is run.
 * With its final line feed. `name`: letters, digits and `_`. Throws if the value cannot be written in that language.
 */
export function shellLine(shell: ShellName, name: string, value: string): string {
  // No environment can hold it.
  if (value.includes('\0')) throw new Error('The value contains a NUL character.')
  switch (shell) {
    case 'sh':
      // POSIX 2.2.2: nothing is special inside single quotes but their end.
      return `export ${name}='${value.replaceAll("'", `'\\''`)}'\n`
    case 'fish':
      return `set -gx ${name} '${value.replace(/[\\']/g, '\\$&')}'\n`
    case 'powershell':
      // It takes typographic quotes for quotes as well.
      return `$Env:${name} = '${value.replace(/['‘’‚‛]/g, '$&$&')}'\n`
    case 'dotenv': {
      const edited = editEnv(new Uint8Array(), [{ name, value: { reveal: () => value } }])
      if (edited.kind === 'refused') throw new Error(edited.sentence)
      return Buffer.from(edited.bytes).toString('utf8')
    }
  }
}
