// Ticker: the window's only clock, with one timer for all countdowns. It stops while the window is hidden or has no listener.
// Time is main's: the engine corrects a wrong local clock, so the window shows the engine's now carried forward.

/** Milliseconds since the Unix epoch. */
type Instant = number

export interface Ticker {
  /** The corrected time, refreshed once a second while somebody listens. */
  now(): Instant
  /** The time zone of this computer as it is now, an IANA name. */
  timeZone(): string
  /** Called each second while the document is visible; returns how to stop. */
  subscribe(listener: () => void): () => void
  /** Takes over main's clock: `now` is what it showed at this moment. */
  correct(now: Instant): void
  /** Calls back once, `delay` ms from now, seen or unseen; returns how to cancel. */
  after(delay: number, act: () => void): () => void
}

const SECOND = 1000

export function createTicker(page: Document): Ticker {
  const listeners = new Set<() => void>()
  let offset = 0
  let shown = Date.now()
  let zone = timeZoneNow()
  let timer: ReturnType<typeof setTimeout> | null = null

  const show = () => {
    shown = Date.now() + offset
    zone = timeZoneNow()
  }
  const tick = () => {
    show()
    for (const listener of listeners) listener()
  }
  // Woken just after each full second, so that all countdowns turn together.
  const arm = () => {
    timer = setTimeout(
      () => {
        tick()
        arm()
      },
      SECOND - ((Date.now() + offset) % SECOND),
    )
  }
  const settle = () => {
    const wanted = listeners.size > 0 && page.visibilityState === 'visible'
    if (wanted && timer === null) {
      arm()
    } else if (!wanted && timer !== null) {
      clearTimeout(timer)
      timer = null
    }
  }

  page.addEventListener('visibilitychange', () => {
    settle()
    if (page.visibilityState === 'visible') tick()
  })

  return {
    now: () => shown,
    timeZone: () => zone,
    subscribe(listener) {
      if (listeners.size === 0) show()
      listeners.add(listener)
      settle()
      return () => {
        listeners.delete(listener)
        settle()
      }
    },
    correct(now) {
      offset = now - Date.now()
      show()
    },
    after(delay, act) {
      const pending = setTimeout(act, delay)
      return () => clearTimeout(pending)
    },
  }
}

/** Chromium tells no page of a change. Takes 0.1 ms. */
function timeZoneNow(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone
}
