// A model of Webex behind the engine's port: it keeps its own books of grants, so that what the engine does can be judged.
import type { Answer, TokenGrant, Webex } from '#engine/domain/ports.ts'
import type { Secret } from '#engine/domain/secret.ts'
import {
  badBearer,
  good,
  grantOf,
  invalidClient,
  invalidGrant,
  refused,
  tokenLimit,
  unauthorised,
} from './answers.ts'
import type { FakeClock } from './fake-clock.ts'

export interface CloudOptions {
  readonly accessTtl: number
  readonly refreshTtl: number
  /** A refresh gives another refresh token, and the old one dies. */
  readonly rotate: boolean
  /** A refresh begins the refresh token's lifetime anew. */
  readonly slide: boolean
  /** Within this time of the last renewal the same token comes back. */
  readonly unchangedWithin: number
  /** Virtual ms that each call takes; 0: none. */
  readonly latency: number
  /** Refresh tokens are part of an answer. */
  readonly sendsRefreshToken: boolean
  /** Answers say when their token ends. */
  readonly saysEnd: boolean
  /** A pair of tier 2 ends the refresh tokens that the service app had in that org. */
  readonly tierTwoReplaces: boolean
  /** The refresh token of each pair of tier 2 is used by another copy before we can. */
  readonly takenByOthers: boolean
  /** Live access tokens that each account may have. */
  readonly liveTokens: number
}

export type Endpoint = 'refresh' | 'application' | 'expiry' | 'probe' | 'presence'

export interface Seen {
  readonly endpoint: Endpoint
  /** Client id of a refresh; app id of tier 2. */
  readonly who: string
  /** The refresh token, the bearer or the access token. */
  readonly credential: string | null
  readonly at: number
  readonly monotonic: number
}

/** What to do instead of the true answer. `effect`: it is done, and only its answer is lost. */
export interface Fault {
  readonly answer: Answer<never>
  readonly effect?: boolean
}

interface Grant {
  /** What it is of: the manager, or a service app in an org; one of these may have had several grants. */
  readonly key: string
  readonly who: string
  access: string
  accessEnds: number
  refresh: string
  refreshEnds: number
  renewedAt: number
}

const DAY = 86_400_000

export const ordinary: CloudOptions = {
  accessTtl: 14 * DAY,
  refreshTtl: 90 * DAY,
  rotate: false,
  slide: true,
  unchangedWithin: 0,
  latency: 0,
  sendsRefreshToken: true,
  saysEnd: true,
  tierTwoReplaces: false,
  takenByOthers: false,
  liveTokens: Number.POSITIVE_INFINITY,
}

export class FakeCloud implements Webex {
  options: CloudOptions
  readonly seen: Seen[] = []
  /** Keeping the ledger costs memory in very long runs. */
  keepsLedger = true
  readonly calls: { [E in Endpoint]: number } = {
    refresh: 0,
    application: 0,
    expiry: 0,
    probe: 0,
    presence: 0,
  }
  /** Asked before each call: a fault instead of the true answer. */
  fault: (endpoint: Endpoint, who: string) => Fault | null = () => null
  /** Wrong secrets, by client id. */
  readonly regenerated = new Set<string>()
  /** App id + org id. */
  readonly deauthorised = new Set<string>()
  webexIsThere = true
  probeAnswer: (token: string) => Answer<number> = () => good(200)
  knownExpiry: (token: string) => Answer<number> = () => refused(401, { message: 'no' })
  serverDate: () => number | null = () => null
  /** The access token of the last good answer that reached the engine, by grant. */
  readonly delivered = new Map<string, string>()
  /** When each access token of a grant's account ends: what counts against the limit. */
  readonly #minted = new Map<string, number[]>()
  /** Runs before a request that could mint a token for this account. */
  onMintRequest: (key: string) => void = () => undefined
  /** When an account was last told that it has reached the limit. */
  readonly limitedAt = new Map<string, number>()
  readonly #refusedBearers = new Set<string>()
  /** Grants in use right now: more than one at a time is what the engine must never cause. */
  readonly #inFlight = new Map<string, number>()
  worstOverlap = 0
  readonly #clock: FakeClock
  readonly #grants = new Map<string, Grant>()
  readonly #byRefresh = new Map<string, Grant>()
  readonly #bearers = new Map<string, Grant>()
  /** Access tokens that a renewal has replaced. They are accepted until their own end, as by the simulator. */
  readonly #replaced = new Map<string, { readonly key: string; readonly accessEnds: number }>()
  #serial = 0
  #answering: Grant | null = null

