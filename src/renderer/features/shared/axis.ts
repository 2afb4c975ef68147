// Days by this computer's calendar: their midnights, as a date field has them, and as ticks of a time axis.

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** The local midnight `later` days after the one that begins the day of `at`; all in epoch ms. */
export function midnight(at: number, later: number): number {
  const date = new Date(at)
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + later).getTime()
}

export interface Ticks {
  /** ms from one to the next; a day or month may be longer or shorter than the others. */
  readonly step: number
  readonly times: readonly number[]
}

/** Each divides a day. */
const WITHIN_DAY = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720].map((minutes) => minutes * MINUTE)
const DAYS = [1, 2, 7, 14]
const MONTHS = [1, 3, 6]

/** At most `most` of them, by the smallest step that fits. */
export function ticksIn(from: number, to: number, most: number): Ticks {
  const length = to - from
  const step = WITHIN_DAY.find((one) => length / one <= most)
  if (step !== undefined) return { step, times: within(from, to, step) }
  const days = DAYS.find((one) => length / (one * DAY) <= most)
  if (days !== undefined)
    return { step: days * DAY, times: eachDay(from, to).filter((day) => dayNumber(day) % days === 0) }
  const months = MONTHS.find((one) => length / (one * 30 * DAY) <= most) ?? 12
  return {
    step: months * 30 * DAY,
    times: eachMonth(from, to).filter((day) => new Date(day).getMonth() % months === 0),
  }
}

/** Counted from each midnight: a day on which the clocks change does not move the next ones. */
function within(from: number, to: number, step: number): readonly number[] {
  const times: number[] = []
  for (let day = midnight(from, 0); day <= to; day = midnight(day, 1)) {
    const next = midnight(day, 1)
    for (let at = day; at < next; at += step) if (at >= from && at <= to) times.push(at)
  }
  return times
}

function eachDay(from: number, to: number): readonly number[] {
  const days: number[] = []
  for (let day = midnight(from - 1, 1); day <= to; day = midnight(day, 1)) days.push(day)
  return days
}

function eachMonth(from: number, to: number): readonly number[] {
  const first = new Date(from)
  const months: number[] = []
  for (let month = first.getMonth(); ; month++) {
    const at = new Date(first.getFullYear(), month, 1).getTime()
    if (at > to) return months
    if (at >= from) months.push(at)
  }
}

/** So that the ticks stay at the same days while time passes. */
function dayNumber(day: number): number {
  const date = new Date(day)
  return Math.round(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / DAY)
}

/** "2026-05-18" as a date field has it → its local midnight; null for anything else. */
export function dayStart(date: string): number | null {
  const [, year, month, day] = /^(\d{4,6})-(\d\d)-(\d\d)$/.exec(date) ?? []
  if (year === undefined || month === undefined || day === undefined) return null
  return new Date(Number(year), Number(month) - 1, Number(day)).getTime()
}

/** What a date field takes, and main counts by: "2026-05-18". */
export function dateFieldOf(at: number): string {
  const date = new Date(at)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}
