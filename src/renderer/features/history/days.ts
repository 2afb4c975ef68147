// Days by the calendar of this computer, not by 24 hours: a day with a clock change has 23 or 25. And the counts of each
// day of a span, laid out for the strip chart.
import type { DayCounts, Outcome } from '#contract/contract.ts'
import { dateFieldOf, dayStart, midnight } from '#renderer/features/shared/axis.ts'

type Counts = Readonly<Record<Outcome, number>>

export interface Day {
  /** The local midnight it begins with, epoch ms. */
  readonly start: number
  readonly counts: Counts
  readonly total: number
}

/** A column of the chart: a day, or a week where there are too many days to see each. */
export interface Column extends Day {
  readonly days: number
}

export interface Strip {
  readonly days: readonly Day[]
  readonly columns: readonly Column[]
  readonly counts: Counts
  readonly total: number
}

/** Days of a span without a beginning, at least. */
const FEWEST = 30
/** More columns than this are too narrow to see. */
const MOST = 120
const WEEK = 7

/** `to`: not included. Without a beginning it begins with the first attempt. */
export function stripOf(
  counted: readonly DayCounts[],
  { from, to }: { readonly from: number | null; readonly to: number | null },
  now: number,
): Strip {
  const end = midnight(to === null ? now : to - 1, 0)
  const oldest = counted[0] === undefined ? end : (dayStart(counted[0].day) ?? end)
  const first = from ?? Math.min(oldest, midnight(end, 1 - FEWEST))
  const byDay = new Map(counted.map((one) => [one.day, one]))
  const days: Day[] = []
  for (let start = midnight(first, 0); start <= end; start = midnight(start, 1)) {
    const { renewed = 0, unchanged = 0, failed = 0 } = byDay.get(dateFieldOf(start)) ?? {}
    days.push(dayOf(start, { renewed, unchanged, failed }))
  }
  const counts = sum(days)
  return { days, columns: columnsOf(days), counts, total: totalOf(counts) }
}

function columnsOf(days: readonly Day[]): readonly Column[] {
  if (days.length <= MOST) return days.map((day) => ({ ...day, days: 1 }))
  const columns: Column[] = []
  // Whole weeks up to the last day; the oldest may be shorter.
  for (let end = days.length; end > 0; end -= WEEK) {
    const week = days.slice(Math.max(0, end - WEEK), end)
    const [first] = week
    if (first !== undefined) columns.unshift({ ...dayOf(first.start, sum(week)), days: week.length })
  }
  return columns
}

function dayOf(start: number, counts: Counts): Day {
  return { start, counts, total: totalOf(counts) }
}

function sum(days: readonly Day[]): Counts {
  const counts = { renewed: 0, unchanged: 0, failed: 0 }
  for (const day of days) {
    counts.renewed += day.counts.renewed
    counts.unchanged += day.counts.unchanged
    counts.failed += day.counts.failed
  }
  return counts
}

const totalOf = ({ renewed, unchanged, failed }: Counts) => renewed + unchanged + failed
