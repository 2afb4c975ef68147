// Authorization response (RFC 6749 section 4.1.2), from the loopback or pasted. The state is checked before anything
// else is read.
import { createHash, timingSafeEqual } from 'node:crypto'
import { Secret } from '#engine/domain/secret.ts'

export type Callback =
  | { readonly kind: 'code'; readonly code: Secret }
  /** The person or Webex declined. `description` is Webex's own sentence when it is fit to be shown. */
  | { readonly kind: 'error'; readonly error: string; readonly description: string | null }
  /** Not an answer to this flow, which it does not change. */
  | { readonly kind: 'rejected'; readonly why: 'state' | 'duplicate-parameter' | 'no-code' }

const READ_ONCE = ['state', 'code', 'error', 'error_description'] as const
const ERROR_NAME = /^[a-z_]{1,60}$/
/** Plain words only: no markup, no URL, and no word long enough to be a code or a token. */
const PLAIN_SENTENCE = /^(?!.*\S{40})[\w ,.'"()/-]{1,200}$/
/** RFC 6749 appendix A.11: visible ASCII. */
const CODE = /^[\x20-\x7e]{1,4096}$/

/** Judges the answer's parameters against the one state of the flow. */
export function judgeCallback(parameters: URLSearchParams, expectedState: string): Callback {
  const [state] = parameters.getAll('state')
  if (state === undefined || !isSameText(state, expectedState)) return { kind: 'rejected', why: 'state' }
  if (READ_ONCE.some((name) => parameters.getAll(name).length > 1)) {
    return { kind: 'rejected', why: 'duplicate-parameter' }
  }
  const error = parameters.get('error')
  if (error !== null) {
    const description = parameters.get('error_description')?.trim() ?? ''
    return {
      kind: 'error',
      error: ERROR_NAME.test(error) ? error : 'unknown_error',
      description: PLAIN_SENTENCE.test(description) ? description : null,
    }
  }
  const code = parameters.get('code') ?? ''
  return CODE.test(code) ? { kind: 'code', code: new Secret(code) } : { kind: 'rejected', why: 'no-code' }
}

/** The parameters of a URL that is the redirect URI byte for byte up to its query; browsers may leave out `http://`. */
export function readRedirectedUrl(text: string, redirectUri: string): URLSearchParams | null {
  const trimmed = text.trim()
  const url = trimmed.startsWith('http://') ? trimmed : `http://${trimmed}`
  if (!url.startsWith(`${redirectUri}?`)) return null
  const [query = ''] = url.slice(redirectUri.length + 1).split('#', 1)
  return new URLSearchParams(query)
}

/** Constant in time, whatever the lengths: the digests are compared, not the texts. */
function isSameText(left: string, right: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text, 'utf8').digest()
  return timingSafeEqual(digest(left), digest(right))
}
