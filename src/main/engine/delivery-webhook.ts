// The webhook: what is kept of it.
import type { Secret } from './secret.ts'

export interface WebhookSettings {
  /** null: off. An address may carry a key of its own, so it is kept like one. */
  readonly url: Secret | null
  /** What messages are signed with: base64 of 32 bytes. */
  readonly secret: Secret
}
