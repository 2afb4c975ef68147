// The server's network: which proxy a request goes through, what it says when that fails, and that a failure ends its connection.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createServerNetwork } from '#daemon/network.ts'
import { readFetchFailure } from '#webex/network-errors.ts'
import { createAuthority } from '../delivery/endpoint/support/certificates.ts'

const portOf = (server: Server) => (server.address() as AddressInfo).port

async function listening(server: Server): Promise<Server> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return server
}

/** Answers with how many requests its connection has brought. */
async function target(
  answer?: (request: IncomingMessage, nth: number) => 'reset' | 'answer',
): Promise<Server> {
  let requests = 0
  const seen = new WeakMap<object, number>()
  return listening(
    createServer((request, response) => {
      requests += 1
      const nth = (seen.get(request.socket) ?? 0) + 1
      seen.set(request.socket, nth)
      if (answer?.(request, requests) === 'reset') request.socket.resetAndDestroy()
      else response.end(String(nth))
    }),
  )
}

/** A proxy for tunnels; every name leads to `to`. */
async function proxy(to: Server, accept: (authorization: string | undefined) => number = () => 200) {
  const tunnels: string[] = []
  const server = createServer()
  server.on('connect', (request, socket) => {
    const status = accept(request.headers['proxy-authorization'])
    if (status !== 200) {
      socket.end(`HTTP/1.1 ${status} No\r\nproxy-authenticate: Basic realm="x"\r\ncontent-length: 0\r\n\r\n`)
      return
    }
    tunnels.push(request.url ?? '')
    const through = connect(portOf(to), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      through.pipe(socket).pipe(through)
    })
    through.on('error', () => socket.destroy())
    socket.on('error', () => through.destroy())
    onTestFinished(() => {
      socket.destroy()
      through.destroy()
    })
  })
  await listening(server)
  return { tunnels, port: portOf(server) }
}

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const port = portOf(server)
  server.close()
  await once(server, 'close')
  return port
}

function network(env: Record<string, string>) {
  const made = createServerNetwork(env)
  onTestFinished(() => made.close())
  return made
}

const failureOf = (request: Promise<unknown>) => request.then(() => null, readFetchFailure)

describe('a request', () => {
  test('goes through the proxy of its scheme, with its sign-in, which nothing else shows', async () => {
    const { tunnels, port } = await proxy(await target(), (authorization) =>
      authorization === `Basic ${Buffer.from('ada:p@ss').toString('base64')}` ? 200 : 407,
    )
    const made = network({ HTTP_PROXY: `http://ada:p%40ss@127.0.0.1:${port}` })
    expect(await (await made.fetch('http://webex.test/v1', {})).text()).toBe('1')
    expect(tunnels).toEqual(['webex.test:80'])
    expect(made.proxyOf('http://webex.test/v1')).toBe(`http://127.0.0.1:${port}`)
    expect(made.proxyOf('https://webex.test/v1')).toBeNull()
    expect(made.secrets).toEqual(['p@ss'])
  })

  test('takes a percent sign that encodes nothing for itself in a sign-in', async () => {
    const { port } = await proxy(await target(), (authorization) =>
      authorization === `Basic ${Buffer.from('a%:50%zz').toString('base64')}` ? 200 : 407,
    )
    const made = network({ HTTP_PROXY: `http://a%:50%zz@127.0.0.1:${port}` })
    expect(await (await made.fetch('http://webex.test/v1', {})).text()).toBe('1')
    expect(made.secrets).toEqual(['50%zz'])
  })

  test('is not sent to a certificate that nobody vouches for, whatever the variable says that switches checks off', async () => {
    const authority = createAuthority()
    onTestFinished(() => authority.end())
    const heard: string[] = []
    const server = createTlsServer(authority.issue('DNS:webex.test'), ({ url }) => void heard.push(url ?? ''))
    await listening(server)
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
    onTestFinished(() => void vi.unstubAllEnvs())
    const { tunnels, port } = await proxy(server)
    const proxied = network({ HTTPS_PROXY: `http://127.0.0.1:${port}` })
    expect(await failureOf(proxied.fetch('https://webex.test/v1', {}))).not.toBeNull()
    const direct = network({}).fetch(`https://127.0.0.1:${portOf(server)}/v1`, {})
    expect(await failureOf(direct)).not.toBeNull()
    expect([tunnels, heard]).toEqual([['webex.test:443'], []])
  })

  test.each([
    ['the name', 'webex.test', true],
    ['a name above it', 'test', true],
    ['a name above it with a dot', '.test', true],
    ['another port', 'webex.test:8080', false],
    ['its port', 'webex.test:80', true],
    ['everything', '*', true],
    ['a part of the name', 'ex.test', false],
    ['one of several', 'a.test, webex.test', true],
  ])('goes past the proxy where NO_PROXY has %s', (_, rule, isPast) => {
    const made = network({ http_proxy: 'proxy.test:3128', no_proxy: rule })
    expect(made.proxyOf('http://webex.test/v1') === null).toBe(isPast)
  })

  test('to this computer goes past every proxy', () => {
    const made = network({ HTTP_PROXY: 'http://proxy.test:3128' })
    for (const host of ['localhost', '127.0.0.1', '[::1]'])
      expect(made.proxyOf(`http://${host}:8080/v1`)).toBeNull()
  })

  test.each(['socks5://proxy.test', 'http://', 'ftp://proxy.test'])(
    'is never sent with the proxy %s',
    (text) => {
      expect(() => createServerNetwork({ HTTPS_PROXY: text })).toThrow('HTTPS_PROXY names no proxy')
    },
  )
})

