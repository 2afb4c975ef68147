// Session for the main process's own requests: the proxy that a person set or the system's, the system's certificates,
// nothing kept on the disk. A new one is opened when the proxy or its sign-in changes, and whenever Chromium's network
// service has died, since a session that was used before stays broken.
import { app, type ProxyConfig, type Session, session } from 'electron'
import type { Duration } from '#engine/domain/model.ts'
import { restrictSession } from '../window/session-rules.ts'
import { type ProxySettings, proxiesIn, proxyConfigOf } from './proxy-rules.ts'
import {
  hostAndPortOf,
  type ProxyCredentials,
  ProxySignIn,
  type SignInTurn,
  signInFailure,
} from './proxy-sign-in.ts'
import { type RefusedCertificate, watchCertificates } from './refused-certificate.ts'
import { fetchOver, type NetworkInit } from './session-fetch.ts'
import { systemClock, systemDelay } from './system-clock.ts'

/** `serviceName` of `child-process-gone`. */
export const NETWORK_SERVICE = 'network.mojom.NetworkService'
/**
 * Chromium notices a death within some 50 ms; until then new sessions fail as well. The pauses double: 1.3 s in all.
 */
const FIRST_PAUSE: Duration = 20
const MOST_TRIES = 6
/** The network service refuses this port (tcpmux) before it connects: an answer that costs no traffic. */
const REFUSED_ADDRESS = 'http://127.0.0.1:1/'
/** RFC 9110 section 15.5.8. */
const PROXY_AUTHENTICATION_REQUIRED = 407
/** `setProxy` resolves before the network service knows of it. No bypass list is likely to have this host. */
const PROXY_QUESTION = 'https://proxy-question.invalid/'
const MOST_QUESTIONS = 50

/** The connections broke with it, as `code` says; what was sent before may have arrived. */
class ServiceDied extends Error {
  readonly code = 'ECONNRESET'
}

export interface Network {
  /**
   * Rejects with the code `NETWORK_SERVICE_GONE`, or one of `ProxySignIn`, where the request certainly did not reach its
   * server.
   */
  fetch(url: string, init: NetworkInit): Promise<Response>
  /** What is under way ends as it began. */
  setProxy(proxy: ProxySettings): void
  /** null: none is saved. */
  setSignIn(credentials: ProxyCredentials | null): void
  signIn(): ProxyCredentials | null
  /** The proxies that a request may go through, in their order, as addresses with scheme and port. Empty: none. */
  route(url: string): Promise<readonly string[]>
  /** Of the route, the proxy that required a sign-in last and got none, or else its first. */
  signInProxy(url: string): Promise<string | null>
}

/** One session with the proxy and the sign-in that were in force when it was opened. */
interface Line {
  readonly session: Session
  readonly isReady: Promise<void>
  readonly signIn: ProxySignIn
  /** Requests whose answers, bodies included, are not complete. */
  unfinished: number
}

