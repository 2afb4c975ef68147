// View model: the fleet as it is shown, without a secret. The contract with the window takes these types.
import type {
  DrillRequest,
  Duration,
  Instant,
  ManagerId,
  Outcome,
  Probe,
  ProfileId,
  Tier,
  TokenOrigin,
  Trigger,
} from './model.ts'

export type ProfileState =
  | 'healthy'
  | 'refreshing'
  | 'retrying'
  | 'needs-attention'
  | 'expired'
  | 'paused'
  | 'not-yet-issued'

export type RecordTable =
  | 'credentials'
  | 'profiles'
  | 'token_managers'
  | 'token_pairs'
  | 'delivery_targets'
  | 'consumers'
  | 'webhook'
  | 'data_sources'

/** A stored record, by its table. */
export interface RecordPlace {
  readonly table: RecordTable
  readonly id: string
}

/** Who can fix something, in words: whoever has these credentials, or this part of the way to Webex. */
export const OWNER_WORDS = {
  you: 'You',
  'app-owner': "You or the service app's owner",
  'integration-owner': "You or the integration's owner",
  'token-owner': 'You or the owner of the integration or personal access token',
  'customer-admin': "A full admin of the customer's org, in Control Hub",
  network: 'You or whoever runs the network or proxy',
  'other-programs': 'You or whoever else requests its tokens',
  'other-copy': 'You or whoever runs the other copy',
  database: 'You or the administrator of the shared vault’s database',
  nobody: 'No action needed; it retries automatically',
  'nobody-or-network':
    'No action needed; it retries automatically. If it persists: your network team or Cisco',
  'nobody-or-you':
    'No action needed yet; it retries automatically and is reported as a problem if it keeps failing',
  'nobody-or-cisco':
    'No action needed; it retries automatically. If it persists: Cisco, with the tracking ID',
  'tier-2': 'No action needed while tier 2 works',
} as const

export type Owner = keyof typeof OWNER_WORDS

/** The one button that fixes it. */
export type FixAction =
  | { readonly kind: 'edit-service-app'; readonly profileId: ProfileId; readonly field: string | null }
  /** Of the profile's service app, for all its customers. */
  | { readonly kind: 'replace-secret'; readonly profileId: ProfileId }
  /** The current token, to all targets of the profile. */
  | { readonly kind: 'deliver'; readonly profileId: ProfileId }
  | { readonly kind: 'connect-integration'; readonly managerId: ManagerId | null }
  /** Pause here, or say that the other copy was stopped. */
  | { readonly kind: 'end-other-copy' }
  | { readonly kind: 'paste-personal-token'; readonly managerId: ManagerId }
  | { readonly kind: 'authorise-in-control-hub'; readonly profileId: ProfileId }
  | { readonly kind: 'refresh'; readonly profileId: ProfileId }
  | { readonly kind: 'resume'; readonly profileId: ProfileId }
  /** Where its data sources are listed. */
  | { readonly kind: 'show-data-sources'; readonly profileId: ProfileId }
  /** All of them once more. */
  | { readonly kind: 'test-tiers'; readonly profileId: ProfileId }
  | { readonly kind: 'check-network' }
  /** The proxy's sign-in, or another proxy. */
  | { readonly kind: 'set-proxy' }
  | { readonly kind: 'check-storage' }
  /** How it stands, and who belongs to it. */
  | { readonly kind: 'show-shared-vault' }
  /** Of a record that cannot be read. */
  | ({ readonly kind: 'repair-record' } & RecordPlace)

export interface TierView {
  readonly tier: Tier
  /** `unknown`: nothing is known against it, and nothing proves it. */
  readonly state: 'ready' | 'spent' | 'unknown' | 'failing'
  /** It may give a token without a person; for tier 3: to the token manager. */
  readonly canRenew: boolean
  /** null: not since this start, as far as is known. */
  readonly lastUsedAt: Instant | null
  /** It was never used. */
  readonly isUnused: boolean
  /** In words: what this tier would do, or why it cannot. */
  readonly sentence: string
}

export interface AccessTokenView {
  readonly fingerprint: string
  readonly issuedAt: Instant
  readonly expiresAt: Instant | null
  readonly origin: TokenOrigin
}

export interface RefreshTokenView {
  readonly issuedAt: Instant
  readonly expiresAt: Instant | null
  readonly dead: boolean
}

export interface LastAttemptView {
  readonly at: Instant
  readonly trigger: Trigger
  readonly outcome: Outcome
  readonly tier: Tier | null
  readonly sentence: string | null
  readonly trackingId: string | null
}

/** What a probe proved of a token, honestly. */
export type TestResult = 'valid' | 'valid-without-right' | 'expired' | 'invalid' | 'unknown'

export interface LastTestView {
  readonly at: Instant
  readonly result: TestResult
  /** Of the token that was tested, which may be another one by now. */
  readonly fingerprint: string | null
}

export interface ProfileView {
  readonly id: ProfileId
  readonly name: string
  readonly appId: string
  readonly clientId: string
  readonly targetOrgId: string
  readonly orgName: string | null
  readonly managerId: ManagerId | null
  readonly probe: Probe
  readonly state: ProfileState
  /** What is wrong and what to do, when something is. */
  readonly sentence: string | null
  readonly fix: FixAction | null
  readonly accessToken: AccessTokenView | null
  readonly refreshToken: RefreshTokenView | null
  /** When the next refresh is planned, and why then; null while paused or when only a person can help. */
  readonly nextRefresh: { readonly at: Instant; readonly why: string } | null
  /** Some tier can renew it without a person. */
  readonly isUnattended: boolean
  /** The earliest date on which none could if no person helped; null: not known, or now. */
  readonly unattendedUntil: Instant | null
  readonly ladder: readonly TierView[]
  /** A test of all tiers is requested. */
  readonly drill?: DrillRequest & {
    /** The next refresh is it; otherwise tier 2 cannot be tried, or something is retried first. */
    readonly isNext: boolean
  }
  readonly last: LastAttemptView | null
  /** Missing: it was not tested since the start. */
  readonly lastTest?: LastTestView
  /** The current pair is only in memory: the vault could not store it yet. */
  readonly unsaved: boolean
  /** It is stored and cannot be read before this record is repaired: nothing works with it, and its values are not proved. */
  readonly unreadable?: RecordPlace
}

