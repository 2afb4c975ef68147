// Token expiry lookup: asks Webex when a token ends that was pasted or issued without an end, and stores the answer.

import type { Instant, Subject, TokenPair } from '../domain/model.ts'
import type { Secret } from '../domain/secret.ts'
import type { ExpiryAsked } from '../renewal/subject-state.ts'
import { dueAt, isPossibleEnd } from '../renewal/token-lifetime.ts'
import type { EngineContext } from '../runtime/engine-context.ts'
import { performCall } from '../runtime/guarded-call.ts'
import { pairChange } from './attempt-commit.ts'

/** The token that was sent, and its pair then: both may be others when the answer comes. */
export interface UnknownToken {
  readonly token: Secret
  readonly fingerprint: string | null
}

/**
 * The token whose end has to be asked for; null when it is known, missing, or was asked for in vain. It is asked for
 * once more when the token comes due, before a new one is minted.
 */
export function unknownToken(
  pair: TokenPair | null,
  asked: ExpiryAsked | null,
  now: Instant,
): UnknownToken | null {
  if (pair === null || pair.accessToken === null || pair.expiresAt !== null) return null
  const { accessToken: token, fingerprint } = pair
  if (asked === null || asked.fingerprint !== fingerprint) return { token, fingerprint }
  const due = dueAt('', pair, 0)
  return asked.at < due && due <= now ? { token, fingerprint } : null
}

/** `limit`: what the question counts against. */
export async function askExpiry(
  context: EngineContext,
  subject: Subject,
  { token, fingerprint }: UnknownToken,
  limit: string,
): Promise<void> {
  const { fleetState, serverClock } = context
  const end = await expiryOf(context, token, limit)
  await context.writeQueue.record(
    () => {
      const pair = fleetState.record(subject)?.pair
      const isOurs = pair != null && token.equals(pair.accessToken)
      if (end === null || !isOurs || !isPossibleEnd(end, pair)) return { changes: [], attempts: [] }
      return { changes: [pairChange(subject, { ...pair, expiresAt: end }, { follows: pair })], attempts: [] }
    },
    ({ changes }) => {
      for (const change of changes) fleetState.take(change)
      fleetState.noteExpiryAsked(subject, { fingerprint, at: serverClock.now() })
    },
  )
}

/** An instant that may lie in the past; null when Webex does not say. */
async function expiryOf(context: EngineContext, token: Secret, limit: string): Promise<number | null> {
  const answer = await performCall(context.callGuards, {
    context: { tier: 2 },
    caller: null,
    limits: [limit],
    order: 0,
    pair: null,
    provesStore: 'never',
    perform: () => context.parts.webex.tokenExpiry(token),
  })
  return answer.kind === 'ok' ? answer.value : null
}