/** After `ready`. */
export function createNetwork(parts: {
  readonly proxy: ProxySettings
  /** The proxy said no to the saved sign-in, which is as `Network.signIn` gives it now. */
  readonly rejected: () => void
  /** Something was refused, or a session was replaced: an event name and fields for the log. */
  readonly log: (event: string, fields: Readonly<Record<string, unknown>>) => void
  readonly certificateRefused: (certificate: RefusedCertificate) => void
}): Network {
  const { monotonic } = systemClock()
  let proxy = parts.proxy
  let credentials: ProxyCredentials | null = null
  let asking: string | null = null
  let current: Line | null = null
  let sessions = 0
  const underWay = new Map<(reason: Error) => void, Line>()

  const open = (): Line => {
    sessions += 1
    const opened = session.fromPartition(`main-${sessions}`)
    restrictSession(opened, parts.log, null)
    watchCertificates(opened, parts.certificateRefused)
    const signIn = new ProxySignIn({
      credentials: () => (current?.session === opened ? credentials : null),
      rejected(rejected) {
        credentials = { ...rejected, rejected: true }
        parts.log('network.proxy-sign-in-rejected', { proxy: rejected.proxy })
        parts.rejected()
      },
      missing(hostAndPort) {
        asking = hostAndPort
      },
      monotonic,
      delay: systemDelay,
    })
    const isReady = applyProxy(opened, proxyConfigOf(proxy, app.commandLine))
    return { session: opened, isReady, signIn, unfinished: 0 }
  }
  const line = (): Line => {
    current ??= open()
    return current
  }
  /** A session that is given up must not keep the sign-in; to clear it ends its connections. */
  const clearUnused = (used: Line) => {
    if (used !== current && used.unfinished === 0) void used.session.clearAuthCache().catch(() => undefined)
  }
  const replace = () => {
    const used = current
    current = null
    if (used !== null) clearUnused(used)
  }
  const abandon = (used: Line) => {
    if (current !== used) return
    current = null
    parts.log('network.session-replaced', { sessions })
  }
  const send = (
    used: Line,
    url: string,
    init: NetworkInit,
    signIn: SignInTurn['answer'] = (_info, decline) => decline(),
  ): Promise<Response> =>
    new Promise((resolve, reject) => {
      underWay.set(reject, used)
      used.unfinished += 1
      const closed = () => {
        used.unfinished -= 1
        clearUnused(used)
      }
      fetchOver(used.session, url, init, { signIn, closed })
        .then(resolve, reject)
        .finally(() => underWay.delete(reject))
    })
  /**
   * Called before each request: when one fails because the service is dead, it is unknown whether it was sent, and it
   * may have spent a refresh token.
   */
  const isAlive = async (used: Line, signal: AbortSignal | null): Promise<boolean> => {
    try {
      await send(used, REFUSED_ADDRESS, { signal })
      return true
    } catch (error) {
      signal?.throwIfAborted()
      return !(
        error instanceof ServiceDied ||
        (error instanceof Error && error.message === 'net::ERR_FAILED')
      )
    }
  }
  const routeOver = async (used: Line, url: string) => {
    await used.isReady
    return proxiesIn(await used.session.resolveProxy(url))
  }
  /** null: nothing was sent, since the session is another one now; `dead`: since it is broken. */
  const sendOver = async (used: Line, url: string, init: NetworkInit): Promise<Response | 'dead' | null> => {
    const signal = init.signal ?? null
    await used.isReady
    const turn = await used.signIn.turn(() => routeOver(used, url), signal)
    try {
      if (!(await isAlive(used, signal))) return 'dead'
      if (used !== current) return null
      const response = await send(used, url, init, turn.answer)
      if (response.status !== PROXY_AUTHENTICATION_REQUIRED) turn.passed()
      else if (turn.isRejected()) {
        // Its body breaks off as well.
        response.body?.cancel().catch(() => undefined)
        throw signInFailure('PROXY_SIGN_IN_REJECTED')
      }
      return response
    } catch (error) {
      throw turn.isRejected() ? signInFailure('PROXY_SIGN_IN_REJECTED') : error
    } finally {
      turn.end()
    }
  }

  // With rules on the session Chromium leaves the requests that were under way open for ever.
  app.on('child-process-gone', async (_event, { serviceName }) => {
    if (serviceName !== NETWORK_SERVICE) return
    for (const used of new Set(underWay.values())) {
      if (await isAlive(used, null)) continue
      for (const [fail, its] of underWay) if (its === used) fail(new ServiceDied())
    }
  })

  return {
    async fetch(url, init) {
      for (let tries = 0; tries < MOST_TRIES; ) {
        const used = line()
        const answer = await sendOver(used, url, init)
        if (answer instanceof Response) return answer
        if (answer === null) continue
        abandon(used)
        await systemDelay(FIRST_PAUSE * 2 ** tries, init.signal ?? undefined)
        tries += 1
      }
      throw Object.assign(new Error('There is no network service.'), { code: 'NETWORK_SERVICE_GONE' })
    },
    setProxy(next) {
      proxy = next
      replace()
    },
    setSignIn(next) {
      if (next === credentials) return
      credentials = next
      replace()
    },
    signIn: () => credentials,
    route: (url) => routeOver(line(), url),
    async signInProxy(url) {
      const able = (await routeOver(line(), url)).filter((each) => /^https?:/.test(each))
      return able.find((each) => hostAndPortOf(each) === asking) ?? able[0] ?? null
    },
  }
}

/**
 * Resolves when the network service goes by it, so that no request takes the way it had before; null: nothing is set. A list
 * of exceptions that covers every host cannot be told from that way: it is waited for in vain, and changes nothing.
 */
async function applyProxy(opened: Session, config: ProxyConfig | null): Promise<void> {
  if (config === null) return
  await opened.setProxy(config)
  if (config.mode === 'pac_script') return
  for (let questions = 0; questions < MOST_QUESTIONS; questions += 1) {
    const proxies = proxiesIn(await opened.resolveProxy(PROXY_QUESTION))
    if ((config.mode === 'fixed_servers') === proxies.length > 0) return
    await systemDelay(FIRST_PAUSE)
  }
}
