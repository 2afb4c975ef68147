// Signs a message as Standard Webhooks 1.0.0 has it, so that receivers can use any of its libraries.
import { createHmac } from 'node:crypto'
import type { Instant } from '#engine/domain/model.ts'
import type { Secret } from '#engine/domain/secret.ts'

const PREFIX = 'whsec_'

/** `secret`: base64. `id` stays the same over retries; the time is that of each try, so that receivers can refuse old ones. */
export function signedHeaders(
  secret: Secret,
  message: { readonly id: string; readonly at: Instant; readonly body: string },
): Record<string, string> {
  const seconds = String(Math.floor(message.at / 1000))
  const signature = createHmac('sha256', Buffer.from(secret.reveal(), 'base64'))
    .update(`${message.id}.${seconds}.${message.body}`)
    .digest('base64')
  return {
    'webhook-id': message.id,
    'webhook-timestamp': seconds,
    'webhook-signature': `v1,${signature}`,
  }
}

/** As a person gives it to the receiver. */
export function shownSecret(secret: Secret): string {
  return `${PREFIX}${secret.reveal()}`
}