  constructor(clock: FakeClock, options: Partial<CloudOptions> = {}) {
    this.#clock = clock
    this.options = { ...ordinary, ...options }
  }

  /** A grant as if issued `age` ms ago. */
  issue(key: string, who: string, age = 0): Grant {
    const at = this.#clock.now() - age
    const grant: Grant = {
      key,
      who,
      access: this.#token('access'),
      accessEnds: at + this.options.accessTtl,
      refresh: this.#token('refresh'),
      refreshEnds: at + this.options.refreshTtl,
      renewedAt: at,
    }
    this.#remember(grant)
    return grant
  }

  /** Its refresh token is accepted no more. */
  kill(key: string): void {
    const grant = this.#grants.get(key)
    if (grant !== undefined) this.#byRefresh.delete(grant.refresh)
  }

  /** No refresh token of any of its grants is accepted any more. */
  killAll(key: string): void {
    for (const [token, grant] of this.#byRefresh) if (grant.key === key) this.#byRefresh.delete(token)
  }

  /** None of its access tokens is accepted any more. */
  revoke(key: string): void {
    const grant = this.#grants.get(key)
    if (grant !== undefined) this.#bearers.delete(grant.access)
    for (const [access, before] of this.#replaced) if (before.key === key) this.#replaced.delete(access)
  }

  /** Whether it lives, as far as anybody was told. */
  accepts(access: string): boolean {
    return !this.#refusedBearers.has(access) && (this.#bearer(access)?.accessEnds ?? 0) > this.#clock.now()
  }

  #bearer(access: string): { readonly accessEnds: number } | undefined {
    return this.#bearers.get(access) ?? this.#replaced.get(access)
  }

  expiryOf(access: string): Answer<number> {
    const grant = this.#bearer(access)
    return grant === undefined ? refused(401) : good(grant.accessEnds)
  }

  grant(key: string): Grant {
    const grant = this.#grants.get(key)
    if (grant === undefined) throw new Error(`no grant ${key}`)
    return grant
  }

  count(endpoint: Endpoint): number {
    return this.calls[endpoint]
  }

  refreshGrant({ clientId }: { clientId: string }, refreshToken: Secret): Promise<Answer<TokenGrant>> {
    const token = refreshToken.reveal()
    const account = this.#byRefresh.get(token)?.key ?? null
    return this.#call('refresh', clientId, token, token, account, () => {
      if (this.regenerated.has(clientId)) return invalidClient
      const grant = this.#byRefresh.get(token)
      if (grant === undefined || grant.who !== clientId || grant.refreshEnds <= this.#clock.now())
        return invalidGrant
      return this.#renew(grant)
    })
  }

  applicationToken(
    bearer: Secret,
    appId: string,
    { clientId }: { clientId: string },
    targetOrgId: string,
  ): Promise<Answer<TokenGrant>> {
    const key = `${appId}@${targetOrgId}`
    return this.#call('application', appId, bearer.reveal(), key, key, () => {
      const manager = this.#bearer(bearer.reveal())
      if (manager === undefined || manager.accessEnds <= this.#clock.now()) return badBearer
      if (this.regenerated.has(clientId)) return refused(400, { message: 'Invalid client credentials' })
      if (this.deauthorised.has(key)) return unauthorised
      if (this.#isAtLimit(key)) return tokenLimit
      if (this.options.tierTwoReplaces) this.killAll(key)
      const grant = this.issue(key, clientId)
      if (this.options.takenByOthers) this.kill(key)
      return this.#answer(grant)
    })
  }

  tokenExpiry(accessToken: Secret): Promise<Answer<number>> {
    const token = accessToken.reveal()
    return this.#call('expiry', '', token, null, null, () => this.knownExpiry(token))
  }

  probe(accessToken: Secret, path: string): Promise<Answer<number>> {
    const token = accessToken.reveal()
    return this.#call('probe', path, token, null, null, () => this.probeAnswer(token))
  }

  isWebexThere(): Promise<Answer<boolean>> {
    return this.#call('presence', '', null, null, null, () => good(this.webexIsThere))
  }

