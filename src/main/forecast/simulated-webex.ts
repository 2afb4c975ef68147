// Simulated Webex of a forecast: the token store of the simulator without HTTP, filled with the pairs of the real fleet, which
// behaves as Webex was seen to behave with them. What is not known is assumed to be for the worse: no lifetime is extended.
import { orgKey } from '#base/common/webex-id.ts'
import {
  type Duration,
  type Instant,
  lifetimeOf,
  type ManagerId,
  type Profile,
  type Tier,
  type TokenManager,
  type TokenPair,
} from '#engine/domain/model.ts'
import type { Answer, ClientCredentials, Clock, TokenGrant, Webex } from '#engine/domain/ports.ts'
import { Secret } from '#engine/domain/secret.ts'
import type { FleetSnapshot } from '#engine/renewal/fleet-state.ts'
import type { ManagerSubjectState, ProfileSubjectState } from '#engine/renewal/subject-state.ts'
import { newGrant } from '#simulator/directory.ts'
import { KnownSecrets } from '#simulator/identifiers.ts'
import { type Grant, type TokenPair as IssuedPair, isLiveAccess, isLiveRefresh } from '#simulator/model.ts'
import { killAllTokens, TokenStore } from '#simulator/oauth/tokens.ts'
import { type Behaviour, settingsOf } from '#simulator/options.ts'

const SECOND: Duration = 1000
const MINUTE: Duration = 60 * SECOND

/** What one client has in one org, and how Webex treats it. */
interface Account {
  readonly grant: Grant
  readonly clientId: string
  /** Seconds; of the tokens that are issued from now on. */
  readonly accessTtl: number
  /** Seconds; null: tier 2 gives no refresh token. */
  readonly refreshTtl: number | null
  /** Token answers say when their tokens end. */
  readonly saysEnd: boolean
  readonly behaviour: Behaviour
  /** What tier 2 answers whatever is sent; null: nothing stands in its way. */
  refusal: Answer<never> | null
  /** Tier 2 refuses the access tokens of this one, which has no access to the service app; null: of none. */
  refusedBearers: Grant | null
}

const meta = { trackingId: 'simulated', serverDate: null }

function refused(status: number, code: string | null, message: string): Answer<never> {
  return { kind: 'refused', status, code, message, webexShaped: true, retryAfter: null, ...meta }
}

const INVALID_GRANT = refused(400, 'invalid_grant', 'The refresh token is invalid.')
const INVALID_CLIENT = refused(401, 'invalid_client', 'Client authentication failed.')
const WRONG_SECRET = refused(400, null, 'Invalid client credentials')
const NOT_AUTHORISED = refused(
  403,
  null,
  'Insufficient permissions or Service App not authorized by Full Admin in Control Hub',
)
const NOT_FOUND = refused(404, null, 'Service App not found')
const BAD_BEARER = refused(401, null, 'The request requires a valid access token.')
const UNAVAILABLE = refused(503, null, 'Service unavailable')

export class SimulatedWebex implements Webex {
  readonly #clock: Pick<Clock, 'now'>
  readonly #tokens = new TokenStore(countingBytes(), new KnownSecrets(1))
  readonly #byGrant = new Map<Grant, Account>()
  /** Of service apps, by app ID and org. */
  readonly #accounts = new Map<string, Account>()
  readonly #managers = new Map<string, Account>()
  readonly #rejectedClients = new Set<string>()
  #downUntil: Instant = Number.NEGATIVE_INFINITY
  #issued = 0

  constructor(clock: Pick<Clock, 'now'>, snapshot: FleetSnapshot) {
    this.#clock = clock
    const { fleet, profileStates, managerStates, appStops } = snapshot
    const pairsOf = (records: ReadonlyMap<string, Profile | TokenManager>) =>
      [...records.values()].flatMap(({ pair }) => pair ?? [])
    const [ofProfiles, ofManagers] = [pairsOf(fleet.profiles), pairsOf(fleet.managers)]
    const behaviour = behaviourSeen([...ofProfiles, ...ofManagers])
    const seen = { behaviour, ...lifetimesSeen(ofProfiles) }
    for (const id of appStops.keys()) {
      const app = fleet.serviceApps.get(id)
      if (app !== undefined) this.#rejectedClients.add(app.clientId)
    }
    const refusingFallbacks: [Account, ManagerId][] = []
    for (const profile of fleet.profiles.values()) {
      const app = fleet.serviceApps.get(profile.serviceAppId)
      if (app === undefined) continue
      const state = profileStates.get(profile.id)
      if (lastFailure(state, 1) === 'client-refused' || lastFailure(state, 2) === 'client-refused')
        this.#rejectedClients.add(app.clientId)
      const account = this.#open(app.clientId, profile, seen)
      account.refusal = refusalSeen(state)
      const fallbackId = refusedFallback(state, fleet.managers)
      if (fallbackId !== null) refusingFallbacks.push([account, fallbackId])
      this.#accounts.set(accountKey(app.appId, profile.targetOrgId), account)
    }
    for (const manager of fleet.managers.values()) {
      const state = managerStates.get(manager.id)
      const clientId = manager.kind === 'integration' ? manager.clientId : manager.id
      const account = this.#open(clientId, manager, { behaviour, ...lifetimesSeen(ofManagers) })
      this.#managers.set(manager.id, account)
      if (lastFailure(state, 3) === 'manager-client-refused') this.#rejectedClients.add(clientId)
      const isRefused = state?.refused != null && state.refused === manager.pair?.fingerprint
      if (isRefused && state.refusedFor === null)
        for (const token of account.grant.access) token.killed = true
    }
    for (const [account, managerId] of refusingFallbacks)
      account.refusedBearers = this.#managers.get(managerId)?.grant ?? null
  }

