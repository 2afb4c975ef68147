// What can go wrong and what each kind leads to. `classify` reads an answer; `consequences` is the policy, as data.
import type { Duration, ManagerId, Tier } from '../domain/model.ts'
import { type Answer, isTokenLimit, type Oddity, type StoreFailure } from '../domain/ports.ts'

/** What every failure carries for history and for the person. */
interface Seen {
  readonly tier: Tier
  /** HTTP status; null when no answer came or nothing was sent. */
  readonly status: number | null
  /** The answer's own words, redacted where it was read. */
  readonly detail: string | null
  readonly trackingId: string | null
}

type Unreachable = Extract<Answer<never>, { kind: 'unreachable' }>
type Refused = Extract<Answer<never>, { kind: 'refused' }>

export type Failure = Seen &
  (
    | { readonly kind: 'transient'; readonly reason: Unreachable['reason'] | 'server' }
    /** `retryAfter` in ms from the answer; null when it did not say. */
    | { readonly kind: 'throttled'; readonly retryAfter: Duration | null }
    | { readonly kind: 'interference'; readonly oddity: Oddity | 'proxy' | 'unproven' }
    /** A refresh request that left without an answer: Webex may have rotated the refresh token. */
    | { readonly kind: 'answer-lost'; readonly reason: Unreachable['reason'] }
    /** The account has as many live access tokens as Webex allows: no tier gives another one. */
    | { readonly kind: 'token-limit' }
    /** The same of the token manager's account, which says nothing of the service app's. */
    | { readonly kind: 'manager-token-limit'; readonly managerId: ManagerId }
    | { readonly kind: 'grant-dead' }
    /** The first 400 or 401 of the token endpoint that speaks neither of the refresh token nor of the client. */
    | { readonly kind: 'unclear' }
    /** Any other refusal: neither known to pass nor known to need a person. */
    | { readonly kind: 'unexpected' }
    | { readonly kind: 'client-refused' }
    /** A 401 of tier 2. `aboutClient`: it speaks of the client credentials, and may be about the bearer all the same. */
    | { readonly kind: 'bearer-refused'; readonly aboutClient: boolean }
    | { readonly kind: 'not-authorised' }
    | { readonly kind: 'wrong-field'; readonly field: 'appId' | 'targetOrgId' | 'clientSecret' | null }
    | { readonly kind: 'manager-grant-dead'; readonly managerId: ManagerId }
    | { readonly kind: 'manager-client-refused'; readonly managerId: ManagerId }
    /** The manager's token is refused or over and nothing can renew it without a person. */
    | {
        readonly kind: 'manager-refused'
        readonly managerId: ManagerId
        /** Fingerprint of the access token that is meant. */
        readonly bearer: string | null
        /** Webex spoke of the client credentials. */
        readonly aboutClient?: boolean
      }
    /** No token manager, or one that was never connected. */
    | { readonly kind: 'no-manager'; readonly managerId: ManagerId | null }
    | { readonly kind: 'store'; readonly reason: StoreFailure['reason'] }
    /** The record of the service app's credentials is missing, or the token manager has nothing to refresh. */
    | { readonly kind: 'nothing-to-try' }
  )

export type FailureKind = Failure['kind']

export interface Consequence {
  /** What the running attempt does. `last-tenth`: the next tier only if time is short. */
  readonly next: 'next-tier' | 'last-tenth' | 'second-time' | 'tier-3-then-2' | 'other-tiers' | 'stop'
  /** When it is tried again by itself. */
  readonly again: 'backoff' | 'retry-after' | 'webex-is-there' | 'needs-you'
  /** This grant is marked and not used again by itself. */
  readonly grantDead: boolean
}

const passing: Consequence = { next: 'last-tenth', again: 'backoff', grantDead: false }
const needsYou: Consequence = { next: 'other-tiers', again: 'needs-you', grantDead: false }

export const consequences: { readonly [K in FailureKind]: Consequence } = {
  transient: passing,
  throttled: { ...passing, again: 'retry-after' },
  interference: { ...passing, again: 'webex-is-there', next: 'stop' },
  'answer-lost': { ...passing, next: 'second-time' },
  'token-limit': { next: 'stop', again: 'needs-you', grantDead: false },
  'manager-token-limit': needsYou,
  'grant-dead': { next: 'next-tier', again: 'backoff', grantDead: true },
  unclear: { next: 'next-tier', again: 'backoff', grantDead: false },
  unexpected: passing,
  'client-refused': { next: 'stop', again: 'needs-you', grantDead: false },
  'bearer-refused': { next: 'tier-3-then-2', again: 'backoff', grantDead: false },
  'not-authorised': needsYou,
  'wrong-field': needsYou,
  'manager-grant-dead': { ...needsYou, grantDead: true },
  'manager-client-refused': needsYou,
  'manager-refused': needsYou,
  'no-manager': needsYou,
  store: { next: 'stop', again: 'backoff', grantDead: false },
  'nothing-to-try': needsYou,
}

export function needsPerson(failure: Failure): boolean {
  return consequences[failure.kind].again === 'needs-you'
}

