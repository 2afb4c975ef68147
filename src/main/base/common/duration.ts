// Lengths of time as a person types and reads them, in the window, the tray, notifications and the terminal. All in ms.

const UNITS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 } as const
const LONGEST = 365 * UNITS.d

/** "10m", "1h30m", "45s", "2d"; a bare number is seconds. ms; null when it is none, or over a year. */
export function durationOf(text: string): number | null {
  if (/^\d{1,9}$/.test(text)) return within(Number(text) * UNITS.s)
  const match = /^(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,9})s)?$/.exec(text)
  if (match === null || text === '') return null
  const [, d = 0, h = 0, m = 0, s = 0] = match
  return within(Number(d) * UNITS.d + Number(h) * UNITS.h + Number(m) * UNITS.m + Number(s) * UNITS.s)
}

const within = (length: number) => (length <= LONGEST ? length : null)

/** In sentences and tables: "13 d 4 h", "4 h 09 min", "1 h", "42 s"; never negative, rounded up to a whole second. */
export function inWords(length: number): string {
  return inTwoUnits(length, 'left out')
}

/** As `inWords`, but with "0 h", "00 min" or "00 s", so that a time that runs keeps its shape: "14 d 0 h". */
export function countdown(length: number): string {
  return inTwoUnits(length, 'shown')
}

function inTwoUnits(length: number, zero: 'shown' | 'left out'): string {
  const { d, h, m, s } = UNITS
  const whole = Math.max(0, Math.ceil(length / s)) * s
  const words = (large: number, name: string, rest: string) => {
    const first = `${Math.floor(whole / large)} ${name}`
    return zero === 'left out' && /^0+ /.test(rest) ? first : `${first} ${rest}`
  }
  if (whole >= d) return words(d, 'd', `${Math.floor((whole % d) / h)} h`)
  if (whole >= h) return words(h, 'h', `${twoDigits((whole % h) / m)} min`)
  if (whole >= m) return words(m, 'min', `${twoDigits((whole % m) / s)} s`)
  return `${whole / s} s`
}

/** To the nearest one, before or after: "40 s", "5 min", "47 h", "14 d". Where two units would say too much. */
export function inOneUnit(length: number): string {
  const nearest = (unit: number) => Math.round(Math.abs(length) / unit)
  if (nearest(UNITS.s) < 60) return `${Math.max(1, nearest(UNITS.s))} s`
  if (nearest(UNITS.m) < 60) return `${nearest(UNITS.m)} min`
  return nearest(UNITS.h) < 48 ? `${nearest(UNITS.h)} h` : `${nearest(UNITS.d)} d`
}

/** How long something took: "840 ms", "5.0 s", "1 min 30 s". */
export function elapsed(length: number): string {
  if (length < UNITS.s) return `${Math.round(length)} ms`
  return length < UNITS.m ? `${(length / UNITS.s).toFixed(1)} s` : inWords(length)
}

/** The minutes and seconds of a short wait: "4:59". */
export function clock(length: number): string {
  const seconds = Math.max(0, Math.ceil(length / UNITS.s))
  return `${Math.floor(seconds / 60)}:${twoDigits(seconds % 60)}`
}

function twoDigits(value: number): string {
  return String(Math.floor(value)).padStart(2, '0')
}
