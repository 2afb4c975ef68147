// One SQLite connection: statements prepared once, transactions that are whole or not at all.
import { isUtf8 } from 'node:buffer'
import { pathToFileURL } from 'node:url'
import Sqlite from 'libsql'

export type Value = string | number | Buffer | null
/** One row by column name, as it came: read it with row.ts. */
export type Row = Readonly<Record<string, unknown>>
/** What is written, by column name. */
export type Values = Readonly<Record<string, Value>>

interface Column {
  readonly name: string
  readonly type: string
}

type Statement = Sqlite.Statement<unknown[]>

const SEAL = 'seal'

/** How long another process may hold the file before we give up, in ms. */
const BUSY_TIMEOUT = 2000

export class Connection {
  readonly path: string
  readonly #database: Sqlite.Database
  readonly #statements = new Map<string, Statement>()
  readonly #columns = new Map<string, readonly Column[]>()

  /** Throws when the file cannot be opened. Creates it when it is missing. */
  constructor(path: string, options: { readonly busyTimeout: number } = { busyTimeout: BUSY_TIMEOUT }) {
    this.path = path
    this.#database = new Sqlite(path, { timeout: options.busyTimeout })
  }

  /** Several statements without values. Leaves nothing prepared behind, so that `close` lets go of the file at once. */
  exec(sql: string): void {
    this.#columns.clear()
    this.#database.exec(sql)
  }

  /** Values go by position: a name that is missing would end the process inside the driver. */
  run(sql: string, ...values: readonly Value[]): number {
    return this.#prepare(sql).run(values).changes
  }

  /** Not for text out of a table: see `rows`. */
  get(sql: string, ...values: readonly Value[]): Row | null {
    const found = this.#prepare(sql).get(values) as Record<string, unknown> | undefined
    if (found === undefined) return null
    // The driver adds how long it took.
    const { _metadata, ...row } = found
    return row
  }

  /** As `get`. */
  all(sql: string, ...values: readonly Value[]): Row[] {
    return this.#prepare(sql).all(values) as Row[]
  }

  /** Adds a row. `onConflict`: what becomes of it where its key is there already. */
  insert(table: string, row: Values, onConflict = ''): void {
    const columns = Object.keys(row)
    const places = columns.map(() => '?').join(', ')
    const sql = `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places}) ${onConflict}`
    this.run(sql, ...Object.values(row))
  }

  /** Adds a row, or brings the one with the same `key` up to date. */
  upsert(table: string, key: string, row: Values): void {
    const updated = Object.keys(row).filter((column) => column !== key)
    const assignments = updated.map((column) => `${column} = excluded.${column}`).join(', ')
    this.insert(table, row, `ON CONFLICT (${key}) DO UPDATE SET ${assignments}`)
  }

  /** Changes these columns of the rows that `where` selects. */
  update(table: string, changes: Values, where: string, ...values: readonly Value[]): void {
    const assignments = Object.keys(changes).map((column) => `${column} = ?`)
    const sql = `UPDATE ${table} SET ${assignments.join(', ')} WHERE ${where}`
    this.run(sql, ...Object.values(changes), ...values)
  }

  /**
   * The rows of a table that `rest` (from WHERE on) selects. Text is fetched as bytes, since the driver ends the process over
   * text that is no UTF-8: such a value stays a Buffer.
   */
  rows(table: string, rest = '', ...values: readonly Value[]): Row[] {
    return this.#rowsFrom(table, `${table} ${rest}`, values)
  }

  row(table: string, rest: string, ...values: readonly Value[]): Row | null {
    const found = this.#fetching(table, `${table} ${rest}`).get(values)
    return found === undefined ? null : rowOf(this.#columnsOf(table), found as unknown[])
  }

  #rowsFrom(table: string, from: string, values: readonly Value[]): Row[] {
    const columns = this.#columnsOf(table)
    const rows = this.#fetching(table, from).all(values) as unknown[][]
    return rows.map((row) => rowOf(columns, row))
  }