/** `unclearBefore`: the last answer to the same refresh token was unclear. */
export type CallContext =
  | { readonly tier: 1; readonly unclearBefore?: boolean }
  | { readonly tier: 2 }
  | { readonly tier: 3; readonly unclearBefore?: boolean; readonly managerId: ManagerId }

/** RFC 6749 section 5.2 and Webex's own words; null for a good answer. */
export function classify<T>(call: CallContext, answer: Answer<T>): Failure | null {
  const { tier } = call
  const seen = { tier, trackingId: answer.trackingId }
  switch (answer.kind) {
    case 'ok':
      return null
    case 'odd':
      return { ...seen, kind: 'interference', status: answer.status, detail: null, oddity: answer.oddity }
    case 'unreachable': {
      const lost = answer.sent && tier !== 2
      const { reason } = answer
      const said = { ...seen, status: null, detail: reason, reason }
      return lost ? { ...said, kind: 'answer-lost' } : { ...said, kind: 'transient' }
    }
    case 'refused': {
      const said = { ...seen, status: answer.status, detail: wordsOf(answer) }
      return { ...said, ...(limitRefusal(call, answer) ?? passingRefusal(answer) ?? refusal(call, answer)) }
    }
  }
}

/** Words of the code and the message, as history keeps them. */
function wordsOf({ code, message }: Refused): string | null {
  if (code !== null && message !== null) return `${code}: ${message}`
  return code ?? message
}

type Kind = Failure extends infer F ? (F extends Failure ? Omit<F, keyof Seen> : never) : never

function limitRefusal(call: CallContext, answer: Refused): Kind | null {
  if (!isTokenLimit(answer)) return null
  return call.tier === 3
    ? { kind: 'manager-token-limit', managerId: call.managerId }
    : { kind: 'token-limit' }
}

/** What says nothing of the credentials, at whichever endpoint. */
function passingRefusal({ status, retryAfter }: Refused): Kind | null {
  if (status === 429 || status === 423) return { kind: 'throttled', retryAfter }
  // RFC 6585 section 6 and RFC 9110 section 15.5.8: something in between wants a login of its own.
  if (status === 511 || status === 407) return { kind: 'interference', oddity: 'proxy' }
  if (status === 408 || status === 425 || status >= 500) return { kind: 'transient', reason: 'server' }
  return null
}

const aboutClient = /client[\s_-]*(id|secret|credential|authentication)|\binvalid[\s_-]*client\b/i
const aboutGrant = /refresh[\s_-]*token|\binvalid[\s_-]*grant\b/i

function refusal(call: CallContext, answer: Refused): Kind {
  if (call.tier === 2) return applicationsRefusal(answer)
  const first = tokenEndpointRefusal(answer)
  const kind = first === 'unclear' && call.unclearBefore === true ? 'grant-dead' : first
  if (call.tier !== 3) return { kind }
  if (kind === 'grant-dead') return { kind: 'manager-grant-dead', managerId: call.managerId }
  if (kind === 'client-refused') return { kind: 'manager-client-refused', managerId: call.managerId }
  return { kind }
}

/**
 * The status of a dead refresh token is not documented (400 and 401 are both seen): code first, then words. Words about
 * both are taken for the grant: tier 2, which sends the same client credentials, finds out.
 */
function tokenEndpointRefusal(answer: Refused): 'grant-dead' | 'client-refused' | 'unclear' | 'unexpected' {
  const code = answer.code?.toLowerCase()
  if (code === 'invalid_grant' || code === 'invalid_refresh_token') return 'grant-dead'
  if (code === 'invalid_client' || code === 'unauthorized_client') return 'client-refused'
  if (answer.status !== 400 && answer.status !== 401) return 'unexpected'
  const words = wordsOf(answer) ?? ''
  if (aboutGrant.test(words)) return 'grant-dead'
  return aboutClient.test(words) ? 'client-refused' : 'unclear'
}

/** Webex Admin API, "Create a Service App Access Token": 400, 401, 403 and 404. A 401 is the bearer's, whatever it says. */
function applicationsRefusal(answer: Refused): Kind {
  const { status, message } = answer
  const said = wordsOf(answer) ?? ''
  const words = message ?? ''
  if (status === 401) return { kind: 'bearer-refused', aboutClient: aboutClient.test(said) }
  const field = fieldOf(status, words)
  const isOnlyMissing = field === 'clientSecret' && !/invalid/i.test(said)
  if (status === 400 && aboutClient.test(said) && !isOnlyMissing) return { kind: 'client-refused' }
  if (status === 403) return { kind: 'not-authorised' }
  if (status === 404 || status === 400) return { kind: 'wrong-field', field }
  return { kind: 'unexpected' }
}

function fieldOf(status: number, words: string): 'appId' | 'targetOrgId' | 'clientSecret' | null {
  if (/client[\s_-]*secret/i.test(words)) return 'clientSecret'
  if (/\borg/i.test(words) || /targetOrgId/i.test(words)) return 'targetOrgId'
  if (status === 404 || /service app|application|appId/i.test(words)) return 'appId'
  return null
}
