// Authorization response (RFC 6749 section 4.1.2), from the loopback or pasted. The state is checked before anything
// else is read.
import { createHash, timingSafeEqual } from 'node:crypto'
import { Secret } from '#engine/domain/secret.ts'

export type Callback =
  | { readonly kind: 'code'; readonly code: Secret }
  /** The person or Webex declined. `description` is Webex's own sentence when it is fit to be shown. */
  | { readonly kind: 'error'; readonly error: string; readonly description: string | null }
  /** An error without a state: it may be Webex's or anybody's, so it is shown as a hint and ends nothing. */
  | { readonly kind: 'unproven-error'; readonly error: string; readonly description: null }
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
  const error = parameters.get('error')
  if (state === undefined && error !== null && !parameters.has('code')) {
    return { kind: 'unproven-error', error: errorName(error), description: null }
  }
  if (state === undefined || !isSameText(state, expectedState)) return { kind: 'rejected', why: 'state' }
  if (READ_ONCE.some((name) => parameters.getAll(name).length > 1)) {
    return { kind: 'rejected', why: 'duplicate-parameter' }
  }
  if (error !== null) {
    const description = parameters.get('error_description')?.trim() ?? ''
    return {
      kind: 'error',
      error: errorName(error),
      description: PLAIN_SENTENCE.test(description) ? description : null,
    }
  }
  const code = parameters.get('code') ?? ''
  return CODE.test(code) ? { kind: 'code', code: new Secret(code) } : { kind: 'rejected', why: 'no-code' }
}

function errorName(error: string): string {
  return ERROR_NAME.test(error) ? error : 'unknown_error'
}

/** What surrounds a URL that was copied out of a sentence, a message or a command. */
const WRAPPING = new Set(' \t"\'`“”„‘’«»<>()[]')

/**
 * The parameters of a pasted redirected URL; null where there is neither state nor error. People copy it in quotes, broken
 * into lines, as https, without its beginning, or its query alone: state and code decide whether it belongs to the flow.
 */
export function readRedirectedUrl(text: string): URLSearchParams | null {
  const line = text
    .split(/[\r\n]/)
    .map((part) => part.trim())
    .join('')
  // A link of Markdown has its address last.
  let [start, end] = [line.lastIndexOf('](') + 1, line.length]
  while (start < end && WRAPPING.has(line.charAt(start))) start += 1
  while (start < end && WRAPPING.has(line.charAt(end - 1))) end -= 1
  const url = line.slice(start, end)
  const [query = ''] = url.slice(url.indexOf('?') + 1).split('#', 1)
  const parameters = new URLSearchParams(query.replaceAll('&amp;', '&'))
  return parameters.has('state') || parameters.has('error') ? parameters : null
}

/** Constant in time, whatever the lengths: the digests are compared, not the texts. */
function isSameText(left: string, right: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text, 'utf8').digest()
  return timingSafeEqual(digest(left), digest(right))
}
