// Delivery as it is stored: targets and how they stand, their runs, the local endpoint's consumers, the webhook.
import type { DeliverySpec } from './delivery-spec.ts'
import type { Duration, Instant, ProfileId, ServiceAppId } from './model.ts'
import type { Secret } from './secret.ts'

export type DeliveryTargetId = string

export interface DeliveryTarget {
  readonly id: DeliveryTargetId
  readonly profileId: ProfileId
  readonly spec: DeliverySpec
  readonly createdAt: Instant
}

/** One delivery for many profiles, those to come as well; each gets a target of its own. */
export interface FleetDelivery {
  readonly id: string
  /** null: of all service apps. */
  readonly serviceAppId: ServiceAppId | null
  /** With `{app}`, `{customer}` and `{orgId}` in its path or commands. */
  readonly spec: DeliverySpec
  readonly createdAt: Instant
  /** A backup was restored since, or it lay open: it makes no target before a person has confirmed it. */
  readonly held: boolean
}

/** The state of one target. Fingerprints are the first 8 hex digits of SHA-256. */
export interface DeliveryState {
  readonly delivered: Delivered | null
  /** Of the tries since the last one that went well; null when there were none. */
  readonly failure: DeliveryFailure | null
  /** It came with a backup or from unprotected data: nothing is delivered there before a person has asked for it once. */
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
  /** When it is tried again automatically; null: after the next renewal, or when a person asks. */
  readonly retryAt: Instant | null
}

/** The token as it is now, by its fingerprints. */
export interface TokenMarks {
  /** null: there is none. */
  readonly fingerprint: string | null
  readonly refreshFingerprint: string | null
}

/** `outdated`: what is there is of an older token, or of one that is gone. `unverified`: written, and nothing proves it. */
export type DeliveryStanding = 'held' | 'waiting' | 'delivered' | 'unverified' | 'outdated' | 'failing'

/** What set it off: the target was added or changed, a newer token, a failure before it, or a person's ask. */
export type RunTrigger = 'set-up' | 'new-token' | 'retry' | 'asked'

/** `broken-off`: the app ended before it did. */
export type RunOutcome = 'delivered' | 'failed' | 'broken-off'

/** No token and no part of one is in it. */
export interface DeliveryRun {
  readonly startedAt: Instant
  readonly duration: Duration
  readonly trigger: RunTrigger
  readonly outcome: RunOutcome
  /** Of the access token. */
  readonly fingerprint: string
  /** Of a command that was not stopped; null: there is none. */
  readonly exitCode: number | null
  /** What happened, and what to do; null: it went well. */
  readonly sentence: string | null
  /** The end of what a command said, redacted, at most about 2 KiB; null: nothing that could say anything was run. */
  readonly output: string | null
}

/** So many are kept of each target, the newest ones. */
export const RUNS_KEPT = 20

/** A program that may ask the local endpoint for tokens. Its secret is known to the program alone. */
export interface Consumer {
  readonly id: string
  readonly name: string
  /** SHA-256 of its 256-bit secret: 32 bytes. */
  readonly secretHash: Uint8Array
  /** null: all, those to come as well. One that is gone stays named and gives nothing. */
  readonly profileIds: readonly ProfileId[] | null
  readonly createdAt: Instant
  readonly lastUsedAt: Instant | null
  /** It came with a backup or from unprotected data: its secret is a wrong one until a person has confirmed it. */
  readonly held: boolean
}

export interface WebhookSettings {
  /** null: off. An address may carry a key of its own, so it is kept like one. */
  readonly url: Secret | null
  /** What messages are signed with: base64 of 32 bytes. */
  readonly secret: Secret
  /** As of a consumer: nothing is sent there, and its secret signs nothing, until a person has confirmed it. */
  readonly held: boolean
}

/** What a webhook sends. No token, no secret. */
export type WebhookEvent = 'alert.raised' | 'alert.recovered' | 'test'
