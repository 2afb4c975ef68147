// What every HTTP server of ours does alike: the connect flow's and the local endpoint's.
import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/** Too large, too slow, or no HTTP: answered without a word of what came. */
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
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
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
