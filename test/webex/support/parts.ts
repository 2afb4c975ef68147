import type { WebexDependencies } from '#webex/client.ts'

/** 2026-03-01T12:00:00Z */
export const NOW = Date.UTC(2026, 2, 1, 12)

/** A clock that stands still; `ring` runs what waits, as if its time had come. */
export function stillClock() {
  const waiting = new Map<() => void, number>()
  return {
    now: () => NOW,
    after(delay: number, wake: () => void) {
      waiting.set(wake, delay)
      return () => waiting.delete(wake)
    },
    delays: () => [...waiting.values()],
    ring() {
      for (const wake of [...waiting.keys()]) {
        waiting.delete(wake)
        wake()
      }
    },
  }
}

export function partsFor(baseUrl: string, changed: Partial<WebexDependencies> = {}): WebexDependencies {
  let requests = 0
  return {
    baseUrl: () => baseUrl,
    fetch: (url, init) => fetch(url, init),
    clock: stillClock(),
    userAgent: 'service-app-token-manager/0.1.0 (test)',
    newTrackingId: () => `SATM_${++requests}`,
    ...changed,
  }
}
