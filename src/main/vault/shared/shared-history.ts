// The history in PostgreSQL: by page, counted by day, forgotten after its time.
import type { Instant } from '#engine/domain/model.ts'
import { type DayCounts, type HistoryPage, PRUNE, pageOf } from '../repositories/history.ts'
import {
  conditions,
  type HistoryDialect,
  type HistoryFilter,
  type HistoryQuery,
  historyStatements,
} from '../repositories/history-query.ts'
import type { Statements } from './postgres-connection.ts'

const POSTGRES: HistoryDialect = {
  like: 'ILIKE',
  unindexed: '',
  listed: 'SELECT json_array_elements_text(?::json)',
}

export async function sharedHistoryPage(tx: Statements, query: HistoryQuery): Promise<HistoryPage> {
  const { end, page, limit } = historyStatements(query, POSTGRES)
  const [last] = end === null ? [] : await tx.query(end.sql, ...end.values)
  return pageOf(await tx.rows('attempts', page.sql, ...page.values), limit, last ?? null)
}

/** As `historyDays` of SQLite. */
export async function sharedHistoryDays(
  tx: Statements,
  filter: HistoryFilter,
  timeZone: string,
): Promise<readonly DayCounts[]> {
  const { indexed, scanned } = conditions(filter, POSTGRES)
  const narrowed = scanned === null ? indexed.where : `${indexed.where || 'WHERE true'} AND ${scanned.sql}`
  const counted = (['renewed', 'unchanged', 'failed'] as const).map(
    (outcome) => `count(*) FILTER (WHERE outcome = '${outcome}') AS ${outcome}`,
  )
  const rows = await tx.query(
    `SELECT to_char(to_timestamp(started_at / 1000.0) AT TIME ZONE ?, 'YYYY-MM-DD') AS day, ${counted.join(', ')}
     FROM attempts ${narrowed} GROUP BY day ORDER BY day`,
    knownTimeZone(timeZone),
    ...indexed.values,
    ...(scanned?.values ?? []),
  )
  return rows.map(({ day, renewed, unchanged, failed }) => ({
    day: String(day),
    renewed: Number(renewed),
    unchanged: Number(unchanged),
    failed: Number(failed),
  }))
}

function knownTimeZone(timeZone: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone
  } catch {
    return 'UTC'
  }
}

/** Forgets some of what started before an instant; resolves with how many. */
export function pruneSharedHistory(tx: Statements, before: Instant): Promise<number> {
  return tx.run(PRUNE, Math.round(before))
}
