// Token store: every token issued, found in O(1); issues, refreshes and kills them by the rules in force.
import { type KnownSecrets, makeToken, type RandomBytes } from '../identifiers.ts'
import type { AccessToken, Grant, RefreshToken, TokenPair } from '../model.ts'
import type { Behaviour } from '../options.ts'

/** Dead tokens kept per grant, so that a late caller gets "expired" rather than "unknown". */
const REMEMBERED = 8

export type IssueTerms = {
  readonly now: number
  /** Seconds. */
  readonly accessTtl: number
  /** Seconds, or null to issue no refresh token. */
  readonly refreshTtl: number | null
}

export type RefreshTerms = IssueTerms & { readonly refreshTtl: number; readonly omitRefreshToken: boolean }

export type Refreshed = { readonly pair: TokenPair; readonly unchanged: boolean }

export class TokenStore {
  readonly #random: RandomBytes
  readonly #secrets: KnownSecrets
  readonly #access = new Map<string, AccessToken>()
  readonly #refresh = new Map<string, RefreshToken>()

  /** Every token made is added to `secrets`. */
  constructor(random: RandomBytes, secrets: KnownSecrets) {
    this.#random = random
    this.#secrets = secrets
  }

  findAccess(value: string): AccessToken | undefined {
    return this.#access.get(value)
  }

  findRefresh(value: string): RefreshToken | undefined {
    return this.#refresh.get(value)
  }

  issue(grant: Grant, terms: IssueTerms): TokenPair {
    const access = this.#addAccess(grant, terms)
    if (terms.refreshTtl === null) return { access, refresh: null }
    return { access, refresh: this.#addRefresh(access, terms.now + terms.refreshTtl * 1000) }
  }

  /** Takes over a pair that was issued elsewhere, with its values and ends; epoch ms. */
  adopt(
    grant: Grant,
    pair: Pick<AccessToken, 'value' | 'issuedAt' | 'expiresAt'>,
    refreshToken: Pick<RefreshToken, 'value' | 'expiresAt' | 'state'> | null,
  ): void {
    const access: AccessToken = { ...pair, grant, killed: false }
    grant.access.push(access)
    this.#access.set(access.value, access)
    if (refreshToken === null) return
    const refresh: RefreshToken = { ...refreshToken, grant, access, answerLost: false }
    grant.refresh.push(refresh)
    this.#refresh.set(refresh.value, refresh)
  }

  /** Refreshes a live refresh token. The behaviour decides whether it rotates, slides or changes nothing. */
  refresh(token: RefreshToken, terms: RefreshTerms, behaviour: Behaviour): Refreshed {
    const { now } = terms
    const current = token.access
    const age = now - current.issuedAt
    const stillGood = !current.killed && current.expiresAt > now
    if (stillGood && age < behaviour.unchangedWithin * 1000) {
      return { pair: { access: current, refresh: token }, unchanged: true }
    }
    const access = this.#addAccess(token.grant, terms)
    token.access = access
    const expiresAt = behaviour.slide ? now + terms.refreshTtl * 1000 : token.expiresAt
    if (!behaviour.rotate || terms.omitRefreshToken) {
      token.expiresAt = expiresAt
      return { pair: { access, refresh: token }, unchanged: false }
    }
    token.state = 'rotated'
    return { pair: { access, refresh: this.#addRefresh(access, expiresAt) }, unchanged: false }
  }

  #addAccess(grant: Grant, terms: IssueTerms): AccessToken {
    const access: AccessToken = {
      value: makeToken(this.#random, grant.orgUuid),
      grant,
      issuedAt: terms.now,
      expiresAt: terms.now + terms.accessTtl * 1000,
      killed: false,
    }
    grant.access.push(access)
    this.#access.set(access.value, access)
    this.#secrets.add(access.value)
    forgetOldest(grant.access, this.#access, (token) => token.killed || token.expiresAt <= terms.now)
    return access
  }

  #addRefresh(access: AccessToken, expiresAt: number): RefreshToken {
    const { grant } = access
    const refresh: RefreshToken = {
      value: makeToken(this.#random, grant.orgUuid),
      grant,
      expiresAt,
      state: 'live',
      access,
      answerLost: false,
    }
    grant.refresh.push(refresh)
    this.#refresh.set(refresh.value, refresh)
    this.#secrets.add(refresh.value)
    forgetOldest(grant.refresh, this.#refresh, (token) => token.state !== 'live')
    return refresh
  }
}

function forgetOldest<T extends { readonly value: string }>(
  list: T[],
  index: Map<string, T>,
  isSpent: (token: T) => boolean,
): void {
  for (let oldest = list[0]; list.length > REMEMBERED && oldest && isSpent(oldest); oldest = list[0]) {
    list.shift()
    index.delete(oldest.value)
  }
}

export function killAccessTokens(grant: Grant): void {
  for (const token of grant.access) token.killed = true
}

export function killRefreshTokens(grant: Grant): void {
  for (const token of grant.refresh) if (token.state === 'live') token.state = 'killed'
}

export function killAllTokens(grant: Grant): void {
  killAccessTokens(grant)
  killRefreshTokens(grant)
}
