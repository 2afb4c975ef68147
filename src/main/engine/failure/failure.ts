// What can go wrong: the kinds of failure, each with its data. failure-catalogue.ts says what each means.
import type { Duration, ManagerId, Profile, ProfileId, Tier } from '../domain/model.ts'
import type { AnswerAnomaly, StoreFailure, Unreachable } from '../domain/ports.ts'
import type { FallbackUse } from '../domain/renewal-reason.ts'
import type { Incident } from '../domain/view-model.ts'

/** What every failure carries for history and for the person. */
export interface Observed {
  readonly tier: Tier
  /** HTTP status; null when no answer came or nothing was sent. */
  readonly status: number | null
  /** The answer's own words, redacted where it was read. */
  readonly detail: string | null
  readonly trackingId: string | null
}

/** A proxy lets nothing pass: it requires a sign-in, or rejected the saved one. */
export type ProxyRefusal = 'proxy' | 'proxy-rejected'

export type ResponseAnomaly = AnswerAnomaly | ProxyRefusal | 'network-login' | 'unproven'

/** What each kind carries beside itself. */
interface FailureData {
  transient: { readonly reason: Unreachable | 'server' }
  /** `retryAfter` in ms from the answer; null when it did not say. */
  throttled: { readonly retryAfter: Duration | null }
  interference: { readonly anomaly: ResponseAnomaly }
  /** A refresh request that left without an answer: Webex may have rotated the refresh token. */
  'answer-lost': { readonly reason: Unreachable }
  /** The account has as many live access tokens as Webex allows: no tier gives another one. */
  'token-limit': unknown
  /** The same of the token manager's account, which says nothing of the service app's. */
  'manager-token-limit': { readonly managerId: ManagerId }
  'grant-dead': unknown
  /** The same for the second time within two lifetimes, of a refresh token that was stored when it was given. */
  'other-copy': unknown
  /** The first 400 or 401 of the token endpoint that speaks neither of the refresh token nor of the client. */
  unclear: unknown
  /** Any other refusal: neither known to pass nor known to need a person. */
  unexpected: unknown
  'client-refused': unknown
  /** A 401 of tier 2. `aboutClient`: it speaks of the client credentials, and may be about the bearer all the same. */
  'bearer-refused': { readonly aboutClient: boolean }
  'not-authorised': unknown
  'wrong-field': { readonly field: 'appId' | 'targetOrgId' | 'clientSecret' | null }
  /** A 403 or 404 of tier 2 for a fallback, whose account may have no access to the service app. */
  'fallback-refused': { readonly fallback: FallbackUse }
  'manager-grant-dead': { readonly managerId: ManagerId }
  'manager-client-refused': { readonly managerId: ManagerId }
  /** The manager's token is refused or over and nothing can renew it without a person. */
  'manager-refused': {
    readonly managerId: ManagerId
    /** A personal access token: there is no integration to reconnect. */
    readonly isPersonal: boolean
    /** Fingerprint of the access token that is meant. */
    readonly bearer: string | null
    /** Webex spoke of the client credentials. */
    readonly aboutClient?: boolean
  }
  /** No token manager, or one that was never connected. */
  'no-manager': {
    readonly managerId: ManagerId | null
    /** Why tier 1 cannot work either; null: the profile has no refresh token. */
    readonly refreshToken: 'dead' | 'expired' | null
  }
  store: { readonly reason: StoreFailure['reason'] }
  /** The record of the service app's credentials is missing, or the token manager has nothing to refresh. */
  'nothing-to-try': unknown
}

export type FailureKind = keyof FailureData

/** A union over the kinds; with a parameter, the failures of these kinds. */
export type FailureCause<K extends FailureKind = FailureKind> = {
  readonly [P in K]: { readonly kind: P } & FailureData[P]
}[K]

export type Failure<K extends FailureKind = FailureKind> = {
  readonly [P in K]: Observed & { readonly kind: P } & FailureData[P]
}[K]

export interface Consequence {
  /** What the running attempt does. `last-tenth`: the next tier only if time is short. */
  readonly next: 'next-tier' | 'last-tenth' | 'second-time' | 'tier-3-then-2' | 'other-tiers' | 'stop'
  /** When it is tried again automatically. */
  readonly again: 'backoff' | 'retry-after' | 'webex-is-there' | 'needs-attention'
  /** Webex refuses what was sent; otherwise it is trouble on the way, which passes. */
  readonly isRefusal: boolean
  /** The refresh token is marked as dead and not used again automatically. */
  readonly grantDead: boolean
  /** What is not asked again before a person acted or 6 h passed: tier 2 for this profile, or all of its service app. */
  readonly stops?: 'tier-2' | 'service-app'
}

export interface IncidentKind {
  /** The key's first part; the ID of what it is counted by follows. */
  readonly key: string
  /** Another one under the same key is news; missing: the key's first part. */
  readonly code?: string
  /** Failures of one key that share this are one incident. */
  readonly countedBy: 'service-app' | 'manager' | 'fleet'
  readonly title: (about: IncidentSubject) => string
  readonly level: Incident['level']
  /** It may end without a person, so only several failures in a row are worth an alert. */
  readonly isPassing: boolean
}

/** Whom an incident is about, for its title. Names are isolated. */
export interface IncidentSubject {
  /** Of the service app, or of the token manager. */
  readonly name: string
  /** Where it is: "Soylent", "1 org", "30 orgs". */
  readonly orgs: string
  /** Those it affects; of a token manager, those who use it. */
  readonly customers: number
  /** One of them has had a token. */
  readonly hadToken: boolean
}

/** Whom a failure is about. An org without a name is not mentioned: nobody reads an org ID in a sentence. */
export type FailureSubject =
  | {
      readonly kind: 'profile'
      /** Of several, the first one. */
      readonly id: ProfileId
      readonly name: string
      readonly orgName: string | null
      /** Of one service app. */
      readonly customers: number
    }
  | { readonly kind: 'manager'; readonly name: string }

export function aboutProfile({ id, name, orgName }: Profile): FailureSubject {
  return { kind: 'profile', id, name, orgName, customers: 1 }
}
