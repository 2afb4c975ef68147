// Classifier: reads one answer of Webex as a failure, by RFC 6749 section 5.2 and Webex's own words.
import type { ManagerId } from '../domain/model.ts'
import { type Answer, isTokenLimit } from '../domain/ports.ts'
import type { Failure, FailureCause, ProxyRefusal } from './failure.ts'

type Refused = Extract<Answer<never>, { kind: 'refused' }>

/** `unclearBefore`: the last answer to the same refresh token was unclear. */
export type CallContext =
  | { readonly tier: 1; readonly unclearBefore?: boolean }
  | { readonly tier: 2 }
  | { readonly tier: 3; readonly unclearBefore?: boolean; readonly managerId: ManagerId }

/** null for a good answer. */
export function classify<T>(call: CallContext, answer: Answer<T>): Failure | null {
  const { tier } = call
  const seen = { tier, trackingId: answer.trackingId }
  switch (answer.kind) {
    case 'ok':
      return null
    case 'anomalous':
      return { ...seen, kind: 'interference', status: answer.status, detail: null, anomaly: answer.anomaly }
    case 'unreachable': {
      const { reason } = answer
      const said = { ...seen, status: null, detail: reason, reason }
      const refusal = proxyRefusalOf(answer)
      if (refusal !== null) return { ...said, kind: 'interference', anomaly: refusal }
      const lost = answer.sent && tier !== 2
      return lost ? { ...said, kind: 'answer-lost' } : { ...said, kind: 'transient' }
    }
    case 'refused': {
      const said = { ...seen, status: answer.status, detail: wordsOf(answer) }
      return { ...said, ...(limitRefusal(call, answer) ?? passingRefusal(answer) ?? refusal(call, answer)) }
    }
  }
}

/** null: no proxy refused it. */
export function proxyRefusalOf<T>(answer: Answer<T>): ProxyRefusal | null {
  if (answer.kind === 'refused') return answer.status === 407 ? 'proxy' : null
  if (answer.kind !== 'unreachable') return null
  if (answer.reason === 'proxy-rejected') return 'proxy-rejected'
  return answer.reason === 'proxy-login' ? 'proxy' : null
}

/** Words of the code and the message, as history keeps them. */
function wordsOf({ code, message }: Refused): string | null {
  if (code !== null && message !== null) return `${code}: ${message}`
  return code ?? message
}

function limitRefusal(call: CallContext, answer: Refused): FailureCause | null {
  if (!isTokenLimit(answer)) return null
  return call.tier === 3
    ? { kind: 'manager-token-limit', managerId: call.managerId }
    : { kind: 'token-limit' }
}

/** What says nothing of the credentials, at whichever endpoint. */
function passingRefusal({ status, retryAfter }: Refused): FailureCause | null {
  if (status === 429 || status === 423) return { kind: 'throttled', retryAfter }
  // Something in between wants a login of its own: RFC 9110 section 15.5.8, and RFC 6585 section 6 (a Wi-Fi sign-in page).
  if (status === 407) return { kind: 'interference', anomaly: 'proxy' }
  if (status === 511) return { kind: 'interference', anomaly: 'network-login' }
  if (status === 408 || status === 425 || status >= 500) return { kind: 'transient', reason: 'server' }
  return null
}

const aboutClient = /client[\s_-]*(id|secret|credential|authentication)|\binvalid[\s_-]*client\b/i
const aboutGrant = /refresh[\s_-]*token|\binvalid[\s_-]*grant\b/i

function refusal(call: CallContext, answer: Refused): FailureCause {
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
function applicationsRefusal(answer: Refused): FailureCause {
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

/** Which field was wrong, by Webex's words; null: they do not say. */
export function fieldOf(
  status: number | null,
  words: string,
): 'appId' | 'targetOrgId' | 'clientSecret' | null {
  if (/client[\s_-]*secret/i.test(words)) return 'clientSecret'
  if (/\borg/i.test(words) || /targetOrgId/i.test(words)) return 'targetOrgId'
  if (status === 404 || /service app|application|appId/i.test(words)) return 'appId'
  return null
}
