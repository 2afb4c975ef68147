// Lengths of time, as typed and as read. All in ms.

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

/** "13 d 4 h", "4 h 9 min", "4 min 9 s", "42 s": two units, so that a far date is calm and a near one exact. */
export function inWords(length: number): string {
  const seconds = Math.max(0, Math.round(length / 1000))
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return two(seconds, 60, 'min', 1, 's')
  if (seconds < 86_400) return two(seconds, 3600, 'h', 60, 'min')
  return two(seconds, 86_400, 'd', 3600, 'h')
}

function two(seconds: number, large: number, name: string, small: number, smallName: string): string {
  const rest = Math.floor((seconds % large) / small)
  const whole = `${Math.floor(seconds / large)} ${name}`
  return rest === 0 ? whole : `${whole} ${rest} ${smallName}`
}
