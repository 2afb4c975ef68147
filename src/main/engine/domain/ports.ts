// Ports: what the app calls and the engine never implements: clock, randomness, Webex and the vault.
import type { Attempt, Duration, FleetChange, Instant, Subject, TokenPair } from './model.ts'
import type { Secret } from './secret.ts'

export interface Clock {
  /** Wall clock. */
  now(): Instant
  /** Never goes back and does not jump when the wall clock is set; only differences mean something. */
  monotonic(): Duration
  /** Runs `wake` once after `delay` ms (at most 2³¹−1); the returned function cancels it. */
  after(delay: Duration, wake: () => void): () => void
}

/** Evenly spread in [0, 1). */
export type Random = () => number

/** A token answer, validated; lifetimes in ms from when the answer was received. */
export interface TokenGrant {
  readonly accessToken: Secret
  /** First 8 hex digits of SHA-256. */
  readonly fingerprint: string
  /** null: the answer did not say, or said something impossible. */
  readonly expiresIn: Duration | null
  readonly refreshToken: Secret | null
  readonly refreshTokenExpiresIn: Duration | null
  readonly scope: string | null
}

/** Why a 2xx or 3xx answer is not Webex's: something in between answered (captive portal, proxy). */
export type AnswerAnomaly =
  | 'html'
  | 'redirect'
  | 'empty'
  | 'not-json'
  | 'no-access-token'
  | 'bad-expiry'
  | 'too-large'

/** Why no answer came. */
export type Unreachable =
  | 'dns'
  | 'refused'
  | 'reset'
  | 'timeout'
  | 'tls'
  | 'offline'
  /** The proxy, or the script that chooses one, does not work. */
  | 'proxy'
  /** The proxy requires a sign-in, and none is saved for it, or none that the network stack can answer with. */
  | 'proxy-login'
  /** The proxy rejected the sign-in that is saved for it. */
  | 'proxy-rejected'
  | 'aborted'
  | 'other'

/** What came back of one call, understood as far as HTTP and JSON go; what it means is `classifier.ts`. */
export type Answer<T> =
  | ({ readonly kind: 'ok'; readonly value: T } & AnswerMeta)
  /** Webex (or a proxy) said no: status ≥ 400. */
  | ({
      readonly kind: 'refused'
      readonly status: number
      /** OAuth `error` (RFC 6749 section 5.2) where the body had that shape. */
      readonly code: string | null
      /** `error_description`, `message` or `errors[].description`: one line, secrets redacted, at most 300 characters. */
      readonly message: string | null
      /** Whether the body was JSON in one of Webex's two shapes; a proxy's HTML is not. */
      readonly webexShaped: boolean
      /** `Retry-After` in ms from now, from seconds or HTTP date; null when missing or unreadable. */
      readonly retryAfter: Duration | null
    } & AnswerMeta)
  | ({ readonly kind: 'anomalous'; readonly status: number; readonly anomaly: AnswerAnomaly } & AnswerMeta)
  /** No answer. `sent`: the request may have reached Webex, so its effect is unknown. */
  | ({
      readonly kind: 'unreachable'
      readonly reason: Unreachable
      readonly sent: boolean
    } & AnswerMeta)

const aboutTokenLimit = /\btoken[\s_-]*limit[\s_-]*(?:(?:is|was|has been)\s+)?(?:reached|exceeded)/i

/** `tokenlimit_reached`, as a code or in words, with whichever 4xx and at whichever endpoint. */
export function isTokenLimit({
  status,
  code,
  message,
}: Extract<Answer<never>, { kind: 'refused' }>): boolean {
  return status < 500 && aboutTokenLimit.test(`${code ?? ''}: ${message ?? ''}`)
}

export interface AnswerMeta {
  readonly trackingId: string | null
  /** The server's `Date` header as an instant; null when missing. */
  readonly serverDate: Instant | null
}

export interface ClientCredentials {
  readonly clientId: string
  readonly clientSecret: Secret
}

