// What may be asked of the history, and what that is in SQL.
import type { Instant, ManagerId, Outcome, ProfileId, Tier } from '#engine/domain/model.ts'
import type { Row, Value } from '../db/connection.ts'
import { number } from '../db/row.ts'

/** What is null or missing does not narrow. */
export interface HistoryFilter {
  readonly profileId?: ProfileId | null | undefined
  readonly managerId?: ManagerId | null | undefined
  readonly outcome?: Outcome | null | undefined
  readonly tier?: Tier | null | undefined
  /** Started at or after. */
  readonly from?: Instant | null | undefined
  /** Started before. */
  readonly to?: Instant | null | undefined
}

export interface HistoryQuery extends HistoryFilter {
  /** Newest first unless it says otherwise. */
  readonly order?: 'newest-first' | 'oldest-first'
  /** `next` of the page before, in the same order. */
  readonly cursor?: HistoryCursor | null | undefined
  /** Rows of a page. */
  readonly limit: number
}

/** Opaque to everybody else. */
export type HistoryCursor = string

export interface Conditions {
  /** Begins with WHERE; empty when nothing narrows. */
  readonly where: string
  readonly values: readonly Value[]
}

export function conditions(query: HistoryFilter & Partial<HistoryQuery>): Conditions {
  const ofOne = query.profileId != null || query.managerId != null
  // One subject has few rows: its own index is the best one, whatever else narrows. The + keeps SQLite to it.
  const plain = ofOne ? '+' : ''
  const beyond = query.order === 'oldest-first' ? '>' : '<'
  const parts = [
    condition(query.profileId, `subject_kind = 'profile' AND subject_id = ?`, (id) => [id]),
    condition(query.managerId, `subject_kind = 'manager' AND subject_id = ?`, (id) => [id]),
    condition(query.outcome, `${plain}outcome = ?`, (outcome) => [outcome]),
    condition(query.tier, `${plain}tier = ?`, (tier) => [tier]),
    condition(query.from, 'started_at >= ?', (from) => [from]),
    condition(query.to, 'started_at < ?', (to) => [to]),
    condition(query.cursor, `(started_at, seq) ${beyond} (?, ?)`, parseCursor),
  ].filter((part) => part !== null)
  return {
    where: parts.length === 0 ? '' : `WHERE ${parts.map(({ sql }) => sql).join(' AND ')}`,
    values: parts.flatMap(({ values }) => values),
  }
}

export function cursorOf(row: Row): HistoryCursor {
  return `${number(row, 'started_at')}.${number(row, 'seq')}`
}

function condition<T>(wanted: T | null | undefined, sql: string, values: (wanted: T) => readonly Value[]) {
  return wanted === null || wanted === undefined ? null : { sql, values: values(wanted) }
}

function parseCursor(cursor: HistoryCursor): readonly [number, number] {
  const [, startedAt, seq] = /^(-?\d+)\.(\d+)$/.exec(cursor) ?? []
  if (startedAt === undefined || seq === undefined) throw new RangeError('not a cursor of the history')
  return [Number(startedAt), Number(seq)]
}