  /** The person behind it is gone: nothing of it is accepted any more. */
  endIntegration(managerId: string): void {
    const account = this.#managers.get(managerId)
    if (account !== undefined) account.grant.dead = true
  }

  /** An admin withdraws the authorization of a service app in an org: its tokens end at once. */
  withdraw(appId: string, targetOrgId: string): void {
    const account = this.#accounts.get(accountKey(appId, targetOrgId))
    if (account === undefined) return
    account.refusal = NOT_AUTHORISED
    killAllTokens(account.grant)
  }

  /** No endpoint works before this. */
  goDown(until: Instant): void {
    this.#downUntil = until
  }

  async refreshGrant({ clientId }: ClientCredentials, refreshToken: Secret): Promise<Answer<TokenGrant>> {
    if (this.#isDown()) return UNAVAILABLE
    if (this.#rejectedClients.has(clientId)) return INVALID_CLIENT
    const now = this.#clock.now()
    const token = this.#tokens.findRefresh(refreshToken.reveal())
    const account = token === undefined ? undefined : this.#byGrant.get(token.grant)
    if (token === undefined || account === undefined || account.clientId !== clientId) return INVALID_GRANT
    if (!isLiveRefresh(token, now)) return INVALID_GRANT
    const { accessTtl, refreshTtl, behaviour } = account
    const terms = { now, accessTtl, refreshTtl: refreshTtl ?? 0, omitRefreshToken: false }
    return this.#answer(this.#tokens.refresh(token, terms, behaviour).pair, account, now)
  }

  async applicationToken(
    bearer: Secret,
    appId: string,
    { clientId }: ClientCredentials,
    targetOrgId: string,
  ): Promise<Answer<TokenGrant>> {
    if (this.#isDown()) return UNAVAILABLE
    const now = this.#clock.now()
    const held = this.#tokens.findAccess(bearer.reveal())
    if (held === undefined || !isLiveAccess(held, now)) return BAD_BEARER
    if (this.#rejectedClients.has(clientId)) return WRONG_SECRET
    const account = this.#accounts.get(accountKey(appId, targetOrgId))
    if (account === undefined) return NOT_FOUND
    if (account.refusal !== null) return account.refusal
    if (account.refusedBearers === held.grant) return NOT_AUTHORISED
    const { grant, accessTtl, refreshTtl } = account
    return this.#answer(this.#tokens.issue(grant, { now, accessTtl, refreshTtl }), account, now)
  }

  async tokenExpiry(accessToken: Secret): Promise<Answer<Instant>> {
    if (this.#isDown()) return UNAVAILABLE
    const token = this.#tokens.findAccess(accessToken.reveal())
    if (token === undefined || !Number.isFinite(token.expiresAt)) return BAD_BEARER
    return { kind: 'ok', value: token.expiresAt, ...meta }
  }

  async probe(): Promise<Answer<number>> {
    return this.#isDown() ? UNAVAILABLE : { kind: 'ok', value: 200, ...meta }
  }

  async isWebexThere(): Promise<Answer<boolean>> {
    return this.#isDown() ? UNAVAILABLE : { kind: 'ok', value: true, ...meta }
  }

  #isDown(): boolean {
    return this.#clock.now() < this.#downUntil
  }

  #open(clientId: string, { id, pair }: Profile | TokenManager, seen: Seen): Account {
    // The simulator's clients differ in what their tokens may be used for, which no forecast asks.
    const grant = newGrant({ kind: 'person', name: 'personal access token', scopes: [] }, id)
    const account = { grant, clientId, refusal: null, refusedBearers: null, ...treatmentOf(pair, seen) }
    this.#byGrant.set(grant, account)
    if (pair === null) return account
    const access = pair.accessToken?.reveal() ?? `none-${id}`
    const expiresAt = pair.expiresAt ?? Number.POSITIVE_INFINITY
    const { refresh } = pair
    this.#tokens.adopt(
      grant,
      { value: access, issuedAt: pair.issuedAt, expiresAt },
      refresh === null
        ? null
        : {
            value: refresh.token.reveal(),
            expiresAt: refresh.expiresAt ?? Number.POSITIVE_INFINITY,
            state: refresh.dead ? 'killed' : 'live',
          },
    )
    return account
  }

  #answer({ access, refresh }: IssuedPair, { saysEnd }: Account, now: Instant): Answer<TokenGrant> {
    this.#issued += 1
    const value: TokenGrant = {
      accessToken: new Secret(access.value),
      // Only told apart from others, as a fingerprint is.
      fingerprint: `new-${this.#issued}`,
      expiresIn: saysEnd ? access.expiresAt - now : null,
      refreshToken: refresh === null ? null : new Secret(refresh.value),
      refreshTokenExpiresIn:
        refresh === null || !Number.isFinite(refresh.expiresAt) ? null : refresh.expiresAt - now,
      scope: null,
    }
    return { kind: 'ok', value, ...meta }
  }
}

function accountKey(appId: string, targetOrgId: string): string {
  return `${appId} ${orgKey(targetOrgId)}`
}

/** What the last use of a tier failed with; null: it did not, or with credentials that were replaced since. */
function lastFailure(
  state: ProfileSubjectState | ManagerSubjectState | undefined,
  tier: Tier,
): string | null {
  const use = state?.uses[tier]
  return use?.end === 'failed' ? use.result : null
}

/** What stands in the way of tier 2 until a person acts. */
function refusalSeen(state: ProfileSubjectState | undefined): Answer<never> | null {
  const result = state?.tierTwoStop?.failure.kind ?? lastFailure(state, 2)
  if (result === 'not-authorised') return NOT_AUTHORISED
  return result === 'wrong-field' ? NOT_FOUND : null
}

/** The fallback that tier 2 refused for this profile; null: none. */
function refusedFallback(
  state: ProfileSubjectState | undefined,
  managers: ReadonlyMap<ManagerId, TokenManager>,
): ManagerId | null {
  if (lastFailure(state, 2) !== 'fallback-refused') return null
  return managers.get(state?.uses[2]?.fallback?.insteadOf.id ?? '')?.fallbackId ?? null
}

/** How Webex treats tokens, as far as it was seen. */
interface Seen {
  readonly behaviour: Behaviour
  /** Seconds. */
  readonly accessTtl: number
  readonly refreshTtl: number
}

/** By the majority of the refresh tokens that tier 1 has used. */
function behaviourSeen(pairs: readonly TokenPair[]): Behaviour {
  let [extended, notExtended, rotated, kept] = [0, 0, 0, 0]
  for (const pair of pairs) {
    const isSliding = wasExtended(pair)
    if (isSliding === true) extended += 1
    if (isSliding === false) notExtended += 1
    if (pair.refresh === null || pair.origin !== 'refresh-grant') continue
    if (pair.refresh.issuedAt === pair.issuedAt) rotated += 1
    else kept += 1
  }
  return { ...settingsOf({}).behaviour, slide: extended > notExtended, rotate: rotated > kept }
}

/** Of the newest token, or else as they are seen in Webex's answers. */
function lifetimesSeen(pairs: readonly TokenPair[]): Pick<Seen, 'accessTtl' | 'refreshTtl'> {
  const { accessTtl, refreshTtl } = settingsOf({}).lifetimes
  let newest: TokenPair | null = null
  for (const pair of pairs)
    if (isIssued(pair) && pair.expiresAt !== null && pair.issuedAt > (newest?.issuedAt ?? 0)) newest = pair
  if (newest === null) return { accessTtl, refreshTtl }
  return {
    accessTtl: seconds(lifetimeOf(newest)) ?? accessTtl,
    refreshTtl: seconds(newest.refresh?.firstLifetime ?? null) ?? refreshTtl,
  }
}

/** Whether a refresh has begun the refresh token's lifetime anew; null: none has shown it. */
function wasExtended({ origin, refresh, issuedAt }: TokenPair): boolean | null {
  if (origin !== 'refresh-grant' || refresh?.expiresAt == null || refresh.firstLifetime === null) return null
  const lost = refresh.firstLifetime - (refresh.expiresAt - issuedAt)
  return lost <= Math.min(MINUTE, refresh.firstLifetime / 100)
}

function isIssued({ origin }: TokenPair): boolean {
  return origin !== 'pasted'
}

/** As the account's own newest pair shows it, or else as others do. */
function treatmentOf(pair: TokenPair | null, seen: Seen) {
  if (pair === null || !isIssued(pair)) return { ...seen, saysEnd: true }
  const { refresh, origin } = pair
  const lifetime = seconds(lifetimeOf(pair))
  const isExtended = wasExtended(pair)
  const refreshTtl =
    refresh?.expiresAt === null
      ? Number.POSITIVE_INFINITY
      : (seconds(refresh?.firstLifetime ?? null) ?? seen.refreshTtl)
  return {
    accessTtl: lifetime ?? seen.accessTtl,
    refreshTtl: origin === 'applications-api' && refresh === null ? null : refreshTtl,
    saysEnd: lifetime !== null,
    behaviour: isExtended === null ? seen.behaviour : { ...seen.behaviour, slide: isExtended },
  }
}

function seconds(duration: Duration | null): number | null {
  return duration === null ? null : duration / SECOND
}

/** Bytes that differ each time: the tokens of a forecast must not be the same, and need not be secret. */
function countingBytes(): (size: number) => Uint8Array {
  let count = 0
  return (size) => {
    count += 1
    const bytes = new Uint8Array(size)
    new DataView(bytes.buffer).setUint32(0, count)
    return bytes
  }
}
