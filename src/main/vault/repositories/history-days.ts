// The history counted by local day and outcome. Day by day along an index that holds all it needs, so that a million
// rows are counted without being read, sorted or grouped.
import type { Instant, Outcome } from '#engine/domain/model.ts'
import type { Connection } from '../db/connection.ts'
import { conditions, type HistoryFilter } from './history-query.ts'

export interface DayCounts extends Readonly<Record<Outcome, number>> {
  /** Its local midnight. */
  readonly day: Instant
}

/** Oldest first; days without an attempt are left out. Days are those of this process's time zone. */
export function historyDays(db: Connection, filter: HistoryFilter): DayCounts[] {
  const days: DayCounts[] = []
  let first = firstIn(db, filter)
  while (first !== null) {
    const { day, next } = dayAround(first)
    const within = { from: Math.max(day, filter.from ?? day), to: Math.min(next, filter.to ?? next) }
    days.push({ day, ...countsIn(db, { ...filter, ...within }) })
    // The next attempt there is: a gap of years costs one step.
    first = filter.to != null && next >= filter.to ? null : firstIn(db, { ...filter, from: next })
  }
  return days
}

function firstIn(db: Connection, filter: HistoryFilter): Instant | null {
  const { where, values } = conditions(filter)
  const row = db.get(`SELECT started_at FROM attempts ${where} ORDER BY started_at, seq LIMIT 1`, ...values)
  return row === null ? null : Number(row.started_at)
}

function countsIn(db: Connection, filter: HistoryFilter): Record<Outcome, number> {
  const count = (outcome: Outcome) => {
    if (filter.outcome != null && filter.outcome !== outcome) return 0
    const { where, values } = conditions({ ...filter, outcome })
    return Number(db.get(`SELECT count(*) AS count FROM attempts ${where}`, ...values)?.count)
  }
  return { renewed: count('renewed'), unchanged: count('unchanged'), failed: count('failed') }
}

/** By the calendar: a day on which the clocks change has 23 or 25 hours. */
function dayAround(instant: Instant): { readonly day: Instant; readonly next: Instant } {
  const date = new Date(instant)
  const midnight = (later: number) =>
    new Date(date.getFullYear(), date.getMonth(), date.getDate() + later).getTime()
  return { day: midnight(0), next: midnight(1) }
}
