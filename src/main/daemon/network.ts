// Network of the server: undici's fetch with the proxy that the environment names, the system's certificates, and new
// connections once any has failed.
import tls from 'node:tls'
import { Agent, type Dispatcher, fetch, ProxyAgent, type RequestInit, type Response } from 'undici'
import { WrongOptions } from './serve-options.ts'

export interface ServerNetwork {
  /** As the standard's `fetch`; what it rejects with has a code that `webex/network-errors.ts` knows. */
  fetch(url: string, init: RequestInit): Promise<Response>
  /** The proxy that a request goes through, without its sign-in; null: none. */
  proxyOf(url: string): string | null
  /** Passwords of the proxies, for the log to redact. */
  readonly secrets: readonly string[]
  close(): Promise<void>
}

type Env = Readonly<Record<string, string | undefined>>

/** ms. A connection that is kept longer may be gone in a firewall's table, and a request over it be lost. */
const KEPT_ALIVE = 4_000
/** ms. Within the deadline of a call. */
const CONNECTING = 10_000
/** Certificates are checked whatever NODE_TLS_REJECT_UNAUTHORIZED says. */
const CHECKED = { timeout: CONNECTING, rejectUnauthorized: true }
const KEPT = { keepAliveTimeout: KEPT_ALIVE, keepAliveMaxTimeout: KEPT_ALIVE }

/** Throws `WrongOptions` when a variable names no proxy that can be used. */
export function createServerNetwork(env: Env): ServerNetwork {
  const proxies = { 'http:': proxyIn(env, 'http'), 'https:': proxyIn(env, 'https') }
  const bypass = bypassList(env)
  const dispatchers = new Map<string, Dispatcher>()
  const proxyOf = (url: URL): URL | null =>
    bypass.some((rule) => rule(url)) ? null : (proxies[url.protocol === 'http:' ? 'http:' : 'https:'] ?? null)
  const dispatcherOf = (proxy: URL | null): Dispatcher => {
    const key = proxy?.href ?? ''
    const known = dispatchers.get(key)
    if (known !== undefined) return known
    trustSystem()
    const made =
      proxy === null
        ? new Agent({ ...KEPT, connect: CHECKED })
        : new ProxyAgent({
            ...KEPT,
            uri: withoutSignIn(proxy),
            ...signInOf(proxy),
            proxyTls: CHECKED,
            requestTls: CHECKED,
          })
    dispatchers.set(key, made)
    return made
  }
  return {
    async fetch(url, init) {
      const proxy = proxyOf(new URL(url))
      const dispatcher = dispatcherOf(proxy)
      try {
        return await fetch(url, { ...init, dispatcher })
      } catch (error) {
        // Whatever it was: the next request gets a connection of its own. What is under way ends as it began.
        if (dispatchers.get(proxy?.href ?? '') === dispatcher) {
          dispatchers.delete(proxy?.href ?? '')
          void dispatcher.close()
        }
        throw proxy === null ? error : ofProxy(error)
      }
    },
    proxyOf: (url) => {
      const proxy = proxyOf(new URL(url))
      return proxy === null ? null : withoutSignIn(proxy)
    },
    secrets: Object.values(proxies).flatMap((proxy) =>
      proxy === null || proxy.password === '' ? [] : [decoded(proxy.password)],
    ),
    async close() {
      const open = [...dispatchers.values()]
      dispatchers.clear()
      await Promise.all(open.map((dispatcher) => dispatcher.destroy()))
    },
  }
}

function proxyIn(env: Env, scheme: 'http' | 'https'): URL | null {
  for (const name of [`${scheme}_proxy`, `${scheme.toUpperCase()}_PROXY`]) {
    const text = env[name]
    if (text === undefined || text === '') continue
    const address = /^[a-z0-9+]+:\/\//i.test(text) ? text : `http://${text}`
    const url = URL.canParse(address) ? new URL(address) : null
    if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:')) return url
    throw new WrongOptions(
      `${name} names no proxy that can be used. Set it to an address such as http://proxy.example.com:8080.`,
    )
  }
  return null
}

/** As curl and most others read it: names with all below them, addresses, with or without a port; `*` means all. */
function bypassList(env: Env): readonly ((url: URL) => boolean)[] {
  const rules = (env.no_proxy ?? env.NO_PROXY ?? '').split(/[\s,]+/).filter((rule) => rule !== '')
  return ['localhost', '127.0.0.1', '[::1]', ...rules].map((rule) => {
    if (rule === '*') return () => true
    const [, name = '', port = ''] = /^(.*?)(?::(\d+))?$/.exec(rule.toLowerCase().replace(/^\*?\./, '')) ?? []
    return ({ hostname, port: used, protocol }: URL) => {
      const isNamed = hostname === name || hostname === `[${name}]` || hostname.endsWith(`.${name}`)
      return isNamed && (port === '' || port === (used || (protocol === 'http:' ? '80' : '443')))
    }
  })
}

function withoutSignIn({ protocol, host }: URL): string {
  return `${protocol}//${host}`
}

/** As curl reads it: a percent sign that encodes nothing stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** RFC 7617. */
function signInOf({ username, password }: URL): { readonly token?: string } {
  if (username === '') return {}
  const pair = `${decoded(username)}:${decoded(password)}`
  return { token: `Basic ${Buffer.from(pair).toString('base64')}` }
}

/** What went wrong before there was a tunnel was the proxy's doing, and Webex got nothing; Chromium's names for it. */
function ofProxy(error: unknown): unknown {
  const causes = causesOf(error)
  const [status] = causes.flatMap(({ message }) => /^Proxy response \((\d+)\)/.exec(message)?.[1] ?? [])
  if (status !== undefined)
    return coded(status === '407' ? 'PROXY_SIGN_IN_REJECTED' : 'ERR_TUNNEL_CONNECTION_FAILED')
  return causes.some(isOfConnecting) ? coded('ERR_PROXY_CONNECTION_FAILED') : error
}

function causesOf(error: unknown, depth = 0): readonly Error[] {
  if (!(error instanceof Error) || depth > 5) return []
  const parts: readonly unknown[] = error instanceof AggregateError ? error.errors : []
  return [error, ...[error.cause, ...parts].flatMap((each) => causesOf(each, depth + 1))]
}

function isOfConnecting(error: Error): boolean {
  if ('code' in error && error.code === 'UND_ERR_CONNECT_TIMEOUT') return true
  return 'syscall' in error && (error.syscall === 'connect' || error.syscall === 'getaddrinfo')
}

/** Without its cause, whose own code would be read as well. */
function coded(code: string): Error {
  return Object.assign(new Error('the proxy did not pass the request on'), { code })
}

let isTrusting = false

/** Beside Node's own certificates and those of NODE_EXTRA_CA_CERTS, where this Node can (22.19 and 24.5). */
function trustSystem(): void {
  if (isTrusting || !('setDefaultCACertificates' in tls) || !('getCACertificates' in tls)) return
  isTrusting = true
  const { getCACertificates, setDefaultCACertificates } = tls as unknown as {
    getCACertificates(type: 'default' | 'system'): readonly string[]
    setDefaultCACertificates(certificates: readonly string[]): void
  }
  setDefaultCACertificates([...new Set([...getCACertificates('default'), ...getCACertificates('system')])])
}
