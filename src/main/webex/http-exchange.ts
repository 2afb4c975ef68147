// One HTTP exchange: a deadline that covers the body, a cap on the body, no redirects. Never rejects, knows nothing of
// Webex's answers.
import { setDeadline } from '#base/common/timer.ts'
import type { AnswerMeta, Clock } from '#engine/domain/ports.ts'
import { type NetworkError, readFetchFailure } from './network-errors.ts'

/**
 * Node's `fetch` or Electron's `session.fetch`; injected, since only the latter knows the system's proxy and
 * certificates.
 */
export type Fetch = (url: string, init: FetchInit) => Promise<Response>

export interface FetchInit {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly headers: Record<string, string>
  readonly body?: string
  readonly signal: AbortSignal
  readonly redirect: 'error'
  readonly credentials: 'omit'
  readonly cache: 'no-store'
  readonly referrerPolicy: 'no-referrer'
}

export interface HttpDependencies {
  readonly fetch: Fetch
  readonly clock: Pick<Clock, 'now' | 'after'>
  /** Sent as `User-Agent`. */
  readonly userAgent: string
  /** Sent as `TrackingID`, so that Cisco's support can find our request. */
  readonly newTrackingId: () => string
}

export type Reply =
  | {
      readonly kind: 'answered'
      readonly status: number
      /** null: more than the cap; the rest was cancelled. */
      readonly body: string | null
      readonly contentType: string | null
      /** The header, unparsed. */
      readonly retryAfter: string | null
      /** The header of RFC 8288, unparsed. */
      readonly link: string | null
      readonly meta: AnswerMeta
    }
  /** `status` is 0 where the runtime does not tell it. */
  | { readonly kind: 'redirected'; readonly status: number; readonly meta: AnswerMeta }
  | ({ readonly kind: 'unreachable'; readonly meta: AnswerMeta } & NetworkError)

/** ms; connecting, sending and the whole body together. */
export const CALL_DEADLINE = 15_000
/** Bytes. Token answers are under 2 KiB; without a cap a proxy's endless page fills the memory. */
export const BODY_CAP = 1_048_576

const NOTHING_KNOWN: AnswerMeta = { trackingId: null, serverDate: null }

/** Headers of every request, and the switches that keep cookies, caches and referrers out of it. */
export function requestInit(
  parts: HttpDependencies,
  headers: Readonly<Record<string, string>>,
): Omit<FetchInit, 'method' | 'signal'> {
  return {
    headers: {
      accept: 'application/json',
      'user-agent': parts.userAgent,
      trackingid: parts.newTrackingId(),
      ...headers,
    },
    redirect: 'error',
    credentials: 'omit',
    cache: 'no-store',
    referrerPolicy: 'no-referrer',
  }
}

/**
 * Runs one request. `start` must hand the signal to `fetch`; the deadline also holds if that ignores it.
 * Resolves within `CALL_DEADLINE` ms and the read grace whatever happens.
 */
export async function exchange(
  parts: HttpDependencies,
  start: (signal: AbortSignal) => Promise<Response>,
): Promise<Reply> {
  const abort = new AbortController()
  let stopClock = () => {}
  let refusal: Reply | null = null
  const deadline = new Promise<Reply>((resolve) => {
    stopClock = setDeadline(parts.clock, CALL_DEADLINE, () => {
      resolve(refusal ?? { kind: 'unreachable', reason: 'timeout', sent: true, meta: NOTHING_KNOWN })
      abort.abort()
    })
  })
  const noteRefusal = (reply: Reply) => {
    refusal = reply
  }
  try {
    return await Promise.race([deadline, converse(start, abort, noteRefusal)])
  } finally {
    stopClock()
  }
}

/** `noteRefusal`: called with the answer as far as its headers tell it, where its status alone is a refusal. */
async function converse(
  start: (signal: AbortSignal) => Promise<Response>,
  abort: AbortController,
  noteRefusal: (reply: Reply) => void,
): Promise<Reply> {
  let response: Response
  try {
    response = await start(abort.signal)
  } catch (error) {
    const failure = readFetchFailure(error)
    return failure.kind === 'redirected'
      ? { kind: 'redirected', status: 0, meta: NOTHING_KNOWN }
      : { ...failure, meta: NOTHING_KNOWN }
  }
  const meta = metaOf(response.headers)
  // `opaqueredirect` is the Fetch standard's answer where redirects are not followed; Node returns the 3xx.
  if (response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400)) {
    abort.abort()
    return { kind: 'redirected', status: response.status, meta }
  }
  const answered = (body: string | null): Reply => ({
    kind: 'answered',
    status: response.status,
    body,
    contentType: response.headers.get('content-type'),
    retryAfter: response.headers.get('retry-after'),
    link: response.headers.get('link'),
    meta,
  })
  const isRefusal = response.status >= 400
  if (isRefusal) noteRefusal(answered(''))
  try {
    return answered(await readCapped(response, abort))
  } catch (error) {
    // A refusal has given no token, and Chromium breaks off the body of a proxy's 407.
    if (isRefusal) return answered('')
    // Headers came, so the request was read: whatever broke afterwards, its effect is unknown.
    const failure = readFetchFailure(error)
    const reason = failure.kind === 'unreachable' ? failure.reason : 'other'
    return { kind: 'unreachable', reason, sent: true, meta }
  }
}

async function readCapped(response: Response, abort: AbortController): Promise<string | null> {
  if (response.body === null) return ''
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    size += value.byteLength
    if (size > BODY_CAP) {
      // Cancelling the body alone lets Electron go on receiving it; aborting ends the connection in both runtimes.
      abort.abort()
      return null
    }
    text += decoder.decode(value, { stream: true })
  }
}

function metaOf(headers: Headers): AnswerMeta {
  const date = Date.parse(headers.get('date') ?? '')
  return {
    trackingId: headers.get('trackingid'),
    serverDate: Number.isNaN(date) ? null : date,
  }
}
