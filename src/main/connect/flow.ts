// "Connect integration": one authorization code flow at a time, from the button to the stored token manager.
import * as oauth from 'oauth4webapi'
import type { Instant } from '#engine/domain/model.ts'
import { Secret } from '#engine/domain/secret.ts'
import { type Callback, judgeCallback, readRedirectedUrl } from './authorization-response.ts'
import type { Begun, Connect, ConnectDependencies, ConnectRequest, ConnectState } from './connect.ts'
import { type Loopback, openLoopback } from './loopback-server.ts'
import {
  connectedSentence,
  declinedSentence,
  exchangeSentence,
  notRedirectedSentence,
  REQUIRED_SCOPE,
  SENTENCES,
  storeSentence,
} from './messages.ts'
import { findPortOwner } from './port-owner.ts'

/** ms; how long a person has in the browser. */
export const FLOW_LIMIT = 300_000

/** The redirect URI to register at the integration. `localhost`, not `127.0.0.1`: Webex compares byte for byte. */
export function redirectUriOf(port: number): string {
  return `http://localhost:${port}/callback`
}

interface Flow {
  readonly request: ConnectRequest
  readonly redirectUri: string
  readonly state: string
  readonly codeVerifier: Secret
  readonly authorizationUrl: string
  readonly expiresAt: Instant
  /** What the one accepted answer was; null while none has come. */
  taken: 'answered' | 'declined' | null
  /** Resolves when the exchange has come to its end; at once while there is none. */
  exchanged: Promise<void>
  over: boolean
  loopback: Loopback | null
  stopClock: () => void
}

