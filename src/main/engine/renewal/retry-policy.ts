// Retry policy: how long to wait after a failure, by a backoff of its own or as Retry-After says. A backoff is a value.
import type { Duration } from '../domain/model.ts'
import {
  BACKOFF_BASE,
  BACKOFF_CAP,
  BACKOFF_CAP_LAST_TENTH,
  JITTER,
  MINUTE,
  NEEDS_YOU_RETRY,
  RETRY_AFTER_CAP,
  SECOND,
  SHORTEST_DELAY,
  WAIT_SHARE_OF_LEFT,
  WAIT_SHARE_OF_LIFE,
} from '../domain/policy.ts'
import type { Random } from '../domain/ports.ts'

export interface Backoff {
  /** Failures so far, in a row. */
  readonly failures: number
}

/** What the wait must leave room for. */
export interface LifeLeft {
  /** ms until the token ends; null: unknown, or there is none. */
  readonly left: Duration | null
  readonly lifetime: Duration | null
  /** In the last tenth of the life, expired, or without a token. */
  readonly urgent: boolean
}

export const noFailures: Backoff = { failures: 0 }

/** Full jitter: anything between (almost) 0 and the ceiling; never 0. */
export function nextDelay(
  backoff: Backoff,
  life: LifeLeft,
  random: Random,
): { readonly delay: Duration; readonly backoff: Backoff } {
  const delay = Math.max(SHORTEST_DELAY, random() * ceiling(backoff.failures, life))
  return { delay, backoff: { failures: backoff.failures + 1 } }
}

/** The longest wait after so many failures, in ms. */
export function ceiling(failures: number, { left, lifetime, urgent }: LifeLeft): Duration {
  const cap = urgent ? BACKOFF_CAP_LAST_TENTH : BACKOFF_CAP
  const grown = Math.min(cap, BACKOFF_BASE * 2 ** Math.min(failures, 30))
  if (left === null || lifetime === null) return grown
  const least = Math.max(SECOND, Math.min(5 * MINUTE, lifetime * WAIT_SHARE_OF_LIFE))
  const room = left > 0 ? left * WAIT_SHARE_OF_LEFT : lifetime * WAIT_SHARE_OF_LEFT
  return Math.min(grown, Math.max(room, least))
}

/**
 * How long a Retry-After is honoured, in ms: as long as it says, at most 1 h or a quarter of the life that is left of the
 * token it is about, whichever is longer. `left`: null where unknown.
 */
export function honouredRetryAfter(retryAfter: Duration, left: Duration | null): Duration {
  return Math.min(Math.max(0, retryAfter), Math.max(RETRY_AFTER_CAP, (left ?? 0) * WAIT_SHARE_OF_LEFT))
}

/**
 * How long after an attempt it is tried again at the latest, in ms: what needs a person, or as a Retry-After is honoured.
 * `left`: as there.
 */
export function longestWait(left: Duration | null): Duration {
  return Math.max(NEEDS_YOU_RETRY * (1 + JITTER), honouredRetryAfter(Number.POSITIVE_INFINITY, left))
}

/** Each call of the result draws the same numbers again: what was planned once is planned the same. */
export function repeatable(random: Random): () => Random {
  const drawn: number[] = []
  return () => {
    let next = 0
    return () => {
      drawn[next] ??= random()
      next += 1
      return drawn[next - 1] ?? 0
    }
  }
}
