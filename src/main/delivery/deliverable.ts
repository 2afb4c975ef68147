// What is brought to a target, and what came of it.
import type { Instant, ProfileId } from '../engine/model.ts'
import type { Secret } from '../engine/secret.ts'

export interface DeliverableToken {
  readonly profileId: ProfileId
  readonly profileName: string
  readonly orgId: string
  readonly accessToken: Secret
  readonly fingerprint: string
  readonly refreshToken: Secret | null
  /** null as well where the target does not take it. */
  readonly refreshFingerprint: string | null
  /** null: unknown. */
  readonly expiresAt: Instant | null
}

export type Performed =
  | { readonly kind: 'delivered' }
  /** `sentence`: what happened and what to do. No secret. */
  | { readonly kind: 'failed'; readonly sentence: string }
  /** Stopped by us in the middle; nothing is known of it. */
  | { readonly kind: 'broken-off' }
