// The only place in the simulator that reads the system's clock and sets a timer; everything else is given both.

/** Epoch milliseconds. */
export type SimulatorClock = { now(): number }

/** Resolves after `ms` or, without throwing, as soon as the signal is aborted. */
export type Delay = (ms: number, signal?: AbortSignal) => Promise<void>

export const systemClock: SimulatorClock = { now: () => Date.now() }

export const systemDelay: Delay = (ms, signal) =>
  new Promise((resolve) => {
    if (signal?.aborted === true) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done, { once: true })
  })
