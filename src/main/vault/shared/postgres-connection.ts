// PostgreSQL connections: statements by the names that SQLite's connection has, and transactions of which it is known whether
// they were stored.
import { Socket } from 'node:net'
import pg from 'pg'
import { StoreFailure } from '#engine/domain/ports.ts'
import type { Row, Value, Values } from '../db/connection.ts'

/** A list goes in as one value: `= ANY(?)`. */
export type SharedValue = Value | boolean | Date | readonly Value[]

/** In a transaction, or each on its own. Values stand as `?` or `$n`. Each rejects with a `StoreFailure`. */
export interface Statements {
  /** The rows that a statement returns. */
  query(sql: string, ...values: readonly SharedValue[]): Promise<readonly Row[]>
  /** How many rows it changed. */
  run(sql: string, ...values: readonly SharedValue[]): Promise<number>
  /** Of a table, whole; `rest`: from WHERE on. */
  rows(table: string, rest?: string, ...values: readonly SharedValue[]): Promise<readonly Row[]>
  row(table: string, rest: string, ...values: readonly SharedValue[]): Promise<Row | null>
  insert(table: string, row: Values, onConflict?: string): Promise<number>
  /** Adds a row, or brings the one with the same `key` up to date. */
  upsert(table: string, key: string, row: Values): Promise<number>
  update(table: string, changes: Values, where: string, ...values: readonly SharedValue[]): Promise<number>
}

export interface PostgresConnection extends Statements {
  /** Whole, or nothing of it. Rejects with an `UncertainCommit` where that is not known. */
  transaction<T>(work: (tx: Statements) => Promise<T>): Promise<T>
  /** Everything in it is read as of one moment. */
  snapshot<T>(work: (tx: Statements) => Promise<T>): Promise<T>
  /** A connection of the caller's own, for LISTEN. */
  client(): pg.Client
  /** What is under way ends first, where the server answers. */
  close(): Promise<void>
  /** Ends at once: what is under way rejects, as with a connection that was lost. */
  abandon(): void
}

/** The connection was lost, or the standby's confirmation given up, while the transaction was being committed. */
export class UncertainCommit extends StoreFailure {
  constructor(cause: unknown) {
    super('shared', 'It is not known yet whether the shared vault has stored this. It is checked again.', {
      cause,
    })
    this.name = 'UncertainCommit'
  }
}

const CONNECT_TIMEOUT = 5_000
/** ms. A server that does not answer is not waited for when the connection is closed. */
const CLOSE_TIMEOUT = 1_000
/** No statement of ours takes as long; only a database that hangs does. */
const QUERY_TIMEOUT = 15_000
/** Renewals, the window and deliveries beside each other. */
const CONNECTIONS = 6

const { INT8, NUMERIC } = pg.types.builtins
/** All of ours fit: counts, and milliseconds since 1970. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === INT8 || oid === NUMERIC ? Number : pg.types.getTypeParser(oid, format as 'text'),
}

export function postgresConnection(settings: pg.ClientConfig): PostgresConnection {
  const sockets = new Set<Socket>()
  const config = {
    connectionTimeoutMillis: CONNECT_TIMEOUT,
    query_timeout: QUERY_TIMEOUT,
    keepAlive: true,
    application_name: 'satm',
    // What `pg` makes itself, within reach: `end` of a client waits for the server without an end.
    stream: () => {
      const socket = new Socket()
      sockets.add(socket)
      return socket.once('close', () => sockets.delete(socket))
    },
    ...settings,
    types,
  }
  const pool = new pg.Pool({
    ...config,
    max: CONNECTIONS,
    verify: (client, done) => void refuseServer(client, done),
  })
  // Without a listener, a connection that is lost would end the process, whatever it is doing: also while the pool checks or
  // ends it.
  pool.on('error', ignore).on('connect', (client) => client.on('error', ignore))

  const connected = async <T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> => {
    const client = await pool.connect().catch((error) => {
      throw sharedFailure(error)
    })
    let lost: Error | boolean = true
    try {
      const result = await work(client)
      lost = false
      return result
    } finally {
      // After a failure it may be in the middle of something.
      client.release(lost)
    }
  }
  const within = <T>(mode: string, work: (tx: Statements) => Promise<T>): Promise<T> =>
    connected(async (client) => {
      const tx = statementsOf(client)
      await tx.run(`BEGIN ${mode};${WITHIN_TRANSACTION}`)
      const result = await work(tx)
      await commit(client)
      return result
    })
  const ended = () => (pool.ending ? Promise.resolve() : pool.end())
  const abandon = () => {
    ended().catch(ignore)
    for (const socket of sockets) socket.destroy()
  }
  return {
    ...statementsOf(pool),
    transaction: (work) => within('', work),
    snapshot: (work) => within('ISOLATION LEVEL REPEATABLE READ READ ONLY', work),
    client: () => new pg.Client(config).on('error', ignore),
    close: async () => {
      for (const socket of sockets) socket.setTimeout(CLOSE_TIMEOUT, () => socket.destroy())
      await ended()
    },
    abandon,
  }
}

/**
 * A worker that is suspended in the middle of a transaction keeps nobody waiting for long, and what was committed is on the
 * disk. Of the transaction alone, since behind a pooler a session is shared.
 */
const WITHIN_TRANSACTION = `
SET LOCAL lock_timeout = '10s';
SET LOCAL statement_timeout = '15s';
SET LOCAL idle_in_transaction_session_timeout = '15s';
SELECT set_config('synchronous_commit', CASE WHEN setting IN ('off', 'local') THEN 'on' ELSE setting END, true)
FROM current_setting('synchronous_commit') AS setting`

/** https://www.postgresql.org/support/versioning/ */
const OLDEST_VERSION = 14

