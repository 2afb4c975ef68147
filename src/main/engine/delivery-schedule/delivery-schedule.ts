// Delivery schedule: what is due for delivery, and when a failed one is repeated. `delivery/` does it.
import type {
  Delivered,
  DeliveryFailure,
  DeliveryStanding,
  DeliveryState,
  TokenMarks,
} from '../domain/delivery-model.ts'
import { type DeliverySpec, isProven, wantsRefreshToken } from '../domain/delivery-spec.ts'
import type { Duration, Instant } from '../domain/model.ts'
import { HOUR, MINUTE, SECOND } from '../domain/policy.ts'

export const notYetDelivered: DeliveryState = { delivered: null, failure: null, held: false }

/**
 * Waits after the first, second … failure. No renewal depends on them, so no jitter; a new token and a person's ask do
 * not wait at all.
 */
const RETRY_DELAYS: readonly Duration[] = [10 * SECOND, MINUTE, 5 * MINUTE, 30 * MINUTE, HOUR]

export function retryDelay(failures: number): Duration {
  return RETRY_DELAYS[Math.min(Math.max(failures, 1), RETRY_DELAYS.length) - 1] ?? HOUR
}

export function standingOf(spec: DeliverySpec, state: DeliveryState, now: TokenMarks): DeliveryStanding {
  if (state.held) return 'held'
  if (state.failure !== null) return 'failing'
  if (state.delivered === null) return 'waiting'
  if (!isCurrent(spec, state.delivered, now)) return 'outdated'
  return isProven(spec) ? 'delivered' : 'unverified'
}

/** When it is to be delivered without being asked for; null: nothing is to be done until something changes. */
export function dueAt(
  spec: DeliverySpec,
  state: DeliveryState,
  marks: TokenMarks,
  now: Instant,
): Instant | null {
  if (marks.fingerprint === null || state.held) return null
  const { failure, delivered } = state
  if (failure !== null) {
    // Another token may fare better; and a clock that was set back must not make the wait longer.
    if (failure.fingerprint !== marks.fingerprint || failure.at > now) return now
    return failure.retryAt
  }
  return delivered !== null && isCurrent(spec, delivered, marks) ? null : now
}

export function afterDelivery(marks: Delivered): DeliveryState {
  return { delivered: marks, failure: null, held: false }
}

/** What a person asked for is no longer held, even if it failed: it was meant to run here. */
export function afterFailedDelivery(
  before: DeliveryState,
  failed: Pick<DeliveryFailure, 'at' | 'fingerprint' | 'sentence'>,
): DeliveryState {
  const failures = (before.failure?.failures ?? 0) + 1
  const retryAt = failed.at + retryDelay(failures)
  return { delivered: before.delivered, failure: { ...failed, failures, retryAt }, held: false }
}

function isCurrent(spec: DeliverySpec, delivered: Delivered, marks: TokenMarks): boolean {
  if (delivered.fingerprint !== marks.fingerprint) return false
  return !wantsRefreshToken(spec) || delivered.refreshFingerprint === marks.refreshFingerprint
}

/** Waits before the second, third … try: five tries within about an hour. */
const WEBHOOK_RETRY_DELAYS: readonly Duration[] = [10 * SECOND, 2 * MINUTE, 12 * MINUTE, 45 * MINUTE]

/** null: it was tried often enough. `tries`: so far, 1 or more. */
export function webhookRetryDelay(tries: number): Duration | null {
  return WEBHOOK_RETRY_DELAYS[tries - 1] ?? null
}
