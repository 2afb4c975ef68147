// The webhook: what is kept of it, and when it is tried again.
import type { Duration } from './model.ts'
import { MINUTE, SECOND } from './policy.ts'
import type { Secret } from './secret.ts'

export interface WebhookSettings {
  /** null: off. An address may carry a key of its own, so it is kept like one. */
  readonly url: Secret | null
  /** What messages are signed with: base64 of 32 bytes. */
  readonly secret: Secret
  /** It came with a backup: nothing is sent there, and its secret signs nothing, until a person has confirmed it. */
  readonly held: boolean
}

/** What is told. No token, no secret. */
export type WebhookEvent = 'alert.raised' | 'alert.recovered' | 'test'

/** Waits before the second, third … try: five tries within about an hour. */
const RETRY_DELAYS: readonly Duration[] = [10 * SECOND, 2 * MINUTE, 12 * MINUTE, 45 * MINUTE]

/** null: it was tried often enough. `tries`: so far, 1 or more. */
export function webhookRetryDelay(tries: number): Duration | null {
  return RETRY_DELAYS[tries - 1] ?? null
}
