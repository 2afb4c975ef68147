// Damage: changes one field of a closed vault's file as a disk or a stranger would. The schema's rules are taken out first:
// they bind nobody who writes the file by other means.
import { Connection } from '#vault/db/connection.ts'
import { databaseFile } from './tamper.ts'

export interface Field {
  readonly table: string
  readonly column: string
}

/** What is stored: its type, and its bytes as hex, or a number as text. */
interface Stored {
  readonly type: 'null' | 'integer' | 'text' | 'blob'
  readonly content: string
}

/** Every column of every table, as the database itself lists them. */
export function fieldsOf(db: Connection): Field[] {
  return db
    .all(`SELECT t.name AS "table", c.name AS "column" FROM sqlite_schema AS t, pragma_table_info(t.name) AS c
      WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' ORDER BY 1, c.cid`)
    .map((row) => ({ table: String(row.table), column: String(row.column) }))
}

/** What is stored in place of the value; null: nothing of the kind can happen to it. `other`: of another row. */
export type Harm = (stored: Stored, other: Stored | null) => Stored | null

const flipped =
  (bit: number): Harm =>
  ({ type, content }) => {
    if (type === 'integer') return { type, content: String(BigInt(content) ^ (1n << BigInt(bit))) }
    if (type === 'null' || content === '') return null
    const byte = Number.parseInt(content.slice(0, 2), 16) ^ (1 << (bit % 8))
    return { type, content: byte.toString(16).padStart(2, '0') + content.slice(2) }
  }

export const HARMS: Readonly<Record<string, Harm>> = {
  'its lowest bit is flipped': flipped(0),
  // Of a text: no UTF-8 any more. Of an instant: millennia.
  'a high bit is flipped': flipped(47),
  'one character is another': ({ type, content }) => {
    if (type === 'integer') return { type, content: `${content.startsWith('9') ? 8 : 9}${content.slice(1)}` }
    return type === 'null' || content === '' ? null : { type, content: `${content.slice(0, -2)}7e` }
  },
  'it has another type': ({ type, content }) =>
    type === 'text' ? { type: 'blob', content } : { type: 'text', content: 'ff' },
  'it is gone': ({ type }) => (type === 'null' ? null : { type: 'null', content: '' }),
  'it is that of another row': (stored, other) =>
    other === null || (other.type === stored.type && other.content === stored.content) ? null : other,
}

/** Harms the field in the nth row, those with a value first; null: this harm cannot happen to it, false: there is no row. */
export function harmField(
  folder: string,
  { table, column }: Field,
  harm: Harm,
  nth = 0,
): { readonly key: string } | null | false {
  return inFile(folder, (db) => {
    const keys = keysOf(db, table)
    const rows =
      db.all(`SELECT ${keys.map((name, n) => `"${name}" AS k${n}`).join(', ')}, typeof("${column}") AS type,
      CASE typeof("${column}") WHEN 'integer' THEN CAST("${column}" AS TEXT) ELSE hex("${column}") END AS content
      FROM ${table} ORDER BY "${column}" IS NULL, ${keys.map((name) => `"${name}"`).join(', ')}`)
    const row = rows[nth]
    if (row === undefined) return false
    const other = rows.find((one) => one !== row)
    const harmed = harm(storedIn(row), other === undefined ? null : storedIn(other))
    if (harmed === null) return null
    const place = keys.map((name) => `"${name}" = ?`).join(' AND ')
    const values = keys.map((_, n) => row[`k${n}`] as string | number)
    try {
      db.run(`UPDATE ${table} SET "${column}" = ${literal(harmed)} WHERE ${place}`, ...values)
      return { key: values.join(' ') }
    } catch (error) {
      // A key is in the shape of the table: no file holds a second one of it, or none.
      if (error instanceof Error && /constraint failed|datatype mismatch/.test(error.message)) return null
      throw error
    }
  })
}

function storedIn(row: Readonly<Record<string, unknown>>): Stored {
  return { type: row.type as Stored['type'], content: String(row.content ?? '') }
}

function literal({ type, content }: Stored): string {
  switch (type) {
    case 'null':
      return 'NULL'
    case 'integer':
      return content
    case 'text':
      return `CAST(x'${content}' AS TEXT)`
    case 'blob':
      return `x'${content}'`
  }
}

function keysOf(db: Connection, table: string): string[] {
  const keys = db.all(`SELECT name FROM pragma_table_info('${table}') WHERE pk > 0 ORDER BY pk`)
  return keys.map(({ name }) => String(name))
}

/** Takes the rules out of the schema: types, NOT NULL, CHECK, foreign keys, triggers. */
export function loosen(folder: string): void {
  inFile(folder, (db) => {
    db.exec('PRAGMA writable_schema = ON')
    for (const { name, sql } of db.all('SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL')) {
      const loose = String(sql)
        .replace(/BEFORE UPDATE ON .*$/s, 'AFTER DELETE ON attempts BEGIN SELECT 1; END')
        .replaceAll(/STRICT(, )?/g, '')
        .replaceAll(/(?<! IS) NOT NULL/g, '')
        .replaceAll(
          /REFERENCES \w+ \(id\)( ON DELETE (SET NULL|CASCADE))?( DEFERRABLE INITIALLY DEFERRED)?/g,
          '',
        )
      db.run('UPDATE sqlite_schema SET sql = ? WHERE name = ?', loose, String(name))
    }
    reread(db)
  })
}

/** The schema is read again by whoever sees another number. */
function reread(db: Connection): void {
  const row = db.get('PRAGMA schema_version')
  db.exec(`PRAGMA schema_version = ${Number(row?.schema_version) + 1}`)
}

function inFile<T>(folder: string, work: (db: Connection) => T): T {
  const db = new Connection(databaseFile(folder))
  db.exec('PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON')
  try {
    return work(db)
  } finally {
    db.checkpoint()
    db.close()
  }
}
