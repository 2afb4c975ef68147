// Protocol between the command line and the app: one line of JSON each way over a socket of the user's own. Lines of
// progress may precede the last one, which is the answer.
import type { DataSourceView } from '#contract/contract.ts'
import type { DataSourceOutcome } from '#engine/domain/data-source.ts'
import type { Attempt, Instant } from '#engine/domain/model.ts'
import type { FleetView, ProfileState, ProfileView } from '#engine/domain/view-model.ts'

/** Raised when one side would misunderstand the other. */
export const PROTOCOL = 1

/** Bytes of a request's line, the line feed included. */
export const LONGEST_REQUEST = 16 * 1024

/** Request kind → what is answered. */
export interface SatmReplies {
  readonly list: { readonly now: Instant; readonly profiles: readonly ListedProfile[] }
  readonly status: StatusReply
  /** The only answer with something secret in it. */
  readonly token: { readonly now: Instant; readonly token: string; readonly expiresAt: Instant | null }
  readonly refresh: RefreshReply
  readonly history: { readonly now: Instant; readonly attempts: readonly ListedAttempt[] }
  readonly 'data-sources': DataSourceReply
}

export type DataSourceReply =
  | { readonly kind: 'listed'; readonly now: Instant; readonly sources: readonly DataSourceView[] }
  | { readonly kind: 'renewed'; readonly now: Instant; readonly outcomes: readonly DataSourceOutcome[] }

export interface ListedProfile {
  readonly id: string
  readonly name: string
  /** The shortest way to mean this one and no other. */
  readonly reference: string
  readonly orgId: string
  readonly orgName: string | null
  readonly state: ProfileState
  readonly sentence: string | null
  readonly expiresAt: Instant | null
  readonly nextRefreshAt: Instant | null
  readonly lastOutcome: Attempt['outcome'] | null
}

/** An older app sends neither `reason` nor its message. */
export interface ListedAttempt extends Omit<Attempt, 'reason'>, Partial<Pick<Attempt, 'reason'>> {
  readonly reasonMessage?: string | null
}

export type StatusReply =
  | { readonly kind: 'profile'; readonly now: Instant; readonly profile: ProfileView }
  | ({
      readonly kind: 'all'
      readonly version: string
      readonly dataFolder: string
      readonly states: Readonly<Record<ProfileState, number>>
    } & Pick<FleetView, 'now' | 'managers' | 'incidents' | 'allPausedUntil'>)

export interface RefreshReply {
  readonly renewed: number
  readonly unchanged: number
  readonly failed: number
  /** Of those that failed, how many will not work again by themselves. */
  readonly needPerson: number
}

/** One profile's refresh has ended. */
export interface Refreshed extends Pick<Attempt, 'outcome' | 'tier' | 'sentence' | 'trackingId'> {
  readonly reference: string
  readonly now: Instant
  readonly expiresAt: Instant | null
}

/** `failed` may work later; `needs-person` and `closed` will not by themselves. */
export type SatmErrorCode =
  | 'malformed'
  | 'other-version'
  | 'no-such-profile'
  | 'ambiguous'
  | 'failed'
  | 'needs-person'
  | 'closed'
  | 'internal'

export interface SatmError {
  readonly code: SatmErrorCode
  /** What happened and what to do. */
  readonly message: string
  readonly trackingId?: string
}

/** The app refuses the request; its fields are what the command line is sent. */
export class Refused extends Error {
  readonly code: SatmErrorCode
  readonly trackingId: string | null

  constructor(code: SatmErrorCode, message: string, trackingId: string | null = null) {
    super(message)
    this.name = 'Refused'
    this.code = code
    this.trackingId = trackingId
  }
}

export type AnswerLine =
  | { readonly progress: Refreshed }
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: SatmError }
