// Tier step: one call of an attempt, as it ended, or why it was not sent.
import type { TokenGrant } from '../domain/ports.ts'
import type { Failure } from '../failure/failure.ts'
import type { CallResult, Unclaimed } from '../runtime/guarded-call.ts'

export type Step = CallResult<TokenGrant>
export type NotItsTurn = { readonly kind: 'unclaimed'; readonly claim: Unclaimed }

export function unsent(failure: Failure): Step {
  return { kind: 'failed', call: null, failure }
}

/** The same answer as another kind, after what was known before it. */
export function renamed(
  { failure, call }: Extract<Step, { kind: 'failed' }>,
  kind: 'client-refused' | 'other-copy',
): Step {
  const { tier, status, detail, trackingId } = failure
  const meant: Failure = { kind, tier, status, detail, trackingId }
  return { kind: 'failed', call: call === null ? null : { ...call, result: kind }, failure: meant }
}

/** Webex counts requests for each client id. */
export function clientLimit(clientId: string): string {
  return `client:${clientId}`
}
