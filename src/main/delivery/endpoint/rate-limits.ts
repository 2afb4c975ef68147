// Rate limits of the endpoint for other machines: how often one consumer may ask and one peer may connect, and how often a
// peer may show a wrong secret before it has to wait, longer each time. A valid secret never waits for the wrong ones of others.
import type { Duration } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'

export interface RateLimit {
  /** Counts one. 0: go ahead; otherwise ms until the next is worth a try. */
  take(key: string): Duration
}

type Monotonic = Pick<Clock, 'monotonic'>

/** Of one consumer. Generous: a limit for programs that ask in a loop by mistake. */
export const REQUEST_RATE = { perSecond: 50, burst: 200 }

export const createRequestLimit = (clock: Monotonic): RateLimit => tokenBuckets(clock, REQUEST_RATE)

/**
 * New connections of one peer: a TLS handshake takes the processor about a millisecond, whoever asks for it. Twice what a
 * consumer may ask, since it may use a connection for each request.
 */
export const CONNECTION_RATE = { perSecond: 100, burst: 400 }

export const createConnectionRate = (clock: Monotonic): RateLimit => tokenBuckets(clock, CONNECTION_RATE)

/** How many keys are remembered; the one that was used longest ago goes first, with a full bucket at its return. */
const MOST_KEYS = 10_000

/** A token bucket for each key. */
function tokenBuckets(
  clock: Monotonic,
  { perSecond, burst }: { readonly perSecond: number; readonly burst: number },
): RateLimit {
  const buckets = new Map<string, { left: number; at: number }>()
  return {
    take(key) {
      const now = clock.monotonic()
      const before = buckets.get(key) ?? { left: burst, at: now }
      const left = Math.min(burst, before.left + ((now - before.at) / 1000) * perSecond)
      buckets.delete(key)
      buckets.set(key, { left: left < 1 ? left : left - 1, at: now })
      const [oldest] = buckets.keys()
      if (buckets.size > MOST_KEYS && oldest !== undefined) buckets.delete(oldest)
      return left < 1 ? ((1 - left) / perSecond) * 1000 : 0
    },
  }
}

export const FAILURE_LIMIT = {
  /** In a row that are answered at once. */
  free: 10,
  /** ms; doubled each time, up to the longest. */
  firstWait: 1_000 as Duration,
  longestWait: 300_000 as Duration,
  /** ms without a failure after which a peer is forgotten. */
  forgottenAfter: 900_000 as Duration,
  /** How many peers are remembered; the one that failed longest ago goes first. */
  peers: 10_000,
}

/** Failures while a peer waits are refused and do not make it wait longer. */
export function createFailureLimit(clock: Monotonic): RateLimit {
  const peers = new Map<string, { failures: number; until: number }>()
  const { free, firstWait, longestWait, forgottenAfter } = FAILURE_LIMIT
  return {
    take(peer) {
      const now = clock.monotonic()
      const known = peers.get(peer)
      const { failures, until } =
        known === undefined || now - known.until > forgottenAfter ? { failures: 0, until: now } : known
      if (until > now) return until - now
      const times = failures + 1 - free
      const wait = times < 0 ? 0 : Math.min(longestWait, firstWait * 2 ** Math.min(times, 30))
      peers.delete(peer)
      peers.set(peer, { failures: failures + 1, until: now + wait })
      const [oldest] = peers.keys()
      if (peers.size > FAILURE_LIMIT.peers && oldest !== undefined) peers.delete(oldest)
      return 0
    },
  }
}
