// Drills that are requested: rows of `meta`. Without a seal, since all that a forged one can do is to have a token renewed by
// tier 2 instead of tier 1. Older versions ignore them, and no backup has them.
import { parseJson } from '#base/common/json.ts'
import type { DrillRequest, ProfileId, StoredDrills } from '#engine/domain/model.ts'
import { DRILL_REQUESTERS } from '#engine/domain/renewal-reason.ts'
import type { Connection, Row } from '../db/connection.ts'
import { writeMeta } from '../db/database.ts'
import { readMeta } from './sealed-meta.ts'

const REQUEST = 'drill:'
export const MONTH = 'drill-month'
export const REQUESTS = `key >= '${REQUEST}' AND key < 'drill;'`

/** Runs inside the caller's transaction, as those below. null: none is requested any more. */
export function storeDrill(db: Connection, profileId: ProfileId, request: DrillRequest | null): void {
  const key = drillKey(profileId)
  if (request === null) db.run('DELETE FROM meta WHERE key = ?', key)
  else writeMeta(db, key, JSON.stringify(request))
}

/** Of its row in `meta`. */
export function drillKey(profileId: ProfileId): string {
  return `${REQUEST}${profileId}`
}

export function storeDrillMonth(db: Connection, month: string | null): void {
  if (month === null) db.run('DELETE FROM meta WHERE key = ?', MONTH)
  else writeMeta(db, MONTH, month)
}

/** For what replaces all profiles. */
export function forgetDrills(db: Connection): void {
  db.run(`DELETE FROM meta WHERE ${REQUESTS}`)
  storeDrillMonth(db, null)
}

/** What cannot be read was not requested. */
export function loadDrills(db: Connection): StoredDrills {
  return readDrills(db.rows('meta', `WHERE ${REQUESTS}`), readMeta(db, MONTH))
}

/** `rows`: of the requests. */
export function readDrills(rows: readonly Row[], month: string | null): StoredDrills {
  const requests = new Map<ProfileId, DrillRequest>()
  for (const { key, value } of rows) {
    const request = readRequest(parseJson(String(value)))
    if (request !== null) requests.set(String(key).slice(REQUEST.length), request)
  }
  return { requests, month }
}

function readRequest(stored: unknown): DrillRequest | null {
  if (typeof stored !== 'object' || stored === null || !('by' in stored) || !('requestedAt' in stored))
    return null
  const by = DRILL_REQUESTERS.find((requester) => requester === stored.by)
  return by === undefined || typeof stored.requestedAt !== 'number'
    ? null
    : { by, requestedAt: stored.requestedAt }
}
