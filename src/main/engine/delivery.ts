// Where a profile's token goes after a renewal, and how that went. Deciding is pure; `delivery/` does it.
import type { Duration, Instant, ProfileId } from './model.ts'

export type DeliveryTargetId = string

/** What a person confirmed about a file that is odd. Anything else about it is refused. */
export type FileOddity = 'git' | 'symlink' | 'hard-links' | 'other-owner' | 'readable-by-others'

export type DeliverySpec =
  | {
      readonly kind: 'env-file'
      /** Absolute. */
      readonly path: string
      readonly accessTokenName: string
      /** null: the refresh token stays here; programs need none, and a copy of it could be spent elsewhere. */
      readonly refreshTokenName: string | null
      readonly confirmed: readonly FileOddity[]
    }
  | {
      readonly kind: 'hook'
      /** Run by the system's shell. The token is never part of it. */
      readonly command: string
      readonly pass: 'environment' | 'stdin'
      readonly timeLimit: Duration
    }

export interface DeliveryTarget {
  readonly id: DeliveryTargetId
  readonly profileId: ProfileId
  readonly spec: DeliverySpec
  readonly createdAt: Instant
}

/** How it stands with one target. Fingerprints are the first 8 hex digits of SHA-256. */
export interface DeliveryState {
  readonly delivered: Delivered | null
  /** Of the tries since the last one that went well; null when there were none. */
  readonly failure: DeliveryFailure | null
  /** A command that came with a backup: it does not run by itself before a person has run it once. */
  readonly held: boolean
}

export interface Delivered {
  readonly at: Instant
  /** Of the access token. */
  readonly fingerprint: string
  /** null: no refresh token went along. */
  readonly refreshFingerprint: string | null
}

export interface DeliveryFailure {
  readonly at: Instant
  readonly fingerprint: string
  /** What happened and what to do. */
  readonly sentence: string
  readonly failures: number
  /** When it is tried again by itself; null: after the next renewal, or when a person asks. */
  readonly retryAt: Instant | null
}
