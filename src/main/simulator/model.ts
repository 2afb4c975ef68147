// Who and what the simulated Webex knows: clients, the orgs that authorised them, grants and their tokens.

/** The token manager integration: an ordinary OAuth client a person has authorised. */
export type Integration = {
  readonly kind: 'integration'
  readonly name: 'integration'
  readonly clientId: string
  clientSecret: string
  readonly redirectUri: string
  readonly orgUuid: string
  scopes: readonly string[]
  /** Newest last: every authorisation by code makes one. */
  readonly grants: Grant[]
}

export type ServiceApp = {
  readonly kind: 'service-app'
  readonly name: string
  readonly appId: string
  readonly clientId: string
  clientSecret: string
  scopes: readonly string[]
  /** That it has registered in each org at the start. */
  readonly dataSources: number
  /** By org UUID. */
  readonly orgs: Map<string, Authorisation>
}

/** The person behind the integration, as holder of a personal access token. */
export type Person = {
  readonly kind: 'person'
  readonly name: 'personal access token'
  readonly scopes: readonly string[]
}

export type Client = Integration | ServiceApp | Person

/** One org's say about one service app in Control Hub. */
export type Authorisation = {
  readonly orgUuid: string
  readonly orgId: string
  readonly name: string
  authorised: boolean
  readonly grant: Grant
}

/** Everything issued to one client for one org. */
export type Grant = {
  readonly client: Client
  readonly orgUuid: string
  readonly orgId: string
  /** Set while the human or org behind the grant is gone; its tokens are dead as long as it is. */
  dead: boolean
  /** Calls that would issue tokens under this grant and are being served right now. */
  inFlight: number
  readonly access: AccessToken[]
  readonly refresh: RefreshToken[]
}

/** Times are epoch ms on the simulator's clock. */
export type AccessToken = {
  readonly value: string
  readonly grant: Grant
  readonly issuedAt: number
  expiresAt: number
  killed: boolean
}

export type RefreshToken = {
  readonly value: string
  readonly grant: Grant
  expiresAt: number
  state: 'live' | 'killed' | 'rotated'
  /** The access token it last stood beside: what an "unchanged" refresh gives again. */
  access: AccessToken
  /** Whether the answer to the refresh that rotated it was kept from the caller by a fault. */
  answerLost: boolean
}

export type TokenPair = { readonly access: AccessToken; readonly refresh: RefreshToken | null }

export const isLiveAccess = (token: AccessToken, now: number): boolean =>
  !token.killed && !token.grant.dead && token.expiresAt > now

export const isLiveRefresh = (token: RefreshToken, now: number): boolean =>
  token.state === 'live' && !token.grant.dead && token.expiresAt > now