/** The calls of the ladder. Never rejects: what went wrong is in the answer. */
export interface Webex {
  /** Tiers 1 and 3: `POST /access_token`, grant_type=refresh_token (RFC 6749 section 6). */
  refreshGrant(credentials: ClientCredentials, refreshToken: Secret): Promise<Answer<TokenGrant>>
  /** Tier 2: `POST /applications/{appId}/token` with the token manager's bearer. */
  applicationToken(
    bearer: Secret,
    appId: string,
    credentials: ClientCredentials,
    targetOrgId: string,
  ): Promise<Answer<TokenGrant>>
  /** `GET /authorizations/tokenExpiry`: when the presented token ends. Best effort. */
  tokenExpiry(accessToken: Secret): Promise<Answer<Instant>>
  /** One GET with the token; the value is the HTTP status of success. Mints nothing. */
  probe(accessToken: Secret, path: string): Promise<Answer<number>>
  /**
   * A request without any credential; `true`, or refused and `webexShaped`, when Webex itself answered, whatever the
   * status.
   */
  isWebexThere(): Promise<Answer<boolean>>
}

/** The two legs of the authorization code grant (RFC 6749 section 4.1, RFC 7636). */
export interface Authorization {
  /** What the system browser opens. `codeChallenge`: S256 of the verifier that the exchange will show. */
  authorizationUrl(request: {
    readonly clientId: string
    readonly redirectUri: string
    readonly scope: string
    readonly state: string
    readonly codeChallenge: string
  }): string
  /**
   * The code for tokens; never rejects. `redirectUri`: byte for byte the one of the authorization request. Webex wants the
   * client secret although PKCE is used.
   */
  exchangeCode(request: {
    readonly credentials: ClientCredentials
    readonly code: Secret
    readonly redirectUri: string
    readonly codeVerifier: Secret
  }): Promise<Answer<TokenGrant>>
}

/** Durable storage. All reject with a `StoreFailure` when nothing could be written. */
export interface Vault {
  /** Proves that a write would succeed, before a call that may rotate a token. */
  prove(): Promise<void>
  /**
   * Claims the refresh token of a pair for one attempt, durably, right before it is sent: where several processes share a
   * vault, a refresh token that can be spent once is sent by one of them.
   */
  begin(use: GrantUse): Promise<Claim>
  /** One durable transaction: all changes and the history rows, or nothing. */
  commit(changes: readonly FleetChange[], attempts: readonly Attempt[]): Promise<void>
}

export interface GrantUse {
  readonly attemptId: string
  readonly subject: Subject
  /** The pair whose refresh token is about to be sent, as the engine holds it. */
  readonly pair: TokenPair
  /** No other tier can work: a refresh token whose last use has an unknown outcome is sent once more, after a wait. */
  readonly again: boolean
}

export type Claim =
  /** Ends when the attempt is committed, or a pair that names it. */
  | {
      readonly kind: 'go'
      /** Right before sending: false where too much time has passed since the claim was asked for. */
      readonly isValid: () => boolean
      /** Nothing was sent. Never rejects. */
      readonly release: () => Promise<void>
    }
  /** The vault has a newer pair. */
  | { readonly kind: 'adopt'; readonly pair: TokenPair }
  /** Somebody else's attempt is under way, for this long at most. */
  | { readonly kind: 'held'; readonly wait: Duration }
  /** It was sent, and nobody knows what came of it: another tier is to be used. */
  | { readonly kind: 'unknown' }

/** Of a vault that one process has for itself. */
export const UNSHARED: Claim = { kind: 'go', isValid: () => true, release: async () => {} }

export class StoreFailure extends Error {
  readonly reason:
    | 'disk-full'
    | 'read-only'
    | 'locked'
    | 'damaged'
    | 'other'
    /** The database of a shared vault cannot be used; the message says why, and what to do. */
    | 'shared'
    /** Someone else changed the same record first. */
    | 'conflict'

  constructor(reason: StoreFailure['reason'], message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'StoreFailure'
    this.reason = reason
  }
}
