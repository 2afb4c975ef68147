// Network errors: why a fetch was rejected. Node's (undici, OpenSSL) and Chromium's (`net::ERR_…`) codes, mapped to few
// reasons.
import type { Answer } from '#engine/domain/ports.ts'

type Unreachable = Extract<Answer<never>, { kind: 'unreachable' }>

export interface NetworkError {
  readonly reason: Unreachable['reason']
  /** False only where it is certain that no byte of the request left this computer. */
  readonly sent: boolean
}

/** A redirect was refused, as `redirect: 'error'` asks; no request went to the other address. */
export type FetchFailure = { readonly kind: 'redirected' } | ({ readonly kind: 'unreachable' } & NetworkError)

const notSent = (reason: Unreachable['reason']): NetworkError => ({ reason, sent: false })
const maybeSent = (reason: Unreachable['reason']): NetworkError => ({ reason, sent: true })

const CODES: readonly (readonly [NetworkError, codes: string])[] = [
  [notSent('dns'), 'ENOTFOUND EAI_AGAIN EAI_FAIL EAI_NODATA EAI_NONAME'],
  [notSent('dns'), 'ERR_NAME_NOT_RESOLVED ERR_NAME_RESOLUTION_FAILED'],
  [notSent('dns'), 'ERR_DNS_TIMED_OUT ERR_DNS_SERVER_FAILED ERR_DNS_MALFORMED_RESPONSE'],
  [notSent('dns'), 'ERR_ICANN_NAME_COLLISION'],
  [notSent('refused'), 'ECONNREFUSED ERR_CONNECTION_REFUSED'],
  // https://source.chromium.org/chromium/chromium/src/+/main:net/base/net_error_list.h; a tunnel comes before the request.
  [
    notSent('proxy'),
    'ERR_PROXY_CONNECTION_FAILED ERR_TUNNEL_CONNECTION_FAILED ERR_PROXY_CERTIFICATE_INVALID',
  ],
  [
    notSent('proxy'),
    'ERR_NO_SUPPORTED_PROXIES ERR_MANDATORY_PROXY_CONFIGURATION_FAILED ERR_PAC_SCRIPT_FAILED',
  ],
  [
    notSent('proxy'),
    'ERR_PAC_SCRIPT_TERMINATED ERR_PAC_NOT_IN_DHCP ERR_PROXY_UNABLE_TO_CONNECT_TO_DESTINATION',
  ],
  [notSent('proxy'), 'ERR_SOCKS_CONNECTION_FAILED ERR_SOCKS_CONNECTION_HOST_UNREACHABLE'],
  [notSent('proxy'), 'ERR_HTTPS_PROXY_TUNNEL_RESPONSE_REDIRECT ERR_PROXY_HTTP_1_1_REQUIRED'],
  [notSent('proxy'), 'ERR_PROXY_DELEGATE_CANCELED_CONNECT_REQUEST'],
  [notSent('proxy-login'), 'ERR_PROXY_AUTH_UNSUPPORTED ERR_PROXY_AUTH_REQUESTED'],
  [notSent('proxy-login'), 'ERR_PROXY_AUTH_REQUESTED_WITH_NO_CONNECTION'],
  // A 407 where no proxy is set, and what the schemes but Basic fail with before anything is sent.
  [notSent('proxy-login'), 'ERR_UNEXPECTED_PROXY_AUTH ERR_UNABLE_TO_REUSE_CONNECTION_FOR_PROXY_AUTH'],
  [notSent('proxy-login'), 'ERR_INVALID_AUTH_CREDENTIALS ERR_MISSING_AUTH_CREDENTIALS'],
  [notSent('proxy-login'), 'ERR_UNSUPPORTED_AUTH_SCHEME ERR_MISCONFIGURED_AUTH_ENVIRONMENT'],
  // Of our own network session: the proxy answers the request that would open the tunnel, so Webex got nothing.
  [notSent('proxy-rejected'), 'PROXY_SIGN_IN_REJECTED'],
  [notSent('timeout'), 'PROXY_SIGN_IN_BUSY'],
  [notSent('offline'), 'ENETUNREACH ENETDOWN EHOSTUNREACH EHOSTDOWN'],
  [notSent('offline'), 'ERR_INTERNET_DISCONNECTED ERR_ADDRESS_UNREACHABLE ERR_NETWORK_ACCESS_DENIED'],
  [notSent('timeout'), 'UND_ERR_CONNECT_TIMEOUT ERR_CONNECTION_TIMED_OUT'],
  // A blackholed connection and a stalled read share ETIMEDOUT; `syscall` tells them apart, see below.
  [maybeSent('timeout'), 'ETIMEDOUT ERR_TIMED_OUT UND_ERR_HEADERS_TIMEOUT UND_ERR_BODY_TIMEOUT'],
  [maybeSent('reset'), 'ECONNRESET ECONNABORTED EPIPE UND_ERR_SOCKET'],
  [
    maybeSent('reset'),
    'ERR_CONNECTION_RESET ERR_CONNECTION_CLOSED ERR_CONNECTION_ABORTED ERR_EMPTY_RESPONSE',
  ],
  [maybeSent('reset'), 'ERR_NETWORK_CHANGED ERR_NETWORK_IO_SUSPENDED ERR_SOCKET_NOT_CONNECTED'],
  [maybeSent('reset'), 'ERR_CONTENT_LENGTH_MISMATCH ERR_INCOMPLETE_CHUNKED_ENCODING ERR_HTTP2_PING_FAILED'],
  [notSent('other'), 'ERR_CONNECTION_FAILED ERR_ADDRESS_INVALID'],
  [notSent('other'), 'ERR_UNSAFE_PORT ERR_INVALID_URL ERR_BLOCKED_BY_CLIENT ERR_BLOCKED_BY_ADMINISTRATOR'],
  // Of our own: there was no network service to hand the request to.
  [notSent('other'), 'NETWORK_SERVICE_GONE'],
  [maybeSent('aborted'), 'ERR_ABORTED ABORT_ERR'],
  // OpenSSL's verdicts on a certificate fall before the request is written.
  [notSent('tls'), 'CERT_HAS_EXPIRED CERT_NOT_YET_VALID CERT_REVOKED CERT_UNTRUSTED CERT_REJECTED'],
  [notSent('tls'), 'DEPTH_ZERO_SELF_SIGNED_CERT SELF_SIGNED_CERT_IN_CHAIN UNABLE_TO_GET_ISSUER_CERT'],
  [notSent('tls'), 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  [notSent('tls'), 'ERR_TLS_CERT_ALTNAME_INVALID ERR_SSL_VERSION_OR_CIPHER_MISMATCH'],
  // An alert may arrive in the middle of an exchange, so these prove nothing.
  [maybeSent('tls'), 'EPROTO ERR_SSL_PROTOCOL_ERROR'],
]

const KNOWN: ReadonlyMap<string, NetworkError> = new Map(
  CODES.flatMap(([error, codes]) => codes.split(' ').map((code) => [code, error] as const)),
)

/** Chromium's certificate errors have one prefix; all of them fall during the handshake. */
const CHROMIUM_CERTIFICATE = /^ERR_(CERT|SSL_PINNED)_/
const OPENSSL_ALERT = /^ERR_SSL_/

/**
 * Node: "unexpected redirect" (undici); Electron: the text of `ClientRequest` for `redirect: 'error'` and `'manual'`.
 */
const REDIRECT_REFUSED =
  /unexpected redirect|redirect policy was 'error'|redirect was cancelled|ERR_UNEXPECTED_REDIRECT/i

/** Reads what `fetch` rejected with. Never keeps the error's text: it can quote a header, and so a token. */
export function readFetchFailure(error: unknown): FetchFailure {
  const errors = chain(error)
  if (errors.some((each) => REDIRECT_REFUSED.test(each.message))) return { kind: 'redirected' }
  // With several addresses tried, one that may have been sent outweighs the refused others.
  const known = errors.map(readOne).filter((each) => each !== null)
  const worst = known.find((each) => each.sent) ?? known[0] ?? maybeSent('other')
  return { kind: 'unreachable', ...worst }
}

/** For whom it does not matter whether anything was sent. */
export function whyNoAnswer(error: unknown): NetworkError['reason'] | 'redirected' {
  const failure = readFetchFailure(error)
  return failure.kind === 'redirected' ? 'redirected' : failure.reason
}

function readOne(error: Error): NetworkError | null {
  const code = codeOf(error)
  if (code === null) return null
  const known = KNOWN.get(code)
  if (known !== undefined) {
    const connecting = 'syscall' in error && error.syscall === 'connect'
    return connecting ? { ...known, sent: false } : known
  }
  if (CHROMIUM_CERTIFICATE.test(code)) return notSent('tls')
  return OPENSSL_ALERT.test(code) ? maybeSent('tls') : null
}

function codeOf(error: Error): string | null {
  const chromium = /net::(ERR_[A-Z0-9_]+)/.exec(error.message)
  if (chromium !== null) return chromium[1] ?? null
  if ('code' in error && typeof error.code === 'string') return error.code
  return error.name === 'AbortError' ? 'ABORT_ERR' : null
}

/** The error, its causes and the parts of an AggregateError; bounded, since a cause may point back. */
function chain(error: unknown): readonly Error[] {
  const found: Error[] = []
  const queue: unknown[] = [error]
  while (queue.length > 0 && found.length < 16) {
    const next = queue.shift()
    if (!(next instanceof Error) || found.includes(next)) continue
    found.push(next)
    queue.push(next.cause)
    if (next instanceof AggregateError) queue.push(...next.errors)
  }
  return found
}
