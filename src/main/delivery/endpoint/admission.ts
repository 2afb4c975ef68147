// Admission: only programs on this computer that use one of its own names are answered. Web pages are rejected before
// anything is read, also those whose name was made to resolve to loopback (DNS rebinding); wrong secrets are slowed down.
import type { Duration } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'

export interface Asking {
  readonly method: string
  /** The request target as it came. */
  readonly target: string
  /** Names and values in turn, as they came: a header that comes twice is seen twice. */
  readonly rawHeaders: readonly string[]
}

type Refusal = 400 | 403 | 405 | 414 | 421

export type Admission =
  | { readonly kind: 'admitted' }
  | {
      readonly kind: 'turned-away'
      readonly status: Refusal
      readonly code: string
      readonly detail: string
    }

const LONGEST_TARGET = 2048
const HTTP_PORT = 80

/**
 * `own`: the port on loopback, or which hosts a certificate names. Behind a certificate the browser itself refuses a name
 * that was made to resolve to this address; what asks under one all the same is misdirected (RFC 9110 section 15.5.20).
 */
export function admit(asking: Asking, own: number | ((host: string) => boolean)): Admission {
  const hosts = valuesOf(asking, 'host')
  const [host = ''] = hosts
  if (typeof own === 'function') {
    if (hosts.length !== 1 || !own(host)) {
      return turnedAway(421, 'foreign-host', 'Ask under a name or address of the certificate of this server.')
    }
  } else if (hosts.length !== 1 || !isOwnHost(host, own)) {
    return turnedAway(
      403,
      'foreign-host',
      `Ask under http://127.0.0.1:${own}; another name may belong to someone else.`,
    )
  }
  if (isFromPage(asking)) {
    return turnedAway(403, 'from-a-web-page', 'Tokens are for programs on this computer, not for web pages.')
  }
  // An absolute address in the request line would name a second host (RFC 9112 section 3.2.2).
  if (!asking.target.startsWith('/')) {
    return turnedAway(400, 'bad-request', 'Ask for a path: /v1/token/<profile>.')
  }
  if (asking.target.length > LONGEST_TARGET) {
    return turnedAway(414, 'address-too-long', `An address here has at most ${LONGEST_TARGET} characters.`)
  }
  if (asking.method !== 'GET' && asking.method !== 'HEAD') {
    return turnedAway(405, 'method-not-allowed', 'Only GET and HEAD are answered here.')
  }
  if (hasBody(asking)) return turnedAway(400, 'bad-request', 'A request here has no body.')
  return { kind: 'admitted' }
}

/**
 * The three names under which loopback is reached, with the port they were reached at (RFC 9110 section 7.2). Nothing is
 * normalised: other ways to write an address, user names, a dot at the end are all turned away.
 */
export function isOwnHost(host: string, port: number): boolean {
  const name = host.toLowerCase()
  const suffixes = port === HTTP_PORT ? ['', `:${port}`] : [`:${port}`]
  return suffixes.some((suffix) =>
    ['127.0.0.1', 'localhost', '[::1]'].some((own) => name === `${own}${suffix}`),
  )
}

/**
 * A browser says where a request comes from (Fetch, section 3.2; Fetch Metadata). Node's own `fetch` sends a lone
 * `Sec-Fetch-Mode: cors`, which no browser does.
 */
function isFromPage(asking: Asking): boolean {
  const mode = valuesOf(asking, 'sec-fetch-mode')
  const site = valuesOf(asking, 'sec-fetch-site')
  const destination = valuesOf(asking, 'sec-fetch-dest')
  return (
    valuesOf(asking, 'origin').length > 0 ||
    valuesOf(asking, 'access-control-request-method').length > 0 ||
    site.some((value) => value !== 'none') ||
    mode.some((value) => value !== 'cors') ||
    destination.some((value) => value !== 'empty')
  )
}

function hasBody(asking: Asking): boolean {
  return (
    valuesOf(asking, 'transfer-encoding').length > 0 ||
    valuesOf(asking, 'content-length').some((length) => length !== '0')
  )
}

function valuesOf({ rawHeaders }: Asking, wanted: string): readonly string[] {
  const values: string[] = []
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.toLowerCase() === wanted) values.push(rawHeaders[at + 1] ?? '')
  }
  return values
}

function turnedAway(status: Refusal, code: string, detail: string): Admission {
  return { kind: 'turned-away', status, code, detail }
}

/** Guess limiter: answers wrong secrets one at a time, so that guessing gets slower; valid secrets never wait. */
export interface GuessLimiter {
  /** Resolves when a failed authentication may be answered; false at once when too many are waiting already. */
  turn(): Promise<boolean>
}

/** ms between two answers. */
const PACE: Duration = 100
/** Five seconds of them. */
const MOST_WAITING = 50

export function createGuessLimiter(clock: Pick<Clock, 'monotonic' | 'after'>): GuessLimiter {
  let nextAt = Number.NEGATIVE_INFINITY
  let waiting = 0

  return {
    async turn() {
      const now = clock.monotonic()
      if (now >= nextAt) {
        nextAt = now + PACE
        return true
      }
      if (waiting >= MOST_WAITING) return false
      const delay = nextAt - now
      nextAt += PACE
      waiting += 1
      await new Promise<void>((resolve) => clock.after(delay, resolve))
      waiting -= 1
      return true
    },
  }
}
