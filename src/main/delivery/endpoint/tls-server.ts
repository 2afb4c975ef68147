// TLS server: HTTPS for other machines. A connection counts from its first byte, so that one that never finishes its
// handshake is limited as well.
import { constants } from 'node:crypto'
import { createServer, type Server, type ServerOptions } from 'node:https'
import type { Socket } from 'node:net'
import { refuseBrokenRequest } from '#base/node/loopback.ts'

/** PEM texts, as `TlsFiles` has them. */
interface Files {
  readonly cert: string
  readonly key: string
}

export interface TlsServer {
  readonly server: Server
  /** The TCP connection that carries an established one. */
  carrierOf(socket: Socket): Socket
  /** Closes connections that are no further; they would keep the server from closing. */
  dropHandshakes(): void
  /** From now on for new connections. */
  exchangeCertificate(files: Files): void
}

/**
 * TLS 1.3, and of 1.2 what encrypts and authenticates at once with keys for one connection (RFC 9325 section 4.2); no
 * renegotiation, and of the protocols within it HTTP/1.1 alone.
 */
const SECURITY = {
  minVersion: 'TLSv1.2',
  ciphers: [
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'TLS_AES_128_GCM_SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-RSA-CHACHA20-POLY1305',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
  ].join(':'),
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  ALPNProtocols: ['http/1.1'],
} as const

export function createTlsServer(limits: ServerOptions, { cert, key }: Files): TlsServer {
  const server = createServer({
    ...limits,
    ...SECURITY,
    ALPNProtocols: [...SECURITY.ALPNProtocols],
    cert,
    key,
  })
  const handshakes = new Map<string, Socket>()
  const carriers = new WeakMap<Socket, Socket>()
  server.on('connection', (socket: Socket) => {
    const ends = endsOf(socket)
    handshakes.set(ends, socket)
    socket.once('close', () => {
      if (handshakes.get(ends) === socket) handshakes.delete(ends)
    })
  })
  server.on('secureConnection', (socket: Socket) => {
    const ends = endsOf(socket)
    const carrier = handshakes.get(ends)
    // It was reset meanwhile.
    if (carrier === undefined) return void socket.destroy()
    handshakes.delete(ends)
    carriers.set(socket, carrier)
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    // Before TLS is established nothing can be answered that the other side would read.
    if (carriers.has(socket)) refuseBrokenRequest(error, socket)
    else socket.destroy()
  })
  return {
    server,
    carrierOf: (socket) => carriers.get(socket) ?? socket,
    dropHandshakes() {
      for (const socket of handshakes.values()) socket.destroy()
    },
    exchangeCertificate: (files) =>
      server.setSecureContext({ ...SECURITY, cert: files.cert, key: files.key }),
  }
}

/** Node tells of no other tie between a TLS connection and the TCP connection below it. */
function endsOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return [remoteAddress, remotePort, localAddress].join(' ')
}
