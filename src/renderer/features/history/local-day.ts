// Days by the calendar of this computer. Not by 24 hours: days with a clock change have 23 or 25.

/** The local midnight `later` days after the one that begins the day of `at`; all in epoch ms. */
export function midnight(at: number, later: number): number {
  const date = new Date(at)
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + later).getTime()
}

/** "2026-05-18" as a date field has it → its local midnight; null for anything else. */
export function dayStart(date: string): number | null {
  const [, year, month, day] = /^(\d{4,6})-(\d\d)-(\d\d)$/.exec(date) ?? []
  if (year === undefined || month === undefined || day === undefined) return null
  return new Date(Number(year), Number(month) - 1, Number(day)).getTime()
}

/** What a date field takes. */
export function dateFieldOf(at: number): string {
  const date = new Date(at)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}
