// Loopback: which host names stay on this computer, and what the HTTP servers that listen there have in common.
import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Answers a request that is too large, too slow or not HTTP, without quoting it, and closes the connection, also where
 * the other side keeps its half open.
 */
export function refuseBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const status =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : '400 Bad Request'
  socket.write(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
  socket.destroySoon()
}

/** null when it listens, otherwise the system's error code. */
export function listen(server: Server, port: number, host: string): Promise<string | null> {
  return new Promise((resolve) => {
    const fail = (error: NodeJS.ErrnoException) => resolve(error.code ?? 'unknown')
    server.once('error', fail)
    server.listen({ port, host, exclusive: true }, () => {
      server.off('error', fail)
      // An accept that fails later (no descriptors left) must not take the app down.
      server.on('error', () => {})
      resolve(null)
    })
  })
}

/** Names and addresses that never leave this computer (RFC 6761 section 6.3, RFC 8252 section 8.3). */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}
