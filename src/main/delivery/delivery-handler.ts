// What is brought to a target, and what came of it.
import type { Instant, ProfileId } from '#engine/domain/model.ts'
import type { Secret } from '#engine/domain/secret.ts'

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

/** `ran`: of a command alone; a file leaves nothing to be looked up. */
export type Performed =
  | { readonly kind: 'delivered'; readonly ran: Ran | null }
  /** `sentence`: what happened and what to do, with a command's last words. No secret. */
  | { readonly kind: 'failed'; readonly sentence: string; readonly ran: Ran | null }
  /** Stopped by us in the middle; whether it got there is not known. */
  | { readonly kind: 'broken-off'; readonly ran: Ran | null }

/** What a command left behind. */
export interface Ran {
  /** null: it did not end by itself. */
  readonly exitCode: number | null
  /** How it ended and what to do, without what it said; null: well. */
  readonly sentence: string | null
  /** The end of what it said, without secrets, at most about 2 KiB. */
  readonly output: string
}
