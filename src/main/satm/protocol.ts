// Protocol between the command line and the app: one line of JSON each way over a socket of the user's own. Lines of
// progress may precede the last one, which is the answer.
import type { DataSourceView, FileCheck } from '#contract/contract.ts'
import type { DataSourceOutcome } from '#engine/domain/data-source.ts'
import type { DeliveryStanding } from '#engine/domain/delivery-model.ts'
import type { DeliveryKind, TypedSpec } from '#engine/domain/delivery-spec.ts'
import type { Attempt, Duration, Instant } from '#engine/domain/model.ts'
import type { FleetView, ProfileState, ProfileView, TestResult } from '#engine/domain/view-model.ts'

/**
 * The protocol that brought each request, which is sent with it: an older app answers those it knows, so that programs get
 * tokens while an update waits for a restart, and refuses the others with a sentence.
 */
export const PROTOCOL_OF: Readonly<Record<keyof SatmReplies, number>> = {
  list: 1,
  status: 1,
  token: 1,
  refresh: 1,
  history: 1,
  test: 2,
  pause: 2,
  'pause-all': 2,
  deliver: 2,
  open: 2,
  import: 2,
  doctor: 2,
  'data-sources': 2,
  'connect-begin': 3,
  'connect-finish': 3,
  'connect-cancel': 3,
  held: 3,
  confirm: 3,
  consumers: 3,
  'consumer-add': 3,
  'consumer-remove': 3,
  backup: 3,
  deliveries: 4,
  'delivery-check': 4,
  'delivery-save': 4,
  'delivery-remove': 4,
}

/** Raised when one side would misunderstand the other. */
export const PROTOCOL = 4

/** Bytes of a request's line, the line feed included. */
export const LONGEST_REQUEST = 16 * 1024

/** Request kind → what is answered. */
export interface SatmReplies {
  readonly list: { readonly now: Instant; readonly profiles: readonly ListedProfile[] }
  readonly status: StatusReply
  /** Of the answers, this one and those of `confirm` and `consumer-add` have something secret in them. */
  readonly token: { readonly now: Instant; readonly token: string; readonly expiresAt: Instant | null }
  readonly refresh: RefreshReply
  readonly history: { readonly now: Instant; readonly attempts: readonly ListedAttempt[] }
  readonly test: TestReply
  readonly pause: { readonly reference: string; readonly paused: boolean; readonly isChanged: boolean }
  readonly 'pause-all': { readonly now: Instant; readonly until: Instant | null }
  readonly deliver: DeliverReply
  readonly open: { readonly profileId: string | null }
  readonly import: ImportReply
  readonly 'data-sources': DataSourceReply
  /** `isServer`: `satm serve` owns the data folder; an older app does not send it. */
  readonly doctor: {
    readonly version: string
    readonly checks: readonly Check[]
    readonly isServer?: boolean
  }
  readonly 'connect-begin': ConnectBegun
  readonly 'connect-finish': ConnectFinished
  /** false: nothing waited, or Webex was already asked. */
  readonly 'connect-cancel': { readonly isCanceled: boolean }
  readonly held: { readonly now: Instant; readonly held: readonly HeldAction[] }
  readonly confirm: { readonly results: readonly Confirmed[] }
  readonly consumers: {
    readonly now: Instant
    readonly consumers: readonly ListedConsumer[]
    readonly endpoint: EndpointState
  }
  /** `secret`: told this once. */
  readonly 'consumer-add': {
    readonly id: string
    readonly secret: string
    readonly endpoint: EndpointState
  }
  readonly 'consumer-remove': { readonly name: string }
  readonly backup: BackupReply
  readonly deliveries: { readonly now: Instant; readonly deliveries: readonly ListedDelivery[] }
  readonly 'delivery-check': FileCheck
  readonly 'delivery-save': { readonly now: Instant; readonly delivery: ListedDelivery }
  /** `serviceApp`: null: a fleet delivery was removed. */
  readonly 'delivery-remove': { readonly serviceApp: string | null; readonly place: string }
}

/** A delivery target, or a fleet delivery that has none: then both IDs are the same. */
export interface ListedDelivery {
  readonly id: string
  /** Its reference; of a fleet delivery what it is for. */
  readonly serviceApp: string
  readonly kind: DeliveryKind
  /** The path or the command. */
  readonly place: string
  readonly state: DeliveryStanding
  readonly deliveredAt: Instant | null
  /** Of the access token that is there. */
  readonly fingerprint: string | null
  /** Why it fails or is held; null: it does not. */
  readonly sentence: string | null
  /** The ID of the fleet delivery that made it, which is removed whole; null: none did. */
  readonly fleetDelivery: string | null
  /** All of it, as it is typed. */
  readonly target: TypedSpec
}

export interface ConnectBegun {
  readonly now: Instant
  readonly authorizationUrl: string
  readonly redirectUri: string
  readonly expiresAt: Instant
  /** The token manager that is reconnected; null: a new one. */
  readonly reconnects: string | null
}

