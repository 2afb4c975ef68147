import type { Duration } from '../domain/model.ts'
import { ENOUGH_LIFE, RETRY_AFTER_ABSURD, RETRY_AFTER_CAP } from '../domain/policy.ts'

/**
 * How long a Retry-After is honoured, in ms; `left` is the life left of the token it is about, null where unknown.
 * At most 1 h while there is time; given as it is otherwise, unless it is absurd.
 */
export function honoured(retryAfter: Duration, left: Duration | null): Duration {
  const longest = left !== null && left > ENOUGH_LIFE ? RETRY_AFTER_CAP : RETRY_AFTER_ABSURD
  return Math.min(Math.max(0, retryAfter), longest)
}