function ignore(): void {}

/** Its writes would fail, and what it says may be old; or it is too old itself. */
async function refuseServer(client: pg.ClientBase, done: (error?: Error) => void): Promise<void> {
  try {
    const { rows } = await client.query(
      `SELECT pg_is_in_recovery() AS standby, current_setting('server_version_num')::int / 10000 AS version`,
    )
    done(refusalOf(rows[0] ?? {}))
  } catch (error) {
    done(sharedFailure(error))
  }
}

function refusalOf({ standby, version }: Row): StoreFailure | undefined {
  if (standby !== false)
    return new StoreFailure('shared', 'This database server is a standby. Connect to the primary server.')
  if (typeof version === 'number' && version >= OLDEST_VERSION) return undefined
  return new StoreFailure(
    'shared',
    `This database server runs PostgreSQL ${version}. The shared vault needs PostgreSQL ${OLDEST_VERSION} or later.`,
  )
}

async function commit(client: pg.ClientBase): Promise<void> {
  let warning: unknown = null
  // 01000: the wait for the synchronous standby was cancelled; the commit resolves all the same.
  const note = (notice: { readonly code?: string | undefined }) => {
    if (notice.code === '01000') warning = notice
  }
  client.on('notice', note)
  try {
    const { command } = await client.query('COMMIT')
    if (command !== 'COMMIT') throw new StoreFailure('shared', SENTENCES.other)
  } catch (error) {
    throw isRefusal(error) || error instanceof StoreFailure
      ? sharedFailure(error)
      : new UncertainCommit(error)
  } finally {
    client.off('notice', note)
  }
  if (warning !== null) throw new UncertainCommit(warning)
}

/** The server's own "no", after which nothing was stored; 57P01 to 57P05 end the connection whatever it was doing. */
function isRefusal(error: unknown): boolean {
  const code = codeOf(error)
  return code !== null && !code.startsWith('57P')
}

/** SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html */
function codeOf(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error ? error.code : null
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : null
}

function statementsOf(client: pg.Pool | pg.ClientBase): Statements {
  const ask = async (sql: string, values: readonly SharedValue[]) => {
    let place = 0
    try {
      return await client.query({
        text: sql.replaceAll('?', () => `$${++place}`),
        values: [...values],
        types,
      })
    } catch (error) {
      throw sharedFailure(error)
    }
  }
  const query: Statements['query'] = async (sql, ...values) => (await ask(sql, values)).rows
  const run: Statements['run'] = async (sql, ...values) => (await ask(sql, values)).rowCount ?? 0
  const insert: Statements['insert'] = (table, row, onConflict = '') => {
    const columns = Object.keys(row)
    const places = columns.map(() => '?').join(', ')
    const sql = `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places}) ${onConflict}`
    return run(sql, ...Object.values(row))
  }
  return {
    query,
    run,
    insert,
    upsert: (table, key, row) => {
      const updated = Object.keys(row).filter((column) => column !== key)
      const assignments = updated.map((column) => `${column} = excluded.${column}`).join(', ')
      return insert(table, row, `ON CONFLICT (${key}) DO UPDATE SET ${assignments}`)
    },
    rows: (table, rest = '', ...values) => query(`SELECT * FROM ${table} ${rest}`, ...values),
    row: async (table, rest, ...values) =>
      (await query(`SELECT * FROM ${table} ${rest}`, ...values))[0] ?? null,
    update: (table, changes, where, ...values) => {
      const assignments = Object.keys(changes).map((column) => `${column} = ?`)
      return run(
        `UPDATE ${table} SET ${assignments.join(', ')} WHERE ${where}`,
        ...Object.values(changes),
        ...values,
      )
    },
  }
}

const SENTENCES = {
  'disk-full':
    "The shared vault's database server has no room left, and nothing can be stored until it has. Ask whoever runs it.",
  'read-only':
    "The shared vault's database server accepts no writes, and nothing can be stored until it does. Ask whoever runs it.",
  locked: 'Something else blocks the shared vault, and nothing was stored. Try again.',
  damaged: "The shared vault's database is damaged. Ask whoever runs the database server.",
  other:
    "The shared vault's database cannot be reached, and nothing can be changed until it is. Check the network and the database server.",
}

/** What was said of a connection or a statement, in words for a person, with nothing of the connection string. */
export function sharedFailure(error: unknown): StoreFailure {
  if (error instanceof StoreFailure) return error
  return new StoreFailure('shared', sentenceOf(codeOf(error)), { cause: error })
}

function sentenceOf(code: string | null): string {
  // It starts or ends.
  if (code?.startsWith('57P')) return SENTENCES.other
  switch (code?.slice(0, 2)) {
    case undefined:
    case '08':
      return SENTENCES.other
    case '53':
      return code === '53100' ? SENTENCES['disk-full'] : refusedSentence(code)
    case '25':
      return code === '25006' ? SENTENCES['read-only'] : refusedSentence(code)
    case '55':
    case '40':
      return SENTENCES.locked
    // XX000 is any error inside the server, such as one while it ends.
    case 'XX':
      return code === 'XX000' ? refusedSentence(code) : SENTENCES.damaged
    case '28':
      return 'The database server rejects the user or the password of the connection string. Correct it there.'
    case '3D':
      return 'The database of the connection string does not exist. Ask whoever runs the database server to create it.'
    case '42':
      return `The database user may not do this, or these are no tables of a shared vault (SQLSTATE ${code}). Ask whoever runs the database server.`
    default:
      return refusedSentence(code)
  }
}

function refusedSentence(code: string | null): string {
  return `The shared vault's database rejected a request (SQLSTATE ${code}). Ask whoever runs the database server.`
}
