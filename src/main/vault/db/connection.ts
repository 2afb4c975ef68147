// One SQLite connection: statements prepared once, transactions that are whole or not at all.
import Sqlite from 'libsql'

export type Value = string | number | Buffer | null
/** One row by column name, as it came: read it with row.ts. */
export type Row = Readonly<Record<string, unknown>>
/** What is written, by column name. */
export type Values = Readonly<Record<string, Value>>

type Statement = Sqlite.Statement<unknown[]>

/** How long another process may hold the file before we give up, in ms. */
const BUSY_TIMEOUT = 2000

export class Connection {
  readonly path: string
  readonly #database: Sqlite.Database
  readonly #statements = new Map<string, Statement>()
  #checkpoints = 0

  /** Throws when the file cannot be opened. Creates it when it is missing. */
  constructor(path: string, options: { readonly busyTimeout: number } = { busyTimeout: BUSY_TIMEOUT }) {
    this.path = path
    this.#database = new Sqlite(path, { timeout: options.busyTimeout })
  }

  /** Several statements without values. Leaves nothing prepared behind, so that `close` lets go of the file at once. */
  exec(sql: string): void {
    this.#database.exec(sql)
  }

  /** Values go by position: a name that is missing would end the process inside the driver. */
  run(sql: string, ...values: readonly Value[]): number {
    return this.#prepare(sql).run(values).changes
  }

  get(sql: string, ...values: readonly Value[]): Row | null {
    const found = this.#prepare(sql).get(values) as Record<string, unknown> | undefined
    if (found === undefined) return null
    // The driver adds how long it took.
    const { _metadata, ...row } = found
    return row
  }

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

  /** Adds a row, or brings the one with the same `key` up to date, except for the columns in `fixed`. */
  upsert(table: string, key: string, row: Values, fixed: readonly string[] = []): void {
    const updated = Object.keys(row).filter((column) => column !== key && !fixed.includes(column))
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
   * A whole table, or the rows of it that `from` selects, quickly: what crosses from the driver costs by the piece, so
   * SQLite puts all rows into one JSON text and all blobs into one more, both in the order of the one scan.
   */
  packed(table: string, from = table): Row[] {
    const columns = this.all(`PRAGMA table_info(${table})`).map(({ name, type }) => ({
      name: String(name),
      isBlob: type === 'BLOB',
    }))
    const blobs = columns.filter(({ isBlob }) => isBlob).map(({ name }) => name)
    const named = columns.map(({ name, isBlob }) => `'${name}', ${isBlob ? `length(${name})` : name}`)
    const pieces = blobs.map((blob) => `ifnull(hex(${blob}), '')`).join(' || ') || `''`
    const packed = this.get(
      `SELECT json_group_array(json_object(${named.join(', ')})) AS rows,
         group_concat(${pieces}, '') AS bytes FROM ${from}`,
    )
    const rows = JSON.parse(String(packed?.rows)) as Record<string, unknown>[]
    const bytes = Buffer.from(String(packed?.bytes ?? ''), 'hex')
    let offset = 0
    for (const row of rows) {
      for (const blob of blobs) {
        const length = row[blob]
        if (typeof length !== 'number') continue
        row[blob] = bytes.subarray(offset, offset + length)
        offset += length
      }
    }
    return rows
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

  /** How often the log was emptied by `checkpoint`. */
  get checkpoints(): number {
    return this.#checkpoints
  }

  /** A whole database in a new file: https://www.sqlite.org/lang_vacuum.html#vacuuminto */
  copyTo(path: string): void {
    this.exec(`VACUUM INTO '${path.replaceAll("'", "''")}'`)
  }

  /** Moves everything into the main file and empties the log, so that what was overwritten is nowhere any more. */
  checkpoint(): void {
    this.#checkpoints += 1
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
