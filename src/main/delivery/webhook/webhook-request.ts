// Webhook request: which addresses are allowed, and one POST signed as Standard Webhooks 1.0.0 defines it, so that
// receivers can use any of its libraries. Follows no redirect.

import { createHmac } from 'node:crypto'
import { setDeadline } from '#base/common/timer.ts'
import { isLoopback } from '#base/node/loopback.ts'
import type { Duration, Instant } from '#engine/domain/model.ts'
import type { Clock, Unreachable } from '#engine/domain/ports.ts'
import type { Secret } from '#engine/domain/secret.ts'
import type { WebhookMessage } from './webhook-message.ts'

export type WebhookAddress =
  | { readonly kind: 'ok'; readonly url: string }
  /** `sentence`: what is wrong and what to do. */
  | { readonly kind: 'invalid'; readonly sentence: string }

export function readWebhookAddress(typed: string): WebhookAddress {
  const text = typed.trim()
  if (!URL.canParse(text)) return invalid('This is not a URL. It begins with https://.')
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return invalid('The URL begins with https://.')
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    return invalid(
      'Plain http can be read and changed on its way: use https (http is for this computer only).',
    )
  }
  if (url.username !== '' || url.password !== '') {
    return invalid('Take the user name and password out of the URL; the signature says who sends.')
  }
  if (url.hash !== '') return invalid('Take away what begins with #: it is never sent.')
  return { kind: 'ok', url: url.href }
}

function invalid(sentence: string): WebhookAddress {
  return { kind: 'invalid', sentence }
}

/** Why the receiver's own answer did not come. */
export type NoAnswer = Unreachable | 'redirected'

export interface PostInit {
  readonly method: 'POST'
  readonly headers: Record<string, string>
  readonly body: string
  readonly signal: AbortSignal
  readonly redirect: 'error'
  readonly credentials: 'omit'
  readonly cache: 'no-store'
  readonly referrerPolicy: 'no-referrer'
}

export interface SendingDependencies {
  readonly clock: Pick<Clock, 'after'>
  /** The wall clock, corrected: receivers refuse what seems to be old. */
  readonly now: () => Instant
  /** Over Electron's session in the app, which knows the system's proxy and certificates. */
  readonly fetch: (url: string, init: PostInit) => Promise<Response>
  /** What a rejected fetch means. */
  readonly whyNoAnswer: (error: unknown) => NoAnswer
  readonly userAgent: string
}

export interface Sent {
  readonly delivered: boolean
  /** What came of it; no secret, and nothing of the address. */
  readonly sentence: string
}

/** ms, connecting and answering together. */
export const WEBHOOK_DEADLINE: Duration = 10_000

/** Never rejects. */
export async function sendMessage(
  parts: SendingDependencies,
  to: { readonly url: Secret; readonly secret: Secret },
  message: WebhookMessage,
): Promise<Sent> {
  const body = JSON.stringify(message)
  const abort = new AbortController()
  let cancel = () => {}
  const tooLong = new Promise<NoAnswer>((resolve) => {
    cancel = setDeadline(parts.clock, WEBHOOK_DEADLINE, () => {
      abort.abort()
      resolve('timeout')
    })
  })
  const answered = post(parts, to.url, abort.signal, {
    body,
    headers: signedHeaders(to.secret, { id: message.id, at: parts.now(), body }),
  })
  // The deadline holds even if the fetch ignores the signal.
  const answer = await Promise.race([answered, tooLong])
  cancel()
  return typeof answer === 'number' ? answeredWith(answer) : unanswered(answer)
}

async function post(
  { fetch, whyNoAnswer, userAgent }: SendingDependencies,
  url: Secret,
  signal: AbortSignal,
  { body, headers }: { readonly body: string; readonly headers: Record<string, string> },
): Promise<number | NoAnswer> {
  try {
    const response = await fetch(url.reveal(), {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', 'user-agent': userAgent },
      body,
      signal,
      redirect: 'error',
      credentials: 'omit',
      cache: 'no-store',
      referrerPolicy: 'no-referrer',
    })
    // The body is not read, however long it is.
    await response.body?.cancel().catch(() => undefined)
    return response.status
  } catch (error) {
    return whyNoAnswer(error)
  }
}

function answeredWith(status: number): Sent {
  if (status >= 200 && status < 300) return { delivered: true, sentence: `Delivered (HTTP ${status}).` }
  if (status >= 300 && status < 400) return unanswered('redirected')
  if (status === 407) return unanswered('proxy-login')
  if (status === 401 || status === 403) {
    return failed(`The address refused the message (HTTP ${status}). Look at its signing secret.`)
  }
  if (status === 404 || status === 410) return failed(`Nothing listens at the address (HTTP ${status}).`)
  return failed(`The address answered HTTP ${status}.`)
}

const SENTENCES: Readonly<Record<NoAnswer, string>> = {
  redirected: 'The address leads elsewhere, which is not followed. Set the address it leads to.',
  dns: 'The name in the address is not known to the network.',
  refused: 'Nothing accepts connections at the address.',
  reset: 'The connection was closed before an answer came.',
  timeout: 'No answer came within 10 seconds.',
  tls: 'The address has no certificate this computer trusts.',
  offline: 'There is no network.',
  proxy: 'The proxy could not be used. Check it under Settings → Webex cloud and proxy.',
  'proxy-login':
    'The proxy requires a sign-in. Enter its user name and password under Settings → Webex cloud and proxy.',
  'proxy-rejected':
    'The proxy rejected the saved user name and password. Enter them again under Settings → Webex cloud and proxy.',
  aborted: 'The request was interrupted.',
  other: 'The address could not be reached.',
}

function unanswered(why: NoAnswer): Sent {
  return failed(SENTENCES[why])
}

function failed(sentence: string): Sent {
  return { delivered: false, sentence }
}

const PREFIX = 'whsec_'

/** `secret`: base64. `id` stays the same over retries; the time is that of each try, so that receivers can refuse old ones. */
export function signedHeaders(
  secret: Secret,
  message: { readonly id: string; readonly at: Instant; readonly body: string },
): Record<string, string> {
  const seconds = String(Math.floor(message.at / 1000))
  const signature = createHmac('sha256', Buffer.from(secret.reveal(), 'base64'))
    .update(`${message.id}.${seconds}.${message.body}`)
    .digest('base64')
  return {
    'webhook-id': message.id,
    'webhook-timestamp': seconds,
    'webhook-signature': `v1,${signature}`,
  }
}

/** As a person gives it to the receiver. */
export function shownSecret(secret: Secret): string {
  return `${PREFIX}${secret.reveal()}`
}
