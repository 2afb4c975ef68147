// Lengths of time in words: two units, so that a far date is calm and a near one is exact.

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const two = (value: number) => String(value).padStart(2, '0')

/** "13 d 4 h", "4 h 09 min", "4 min 09 s", "42 s"; never negative. `length` in ms, rounded up to a whole second. */
export function inWords(length: number): string {
  const left = Math.max(0, Math.ceil(length / SECOND)) * SECOND
  if (left >= DAY) return `${Math.floor(left / DAY)} d ${Math.floor((left % DAY) / HOUR)} h`
  if (left >= HOUR) return `${Math.floor(left / HOUR)} h ${two(Math.floor((left % HOUR) / MINUTE))} min`
  if (left >= MINUTE) return `${Math.floor(left / MINUTE)} min ${two(Math.floor((left % MINUTE) / SECOND))} s`
  return `${Math.floor(left / SECOND)} s`
}

/** One unit, for times that need no exactness: "3 d", "5 h", "12 min", "just now" (under a minute). */
export function roughly(length: number): string {
  const size = Math.abs(length)
  if (size >= DAY) return `${Math.round(size / DAY)} d`
  if (size >= HOUR) return `${Math.round(size / HOUR)} h`
  if (size >= MINUTE) return `${Math.round(size / MINUTE)} min`
  return `${Math.round(size / SECOND)} s`
}

/** "3 h ago", "in 2 d", "just now". */
export function relative(at: number, now: number): string {
  if (Math.abs(now - at) < 10 * SECOND) return 'just now'
  return at < now ? `${roughly(now - at)} ago` : `in ${roughly(at - now)}`
}

/** The minutes and seconds of a short wait: "4:59". */
export function clock(length: number): string {
  const seconds = Math.max(0, Math.ceil(length / SECOND))
  return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`
}

const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' })
const dayAndTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })

/** The local date, with the time of day while it is within `near` ms of now. */
export function dateOf(at: number, now: number, near = 3 * DAY): string {
  return Math.abs(at - now) < near ? dayAndTime.format(at) : day.format(at)
}

const dayOfYear = new Intl.DateTimeFormat(undefined, {
  month: 'short',
  day: 'numeric',
  hour: 'numeric',
  minute: '2-digit',
  second: '2-digit',
})

/** Day and time without the year, for long lists; the exact one belongs in a tooltip. */
export function moment(at: number): string {
  return dayOfYear.format(at)
}

const hourOfDay = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' })
const shortDay = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' })
/** "May 18". */
export function dayWords(at: number): string {
  return shortDay.format(at)
}

const monthOfYear = new Intl.DateTimeFormat(undefined, { month: 'short', year: 'numeric' })

/** A label on an axis of `length` ms. */
export function tickWords(at: number, length: number): string {
  if (length <= 2 * DAY) return hourOfDay.format(at)
  return length <= 100 * DAY ? shortDay.format(at) : monthOfYear.format(at)
}

/** Local date and time to the second, for history and tooltips. */
export function exactly(at: number): string {
  return exact.format(at)
}
