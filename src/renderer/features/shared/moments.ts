// Moments in words, as the window shows them.
import { inOneUnit } from '#base/common/duration.ts'

const SECOND = 1000
const DAY = 24 * 60 * 60 * SECOND

/** "3 h ago", "in 2 d", "just now". */
export function relative(at: number, now: number): string {
  if (Math.abs(now - at) < 10 * SECOND) return 'just now'
  return at < now ? `${inOneUnit(now - at)} ago` : `in ${inOneUnit(at - now)}`
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
