// Rate limiter: spaces requests per limit (client id or bearer) and honours Retry-After. All times are monotonic ms.

import type { Duration } from '../domain/model.ts'
import { GATE_PATIENCE } from '../domain/policy.ts'
import type { Random } from '../domain/ports.ts'
import { nextDelay } from '../renewal/retry-policy.ts'

export interface RateLimiterDependencies {
  readonly monotonic: () => Duration
  readonly random: Random
  /** Requests a second for one limit; null: no limit. */
  readonly requestsPerSecond: () => number | null
  /** A request waits: `pump` is needed at `nextWake`. */
  readonly waiting: () => void
}

/** `closed`: it would be longer than the patience; nothing may be sent. */
export type Entry =
  | { readonly kind: 'open' }
  | { readonly kind: 'closed'; readonly opensIn: Duration }
  | { readonly kind: 'stopped' }

interface Limit {
  /** The rate lets the next one in from here on. */
  nextAt: Duration
  closedUntil: Duration
  /** Throttled answers without a Retry-After, in a row. */
  strikes: number
}

interface Waiter {
  readonly limits: readonly Limit[]
  /** Smaller goes first. */
  readonly order: number
  readonly enter: (entry: Entry) => void
}

export class RateLimiter {
  readonly #parts: RateLimiterDependencies
  readonly #limits = new Map<string, Limit>()
  #waiting: Waiter[] = []
  #stopped = false

  constructor(parts: RateLimiterDependencies) {
    this.#parts = parts
  }

  /** Resolves when a request that counts against all `keys` may leave; smaller `order` first. */
  enter(keys: readonly string[], order: number): Promise<Entry> {
    return new Promise((resolve) => {
      const waiter: Waiter = { limits: keys.map((key) => this.#limit(key)), order, enter: resolve }
      const after = this.#waiting.findIndex((each) => each.order > order)
      this.#waiting.splice(after === -1 ? this.#waiting.length : after, 0, waiter)
      this.pump()
      if (this.#waiting.length > 0) this.#parts.waiting()
    })
  }

  /**
   * A throttled answer: everyone who shares the limit waits at least `retryAfter` ms; without one, a pause that
   * grows with each such answer but is no longer than `longest`.
   */
  close(key: string, retryAfter: Duration | null, longest: Duration): void {
    const limit = this.#limit(key)
    const life = { left: null, lifetime: null, urgent: true }
    const pause =
      retryAfter ?? Math.min(nextDelay({ failures: limit.strikes }, life, this.#parts.random).delay, longest)
    limit.strikes += 1
    limit.closedUntil = Math.max(limit.closedUntil, this.#parts.monotonic() + pause)
    this.pump()
  }

  /** A good answer: the next pause starts small again. */
  passed(key: string): void {
    this.#limit(key).strikes = 0
  }

  /** ms until the limit opens; 0 when it is open. The rate does not count. */
  opensIn(key: string): Duration {
    const limit = this.#limits.get(key)
    return limit === undefined ? 0 : Math.max(0, limit.closedUntil - this.#parts.monotonic())
  }

  /** Admits the requests whose time has come. */
  pump(): void {
    const now = this.#parts.monotonic()
    const rate = this.#parts.requestsPerSecond()
    const spacing = rate === null ? 0 : 1000 / rate
    const left: Waiter[] = []
    for (const waiter of this.#waiting) {
      const closedFor = Math.max(...waiter.limits.map((limit) => limit.closedUntil)) - now
      if (this.#stopped) waiter.enter({ kind: 'stopped' })
      else if (closedFor > GATE_PATIENCE) waiter.enter({ kind: 'closed', opensIn: closedFor })
      else if (closedFor > 0 || waiter.limits.some((limit) => limit.nextAt > now)) left.push(waiter)
      else {
        for (const limit of waiter.limits) limit.nextAt = now + spacing
        waiter.enter({ kind: 'open' })
      }
    }
    this.#waiting = left
  }

  /** Monotonic ms of the earliest change for a waiting request; Infinity when none waits. */
  nextWake(): Duration {
    const opensAt = ({ limits }: Waiter) =>
      Math.max(...limits.map((limit) => Math.max(limit.nextAt, limit.closedUntil)))
    return Math.min(Number.POSITIVE_INFINITY, ...this.#waiting.map(opensAt))
  }

  /** After a stop: continues where it was. */
  start(): void {
    this.#stopped = false
  }

  /** No request is admitted any more. */
  stop(): void {
    this.#stopped = true
    this.pump()
  }

  #limit(key: string): Limit {
    const known = this.#limits.get(key)
    if (known !== undefined) return known
    const limit: Limit = {
      nextAt: Number.NEGATIVE_INFINITY,
      closedUntil: Number.NEGATIVE_INFINITY,
      strikes: 0,
    }
    this.#limits.set(key, limit)
    return limit
  }
}
