// Operations listener: /livez and /readyz for who supervises the server, /metrics for who watches it. Plain HTTP without
// secrets, for a network of one's own.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ConnectionLimit } from '#base/node/connection-limit.ts'
import { isLoopback, listen, refuseBrokenRequest } from '#base/node/loopback.ts'
import type { Duration } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'

export interface OperationsListener {
  readonly port: number
  /** Nothing listens when this resolves. */
  close(): Promise<void>
}

export interface OperationsDependencies {
  readonly clock: Pick<Clock, 'monotonic' | 'after'>
  /** That this is asked shows that the event loop turns. false: only a new start helps. */
  readonly isAlive: () => boolean
  /** By its name, whether each part does its work. */
  readonly readiness: () => Readonly<Record<string, boolean>>
  readonly scrape: () => Promise<string>
  readonly failed: (error: unknown) => void
}

export type OperationsOpening =
  | { readonly kind: 'listening'; readonly listener: OperationsListener }
  | { readonly kind: 'unavailable'; readonly problem: string }

/** Times in ms. */
const LIMITS = {
  maxHeaderSize: 8_192,
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  /** Prometheus keeps its connection from one scrape, usually a minute after the last, to the next. */
  keepAliveTimeout: 90_000,
  /** How much later than that one is cut off at most; each check wakes an idle server. */
  connectionsCheckingInterval: 10_000,
}
/** ms for a client that does not read. */
const UNREAD_TIMEOUT: Duration = 10_000
const MOST_CONNECTIONS = { all: 64, perOwner: 64, perPeer: 32, requests: 8 }
/** ms. How long one scrape serves all that ask. */
const SCRAPED_ONCE_IN: Duration = 1_000
const LAST_WORDS: Duration = 1_000
/** The text format of Prometheus, as prom-client writes it. */
const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

interface Reply {
  readonly status: number
  readonly type: string
  readonly body: string | Buffer
}

/** `port` 0 lets the system choose. */
export async function openOperationsListener(
  { host, port }: { readonly host: string; readonly port: number },
  parts: OperationsDependencies,
): Promise<OperationsOpening> {
  const { clock, failed } = parts
  const connections = new ConnectionLimit(MOST_CONNECTIONS)
  const isOnLoopback = isLoopback(host) || host === '::1'
  let scraped: { readonly at: number; readonly text: Promise<Buffer> } | null = null
  const metrics = () => {
    if (scraped === null || clock.monotonic() - scraped.at >= SCRAPED_ONCE_IN) {
      scraped = { at: clock.monotonic(), text: parts.scrape().then((text) => Buffer.from(text)) }
    }
    return scraped.text
  }
  const replyTo = async ({ method, url = '', headers }: IncomingMessage): Promise<Reply> => {
    // A page whose name was made to resolve to loopback must not read the customers' names (DNS rebinding).
    const name = (headers.host ?? '').replace(/:\d+$/, '').toLowerCase()
    if (isOnLoopback && !isLoopback(name)) return plain(403, 'Ask under 127.0.0.1 or localhost.')
    if (method !== 'GET' && method !== 'HEAD') return plain(405, 'Only GET and HEAD are answered here.')
    switch (url.replace(/\?.*$/, '')) {
      case '/livez':
        return parts.isAlive() ? plain(200, 'alive') : plain(503, 'stuck')
      case '/readyz': {
        const readiness = parts.readiness()
        const ready = Object.values(readiness).every((isReady) => isReady)
        const body = `${JSON.stringify({ ready, ...readiness })}\n`
        return { status: ready ? 200 : 503, type: 'application/json', body }
      }
      case '/metrics':
        return { status: 200, type: METRICS_TYPE, body: await metrics() }
      default:
        return plain(404, 'There are only /livez, /readyz and /metrics.')
    }
  }

  const server = createServer(LIMITS)
  server.on('connection', (socket) => connections.add(socket))
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request
    if (!connections.begin(socket)) return
    response.on('close', () => connections.end(socket))
    replyTo(request)
      .catch((error: unknown) => {
        failed(error)
        return plain(500, 'Something went wrong in the server; its log says what.')
      })
      .then((reply) => send(request, response, reply))
      // The other side may be gone.
      .catch(failed)
  }
  server.on('request', answer)
  server.on('checkContinue', answer)
  server.on('checkExpectation', answer)
  server.on('clientError', refuseBrokenRequest)
  const failure = await listen(server, port, host)
  if (failure !== null) return { kind: 'unavailable', problem: inWords(failure, host, port) }
  return {
    kind: 'listening',
    listener: {
      port: (server.address() as AddressInfo).port,
      async close() {
        const cut = clock.after(LAST_WORDS, () => server.closeAllConnections())
        await new Promise((resolve) => server.close(resolve))
        cut()
      },
    },
  }
}

function send(request: IncomingMessage, response: ServerResponse, { status, type, body }: Reply): void {
  // A body that nobody reads would be taken for the next request.
  const hasBody = 'transfer-encoding' in request.headers || (request.headers['content-length'] ?? '0') !== '0'
  if (hasBody || status === 403 || status === 405) response.shouldKeepAlive = false
  response
    .writeHead(status, {
      'content-type': type,
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
    })
    .end(body)
  if (response.socket !== null && response.socket.writableLength > 0)
    response.socket.setTimeout(UNREAD_TIMEOUT)
}

function plain(status: number, text: string): Reply {
  return { status, type: 'text/plain; charset=utf-8', body: `${text}\n` }
}

function inWords(failure: string, host: string, port: number): string {
  const instead = 'Choose another one by --operations-listen, or switch it off: --operations-listen off.'
  switch (failure) {
    case 'EADDRINUSE':
      return `Port ${port} of ${host}, for metrics and health checks, is taken by another program. ${instead}`
    case 'EACCES':
      return `The system does not let this program listen on port ${port}, for metrics and health checks. ${instead}`
    default:
      return `${host} is not an address of this computer to listen on, for metrics and health checks (${failure}). ${instead}`
  }
}