describe('what goes wrong is reported as', () => {
  test('a sign-in that the proxy rejected, with nothing sent', async () => {
    const { port } = await proxy(await target(), () => 407)
    const made = network({ HTTP_PROXY: `http://ada:wrong@127.0.0.1:${port}` })
    expect(await failureOf(made.fetch('http://webex.test/v1', {}))).toEqual({
      kind: 'unreachable',
      reason: 'proxy-rejected',
      sent: false,
    })
  })

  test('a proxy that does not pass it on, or is not there', async () => {
    const { port } = await proxy(await target(), () => 502)
    const refused = network({ HTTP_PROXY: `http://127.0.0.1:${port}` })
    const gone = network({ HTTP_PROXY: `http://127.0.0.1:${await closedPort()}` })
    const nameless = network({ HTTP_PROXY: 'http://no-such-proxy.invalid:3128' })
    for (const made of [refused, gone, nameless])
      expect(await failureOf(made.fetch('http://webex.test/v1', {}))).toEqual({
        kind: 'unreachable',
        reason: 'proxy',
        sent: false,
      })
  })

  test('a refused connection, and one that broke after the request', async () => {
    const made = network({})
    expect(await failureOf(made.fetch(`http://127.0.0.1:${await closedPort()}/`, {}))).toMatchObject({
      reason: 'refused',
      sent: false,
    })
    const broken = await target(() => 'reset')
    expect(await failureOf(made.fetch(`http://127.0.0.1:${portOf(broken)}/`, {}))).toMatchObject({
      reason: 'reset',
      sent: true,
    })
  })

  test('a redirect, which is not followed', async () => {
    const server = await listening(
      createServer((_, response) => response.writeHead(302, { location: 'http://portal.invalid/' }).end()),
    )
    const made = network({})
    const request = made.fetch(`http://127.0.0.1:${portOf(server)}/`, { redirect: 'error' })
    expect(await failureOf(request)).toEqual({ kind: 'redirected' })
  })

  test('the reason of the signal that ended it', async () => {
    const server = await listening(createServer(() => undefined))
    const abort = new AbortController()
    const request = network({}).fetch(`http://127.0.0.1:${portOf(server)}/`, { signal: abort.signal })
    await once(server, 'request')
    abort.abort()
    expect(await failureOf(request)).toMatchObject({ reason: 'aborted' })
  })
})

test('after a failure the next request has a connection of its own', async () => {
  const server = await target((request) => (request.url === '/reset' ? 'reset' : 'answer'))
  const made = network({})
  const ask = async (path: string) =>
    (await made.fetch(`http://127.0.0.1:${portOf(server)}${path}`, {})).text()
  const before = []
  for (let nth = 0; nth < 4; nth += 1) before.push(Number(await ask('/')))
  expect(Math.max(...before)).toBeGreaterThan(1)
  await expect(ask('/reset')).rejects.toThrow()
  expect(await ask('/')).toBe('1')
})
