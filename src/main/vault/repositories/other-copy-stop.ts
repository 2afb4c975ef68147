// When a person last said that the other copy of these data is stopped: a row of `meta`. Without a seal, as the requests of drills:
// a forged one hides no copy that goes on. No backup has it, since what is restored is another copy.
import type { Instant } from '#engine/domain/model.ts'
import type { Connection } from '../db/connection.ts'
import { writeMeta } from '../db/database.ts'
import { readMeta } from './sealed-meta.ts'

export const OTHER_COPY_STOPPED = 'other-copy-stopped'

/** Runs inside the caller's transaction, as the one below. */
export function storeOtherCopyStop(db: Connection, at: Instant): void {
  writeMeta(db, OTHER_COPY_STOPPED, String(at))
}

/** For what replaces all profiles. */
export function forgetOtherCopyStop(db: Connection): void {
  db.run('DELETE FROM meta WHERE key = ?', OTHER_COPY_STOPPED)
}

/** null: never. */
export function loadOtherCopyStop(db: Connection): Instant | null {
  return readOtherCopyStop(readMeta(db, OTHER_COPY_STOPPED))
}

/** `stored`: as it stands in the table; null: it is not there. What cannot be read was never said. */
export function readOtherCopyStop(stored: string | null): Instant | null {
  return stored !== null && /^\d{1,15}$/.test(stored) ? Number(stored) : null
}
