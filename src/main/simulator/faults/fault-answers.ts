// Fault answers: a fault and the answer there would have been -> what goes over the wire. Pure; `fault-delivery.ts`
// sends it.
import type { Answer, Body, JsonObject } from '../api/answers.ts'
import type { Call } from '../world.ts'
import type { ErrorShape, Fault, RetryAfter } from './fault-kinds.ts'

/** How an answer reaches the caller, or fails to. */
export type Delivery =
  | { readonly how: 'whole'; readonly wire: Wire }
  | { readonly how: 'drip'; readonly wire: Wire; readonly bytesAtOnce: number; readonly everyMs: number }
  | { readonly how: 'flood'; readonly bytes: number }
  | { readonly how: 'hang' }
  | { readonly how: 'reset' }

export type Wire = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

/** The answer as it goes over the wire when nothing is wrong. */
export function wireOf(answer: Answer): Wire {
  return { status: answer.status, ...render(answer.body, answer.headers) }
}

function render(body: Body, headers: Readonly<Record<string, string>>): Omit<Wire, 'status'> {
  switch (body.type) {
    case 'json':
      return {
        headers: { 'Content-Type': 'application/json;charset=UTF-8', ...headers },
        text: JSON.stringify(body.value),
      }
    case 'html':
      return { headers: { 'Content-Type': 'text/html;charset=UTF-8', ...headers }, text: body.text }
    case 'empty':
      return { headers, text: '' }
  }
}

/**
 * What a fault makes of an answer. `answer` is null if the fault kept the endpoint from working; `date-skew`
 * leaves the answer as it is, its header is the server's business.
 */
export function applyFault(
  fault: Fault,
  answer: Answer | null,
  { trackingId, now }: Pick<Call, 'trackingId' | 'now'>,
): Delivery {
  switch (fault.kind) {
    case 'status':
      return whole(errorWire(fault.status, fault.shape, trackingId, fault.message, fault.error))
    case 'throttled': {
      const wire = errorWire(fault.status, fault.shape, trackingId, 'Too many requests', 'slow_down')
      return whole({
        ...wire,
        headers: { ...wire.headers, ...retryAfterHeader(fault.retryAfter, now) },
      })
    }
    case 'malformed-json': {
      const text = answer === null ? '{"access_token": "eyJhbG' : wireOf(answer).text
      const headers = { 'Content-Type': 'application/json;charset=UTF-8' }
      return whole({ status: 200, headers, text: text.slice(0, Math.ceil(text.length / 2)) })
    }
    case 'missing-field':
      return whole(changed(answer, ({ [fault.field]: _, ...rest }) => rest))
    case 'expires-in':
      return whole(changed(answer, (value) => ({ ...value, [fault.field]: ODD_LIFETIMES[fault.value] })))
    case 'slow-drip':
      return { how: 'drip', wire: needed(answer), bytesAtOnce: fault.bytesAtOnce, everyMs: fault.everyMs }
    case 'hang':
      return { how: 'hang' }
    case 'reset':
      return { how: 'reset' }
    case 'huge-body':
      return { how: 'flood', bytes: fault.bytes }
    case 'redirect':
      return whole({ status: fault.status, headers: { Location: fault.location }, text: '' })
    case 'date-skew':
      return whole(needed(answer))
  }
}

/** Statuses whose answers have no body (RFC 9110 section 6.4.1). */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304])

const ODD_LIFETIMES = {
  negative: -1,
  zero: 0,
  string: '1209599',
  huge: 9_007_199_254_740_991,
  words: '14 days',
  null: null,
  boolean: true,
  object: { seconds: 1_209_599 },
  list: [1_209_599],
} as const

const whole = (wire: Wire): Delivery => ({ how: 'whole', wire })

function needed(answer: Answer | null): Wire {
  if (answer === null) throw new Error('This fault changes a real answer, so there has to be one.')
  return wireOf(answer)
}

/** Only an answer that gives tokens is changed: an error stays the error it is. */
function changed(answer: Answer | null, change: (value: JsonObject) => JsonObject): Wire {
  if (answer?.body.type !== 'json' || answer.status !== 200) return needed(answer)
  return wireOf({ ...answer, body: { type: 'json', value: change(answer.body.value) } })
}

function errorWire(
  status: number,
  shape: ErrorShape,
  trackingId: string,
  message = `Simulated trouble (${status})`,
  error = 'temporarily_unavailable',
): Wire {
  const page = `<html><head><title>${status}</title></head><body><h1>${status}</h1></body></html>`
  const bodies: Readonly<Record<ErrorShape, Body>> = {
    webex: { type: 'json', value: { message, errors: [{ description: message }], trackingId } },
    oauth: { type: 'json', value: { error, error_description: message } },
    html: { type: 'html', text: page },
    empty: { type: 'empty' },
  }
  return { status, ...render(bodies[BODILESS.has(status) ? 'empty' : shape], {}) }
}

function retryAfterHeader(retryAfter: RetryAfter, now: number): Record<string, string> {
  if (retryAfter === 'missing') return {}
  if (retryAfter === 'absurd') return { 'Retry-After': '99999999999999999999' }
  if ('raw' in retryAfter) return { 'Retry-After': retryAfter.raw }
  if ('seconds' in retryAfter) return { 'Retry-After': String(retryAfter.seconds) }
  return { 'Retry-After': new Date(now + retryAfter.dateInSeconds * 1000).toUTCString() }
}
