// The one-shot server behind the redirect URI (RFC 8252 section 7.3): listens on both loopback families or none, takes
// the browser's redirect, rejects everything a foreign page can cause, and closes right after the answer.
import { randomBytes } from 'node:crypto'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { Socket } from 'node:net'
import { setDeadline } from '#base/common/timer.ts'
import { ConnectionLimit } from '#base/node/connection-limit.ts'
import { listen, refuseBrokenRequest } from '#base/node/loopback.ts'
import type { Clock } from '#engine/domain/ports.ts'
import { guardHeaders, type PageKind, page } from './result-page.ts'

/** A fetch that resolves `localhost` as the browser does: Electron's `session.fetch` in the app. */
export type ProbeFetch = (
  url: string,
  init: {
    readonly redirect: 'error'
    readonly cache: 'no-store'
    readonly credentials: 'omit'
    readonly signal: AbortSignal
  },
) => Promise<Response>

export interface LoopbackDependencies {
  readonly fetch: ProbeFetch
  readonly clock: Pick<Clock, 'after'>
  /** Judges a callback synchronously; what follows from it is not waited for. */
  readonly onCallback: (parameters: URLSearchParams) => 'answered' | 'declined' | 'rejected'
  /** A browser tried https, as one does that was told to (HSTS for localhost, https-only mode). */
  readonly onHttps: () => void
}

export interface Loopback {
  /** Nothing listens and no connection is left when this resolves. May be called more than once. */
  close(): Promise<void>
}

export type Opening =
  | { readonly kind: 'open'; readonly loopback: Loopback }
  /** `not-reached`: `http://localhost:<port>` leads somewhere else. Nothing is left open in any of these cases. */
  | { readonly kind: 'unavailable'; readonly why: 'port-taken' | 'not-allowed' | 'not-reached' }

/** ms; the port is free again within a second of the answer, whatever the browser does. */
const LINGER = 800
const PROBE_DEADLINE = 5_000
const FAMILIES = ['127.0.0.1', '::1'] as const

const LIMITS = {
  /** Bytes; a code and a state need a few hundred. */
  maxHeaderSize: 16_384,
  /** ms; a connection that says nothing is dropped. */
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  connectionsCheckingInterval: 1_000,
}
/** On both families together; a browser opens a few. None is authenticated, so the oldest is closed first. */
const MOST_CONNECTIONS = { all: 32, perOwner: 32, requests: 4 }

/** Opens the server for one redirect URI and proves that `localhost` leads to it. */
export async function openLoopback(redirectUri: string, parts: LoopbackDependencies): Promise<Opening> {
  const uri = new URL(redirectUri)
  const port = Number(uri.port === '' ? 80 : uri.port)
  const expected: Expected = {
    host: uri.host,
    callbackPath: uri.pathname,
    probePath: `/${randomBytes(32).toString('base64url')}`,
    pagePath: '/answered',
  }
  // Not derived from the path, so that someone who only echoes what was asked does not pass.
  const proof = randomBytes(32).toString('base64url')
  const servers: Server[] = []
  const loopback: Loopback = { close: () => closeAll(servers) }
  const connections = new ConnectionLimit(MOST_CONNECTIONS)
  const answer = createAnswering(expected, proof, parts, loopback)

  for (const address of FAMILIES) {
    const server = createServer(LIMITS, (request, response) => {
      if (connections.begin(request.socket)) answer(request, response)
    })
    server.on('connection', (socket) => connections.add(socket))
    server.on('clientError', (error, socket: Socket) => {
      if (isTlsHandshake(error)) parts.onHttps()
      refuseBrokenRequest(error, socket)
    })
    const failure = await listen(server, port, address)
    if (failure === null) servers.push(server)
    // A machine without IPv6 has no ::1 that anyone else could own.
    else if (address === '::1' && (failure === 'EADDRNOTAVAIL' || failure === 'EAFNOSUPPORT')) continue
    else {
      await loopback.close()
      return { kind: 'unavailable', why: failure === 'EACCES' ? 'not-allowed' : 'port-taken' }
    }
  }
  if (await isReached(`http://${expected.host}${expected.probePath}`, proof, parts)) {
    return { kind: 'open', loopback }
  }
  await loopback.close()
  return { kind: 'unavailable', why: 'not-reached' }
}

