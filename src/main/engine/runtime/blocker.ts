// Blocker: the failure that keeps every attempt from sending anything, whoever asks for it, such as a store that cannot be
// written or something that answers in Webex's place.

import type { Duration, Instant, TokenPair } from '../domain/model.ts'
import type { StoreFailure } from '../domain/ports.ts'
import type { Failure } from '../failure/failure.ts'
import { sentenceOf } from '../failure/failure-catalogue.ts'
import { isUrgent } from '../renewal/token-lifetime.ts'
import type { CircuitBreaker } from './circuit-breaker.ts'
import type { WriteQueue } from './write-queue.ts'

const SEEN = { tier: 1, status: null, trackingId: null } as const

export function storeBlocker({ reason, message }: StoreFailure): Failure {
  return { ...SEEN, kind: 'store', reason, detail: message }
}

/**
 * Whether a token that cannot be stored is better than none: the one that is held is in its last tenth. Not where another
 * instance may have the data folder (`other`), or whoever reaches the shared vault may renew it (`shared`).
 */
export function mayStayUnsaved({ reason }: StoreFailure, pair: TokenPair | null, now: Instant): boolean {
  return (
    reason !== 'other' &&
    reason !== 'shared' &&
    pair !== null &&
    pair.accessToken !== null &&
    isUrgent(pair, now)
  )
}

/** What keeps Webex from answering, as far as the last answer tells. */
export function notWebex({ proxyRefusal }: Pick<CircuitBreaker, 'proxyRefusal'>): Failure {
  return { ...SEEN, kind: 'interference', anomaly: proxyRefusal ?? 'unproven', detail: null }
}

/** The engine stops, or another process renews from now on. */
export const aborted: Failure = { ...SEEN, kind: 'transient', reason: 'aborted', detail: null }

export function throttledFor(wait: Duration): Failure {
  return { ...SEEN, kind: 'throttled', retryAfter: wait, detail: null }
}

/** Why the open circuit keeps a request back. */
export function circuitBlocker(circuitBreaker: CircuitBreaker): Failure {
  const { pause } = circuitBreaker
  return pause > 0 ? throttledFor(pause) : notWebex(circuitBreaker)
}

export function blockerSentence(blocker: Failure): string {
  return sentenceOf(blocker, { kind: 'manager', name: '' })
}

/** Checked again; null: nothing. While the network is in doubt it takes as long as a call to Webex may. */
export async function currentBlocker(
  writeQueue: WriteQueue,
  circuitBreaker: CircuitBreaker,
): Promise<Failure | null> {
  const failure = await writeQueue.prove()
  if (failure !== null) return storeBlocker(failure)
  return (await circuitBreaker.confirmed()) ? null : circuitBlocker(circuitBreaker)
}
