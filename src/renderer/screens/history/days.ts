// Attempts counted by local day and outcome, for the strip chart.
import type { Attempt, Outcome } from '../../../preload/contract.ts'

export interface Day {
  /** The local midnight it begins with, epoch ms. */
  readonly start: number
  readonly counts: Readonly<Record<Outcome, number>>
  readonly total: number
}

/** The last `length` days up to `now`, oldest first; days without attempts are there too. */
export function daysOf(attempts: readonly Attempt[], now: number, length: number): readonly Day[] {
  const starts = Array.from({ length }, (_, i) => midnight(now, length - 1 - i))
  const counts = new Map(starts.map((start) => [start, { renewed: 0, unchanged: 0, failed: 0 }]))
  for (const { startedAt, outcome } of attempts) {
    const day = counts.get(midnight(startedAt, 0))
    if (day !== undefined) day[outcome] += 1
  }
  return starts.map((start) => {
    const day = counts.get(start) ?? { renewed: 0, unchanged: 0, failed: 0 }
    return { start, counts: day, total: day.renewed + day.unchanged + day.failed }
  })
}

/** By the calendar, not by 24 hours: days with a clock change have 23 or 25. */
function midnight(at: number, daysBefore: number): number {
  const date = new Date(at)
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() - daysBefore).getTime()
}