export type ConnectFinished =
  | {
      readonly kind: 'connected'
      readonly name: string
      readonly sentence: string
      /** false: only in memory, until it can be stored. */
      readonly isStored: boolean
    }
  /** Not the redirected URL: the authorization waits for another one. */
  | { readonly kind: 'rejected'; readonly sentence: string }
  /** It needs a new authorization. */
  | { readonly kind: 'failed'; readonly sentence: string; readonly trackingId: string | null }

/** What came with a backup or from unprotected data, and does not act before a person has confirmed it. */
export interface HeldAction {
  /** Stands for all that is listed of it: anything else has another ID. */
  readonly id: string
  readonly kind: 'renewals' | 'delivery' | 'consumer' | 'webhook' | 'fleet-delivery'
  readonly name: string
  /** All it would do, whole: paths, commands, addresses. */
  readonly actions: readonly string[]
}

export interface Confirmed {
  readonly id: string
  readonly isConfirmed: boolean
  /** What came of it, or why it is still held; null: there is nothing to say. */
  readonly sentence: string | null
  /** A webhook's new signing secret, told this once. */
  readonly secret?: string
}

export interface ListedConsumer {
  readonly id: string
  readonly name: string
  /** References; null: all, including future ones. */
  readonly serviceApps: readonly string[] | null
  readonly createdAt: Instant
  readonly lastUsedAt: Instant | null
  readonly isHeld: boolean
}

export interface EndpointState {
  readonly on: boolean
  readonly port: number
  readonly listening: boolean
  readonly problem: string | null
}

/** What is in the file. */
export interface BackupReply {
  readonly serviceApps: number
  readonly customers: number
  readonly managers: number
  readonly attempts: number
  /** Records that cannot be read, and what refers to them: not in it. */
  readonly leftOut: number
}

export type DataSourceReply =
  | { readonly kind: 'listed'; readonly now: Instant; readonly sources: readonly DataSourceView[] }
  | { readonly kind: 'renewed'; readonly now: Instant; readonly outcomes: readonly DataSourceOutcome[] }

export interface ListedProfile {
  readonly id: string
  readonly name: string
  /** The shortest way to mean this one and no other. */
  readonly reference: string
  /** An older app does not send it. */
  readonly appId?: string
  readonly orgId: string
  readonly orgName: string | null
  readonly state: ProfileState
  readonly sentence: string | null
  readonly expiresAt: Instant | null
  readonly nextRefreshAt: Instant | null
  readonly lastOutcome: Attempt['outcome'] | null
}

/** An older app sends neither `reason` nor its message, nor the org's name. */
export interface ListedAttempt extends Omit<Attempt, 'reason'>, Partial<Pick<Attempt, 'reason'>> {
  readonly reasonMessage?: string | null
  readonly orgName?: string | null
}

export type StatusReply =
  | {
      readonly kind: 'profile'
      readonly now: Instant
      readonly profile: ProfileView
      /** What affects it; an older app does not send it. */
      readonly incidents?: FleetView['incidents']
    }
  | ({
      readonly kind: 'all'
      readonly version: string
      readonly dataFolder: string
      readonly states: Readonly<Record<ProfileState, number>>
      /** null: it takes part in none; an older app does not send it. */
      readonly sharedVault?: SharedVaultStanding | null
    } & Pick<FleetView, 'now' | 'managers' | 'incidents' | 'allPausedUntil'>)

/** How this computer stands to the shared vault that it takes part in. */
export interface SharedVaultStanding {
  /** Who renews; null: nobody, or it is not known. */
  readonly leader: string | null
  readonly leadsHere: boolean
  /** Why it cannot be used, and what to do; null: it can. */
  readonly trouble: string | null
  /** When this computer was in agreement with it last; null: not since its start. */
  readonly agreedAt: Instant | null
}

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
  /** What the last call came to, for one line of many that failed alike; an older app sends neither. */
  readonly result?: string | null
  /** How many are refreshed in all. */
  readonly of?: number
}

export interface TestReply {
  readonly reference: string
  readonly result: TestResult
  readonly sentence: string
  readonly trackingId: string | null
  readonly needsPerson: boolean
}

export interface DeliverReply {
  readonly reference: string
  readonly delivered: number
  /** How many of these could not be read back; an older app does not send it. */
  readonly unverified?: number
  /** How many targets there are. */
  readonly of: number
  /** Why not, of each that got nothing. */
  readonly failures: readonly string[]
}

export interface ImportReply {
  /** Rows that are imported, or would be. */
  readonly ready: number
  readonly rejected: number
  /** Of both kinds, in the order of the file; no secret is in it. */
  readonly rows: readonly {
    readonly line: number
    readonly name: string
    readonly customer: string
    readonly isReady: boolean
    readonly remarks: readonly string[]
  }[]
  /** Connects the app to Webex as well. */
  readonly tokenManager: boolean
}

/** One line of `satm doctor`. */
export interface Check {
  readonly name: string
  /** `skipped`: it could not be looked at. */
  readonly state: 'ok' | 'problem' | 'skipped'
  /** What was found, and for a problem what to do. */
  readonly sentence: string
}

/** ms. As long as all can be paused. */
export const LONGEST_PAUSE: Duration = 24 * 3_600_000

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
