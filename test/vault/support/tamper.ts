// Changes a closed vault's file behind its back.
import { join } from 'node:path'
import { Connection } from '#vault/db/connection.ts'

export function databaseFile(folder: string): string {
  return join(folder, 'vault.db')
}

export function withDatabase<T>(folder: string, work: (db: Connection) => T): T {
  const db = new Connection(databaseFile(folder))
  try {
    return work(db)
  } finally {
    db.checkpoint()
    db.close()
  }
}

/** Changes the history, which a trigger of the schema protects from the app alone. */
export function changeHistory(folder: string, sql: string): void {
  withDatabase(folder, (db) => {
    const trigger = db.get(`SELECT sql FROM sqlite_schema WHERE name = 'attempts_append_only'`)
    db.exec(`DROP TRIGGER attempts_append_only; ${sql}; ${String(trigger?.sql)}`)
  })
}

/** The stored blob of the data key, changed. */
export function changeBlob(folder: string, change: (blob: Buffer) => Buffer): void {
  withDatabase(folder, (db) => {
    const row = db.get(`SELECT key, value FROM meta WHERE key LIKE 'envelope-keychain:%'`)
    const envelope = JSON.parse(String(row?.value))
    const blob = change(Buffer.from(envelope.blob, 'base64')).toString('base64')
    db.run('UPDATE meta SET value = ? WHERE key = ?', JSON.stringify({ ...envelope, blob }), String(row?.key))
  })
}

/** Everything that is in the database, for comparing before and after. */
export function contents(folder: string): string {
  return withDatabase(folder, (db) => {
    const tables = [
      'meta',
      'credentials',
      'profiles',
      'token_managers',
      'token_pairs',
      'attempts',
      'delivery_targets',
      'consumers',
      'webhook',
      'delivery_runs',
    ]
    return JSON.stringify(tables.map((table) => db.all(`SELECT * FROM ${table}`).map(printable)))
  })
}

function printable(row: Readonly<Record<string, unknown>>) {
  return Object.entries(row).map(([column, value]) =>
    value instanceof ArrayBuffer ? [column, Buffer.from(value).toString('hex')] : [column, value],
  )
}
