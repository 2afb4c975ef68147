// HTTP listener: the endpoint's server, with limits on every wait. On loopback, on both address families or none; on an
// address that other machines reach, under TLS.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { ConnectionLimit, peerOf } from '#base/node/connection-limit.ts'
import { listen, refuseBrokenRequest } from '#base/node/loopback.ts'
import type { Clock } from '#engine/domain/ports.ts'
import type { NetworkAddress, ServerCertificate } from './listen-address.ts'
import { createConnectionRate } from './rate-limits.ts'
import type { Answering, AskedOver } from './request-handler.ts'
import { type Answer, strangerAnswer } from './responses.ts'

export interface Listener {
  readonly port: number
  /** Answers running requests, accepts no new one; resolves when nothing listens and no connection is left. */
  close(): Promise<void>
  /** From now on for new connections. Of one on loopback, which has none, without effect. */
  exchangeCertificate(certificate: ServerCertificate): void
}

export type Opening =
  | { readonly kind: 'listening'; readonly listener: Listener }
  /** Nothing is left open. */
  | { readonly kind: 'unavailable'; readonly why: 'port-taken' | 'not-allowed' | 'no-such-address' | 'other' }

/** Times in ms. */
export const LIMITS = {
  /** Bytes of a request's header section. */
  maxHeaderSize: 8_192,
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  /** Between two requests of one connection. Long, and announced, so that no program meets a connection that is closing. */
  keepAliveTimeout: 60_000,
  /** How much later than that one is cut off at most; each check wakes an idle server. */
  connectionsCheckingInterval: 10_000,
  /** For the other side to read on, once it has left so much unread that the system takes no more; our own. */
  unreadTimeout: 10_000,
  /** Of TLS. */
  handshakeTimeout: 5_000,
}
export type Limits = Readonly<typeof LIMITS>

/** Both families together: more would use up the descriptors that the rest of the app needs. */
const MOST_CONNECTIONS = { all: 512, perOwner: 128, requests: 32 }
const MOST_FROM_NETWORK = { all: 1024, perOwner: 256, perPeer: 256, requests: 32 }
/** ms. How long closing waits for running requests. */
const LAST_WORDS = 2_000
/**
 * Who asks for `localhost` may be led to ::1 first: a stranger there would be handed the secret. So the port is ours in
 * both families, or it counts as taken.
 */
const FAMILIES = ['127.0.0.1', '::1'] as const

const REASONS: Readonly<Record<string, Extract<Opening, { kind: 'unavailable' }>['why']>> = {
  EADDRINUSE: 'port-taken',
  EACCES: 'not-allowed',
  EADDRNOTAVAIL: 'no-such-address',
  ENOTFOUND: 'no-such-address',
  EAI_AGAIN: 'no-such-address',
}

/** `port` 0 lets the system choose. */
export async function openListener(
  port: number,
  parts: {
    readonly answering: Answering
    readonly clock: Pick<Clock, 'after' | 'monotonic'>
    readonly failed: (error: unknown) => void
    readonly limits?: Limits
    /** Missing: loopback. */
    readonly network?: NetworkAddress
  },
): Promise<Opening> {
  const { network } = parts
  const limits = parts.limits ?? LIMITS
  const tls = network?.createServer(limits, network.certificate) ?? null
  const servers: Server[] = []
  const connections = new ConnectionLimit(network === undefined ? MOST_CONNECTIONS : MOST_FROM_NETWORK)
  const rate = network === undefined ? null : createConnectionRate(parts.clock)
  /** One too many is closed before its handshake. */
  const connected = (socket: Socket) => {
    const isOneTooMany = rate !== null && rate.take(peerOf(socket.remoteAddress)) > 0
    if (isOneTooMany) socket.destroy()
    else connections.add(socket)
  }
  let certificate = network?.certificate
  let closing = false
  const respond = (request: IncomingMessage, response: ServerResponse, own: number) => {
    const { method = '', url: target = '', rawHeaders, headers } = request
    const socket = tls?.carrierOf(request.socket) ?? request.socket
    if (!connections.begin(socket)) return
    response.on('close', () => connections.end(socket))
    const asked: AskedOver = {
      port: own,
      claim: (consumerId) => connections.claim(socket, consumerId),
      ...(certificate === undefined ? {} : { network: { certificate, peer: peerOf(socket.remoteAddress) } }),
    }
    parts
      .answering({ method, target, rawHeaders }, headers.authorization, asked)
      .catch((error: unknown) => {
        parts.failed(error)
        return strangerAnswer({ status: 500, code: 'internal', detail: 'Something went wrong in the app.' })
      })
      .then((answer) => send(response, answer, closing, limits))
      // The other side may be gone.
      .catch(parts.failed)
  }
  const close = async () => {
    closing = true
    const cut = parts.clock.after(LAST_WORDS, () => {
      for (const server of servers) server.closeAllConnections()
    })
    const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)))
    tls?.dropHandshakes()
    await Promise.all(closed)
    cut()
  }

  let own = port
  for (const address of network === undefined ? FAMILIES : [network.host]) {
    const server = tls?.server ?? createServer(limits).on('clientError', refuseBrokenRequest)
    server.on('connection', connected)
    const answer = (request: IncomingMessage, response: ServerResponse) => respond(request, response, own)
    server.on('request', answer)
    // Whatever is expected (RFC 9110 section 10.1.1): a body is never waited for.
    server.on('checkContinue', answer)
    server.on('checkExpectation', answer)
    const failure = await listen(server, own, address)
    if (failure === null) {
      servers.push(server)
      own = (server.address() as AddressInfo).port
    } else if (
      tls === null &&
      address === '::1' &&
      (failure === 'EADDRNOTAVAIL' || failure === 'EAFNOSUPPORT')
    ) {
      // A machine without IPv6 has no ::1 that anyone else could own.
    } else {
      await close()
      return { kind: 'unavailable', why: REASONS[failure] ?? 'other' }
    }
  }
  const exchangeCertificate = (files: ServerCertificate) => {
    tls?.exchangeCertificate(files)
    certificate = files
  }
  return { kind: 'listening', listener: { port: own, close, exchangeCertificate } }
}

function send(response: ServerResponse, answer: Answer, closing: boolean, limits: Limits): void {
  if (closing || !answer.keepsConnection) response.shouldKeepAlive = false
  response
    .writeHead(answer.status, {
      ...answer.headers,
      'content-length': String(Buffer.byteLength(answer.body)),
    })
    // For HEAD, Node leaves the body out.
    .end(answer.body)
  // Node closes a connection whose time is over, and sets another time when the answer was taken.
  if (response.socket !== null && response.socket.writableLength > 0)
    response.socket.setTimeout(limits.unreadTimeout)
}
