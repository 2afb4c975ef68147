// A real proxy on the loopback: CONNECT and plain requests, a sign-in of its own, and a note of all that was sent to it.
import { createServer, request as forward } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'

export interface TestProxy {
  readonly port: number
  /** `http://127.0.0.1:<port>`. */
  readonly address: string
  /** The `Proxy-Authorization` of each request, null where there was none. */
  readonly sent: (string | null)[]
  /** `user:password` that it lets pass; null: it asks for nothing. */
  requires: string | null
  /** Its `Proxy-Authenticate`. */
  challenge: string
  /** Ends the tunnels, as a proxy does after a while. */
  cut(): void
  close(): Promise<void>
}

/** `ends`: where a tunnel leads, by the host that is asked for; others lead nowhere. */
export async function startProxy(ends: Readonly<Record<string, number>>): Promise<TestProxy> {
  const sockets = new Set<Socket>()
  const admits = (authorization: string | undefined): boolean => {
    proxy.sent.push(authorization ?? null)
    if (proxy.requires === null) return true
    return authorization === `Basic ${Buffer.from(proxy.requires).toString('base64')}`
  }
  const server = createServer((request, response) => {
    if (!admits(request.headers['proxy-authorization'])) {
      response.writeHead(407, { 'proxy-authenticate': proxy.challenge }).end('<html>sign in</html>')
      return
    }
    const { 'proxy-authorization': _, ...headers } = request.headers
    const { hostname: host, port, pathname: path } = new URL(request.url ?? '')
    const onwards = forward({ host, port, path, method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    onwards.on('error', () => response.destroy())
    request.pipe(onwards)
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
  })
  server.on('connect', (request, socket, head) => {
    // Read to its end, or it would never count as closed.
    socket.on('error', () => {})
    const refuse = (line: string) => {
      socket.resume()
      socket.end(`HTTP/1.1 ${line}\r\ncontent-length: 20\r\n\r\n<html>sign in</html>`)
    }
    if (!admits(request.headers['proxy-authorization'])) {
      return refuse(`407 Proxy Authentication Required\r\nproxy-authenticate: ${proxy.challenge}`)
    }
    const port = ends[request.url?.split(':')[0] ?? '']
    if (port === undefined) return refuse('502 Bad Gateway')
    const onwards = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      onwards.write(head)
      onwards.pipe(socket).pipe(onwards)
    })
    onwards.on('error', () => socket.destroy())
    socket.on('close', () => onwards.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  const proxy: TestProxy = {
    port,
    address: `http://127.0.0.1:${port}`,
    sent: [],
    requires: null,
    challenge: 'Basic realm="company"',
    cut,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        cut()
      }),
  }
  return proxy
}
