// How figures are made of runs.
export interface Figure {
  readonly name: string
  /** Of several runs, their median. */
  readonly value: number
  readonly unit: string
  readonly goal: number
  readonly ok: boolean
  /** Lowest and highest of the runs; of a slope or of a ratio's median, its 95 % confidence interval. */
  readonly spread?: readonly [number, number]
  /** What it is compared with, in the same unit. */
  readonly baseline?: number
}

export function atMost(name: string, runs: readonly number[], unit: string, goal: number): Figure {
  const value = rounded(median(runs))
  return { name, value, unit, goal: rounded(goal), ok: value <= goal, spread: spreadOf(runs) }
}

/** `goal`: how many times the baseline's median it may be. */
export function atMostTimes(
  name: string,
  runs: readonly number[],
  baseline: readonly number[],
  unit: string,
  goal: number,
): Figure {
  const bare = median(baseline)
  return { ...atMost(name, runs, unit, goal * bare), baseline: rounded(bare) }
}

/** The median of what each run is of the baseline taken beside it. */
export function timesBare(
  name: string,
  runs: readonly number[],
  baseline: readonly number[],
  goal: number,
): Figure {
  const ratios = runs.map((run, index) => run / (baseline[index] ?? Number.NaN))
  return { ...atMost(name, ratios, '×', goal), spread: intervalOfMedian(ratios) }
}

/** 95 %, by the ranks that the binomial distribution gives, as its normal approximation has them. */
function intervalOfMedian(numbers: readonly number[]): readonly [number, number] {
  const sorted = numbers.toSorted((one, other) => one - other)
  const from = Math.max(0, Math.floor((numbers.length - 1.96 * Math.sqrt(numbers.length)) / 2))
  return [rounded(sorted[from] ?? Number.NaN), rounded(sorted.at(-1 - from) ?? Number.NaN)]
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other)
  const middle = sorted.length / 2
  const [low = Number.NaN, high = low] = sorted.slice(Math.ceil(middle) - 1, Math.floor(middle) + 1)
  return (low + high) / 2
}

const spreadOf = (runs: readonly number[]) =>
  [rounded(Math.min(...runs)), rounded(Math.max(...runs))] as const

export const rounded = (value: number) => Math.round(value * 1000) / 1000
