// The only place in the command line that sets a timer.
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** ms since some moment; never runs backwards. */
export const monotonic = (): number => performance.now()