export interface ManagerView {
  readonly id: ManagerId
  readonly kind: 'integration' | 'personal-access-token'
  readonly name: string
  readonly isDefault: boolean
  /** Takes its place while it cannot serve; null: none. */
  readonly fallbackId: ManagerId | null
  /** Its fallback is used instead at the moment. */
  readonly isReplaced: boolean
  readonly clientId: string | null
  /** `expired`: the end of its access token has passed. One that Webex refuses before that needs a person, or is retried. */
  readonly state: 'ready' | 'refreshing' | 'retrying' | 'needs-attention' | 'expired'
  /** Webex does not accept its access token, whatever its expiry says. */
  readonly isRefused: boolean
  readonly sentence: string | null
  readonly fix: FixAction | null
  readonly accessToken: AccessTokenView | null
  readonly refreshToken: RefreshTokenView | null
  readonly nextRefresh: { readonly at: Instant; readonly why: string } | null
  readonly last: LastAttemptView | null
  readonly unsaved: boolean
  /** As for a profile. */
  readonly unreadable?: RecordPlace
}

/** When a test proved that Webex rejects the current access token, however long it should last; null: none did. */
export function rejectedAt({
  accessToken,
  lastTest,
}: Pick<ProfileView, 'accessToken' | 'lastTest'>): Instant | null {
  if (accessToken === null || lastTest?.result !== 'invalid') return null
  return lastTest.fingerprint === accessToken.fingerprint ? lastTest.at : null
}

/** When its access token stops working, or has; null: there is none, or nobody knows. */
export function tokenEnd(profile: Pick<ProfileView, 'accessToken' | 'lastTest'>): Instant | null {
  return rejectedAt(profile) ?? profile.accessToken?.expiresAt ?? null
}

/** One thing that went wrong, however many customers it affects: one for each cause and service app. */
export interface Incident {
  /** Stable as long as the cause lasts, e.g. `manager-dead:<id>`. */
  readonly key: string
  /** What it is. Another one under the same key is news. */
  readonly code: string
  readonly level: 'information' | 'warning' | 'critical'
  readonly title: string
  readonly sentence: string
  /** The first profile's, where it differs between them. */
  readonly fix: FixAction | null
  readonly owner: Owner
  /** null: it is about none, or about several. */
  readonly serviceApp: { readonly id: string; readonly name: string; readonly appId: string } | null
  readonly profileIds: readonly ProfileId[]
  /** How many orgs these are of. */
  readonly customers: number
  /** The earliest end of an access token of theirs, or of a data source, past or to come; null: none is known. */
  readonly deadline: Instant | null
  readonly trackingId: string | null
  readonly since: Instant
  /** A person wants to hear nothing of it until then, unless it gets worse. */
  readonly snoozedUntil?: Instant
  /** Customers whose admin was written to, and since when the first of them is waited for. */
  readonly waiting?: { readonly since: Instant; readonly customers: number }
}

/** Its deadline is the end of a data source, and no token's. */
export function isOfDataSources({ code }: Pick<Incident, 'code'>): boolean {
  return code.startsWith('data-source')
}

/** What a person is to hear of now: not what only informs, nor what is snoozed. */
export function openProblems(incidents: readonly Incident[]): readonly Incident[] {
  return incidents.filter(({ level, snoozedUntil }) => level !== 'information' && snoozedUntil === undefined)
}

export interface FleetView {
  /** The engine's own now when this was made, corrected by the server's `Date`. */
  readonly now: Instant
  /** Server clock minus local clock in ms, when it is over the shown threshold; otherwise 0. */
  readonly clockSkew: Duration
  readonly profiles: readonly ProfileView[]
  readonly managers: readonly ManagerView[]
  readonly incidents: readonly Incident[]
  readonly allPausedUntil: Instant | null
}

/** How many profiles are in each state: each is in exactly one. The one count of window, tray and command line. */
export function countStates(profiles: Iterable<Pick<ProfileView, 'state'>>): Record<ProfileState, number> {
  const counts: Record<ProfileState, number> = {
    healthy: 0,
    refreshing: 0,
    retrying: 0,
    'needs-attention': 0,
    expired: 0,
    paused: 0,
    'not-yet-issued': 0,
  }
  for (const { state } of profiles) counts[state] += 1
  return counts
}

/** Of them, how many need a person now. */
export function countTroubled(counts: Readonly<Record<ProfileState, number>>): number {
  return counts['needs-attention'] + counts.expired
}

/** Shown to a person once, for one root cause or several together. */
export interface Alert {
  /** The same key replaces what was shown under it. */
  readonly key: string
  readonly level: Incident['level']
  readonly title: string
  /** Whom it is about, and how long their token lasts: "Orders · Acme, token ends in about 3 h"; empty: nobody. */
  readonly about: string
  /** What to do, and for whom. */
  readonly body: string
  /** The first one is named. */
  readonly profileIds: readonly ProfileId[]
  readonly fix: FixAction | null
}

export interface AlertNews {
  readonly raise: readonly Alert[]
  /** What ended; each replaces the alert that had announced it. */
  readonly recovered: readonly Alert[]
}
