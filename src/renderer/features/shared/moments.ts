// Moments in words, as the window shows them.
import { inOneUnit } from '#base/common/duration.ts'
import { useTimeZone } from '#renderer/app/context.tsx'

const SECOND = 1000
const DAY = 24 * 60 * 60 * SECOND

/** "3 h ago", "in 2 d", "just now". */
export function relative(at: number, now: number): string {
  if (Math.abs(now - at) < 10 * SECOND) return 'just now'
  return at < now ? `${inOneUnit(now - at)} ago` : `in ${inOneUnit(at - now)}`
}

/** Moments of this computer's time zone; a component that uses them is drawn again when that changes. */
export function useMoments(): Moments {
  return momentsIn(useTimeZone())
}

export interface Moments {
  /** The date, with the time of day while it is within `near` ms of now; 3 days unless it is given. */
  dateOf(at: number, now: number, near?: number): string
  /** Day and time without the year, for long lists; the exact one belongs in a tooltip. */
  moment(at: number): string
  /** "May 18". */
  dayWords(at: number): string
  /** A label on an axis whose ticks are `step` ms apart. */
  tickWords(at: number, step: number): string
  /** "2:05 PM". */
  timeOfDay(at: number): string
  /** "Mon". */
  weekday(at: number): string
  /** Date and time to the second, for history and tooltips. */
  exactly(at: number): string
}

let newest: { readonly timeZone: string; readonly moments: Moments } | null = null

function momentsIn(timeZone: string): Moments {
  if (newest?.timeZone !== timeZone) newest = { timeZone, moments: createMoments(timeZone) }
  return newest.moments
}

function createMoments(timeZone: string): Moments {
  const format = (options: Intl.DateTimeFormatOptions) => {
    const made = new Intl.DateTimeFormat(undefined, { ...options, timeZone })
    return (at: number) => made.format(at)
  }
  const day = format({ dateStyle: 'medium' })
  const dayAndTime = format({ dateStyle: 'medium', timeStyle: 'short' })
  const hourOfDay = format({ hour: 'numeric', minute: '2-digit' })
  const dayWords = format({ month: 'short', day: 'numeric' })
  const month = format({ month: 'short' })
  const monthOfYear = format({ month: 'short', year: 'numeric' })
  return {
    dateOf: (at, now, near = 3 * DAY) => (Math.abs(at - now) < near ? dayAndTime(at) : day(at)),
    moment: format({
      month: 'short',
      day: 'numeric',
      hour: 'numeric',
      minute: '2-digit',
      second: '2-digit',
    }),
    dayWords,
    timeOfDay: hourOfDay,
    weekday: format({ weekday: 'short' }),
    tickWords(at, step) {
      if (step < DAY) return isMidnight(at) ? dayWords(at) : hourOfDay(at)
      if (step < 28 * DAY) return dayWords(at)
      return new Date(at).getMonth() === 0 ? monthOfYear(at) : month(at)
    },
    exactly: format({ dateStyle: 'medium', timeStyle: 'medium' }),
  }
}

function isMidnight(at: number): boolean {
  const date = new Date(at)
  return date.getHours() === 0 && date.getMinutes() === 0
}