  async #call<T>(
    endpoint: Endpoint,
    who: string,
    credential: string | null,
    grantKey: string | null,
    account: string | null,
    answer: () => Answer<T>,
  ): Promise<Answer<T>> {
    this.calls[endpoint] += 1
    if (account !== null) this.onMintRequest(account)
    if (this.keepsLedger) {
      const at = this.#clock.now()
      this.seen.push({ endpoint, who, credential, at, monotonic: this.#clock.monotonic() })
    }
    this.#enter(grantKey)
    if (this.options.latency > 0) await this.#wait(this.options.latency)
    this.#leave(grantKey)
    const fault = this.fault(endpoint, who)
    if (fault !== null) {
      if (fault.effect === true) answer()
      this.#noteLimit(account, fault.answer)
      const isRefused = fault.answer.kind === 'refused' && fault.answer.status === 401
      if (isRefused && endpoint === 'application' && credential !== null) this.#refusedBearers.add(credential)
      return fault.answer
    }
    this.#answering = null
    const true_ = answer()
    this.#noteLimit(account, true_)
    this.#noteDelivered()
    const serverDate = this.serverDate()
    return serverDate === null ? true_ : { ...true_, serverDate }
  }

  /** The answer that is about to leave holds a token: nothing but it may be on the disk in the end. */
  #noteDelivered(): void {
    if (this.#answering !== null) this.delivered.set(this.#answering.key, this.#answering.access)
  }

  #isAtLimit(key: string): boolean {
    const live = (this.#minted.get(key) ?? []).filter((end) => end > this.#clock.now())
    this.#minted.set(key, live)
    return live.length >= this.options.liveTokens
  }

  #noteLimit(key: string | null, answer: Answer<unknown>): void {
    const isLimit = answer.kind === 'refused' && answer.code === 'tokenlimit_reached'
    if (key === null) return
    if (isLimit) this.limitedAt.set(key, this.#clock.now())
    else if (answer.kind === 'ok') this.limitedAt.delete(key)
  }

  #enter(key: string | null): void {
    if (key === null) return
    const overlap = (this.#inFlight.get(key) ?? 0) + 1
    this.#inFlight.set(key, overlap)
    this.worstOverlap = Math.max(this.worstOverlap, overlap)
  }

  #leave(key: string | null): void {
    if (key === null) return
    const left = (this.#inFlight.get(key) ?? 1) - 1
    if (left === 0) this.#inFlight.delete(key)
    else this.#inFlight.set(key, left)
  }

  #wait(duration: number): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.after(duration, resolve)
    })
  }

  #renew(grant: Grant): Answer<TokenGrant> {
    const now = this.#clock.now()
    if (now - grant.renewedAt >= this.options.unchangedWithin) {
      if (this.#isAtLimit(grant.key)) return tokenLimit
      this.#bearers.delete(grant.access)
      this.#replaced.set(grant.access, { key: grant.key, accessEnds: grant.accessEnds })
      grant.access = this.#token('access')
      grant.accessEnds = now + this.options.accessTtl
      grant.renewedAt = now
      this.#bearers.set(grant.access, grant)
      this.#count(grant)
    }
    if (this.options.slide) grant.refreshEnds = now + this.options.refreshTtl
    if (this.options.rotate) {
      this.#byRefresh.delete(grant.refresh)
      grant.refresh = this.#token('refresh')
      this.#byRefresh.set(grant.refresh, grant)
    }
    return this.#answer(grant)
  }

  #answer(grant: Grant): Answer<TokenGrant> {
    const now = this.#clock.now()
    this.#answering = grant
    const { saysEnd, sendsRefreshToken } = this.options
    const refresh = { token: grant.refresh, expiresIn: grant.refreshEnds - now }
    const expiresIn = saysEnd ? grant.accessEnds - now : null
    return good(grantOf(grant.access, expiresIn, sendsRefreshToken ? refresh : null))
  }

  #remember(grant: Grant): void {
    this.#grants.set(grant.key, grant)
    this.#byRefresh.set(grant.refresh, grant)
    this.#bearers.set(grant.access, grant)
    this.#count(grant)
  }

  #count({ key, accessEnds }: Grant): void {
    this.#minted.set(key, [...(this.#minted.get(key) ?? []), accessEnds])
  }

  #token(kind: string): string {
    this.#serial += 1
    return `${kind}-${this.#serial}`
  }
}
