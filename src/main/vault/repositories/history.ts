// The history: appended to, read by page, counted by day, forgotten after its time. It never holds a token.
import type { Attempt, Instant, Outcome } from '#engine/domain/model.ts'
import type { Connection, Row } from '../db/connection.ts'
import { readRows } from '../db/row.ts'
import { attemptOf, readAttempt } from './attempt-row.ts'
import {
  conditions,
  cursorOf,
  type HistoryCursor,
  type HistoryFilter,
  type HistoryQuery,
  historyStatements,
  OF_TOKEN,
} from './history-query.ts'

export interface HistoryPage {
  /**
   * In the order asked for. Of a damaged row what can be read; its sentence says so. Fewer than the limit, or none, where
   * only some of the rows were looked at: `next` goes on.
   */
  readonly attempts: readonly Attempt[]
  /** null: there are no more of them. */
  readonly next: HistoryCursor | null
}

export interface DayCounts extends Readonly<Record<Outcome, number>> {
  /** "2026-05-18" */
  readonly day: string
}

/** Deleted at once when the history is pruned: few enough not to hold up anything. */
const PRUNED_AT_ONCE = 2000

/** An attempt that is already there stays as it is: storing may be tried again after an unclear failure. */
export function appendAttempt(db: Connection, attempt: Attempt): void {
  db.insert('attempts', attemptColumns(attempt), ONCE)
}

export const ONCE = 'ON CONFLICT (id) DO NOTHING'

export function attemptColumns(attempt: Attempt) {
  const { subject, reason } = attempt
  return {
    id: attempt.id,
    subject_kind: subject.kind,
    subject_id: subject.kind === 'profile' ? subject.profileId : subject.managerId,
    name: attempt.name,
    org_id: attempt.orgId,
    trigger: attempt.trigger,
    started_at: Math.round(attempt.startedAt),
    ended_at: Math.round(attempt.endedAt),
    outcome: attempt.outcome,
    tier: attempt.tier,
    fingerprint_before: attempt.before,
    fingerprint_after: attempt.after,
    sentence: attempt.sentence,
    tracking_id: attempt.trackingId,
    calls: JSON.stringify(attempt.calls),
    reason: reason === null ? null : JSON.stringify(reason),
  }
}

export function historyPage(db: Connection, query: HistoryQuery): HistoryPage {
  const { end, page, limit } = historyStatements(query)
  const last = end === null ? null : db.get(end.sql, ...end.values)
  return pageOf(db.rows('attempts', page.sql, ...page.values), limit, last)
}

/** `end`: the last row that was looked at; null: all of them were. */
export function pageOf(rows: readonly Row[], limit: number, end: Row | null = null): HistoryPage {
  const page = rows.slice(0, limit)
  const last = page.findLast(({ started_at }) => typeof started_at === 'number') ?? page.at(-1)
  const goesOn = rows.length > limit ? last : end
  return { attempts: page.map(attemptOf), next: goesOn == null ? null : cursorOf(goesOn) }
}

/** The newest attempt of each profile and token manager there is, where it can be read. Those of data sources say nothing of a token. */
export function lastAttempts(db: Connection): readonly Attempt[] {
  return readAttempts(NEWEST_OF_EACH.flatMap((newest) => db.packed('attempts', newest)))
}

export function readAttempts(rows: readonly Row[]): readonly Attempt[] {
  return readRows(rows, readAttempt).values
}

/** As tables: of the profiles, and of the token managers. */
export const NEWEST_OF_EACH = (['profile', 'manager'] as const).map(
  (kind) =>
    `(SELECT a.* FROM ${kind === 'profile' ? 'profiles' : 'token_managers'} AS o JOIN attempts AS a ON a.seq =
        (SELECT seq FROM attempts WHERE subject_kind = '${kind}' AND subject_id = o.id
           AND ${OF_TOKEN}
         ORDER BY started_at DESC, seq DESC LIMIT 1)) AS newest`,
)

/**
 * Counts by day of `timeZone` (an IANA name; UTC where it is not known), oldest first; days without an attempt are left out.
 * Day by day along an index that holds all it needs, so that a million rows are counted without being read, sorted or grouped.
 */
export function historyDays(db: Connection, filter: HistoryFilter, timeZone: string): DayCounts[] {
  const dayOf = calendar(timeZone)
  const days: DayCounts[] = []
  let first = firstIn(db, filter)
  while (first !== null) {
    const next = nextDay(first, dayOf)
    const counts = countsIn(db, { ...filter, from: first, to: Math.min(next, filter.to ?? next) })
    if (counts.renewed + counts.unchanged + counts.failed > 0) days.push({ day: dayOf(first), ...counts })
    // The next attempt there is: a gap of years costs one step.
    first = filter.to != null && next >= filter.to ? null : firstIn(db, { ...filter, from: next })
  }
  return days
}

function firstIn(db: Connection, filter: HistoryFilter): Instant | null {
  const { where, values } = conditions(filter).indexed
  const row = db.get(`SELECT started_at FROM attempts ${where} ORDER BY started_at, seq LIMIT 1`, ...values)
  return row === null ? null : Number(row.started_at)
}

function countsIn(db: Connection, filter: HistoryFilter): Record<Outcome, number> {
  const count = (outcome: Outcome) => {
    if (filter.outcome != null && filter.outcome !== outcome) return 0
    const { indexed, scanned } = conditions({ ...filter, outcome })
    const where = scanned === null ? indexed.where : `${indexed.where} AND ${scanned.sql}`
    const values = [...indexed.values, ...(scanned?.values ?? [])]
    return Number(db.get(`SELECT count(*) AS count FROM attempts ${where}`, ...values)?.count)
  }
  return { renewed: count('renewed'), unchanged: count('unchanged'), failed: count('failed') }
}

/** "2026-05-18" of an instant. */
function calendar(timeZone: string): (instant: Instant) => string {
  const parts = { year: 'numeric', month: '2-digit', day: '2-digit' } as const
  let format: Intl.DateTimeFormat
  try {
    format = new Intl.DateTimeFormat('sv-SE', { ...parts, timeZone })
  } catch {
    format = new Intl.DateTimeFormat('sv-SE', { ...parts, timeZone: 'UTC' })
  }
  return (instant) => format.format(instant)
}

/** The first minute of another day. By the calendar: a day on which the clocks change has 23 or 25 hours. */
function nextDay(instant: Instant, dayOf: (instant: Instant) => string): Instant {
  const day = dayOf(instant)
  let within = Math.floor(instant / MINUTE)
  let beyond = within + LONGEST_DAY
  while (beyond - within > 1) {
    const middle = Math.floor((within + beyond) / 2)
    if (dayOf(middle * MINUTE) === day) within = middle
    else beyond = middle
  }
  return beyond * MINUTE
}

/** ms */
const MINUTE = 60_000
/** Minutes. */
const LONGEST_DAY = 26 * 60

/** Forgets some of what started before `before`; returns how many. Call again until it is 0. */
export function pruneHistory(db: Connection, before: Instant): number {
  return db.transaction(() => db.run(PRUNE, Math.round(before)))
}

/** Of what started before a moment. */
export const PRUNE = `DELETE FROM attempts WHERE seq IN
  (SELECT seq FROM attempts WHERE started_at < ? ORDER BY started_at, seq LIMIT ${PRUNED_AT_ONCE})`
