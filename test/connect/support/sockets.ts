// Real sockets: free ports, strangers on a port, raw requests, and what the system says about a port.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net'
import { networkInterfaces } from 'node:os'

/** For `expect.poll`: as long as a busy machine may need. */
export const PATIENTLY = { interval: 20, timeout: 15_000 }

/** The loopback addresses of this machine: a container may have no IPv6, and then nobody can own ::1 there. */
export const LOOPBACK = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .filter(({ internal, address }) => internal && ['127.0.0.1', '::1'].includes(address))
  .map(({ address }) => address)
  .toSorted()

/** Where a stranger may listen on this machine. */
export const EVERYWHERE = LOOPBACK.flatMap((address) => [address, address === '::1' ? '::' : '0.0.0.0'])

/** Below the range the system gives to connections and servers without a port of their own, from 32768 on. */
const [FIRST_PORT, LAST_PORT] = [20_000, 32_000] as const

/** A port on which nobody listens on either loopback family right now, and that the system gives to nobody meanwhile. */
export async function freePort(): Promise<number> {
  for (;;) {
    const wanted = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT))
    const port = await tryToListen(wanted, '127.0.0.1')
    if (port !== null && (!LOOPBACK.includes('::1') || (await tryToListen(port, '::1')) !== null)) return port
  }
}

/** The port it could listen on for a moment; null when it is taken. */
function tryToListen(port: number, host: string): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createTcpServer()
    server.once('error', () => resolve(null))
    server.listen(port, host, () => {
      const { port: given } = server.address() as AddressInfo
      server.close(() => resolve(given))
    })
  })
}

export interface Stranger {
  /** Request targets it was asked for. */
  readonly asked: readonly string[]
  close(): Promise<void>
}

/** Someone else's server on one family. */
export async function stranger(port: number, host: string): Promise<Stranger> {
  const asked: string[] = []
  const server = createServer((incoming, response) => {
    asked.push(incoming.url ?? '')
    response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>stranger</h1>')
  })
  server.listen(port, host)
  await once(server, 'listening')
  return { asked, close: () => closeServer(server) }
}

export async function closeServer(server: Server): Promise<void> {
  await new Promise((resolve) => {
    server.close(resolve)
    server.closeAllConnections()
  })
}

export interface Heard {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** What a browser sends when the authorization server redirects it. */
export const NAVIGATION = {
  'sec-fetch-site': 'cross-site',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
}

export interface Question {
  readonly method?: string
  /** Sent as it is, without normalisation. */
  readonly target: string
  /** null sends none of a browser's own. */
  readonly headers?: Readonly<Record<string, string>>
  readonly address?: string
}

export function ask(port: number, question: Question): Promise<Heard> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: question.address ?? '127.0.0.1',
        port,
        method: question.method ?? 'GET',
        path: question.target,
        headers: { host: `localhost:${port}`, ...NAVIGATION, ...question.headers },
        agent: false,
      },
      async (response) => {
        const chunks: Buffer[] = []
        for await (const chunk of response) chunks.push(chunk)
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        })
      },
    )
    outgoing.on('error', reject)
    outgoing.end()
  })
}

/** Writes bytes and reads until the other side closes. */
export async function rawAsk(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(bytes)
  let heard = ''
  socket.on('data', (chunk) => {
    heard += chunk.toString('latin1')
  })
  await once(socket, 'close')
  return heard
}

export interface SocketRow {
  readonly address: string
  readonly state: 'listening' | 'connected'
}

/** The machine's TCP sockets on a local port, closed ones that only wait for stray packets left out. */
export function socketsOn(port: number): readonly SocketRow[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const [LISTEN, TIME_WAIT] = ['0A', '06']
  return ['/proc/net/tcp', '/proc/net/tcp6'].filter(existsSync).flatMap((table) =>
    readFileSync(table, 'utf8')
      .split('\n')
      .slice(1)
      .flatMap((line): SocketRow[] => {
        const [, local = '', , state] = line.trim().split(/\s+/)
        if (!local.endsWith(wanted) || state === TIME_WAIT) return []
        const address = ADDRESSES[local.slice(0, -5)] ?? local
        return [{ address, state: state === LISTEN ? 'listening' : 'connected' }]
      }),
  )
}

/** The addresses on which somebody listens on this port. */
export function listenersOn(port: number): readonly string[] {
  return socketsOn(port)
    .filter((row) => row.state === 'listening')
    .map((row) => row.address)
    .toSorted()
}

const ADDRESSES: Readonly<Record<string, string>> = {
  '0100007F': '127.0.0.1',
  '00000000000000000000000001000000': '::1',
  '00000000': '0.0.0.0',
  '00000000000000000000000000000000': '::',
}

export interface Served {
  readonly method: string
  readonly target: string
  readonly dest: string
  readonly status: number
}

/** Every answer that a server of this process gives on `port`, as Node itself reports it. */
export function watchAnswers(port: number): { readonly served: readonly Served[]; stop(): void } {
  const served: Served[] = []
  const listener = (message: unknown) => {
    const { request, response, server } = message as {
      request: IncomingMessage
      response: ServerResponse
      server: Server
    }
    if ((server.address() as AddressInfo | null)?.port !== port) return
    served.push({
      method: request.method ?? '',
      target: request.url ?? '',
      dest: String(request.headers['sec-fetch-dest'] ?? ''),
      status: response.statusCode,
    })
  }
  subscribe('http.server.response.finish', listener)
  return { served, stop: () => unsubscribe('http.server.response.finish', listener) }
}
