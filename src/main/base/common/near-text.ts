// Near text: which of the known texts was meant by one that was mistyped.

/** Longer texts are no slip of a hand, and comparing them takes time. */
const LONGEST = 64
const MOST_SLIPS = 2

/**
 * Whether one becomes the other by few slips: a character too many, too few or another one, or two that changed places
 * (optimal string alignment distance). One slip is allowed for each three characters, two at most.
 */
export function isNear(typed: string, known: string): boolean {
  const slips = Math.min(MOST_SLIPS, Math.floor(Math.min(typed.length, known.length) / 3))
  if (slips === 0 || Math.max(typed.length, known.length) > LONGEST) return typed === known
  if (Math.abs(typed.length - known.length) > slips) return false
  // Only what lies so near the diagonal can have so few slips.
  let before: number[] = []
  let last = Array.from({ length: known.length + 1 }, (_, at) => at)
  for (let row = 1; row <= typed.length; row += 1) {
    const next = new Array<number>(known.length + 1).fill(Number.POSITIVE_INFINITY)
    next[0] = row
    for (let at = Math.max(1, row - slips); at <= Math.min(known.length, row + slips); at += 1) {
      const isSame = typed[row - 1] === known[at - 1]
      const isSwapped = typed[row - 1] === known[at - 2] && typed[row - 2] === known[at - 1]
      next[at] = Math.min(
        (last[at] ?? 0) + 1,
        (next[at - 1] ?? 0) + 1,
        (last[at - 1] ?? 0) + (isSame ? 0 : 1),
        row > 1 && at > 1 && isSwapped ? (before[at - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      )
    }
    before = last
    last = next
  }
  return (last[known.length] ?? Number.POSITIVE_INFINITY) <= slips
}

/** " Did you mean list?", to be put behind a sentence; empty: nothing is near. */
export function didYouMean(typed: string, known: readonly string[]): string {
  const near = known.find((each) => isNear(typed, each))
  return near === undefined ? '' : ` Did you mean ${near}?`
}
