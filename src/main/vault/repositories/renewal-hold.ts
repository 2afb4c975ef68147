// Renewal hold: why nothing may be renewed over this vault before a person says so, as one sealed row of `meta`. It belongs
// to this copy of the data: no backup has it.
import type { KeyObject } from 'node:crypto'
import { z } from 'zod'
import { Secret } from '#engine/domain/secret.ts'
import type { Connection } from '../db/connection.ts'
import type { RowAccess } from './row-access.ts'
import { openMeta, readMeta, writeSealedMeta } from './sealed-meta.ts'

const content = z.object({
  /**
   * `moving`: a backup that is to be renewed elsewhere was begun, and may be complete. `moved`: it is. `restored`: all of it
   * came with a backup, and whoever wrote that may still renew it.
   */
  why: z.enum(['moving', 'moved', 'restored']),
  /** Where it is to be renewed: what this copy is not. */
  to: z.enum(['server', 'computer', 'shared-vault']),
  /** null: not known. */
  at: z.number().nullable(),
  /** Of the backup; null: not known. */
  file: z.string().nullable(),
  /** Names what a shared vault was filled with and is not known to use yet. Missing: it uses it, or it is no shared vault. */
  move: z.string().optional(),
})

export type RenewalHold = Readonly<z.infer<typeof content>>

/** Each rejects with a `StoreFailure` when the database does not answer. A write is durable when it resolves. */
export interface RenewalHoldRow {
  /** null: nothing is held. What was altered holds. */
  load(): Promise<RenewalHold | null>
  save(hold: RenewalHold | null): Promise<void>
}

export const RENEWAL_HOLD = 'renewal-hold'

export function renewalHoldRow({ db, key, read, write }: RowAccess): RenewalHoldRow {
  return {
    load: () => read(() => loadRenewalHold(db, key())),
    save: (hold) => write(() => writeRenewalHold(db, key(), hold)),
  }
}

export function loadRenewalHold(db: Connection, key: KeyObject): RenewalHold | null {
  const stored = readMeta(db, RENEWAL_HOLD)
  if (stored === null) return null
  const opened = openMeta(key, RENEWAL_HOLD, stored)
  const reading = content.safeParse(opened === null ? null : JSON.parse(opened.reveal()))
  return reading.success ? reading.data : { why: 'moving', to: 'server', at: null, file: null }
}

/** Runs inside the caller's transaction, if there is one. */
export function writeRenewalHold(db: Connection, key: KeyObject, hold: RenewalHold | null): void {
  if (hold === null) db.run('DELETE FROM meta WHERE key = ?', RENEWAL_HOLD)
  else writeSealedMeta(db, key, RENEWAL_HOLD, new Secret(JSON.stringify(hold)))
}
