// Opens and makes the database, durably, and says why when it cannot be used.
import { accessSync, chmodSync, constants, statSync } from 'node:fs'
import type { Instant } from '#engine/domain/model.ts'
import type { StoreFailure } from '#engine/domain/ports.ts'
import { asItStands, attached, Connection, quoted } from './connection.ts'
import { buildPath, databasePath, keptCopyPath, removeDatabase, takeName } from './data-files.ts'
import {
  APPLICATION_ID,
  foreignSchema,
  freshSchema,
  MIGRATIONS,
  migrate,
  schemaVersion,
} from './migrations.ts'
import { number, text } from './row.ts'
import { isBeyondOpening, storeFailure } from './sqlite-errors.ts'

export type DatabaseOpening =
  | { readonly kind: 'open'; readonly db: Connection }
  /** No database, or its tables cannot even be listed. */
  | { readonly kind: 'beyond-opening'; readonly detail: string }
  /** It opens, and the integrity check finds damage. */
  | { readonly kind: 'damaged'; readonly detail: string }
  | { readonly kind: 'too-new'; readonly version: number }
  | { readonly kind: 'failed'; readonly failure: StoreFailure }

/** What lasts: https://www.sqlite.org/pragma.html. The two fullfsync pragmas matter on macOS alone. */
const SETTINGS = `
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA fullfsync = ON;
PRAGMA checkpoint_fullfsync = ON;
PRAGMA foreign_keys = ON;
PRAGMA secure_delete = ON;
PRAGMA temp_store = MEMORY;
PRAGMA trusted_schema = OFF;
`

/** Checked at every start. The history is not among them: a million rows would hold up the start for seconds. */
const CHECKED: readonly { readonly table: string; readonly since: number }[] = [
  { table: 'meta', since: 1 },
  { table: 'credentials', since: 1 },
  { table: 'profiles', since: 1 },
  { table: 'token_pairs', since: 1 },
  { table: 'token_managers', since: 1 },
  { table: 'delivery_targets', since: 2 },
  { table: 'consumers', since: 2 },
  { table: 'webhook', since: 2 },
  { table: 'delivery_runs', since: 3 },
  { table: 'data_sources', since: 8 },
]

export function openDatabase(folder: string, now: Instant): DatabaseOpening {
  const path = databasePath(folder)
  let db: Connection | null = null
  try {
    if (!isOurs(path)) return { kind: 'beyond-opening', detail: 'this is not a data file of this app' }
    db = new Connection(path)
    const refusal = inspect(db, folder, now)
    if (refusal === null) return { kind: 'open', db }
    db.close()
    return refusal
  } catch (error) {
    db?.close()
    if (isBeyondOpening(error)) return { kind: 'beyond-opening', detail: messageOf(error) }
    return { kind: 'failed', failure: storeFailure(error, path) }
  }
}

/**
 * By the ID in its header, before anything of it or of its log is touched. SQLite reads it: closing a descriptor of our own
 * would end all locks of this process on the file (section 2.2 of https://www.sqlite.org/howtocorrupt.html), those of a
 * connection that was closed and is not collected yet too. SQLite would take them for held, and whatever program opens and
 * closes the database would then delete the log. Throws where there is no file that can be read.
 */
export function isOurs(path: string): boolean {
  accessSync(path, constants.R_OK)
  // Opening a pipe would wait for a writer.
  if (!statSync(path).isFile()) throw new Error(`${path} is not a file`)
  try {
    return attached(asItStands(path), isMarked, TOLERANT)
  } catch (error) {
    if (isBeyondOpening(error)) return false
    throw error
  }
}

/** Without its log a sound file may be shorter than its header says, and its schema incomplete. */
const TOLERANT = 'PRAGMA writable_schema = ON;'

function isMarked(db: Connection): boolean {
  return number(db.get('PRAGMA copy.application_id') ?? {}, 'application_id') === APPLICATION_ID
}