function createAnswering(expected: Expected, proof: string, parts: LoopbackDependencies, loopback: Loopback) {
  let last: PageKind | null = null
  return (request: IncomingMessage, response: ServerResponse): void => {
    // Connections are not kept: the port has to be free soon, and a browser opens a new one at no cost.
    response.shouldKeepAlive = false
    const { method = '', url: target = '', headers } = request
    const reading = readRequest({ method, target, headers }, expected)
    switch (reading.kind) {
      case 'probe':
        response.writeHead(204, { ...guardHeaders(), 'x-loopback-proof': proof }).end()
        return
      case 'refused':
        send(response, reading.status, 'unexpected')
        return
      case 'page':
        send(response, last === null ? 404 : 200, last ?? 'unexpected')
        return
      case 'callback': {
        const verdict = parts.onCallback(reading.parameters)
        if (verdict === 'rejected') {
          send(response, 400, 'unexpected')
          return
        }
        if (last === null) {
          last = verdict
          parts.clock.after(LINGER, () => void loopback.close())
        }
        // 303 to a clean address: the code is neither shown nor kept in the browser's history.
        response.writeHead(303, { ...guardHeaders(), location: expected.pagePath }).end()
        return
      }
    }
  }
}

function send(response: ServerResponse, status: number, kind: PageKind): void {
  const { html, headers } = page(kind)
  response.writeHead(status, status === 405 ? { ...headers, allow: 'GET' } : headers).end(html)
}

async function closeAll(servers: readonly Server[]): Promise<void> {
  await Promise.all(
    servers.map(
      (server) =>
        new Promise<void>((resolve) => {
          // The callback's error only says that it was closed before.
          server.close(() => resolve())
          server.closeAllConnections()
        }),
    ),
  )
}

async function isReached(url: string, proof: string, parts: LoopbackDependencies): Promise<boolean> {
  const abort = new AbortController()
  const stopClock = setDeadline(parts.clock, PROBE_DEADLINE, () => abort.abort())
  try {
    const response = await parts.fetch(url, {
      redirect: 'error',
      cache: 'no-store',
      credentials: 'omit',
      signal: abort.signal,
    })
    response.body?.cancel().catch(() => {})
    return response.headers.get('x-loopback-proof') === proof
  } catch {
    // Refused, reset, timed out or redirected: another program answers there.
    return false
  } finally {
    stopClock()
  }
}

/** A TLS record of type handshake, major version 3 (RFC 8446 section 5.1). */
function isTlsHandshake(error: Error & { readonly rawPacket?: unknown }): boolean {
  const { rawPacket } = error
  return Buffer.isBuffer(rawPacket) && rawPacket[0] === 0x16 && rawPacket[1] === 0x03
}

interface Expected {
  /** `localhost:3000`: as the redirect URI spells it, so another name for this computer does not do (DNS rebinding). */
  readonly host: string
  /** `/callback`, compared byte for byte. */
  readonly callbackPath: string
  /** The path by which the app checks that its own server answers. */
  readonly probePath: string
  readonly pagePath: string
}

interface Asked {
  readonly method: string
  /** The request target as it stood in the request line. */
  readonly target: string
  readonly headers: IncomingHttpHeaders
}

type Reading =
  | { readonly kind: 'probe' }
  | { readonly kind: 'callback'; readonly parameters: URLSearchParams }
  | { readonly kind: 'page' }
  | { readonly kind: 'refused'; readonly status: 403 | 404 | 405 | 421 }

/** Which requests count as the browser's redirect; nothing of a request is trusted but what is compared. */
export function readRequest(asked: Asked, expected: Expected): Reading {
  if (asked.headers.host !== expected.host) return { kind: 'refused', status: 421 }
  // HEAD and OPTIONS too: a preflight that is not allowed is what keeps other origins' requests out.
  if (asked.method !== 'GET') return { kind: 'refused', status: 405 }
  const query = asked.target.indexOf('?')
  const path = query === -1 ? asked.target : asked.target.slice(0, query)
  if (path === expected.probePath) return { kind: 'probe' }
  if (path !== expected.callbackPath && path !== expected.pagePath) return { kind: 'refused', status: 404 }
  if (!isNavigation(asked.headers)) return { kind: 'refused', status: 403 }
  if (path === expected.pagePath) return { kind: 'page' }
  return {
    kind: 'callback',
    parameters: new URLSearchParams(query === -1 ? '' : asked.target.slice(query + 1)),
  }
}

/**
 * A top-level navigation that a person sees (Fetch Metadata). Browsers without these headers are held by the state
 * alone; a prefetched or prerendered page is requested again when it is shown.
 */
function isNavigation(headers: IncomingHttpHeaders): boolean {
  const { 'sec-fetch-mode': mode, 'sec-fetch-dest': dest } = headers
  if (mode !== undefined && mode !== 'navigate') return false
  if (dest !== undefined && dest !== 'document') return false
  const purposes = [headers['sec-purpose'], headers.purpose, headers['x-purpose'], headers['x-moz']]
  return !purposes.some((purpose) => /prefetch|prerender|preview/i.test(String(purpose ?? '')))
}
