// Model: profiles, token managers, token pairs and attempts. All times are absolute and all values readonly.
import type { DrillRequester, RenewalReason } from './renewal-reason.ts'
import { isTokenText, type Secret } from './secret.ts'

/** Milliseconds since the Unix epoch. */
export type Instant = number
/** Milliseconds. */
export type Duration = number

export type ProfileId = string
export type ServiceAppId = string
export type ManagerId = string

/** Where a token came from; the lifetime of a `pasted` one is unknown. */
export const TOKEN_ORIGINS = ['refresh-grant', 'applications-api', 'authorization-code', 'pasted'] as const

export type TokenOrigin = (typeof TOKEN_ORIGINS)[number]

export interface RefreshToken {
  readonly token: Secret
  /** When this very token was first received; a sliding expiry does not move it. */
  readonly issuedAt: Instant
  /** null: the answer it came with did not say. */
  readonly expiresAt: Instant | null
  /** Lifetime it had when first received, in ms; the ⅓ rule of the policy is measured against it. */
  readonly firstLifetime: Duration | null
  /** The token endpoint refused it (`invalid_grant`). Marked, never erased. */
  readonly dead: boolean
}

/** One access token and the refresh token that goes with it. */
export interface TokenPair {
  /** null: only a refresh token is known, as in an imported token-config.json; such a pair is due at once. */
  readonly accessToken: Secret | null
  /** First 8 hex digits of SHA-256 of the access token: what may be shown and logged. null with it. */
  readonly fingerprint: string | null
  readonly issuedAt: Instant
  /** null: unknown, as for a pasted token, or where the token answer did not say. */
  readonly expiresAt: Instant | null
  /** How long after `issuedAt` it is renewed where its answer did not say its end; not for a pasted one, due at once. */
  readonly renewAfter?: Duration
  readonly origin: TokenOrigin
  readonly refresh: RefreshToken | null
}

/** null: its end is not known. */
export function lifetimeOf(pair: TokenPair): Duration | null {
  return pair.expiresAt === null ? null : Math.max(1, pair.expiresAt - pair.issuedAt)
}

/** Whether there is an access token that may still be used at `now`; one of unknown lifetime may. */
export function isAlive(pair: TokenPair | null | undefined, now: Instant): boolean {
  return pair != null && pair.accessToken !== null && (pair.expiresAt === null || pair.expiresAt > now)
}

/** The access token as it may leave this app; null: there is none, or its text cannot be one. */
export function givableToken(pair: TokenPair | null | undefined): Secret | null {
  const token = pair?.accessToken ?? null
  return token !== null && isTokenText(token.reveal()) ? token : null
}

/** The one rule for a token that is handed out to be used at once: it is alive, and its text can be one. */
export function usableToken(pair: TokenPair | null | undefined, now: Instant): Secret | null {
  return isAlive(pair, now) ? givableToken(pair) : null
}

/** The client credentials of one service app, shared by its profiles in many orgs. */
export interface ServiceApp {
  readonly id: ServiceAppId
  readonly appId: string
  readonly clientId: string
  readonly clientSecret: Secret
}

const PROBES = ['data-sources', 'meetings', 'messaging', 'contact-center'] as const

/** The endpoint by which a profile proves that its token works; only GETs that mint nothing. */
export type Probe =
  | { readonly kind: (typeof PROBES)[number] }
  | { readonly kind: 'custom'; readonly path: string }

/** As it was stored; null: it is none. */
export function readProbe(stored: unknown): Probe | null {
  if (typeof stored !== 'object' || stored === null || !('kind' in stored)) return null
  if (stored.kind === 'custom') {
    return 'path' in stored && typeof stored.path === 'string' ? { kind: 'custom', path: stored.path } : null
  }
  const kind = PROBES.find((one) => one === stored.kind)
  return kind === undefined ? null : { kind }
}

/** One service app in one org. */
export interface Profile {
  readonly id: ProfileId
  readonly name: string
  readonly serviceAppId: ServiceAppId
  readonly targetOrgId: string
  readonly orgName: string | null
  /** null: the default token manager. */
  readonly managerId: ManagerId | null
  readonly probe: Probe
  readonly paused: boolean
  readonly createdAt: Instant
  readonly pair: TokenPair | null
}

/** What issues tokens by tier 2: a connected integration, or a pasted personal access token (12 h, not refreshable). */
export type TokenManager = IntegrationManager | PersonalTokenManager

export interface IntegrationManager {
  readonly kind: 'integration'
  readonly id: ManagerId
  readonly name: string
  readonly isDefault: boolean
  /** Takes its place for tier 2 while it cannot serve; its own fallback is not followed. null: none. */
  readonly fallbackId: ManagerId | null
  readonly createdAt: Instant
  readonly clientId: string
  readonly clientSecret: Secret
  readonly pair: TokenPair | null
}

export interface PersonalTokenManager {
  readonly kind: 'personal-access-token'
  readonly id: ManagerId
  readonly name: string
  readonly isDefault: boolean
  /** Takes its place for tier 2 while it cannot serve; its own fallback is not followed. null: none. */
  readonly fallbackId: ManagerId | null
  readonly createdAt: Instant
  readonly pair: TokenPair
}

/** The one marked as default; the first that was added where none is marked; null: there is none. */
export function defaultManagerId(
  managers: ReadonlyMap<ManagerId, Pick<TokenManager, 'isDefault'>>,
): ManagerId | null {
  let first: ManagerId | null = null
  for (const [id, { isDefault }] of managers) {
    if (isDefault) return id
    first ??= id
  }
  return first
}