  #fetching(table: string, from: string): Statement {
    const fetched = this.#columnsOf(table).map(({ name, type }) => {
      const isBytes = type === 'TEXT' || type === 'BLOB'
      return isBytes ? `CAST(${name} AS BLOB)` : `iif(typeof(${name}) = 'text', NULL, ${name})`
    })
    return this.#prepare(`SELECT ${fetched.join(', ')} FROM ${from}`).raw()
  }

  /**
   * A whole table, or the rows of it that `from` selects, quickly: what crosses from the driver costs by the piece, so
   * SQLite puts all rows into one JSON text and each column of blobs into one blob, all in the order of the one scan. A
   * column `seal` is hex: so short, it is not worth an object.
   */
  packed(table: string, from = table): Row[] {
    const columns = this.#columnsOf(table)
    const blobs = columns.filter(({ name, type }) => type === 'BLOB' && name !== SEAL)
    const values = columns.map((column) => {
      if (column.name === SEAL) return `hex(${SEAL})`
      return blobs.includes(column) ? `length(CAST(${column.name} AS BLOB))` : column.name
    })
    const selected = [
      `CAST(json_group_array(json_array(${values.join(', ')})) AS BLOB) AS rows`,
      ...blobs.map(({ name }) => `CAST(group_concat(${name}, '') AS BLOB) AS ${name}`),
    ]
    const packed = unlessNoJson(() => this.get(`SELECT ${selected.join(', ')} FROM ${from}`)) ?? {}
    const json = textOf(packed.rows)
    const rows = typeof json === 'string' ? unpacked(columns, JSON.parse(json)) : null
    const isWhole = rows !== null && blobs.every(({ name }) => handOut(bytesOf(packed[name]), rows, name))
    // Otherwise there is a text that is no UTF-8, or bytes in the place of one.
    return isWhole ? rows : this.#rowsFrom(table, from, [])
  }

  #columnsOf(table: string): readonly Column[] {
    const known = this.#columns.get(table)
    if (known !== undefined) return known
    const columns = this.all(`PRAGMA table_info(${table})`).map(({ name, type }) => ({
      name: String(name),
      type: String(type),
    }))
    this.#columns.set(table, columns)
    return columns
  }

  /** Durable when it returns; on any error nothing of it has happened. */
  transaction<T>(work: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      const result = work()
      this.#database.exec('COMMIT')
      return result
    } catch (error) {
      // On a full disk SQLite has rolled back already; a second ROLLBACK would hide the cause.
      if (this.#database.inTransaction) this.#database.exec('ROLLBACK')
      throw error
    }
  }

  /** A whole database in a new file: https://www.sqlite.org/lang_vacuum.html#vacuuminto */
  copyTo(path: string): void {
    this.exec(`VACUUM INTO ${quoted(path)}`)
  }

  /** Moves everything into the main file and empties the log, so that what was overwritten is nowhere any more. */
  checkpoint(): void {
    try {
      this.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    } catch {
      // On a full disk it stays in the log, as durable as before.
    }
  }

  get isOpen(): boolean {
    return this.#database.open
  }

  close(): void {
    this.#statements.clear()
    if (this.#database.open) this.#database.close()
  }

  #prepare(sql: string): Statement {
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    const statement = this.#database.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }
}

/** ms. Another program may hold a database beside the open one; everything else waits meanwhile. */
const ATTACHED_TIMEOUT = 100

/**
 * Another database, attached as `copy` and not opened: the driver keeps an open file until its statements are collected.
 * `settings`: statements that come first.
 */
export function attached<T>(target: string, work: (db: Connection) => T, settings = ''): T {
  const db = new Connection(':memory:', { busyTimeout: ATTACHED_TIMEOUT })
  try {
    db.exec(`${settings}ATTACH ${quoted(target)} AS copy`)
    try {
      return work(db)
    } finally {
      db.exec('DETACH copy')
    }
  } finally {
    db.close()
  }
}

/** To be attached for reading its main file alone, without lock, log and journal: https://www.sqlite.org/uri.html#uriimmutable */
export function asItStands(path: string): string {
  const { host, pathname } = pathToFileURL(path)
  // SQLite takes no host, and the path of a Windows share with it.
  return `file://${host === '' ? '' : `//${host}`}${pathname}?mode=ro&immutable=1`
}

/** As a text of SQL. */
export function quoted(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}

/** A value of a text column, fetched as bytes. */
function textOf(value: unknown): unknown {
  if (value === null || value === undefined) return null
  const bytes = bytesOf(value)
  return isUtf8(bytes) ? bytes.toString('utf8') : bytes
}

/** The driver gives a Buffer for one row and an ArrayBuffer for one of many. */
function bytesOf(value: unknown): Buffer {
  return Buffer.isBuffer(value) ? value : Buffer.from((value ?? []) as ArrayBuffer)
}

/** `values`: in the order of the columns, text as bytes. */
function rowOf(columns: readonly Column[], values: readonly unknown[]): Row {
  const row: Record<string, unknown> = {}
  let at = 0
  for (const { name, type } of columns) {
    const value = values[at++]
    row[name] = type === 'TEXT' ? textOf(value) : value
  }
  return row
}

/** `lists`: the values of each row in the order of the columns. */
function unpacked(
  columns: readonly Column[],
  lists: readonly (readonly unknown[])[],
): Record<string, unknown>[] {
  return lists.map((values) => {
    const row: Record<string, unknown> = {}
    let at = 0
    for (const { name } of columns) row[name] = values[at++]
    return row
  })
}

/** Puts the pieces of a column in the place of their lengths. False: these are not they. */
function handOut(all: Buffer, rows: readonly Record<string, unknown>[], column: string): boolean {
  let offset = 0
  for (const row of rows) {
    const length = row[column]
    if (typeof length !== 'number') continue
    row[column] = all.subarray(offset, offset + length)
    offset += length
  }
  return offset === all.length
}

/** null: a column of text holds bytes, which JSON cannot. */
function unlessNoJson<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof Error && error.message.includes('JSON cannot hold')) return null
    throw error
  }
}
