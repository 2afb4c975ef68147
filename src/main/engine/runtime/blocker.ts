// What keeps every attempt from sending anything, whoever asks for it: a store that cannot be written, or something that
// answers in Webex's place.

import type { Duration } from '../domain/model.ts'
import type { StoreFailure } from '../domain/ports.ts'
import type { Failure } from '../failure/failure.ts'
import { sentenceOf } from '../failure/failure-messages.ts'
import type { Presence } from './circuit-breaker.ts'
import type { Store } from './write-queue.ts'

const SEEN = { tier: 1, status: null, trackingId: null } as const

export function storeObstacle({ reason, message }: StoreFailure): Failure {
  return { ...SEEN, kind: 'store', reason, detail: message }
}

export const notWebex: Failure = { ...SEEN, kind: 'interference', oddity: 'unproven', detail: null }

/** The engine stops. */
export const aborted: Failure = { ...SEEN, kind: 'transient', reason: 'aborted', detail: null }

export function throttledFor(wait: Duration): Failure {
  return { ...SEEN, kind: 'throttled', retryAfter: wait, detail: null }
}

/** Why the open circuit keeps a request back. */
export function circuitObstacle({ pause }: Presence): Failure {
  return pause > 0 ? throttledFor(pause) : notWebex
}

export function obstacleSentence(obstacle: Failure): string {
  return sentenceOf(obstacle, { kind: 'manager', name: '' })
}

/** Looked at anew; null: nothing. A network that is in doubt takes as long as a call to Webex may. */
export async function obstacleNow(store: Store, presence: Presence): Promise<Failure | null> {
  const failure = await store.prove()
  if (failure !== null) return storeObstacle(failure)
  return (await presence.confirmed()) ? null : circuitObstacle(presence)
}
