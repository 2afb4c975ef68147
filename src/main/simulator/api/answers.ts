// Answers as values: what a handler returns, before any fault is applied and before anything is written.
import type { RefreshToken } from '../model.ts'

export type JsonObject = { readonly [key: string]: unknown }

export type Body =
  | { readonly type: 'json'; readonly value: JsonObject }
  | { readonly type: 'html'; readonly text: string }
  | { readonly type: 'empty' }

/** In a word, what came of a request; for an error, the reason as the answer gives it. */
export type Outcome =
  | 'issued'
  | 'unchanged'
  | 'served'
  | 'consent shown'
  | 'code issued'
  | 'declined'
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'invalid_scope'
  | 'unsupported_grant_type'
  | 'unsupported_response_type'
  | 'bad request'
  | 'unauthorized'
  | 'forbidden'
  | 'not found'
  | 'method not allowed'
  | 'too large'

export type Answer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Body
  readonly outcome: Outcome
  /** Tokens the answer carries, for the ledger's fingerprints. */
  readonly issued?: { readonly access: string; readonly refresh: string | null }
  /** The refresh token that this very answer replaces. */
  readonly spent?: RefreshToken
}

export function ok(value: JsonObject, outcome: Outcome = 'served'): Answer {
  return { status: 200, headers: {}, body: { type: 'json', value }, outcome }
}

/** `{message, errors, trackingId}`: what Webex's own APIs answer. The tracking id is in the header too. */
export function webexError(
  status: number,
  outcome: Outcome,
  trackingId: string,
  message: string,
  details: readonly string[] = [message],
): Answer {
  const errors = details.map((description) => ({ description }))
  return { status, headers: {}, body: { type: 'json', value: { message, errors, trackingId } }, outcome }
}

/** `{error, error_description}` (RFC 6749 section 5.2): what the token endpoint answers. */
export function oauthError(status: number, error: Outcome, description: string): Answer {
  const body: Body = { type: 'json', value: { error, error_description: description } }
  return { status, headers: { 'Cache-Control': 'no-store' }, body, outcome: error }
}

export function redirect(location: string, outcome: Outcome): Answer {
  return { status: 302, headers: { Location: location }, body: { type: 'empty' }, outcome }
}

export type Page = { readonly text: string; readonly headers: Record<string, string> }

export function html(status: number, { text, headers }: Page, outcome: Outcome): Answer {
  return { status, headers, body: { type: 'html', text }, outcome }
}