export function createConnect(parts: ConnectDependencies): Connect {
  let current: Flow | null = null
  let starting = false
  let cancelled = false
  let shown: ConnectState = { kind: 'idle' }
  const listeners = new Set<(state: ConnectState) => void>()

  const show = (state: ConnectState) => {
    shown = state
    for (const listener of listeners) listener(state)
  }

  const isUnderWay = () => starting || (current !== null && !current.over)
  const waitingFlow = () => (current !== null && !current.over && current.taken === null ? current : null)

  /** The flow accepts no more answers. The loopback serves what the browser still loads until it closes. */
  const end = (flow: Flow, state: ConnectState) => {
    flow.over = true
    flow.stopClock()
    show(state)
  }
  const fail = (flow: Flow, sentence: string, trackingId: string | null = null) =>
    end(flow, { kind: 'failed', at: parts.clock.now(), sentence, trackingId })

  const closeLoopback = async (flow: Flow) => flow.loopback?.close()

  const receive = (flow: Flow, parameters: URLSearchParams): 'answered' | 'declined' | 'rejected' => {
    const callback = judgeCallback(parameters, flow.state)
    if (callback.kind === 'rejected') return 'rejected'
    // A reload or a second copy of the true answer: shown the same page, exchanged only once.
    if (flow.taken !== null) return flow.taken
    if (flow.over || parts.clock.now() >= flow.expiresAt) return 'rejected'
    parts.bringToFront()
    if (callback.kind === 'error') {
      flow.taken = 'declined'
      fail(flow, declinedSentence(callback, flow.redirectUri))
    } else {
      flow.taken = 'answered'
      flow.stopClock()
      show({ kind: 'exchanging' })
      flow.exchanged = finish(flow, callback)
    }
    return flow.taken
  }

  const finish = async (flow: Flow, { code }: Extract<Callback, { kind: 'code' }>) => {
    const { credentials, managerId } = flow.request
    const { redirectUri, codeVerifier } = flow
    if (!(await parts.webexIsThere())) return fail(flow, SENTENCES.interference)
    const answer = await parts.exchangeCode({ credentials, code, redirectUri, codeVerifier })
    const { trackingId } = answer
    if (answer.kind !== 'ok') return fail(flow, exchangeSentence(answer, redirectUri), trackingId)
    const scopes = answer.value.scope?.split(/[\s,]+/) ?? [REQUIRED_SCOPE]
    if (!scopes.includes(REQUIRED_SCOPE)) return fail(flow, SENTENCES.missingScope, trackingId)
    try {
      const connected = await parts.onConnected({ managerId, credentials, grant: answer.value })
      const sentence = connectedSentence(connected.unsaved)
      end(flow, { kind: 'connected', at: parts.clock.now(), managerId: connected.managerId, sentence })
    } catch (error) {
      fail(flow, `${storeSentence(error)} The integration has to be authorized again.`, trackingId)
    }
  }

  const expire = (flow: Flow) => {
    void closeLoopback(flow)
    fail(flow, SENTENCES.expired)
  }

  const start = async (request: ConnectRequest): Promise<Begun> => {
    // The last flow's server may still be serving its page; it would make the port look taken.
    if (current !== null) await closeLoopback(current)
    try {
      await parts.proveStore()
    } catch (error) {
      return { kind: 'refused', reason: 'store', sentence: storeSentence(error) }
    }
    if (!(await parts.webexIsThere())) {
      return { kind: 'refused', reason: 'network', sentence: SENTENCES.interference }
    }
    const redirectUri = redirectUriOf(request.port)
    const state = oauth.generateRandomState()
    const codeVerifier = oauth.generateRandomCodeVerifier()
    const since = parts.clock.now()
    const flow: Flow = {
      request,
      redirectUri,
      state,
      codeVerifier: new Secret(codeVerifier),
      authorizationUrl: parts.authorizationUrl({
        clientId: request.credentials.clientId,
        redirectUri,
        scope: REQUIRED_SCOPE,
        state,
        codeChallenge: await oauth.calculatePKCECodeChallenge(codeVerifier),
      }),
      expiresAt: since + FLOW_LIMIT,
      taken: null,
      exchanged: Promise.resolve(),
      over: false,
      loopback: null,
      stopClock: () => {},
    }
    const opening = await openLoopback(redirectUri, {
      fetch: parts.fetch,
      clock: parts.clock,
      onCallback: (parameters) => receive(flow, parameters),
    })
    if (opening.kind === 'open') flow.loopback = opening.loopback
    const portTakenBy =
      opening.kind === 'unavailable' && opening.why === 'port-taken'
        ? await findPortOwner(request.port, parts.platform)
        : null
    if (cancelled) {
      await closeLoopback(flow)
      return { kind: 'refused', reason: 'cancelled', sentence: 'The authorization was cancelled.' }
    }
    current = flow
    flow.stopClock = parts.clock.after(FLOW_LIMIT, () => expire(flow))
    const { expiresAt, authorizationUrl } = flow
    const waiting = { kind: 'waiting', since, expiresAt, redirectUri, portTakenBy } as const
    if (opening.kind === 'unavailable') {
      show({ ...waiting, listening: false, problem: PROBLEMS[opening.why] })
    } else {
      show({ ...waiting, listening: true, problem: null })
      // Not waited for: a desktop may hand over the URL and never say so.
      parts.openBrowser(authorizationUrl).catch(() => {
        // The URL can still be copied into a browser.
        if (waitingFlow() === flow) show({ ...waiting, listening: true, problem: 'no-browser' })
      })
    }
    return { kind: 'waiting', authorizationUrl, redirectUri, expiresAt }
  }

  return {
    async begin(request) {
      if (isUnderWay()) return { kind: 'refused', reason: 'busy', sentence: SENTENCES.busy }
      starting = true
      cancelled = false
      try {
        return await start(request)
      } finally {
        starting = false
      }
    },

    async cancel() {
      cancelled = true
      if (current === null) return
      if (waitingFlow() !== null) end(current, { kind: 'idle' })
      await current.exchanged
      await closeLoopback(current)
    },

    pasteRedirectedUrl(url) {
      const flow = waitingFlow()
      if (flow === null) return { kind: 'rejected', sentence: SENTENCES.nothingWaits }
      const parameters = readRedirectedUrl(url, flow.redirectUri)
      if (parameters === null) return { kind: 'rejected', sentence: notRedirectedSentence(flow.redirectUri) }
      if (receive(flow, parameters) === 'rejected') {
        return { kind: 'rejected', sentence: SENTENCES.foreignUrl }
      }
      void closeLoopback(flow)
      return { kind: 'taken' }
    },

    authorizationUrl: () => waitingFlow()?.authorizationUrl ?? null,
    state: () => shown,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

const PROBLEMS = {
  'port-taken': 'port-taken',
  'not-allowed': 'port-not-allowed',
  'not-reached': 'localhost-leads-elsewhere',
} as const