/** Everything the engine holds; loaded from the vault at start. */
export interface Fleet {
  readonly serviceApps: ReadonlyMap<ServiceAppId, ServiceApp>
  readonly profiles: ReadonlyMap<ProfileId, Profile>
  readonly managers: ReadonlyMap<ManagerId, TokenManager>
}

/** Webex's own. */
export type DataSourceId = string

/** For some time Webex delivered no data. */
export interface Lapse {
  readonly from: Instant
  readonly until: Instant
}

/** One that a person chose to keep alive. */
export interface KeptDataSource {
  readonly id: DataSourceId
  readonly profileId: ProfileId
  /** As it was last seen, for people; the one that is sent is read back from Webex each time. */
  readonly url: string | null
  readonly keptSince: Instant
  readonly issuedAt: Instant | null
  /** null: Webex was not asked yet. */
  readonly expiresAt: Instant | null
  /** The last time that it was not renewed before its end; null: never while it was kept. */
  readonly lapse: Lapse | null
}

/** A profile's next due renewal goes through tiers 3 and 2 instead of tier 1. */
export interface DrillRequest {
  readonly by: DrillRequester
  readonly requestedAt: Instant
}

/** What is stored of drills. */
export interface StoredDrills {
  readonly requests: ReadonlyMap<ProfileId, DrillRequest>
  /** The month ("2026-11", UTC) whose monthly drills have been requested; null: none. */
  readonly month: string | null
}

/** Where a pair comes from, for a vault that several processes write into. */
interface PairOrigin {
  /** It takes the place of this pair (null: of none) and of no other; missing: of whichever is there. */
  readonly follows?: TokenPair | null
  /** The attempt that got it from Webex. */
  readonly attemptId?: string
}

/** A change of the fleet. The vault stores it durably before the engine takes it over. */
export type FleetChange =
  | { readonly kind: 'service-app-saved'; readonly serviceApp: ServiceApp }
  /** `profile.pair` counts only when the profile is new: a saved edit must not bring back an older pair. */
  | { readonly kind: 'profile-saved'; readonly profile: Profile }
  | { readonly kind: 'profile-removed'; readonly profileId: ProfileId }
  /** Its pair counts only when the manager is new, as above; a default one takes that place from the others. */
  | { readonly kind: 'manager-saved'; readonly manager: TokenManager }
  | { readonly kind: 'manager-removed'; readonly managerId: ManagerId }
  /** A new or marked pair; the vault keeps the one before it. */
  | ({ readonly kind: 'profile-pair'; readonly profileId: ProfileId; readonly pair: TokenPair } & PairOrigin)
  | ({ readonly kind: 'manager-pair'; readonly managerId: ManagerId; readonly pair: TokenPair } & PairOrigin)
  /** null: it was carried out, or cancelled. */
  | { readonly kind: 'drill'; readonly profileId: ProfileId; readonly request: DrillRequest | null }
  | { readonly kind: 'drill-month'; readonly month: string | null }
  /** A person has stopped the other copy that used the same refresh tokens. */
  | { readonly kind: 'other-copy-stopped'; readonly at: Instant }
  /** Chosen, or renewed. */
  | { readonly kind: 'data-source-kept'; readonly source: KeptDataSource }
  | { readonly kind: 'data-source-dropped'; readonly id: DataSourceId }

export type Tier = 1 | 2 | 3

/** Everything that can begin an attempt; what is read from a file is held against it. */
export const TRIGGERS = [
  'scheduled',
  'manual',
  'start-up',
  'resume',
  'network-back',
  'unauthorized-seen',
  'connect',
  'added',
] as const

export type Trigger = (typeof TRIGGERS)[number]

export type Outcome = 'renewed' | 'unchanged' | 'failed'

/** One HTTP call of an attempt, as history keeps it: no token, no secret. */
export interface Call {
  readonly tier: Tier
  readonly startedAt: Instant
  readonly duration: Duration
  /** HTTP status, null when no answer came. */
  readonly status: number | null
  readonly trackingId: string | null
  /** 'ok', 'unchanged', or the kind of failure (see failure.ts). */
  readonly result: string
  /** The answer's own words, or what went wrong below HTTP; null when it went well. */
  readonly detail: string | null
}

export type Subject =
  | { readonly kind: 'profile'; readonly profileId: ProfileId }
  | { readonly kind: 'manager'; readonly managerId: ManagerId }

/** One run of the ladder for one profile, or one tier 3 refresh of a token manager. A row of the history. */
export interface Attempt {
  readonly id: string
  readonly subject: Subject
  /** Names as they were, so that history outlives a removal. */
  readonly name: string
  readonly orgId: string | null
  readonly trigger: Trigger
  /** null: made by a version that kept none. */
  readonly reason: RenewalReason | null
  readonly startedAt: Instant
  readonly endedAt: Instant
  readonly calls: readonly Call[]
  readonly outcome: Outcome
  /** The tier that gave the token; null when none did. */
  readonly tier: Tier | null
  /** Fingerprints of the access token. */
  readonly before: string | null
  readonly after: string | null
  /** The sentence a person reads when it failed; null otherwise. */
  readonly sentence: string | null
  readonly trackingId: string | null
  /** The computer of a shared vault that made it, as the vault names it. Missing in the history of one computer. */
  readonly computer?: string
}
