// Seen records: what this process has seen last of the records that people edit. An edit is stored only over that.
import type { KeyObject } from 'node:crypto'
import { StoreFailure } from '#engine/domain/ports.ts'
import { openField } from '../crypto/field-cipher.ts'
import type { Row } from '../db/connection.ts'
import { clientSecretPlace } from '../repositories/fleet-changes.ts'

/** Nothing of the change was stored. */
export class EditConflict extends StoreFailure {
  /** By table and id: what stands there instead of what was seen; null: nothing does. */
  readonly found: ReadonlyMap<string, SealedRow | null>

  constructor(place: string, found: SealedRow | null) {
    super(
      'conflict',
      'Someone else changed this in the meantime. Check the current values and make your change again.',
    )
    this.name = 'EditConflict'
    this.found = new Map([[place, found]])
  }
}

const EDITED_TABLES = ['credentials', 'profiles', 'token_managers'] as const

export type EditedTable = (typeof EDITED_TABLES)[number]

/** A row, and the key under which it is sealed. */
export interface SealedRow {
  readonly row: Row
  readonly key: KeyObject
}

/**
 * The records as this process has seen them last: an edit is stored only over what its author saw. By what they say, since
 * an exchange of the data key changes each seal and no record.
 */
export class SeenRecords {
  readonly #records = new Map<string, SealedRow>()

  constructor(key: KeyObject | null = null, tables: Partial<Record<EditedTable, readonly Row[]>> = {}) {
    if (key === null) return
    for (const table of EDITED_TABLES) {
      for (const row of tables[table] ?? []) this.#records.set(`${table} ${row.id}`, { row, key })
    }
  }

  /** `found`: as it stands there now; null: nothing does. */
  isCurrent(table: EditedTable, id: string, found: SealedRow | null): boolean {
    const seen = this.#records.get(`${table} ${id}`) ?? null
    return seen === null || found === null ? seen === found : isSameRecord(table, seen, found)
  }

  /** By table and id; null: it was removed. */
  note(changes: ReadonlyMap<string, SealedRow | null>): void {
    for (const [place, record] of changes) {
      if (record === null) this.#records.delete(place)
      else this.#records.set(place, record)
    }
  }
}

export function isSameRecord(table: EditedTable, one: SealedRow, other: SealedRow): boolean {
  const columns = Object.keys(one.row).filter((name) => name !== 'seal' && name !== 'client_secret')
  const secret = ({ row, key }: SealedRow) => {
    const sealed = row.client_secret
    if (table === 'profiles' || !Buffer.isBuffer(sealed)) return null
    const opened = openField(key, sealed, clientSecretPlace(table, String(row.id)))
    return opened?.reveal() ?? sealed.toString('base64')
  }
  return columns.every((name) => one.row[name] === other.row[name]) && secret(one) === secret(other)
}