/** null: sound and up to date. */
function inspect(db: Connection, folder: string, now: Instant): DatabaseOpening | null {
  const version = schemaVersion(db)
  if (version > MIGRATIONS.length) return { kind: 'too-new', version }
  const damage = damageIn(db, version)
  if (damage !== null) return { kind: 'damaged', detail: damage }
  db.exec(SETTINGS)
  try {
    migrate(db, (leaving) => keepCopy(db, keptCopyPath(folder, leaving, now)))
    const foreign = foreignSchema(db)
    return foreign === null ? null : { kind: 'damaged', detail: `not as this app made it: ${foreign}` }
  } catch (error) {
    // Not the disk's fault: the tables are not those of the version that the file names.
    if (storeFailure(error, db.path).reason !== 'other') throw error
    return { kind: 'damaged', detail: messageOf(error) }
  }
}

function damageIn(db: Connection, version: number): string | null {
  // A schema that cannot be listed is more than damage: this throws, and the file is set aside.
  for (const { table, since } of CHECKED) {
    if (since > version) continue
    const findings = integrityOf(db, table)
    if (findings !== 'ok') return `${table}: ${findings}`
  }
  return null
}

function integrityOf(db: Connection, table: string): string {
  try {
    const findings = db.all(`PRAGMA integrity_check(${table})`).map((row) => text(row, 'integrity_check'))
    return findings.slice(0, 3).join('; ')
  } catch (error) {
    if (isBeyondOpening(error)) return messageOf(error)
    throw error
  }
}

/** Reads everything, the history too; may take seconds with a long history. null: sound. */
export function wholeDamageIn(db: Connection): string | null {
  const findings = db.all('PRAGMA integrity_check(3)').map((row) => text(row, 'integrity_check'))
  return findings.length === 1 && findings[0] === 'ok' ? null : findings.join('; ')
}

/** SQLite writes the copy itself: reading its file with other means would drop the locks this process holds. */
export function keepCopy(db: Connection, path: string): void {
  db.copyTo(path)
  chmodSync(path, 0o600)
}

/** For a file that nobody relies on before it has its name, which it gets only once the whole of it is on the disk. */
const BUILD_SETTINGS = 'PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA foreign_keys = ON;'

/**
 * Makes a new database with its `meta` already in it, and what `fill` puts there. It is built under another name, so that
 * a half-made one never stands where data is looked for. Rejects with a `StoreFailure`.
 */
export async function createDatabase(
  folder: string,
  meta: ReadonlyMap<string, string>,
  fill: (db: Connection) => Promise<void>,
): Promise<void> {
  const path = buildPath(folder)
  try {
    removeDatabase(path)
    const db = new Connection(path)
    try {
      db.exec(`${BUILD_SETTINGS}BEGIN;${freshSchema()}${[...meta].map(metaRow).join('')}COMMIT;`)
      chmodSync(path, 0o600)
      await fill(db)
    } finally {
      db.close()
    }
    takeName(folder)
  } catch (error) {
    removeDatabase(path)
    throw storeFailure(error, path)
  }
}

/**
 * Writes the rows of these tables into pages that were overwritten before, so that nothing remains of what the tables held
 * earlier: SQLite leaves moved rows behind in a page's free space. Wants `secure_delete`, and a transaction without
 * foreign keys.
 */
export function rewriteTables(db: Connection, tables: readonly string[]): void {
  for (const table of tables.map(identifier)) {
    db.exec(`
      CREATE TEMP TABLE rewritten AS SELECT * FROM ${table};
      DELETE FROM ${table};
      INSERT INTO ${table} SELECT * FROM temp.rewritten;
      DROP TABLE temp.rewritten;`)
  }
}

/** Runs inside the caller's transaction, if there is one. */
export function writeMeta(db: Connection, key: string, value: string): void {
  db.upsert('meta', 'key', { key, value })
}

function metaRow([key, value]: readonly [string, string]): string {
  return `INSERT INTO meta (key, value) VALUES (${quoted(key)}, ${quoted(value)});`
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
