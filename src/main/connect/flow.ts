// "Connect integration": one authorization code flow at a time, from the button to the stored token manager.
import * as oauth from 'oauth4webapi'
import type { Instant } from '#engine/domain/model.ts'
import { Secret } from '#engine/domain/secret.ts'
import { type Callback, judgeCallback, readRedirectedUrl } from './authorization-response.ts'
import type { Begun, Connect, ConnectDependencies, ConnectRequest, ConnectState } from './connect.ts'
import { type Loopback, type Opening, openLoopback } from './loopback-server.ts'
import {
  connectedSentence,
  declinedSentence,
  exchangeSentence,
  hintSentence,
  notRedirectedSentence,
  REQUIRED_SCOPE,
  SENTENCES,
  storeSentence,
  unansweredSentence,
} from './messages.ts'
import { findPortOwner } from './port-owner.ts'

/** ms; how long a person has in the browser. */
export const FLOW_LIMIT = 300_000
/** ms; the browser is on another computer, and the URL is carried there and back. */
export const PASTE_LIMIT = 600_000

/** The redirect URI to register at the integration. `localhost`, not `127.0.0.1`: Webex compares byte for byte. */
export function redirectUriOf(port: number): string {
  return `http://localhost:${port}/callback`
}

const limitOf = ({ isPasteOnly }: ConnectRequest) => (isPasteOnly === true ? PASTE_LIMIT : FLOW_LIMIT)

type WaitingState = Extract<ConnectState, { kind: 'waiting' }>

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
  /** As it was shown last while it waits. */
  waiting: WaitingState
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

  const showWaiting = (flow: Flow, changed: Partial<Pick<WaitingState, 'problem' | 'hint'>>) => {
    if (waitingFlow() !== flow) return
    flow.waiting = { ...flow.waiting, ...changed }
    show(flow.waiting)
  }

  /** The flow accepts no more answers. The loopback serves what the browser still loads until it closes. */
  const end = (flow: Flow, state: ConnectState) => {
    flow.over = true
    flow.stopClock()
    show(state)
  }
  const fail = (flow: Flow, sentence: string, trackingId: string | null = null) =>
    end(flow, {
      kind: 'failed',
      at: parts.clock.now(),
      sentence,
      trackingId,
      unanswered: flow.taken === null,
    })

  const closeLoopback = async (flow: Flow) => flow.loopback?.close()

  const receive = (flow: Flow, parameters: URLSearchParams): 'answered' | 'declined' | 'rejected' => {
    const callback = judgeCallback(parameters, flow.state)
    if (callback.kind === 'unproven-error') {
      showWaiting(flow, { hint: hintSentence(callback.error, flow.redirectUri) })
    }
    if (callback.kind === 'rejected' || callback.kind === 'unproven-error') return 'rejected'
    // A reload or a second copy of the true answer: shown the same page, exchanged only once.
    if (flow.taken !== null) return flow.taken
    if (flow.over || parts.clock.now() >= flow.expiresAt) return 'rejected'
    if (flow.request.isPasteOnly !== true) parts.bringToFront()
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
      fail(flow, `${storeSentence(error)} Authorize the integration again.`, trackingId)
    }
  }

  const expire = (flow: Flow) => {
    void closeLoopback(flow)
    fail(flow, flow.request.isPasteOnly === true ? SENTENCES.pasteExpired : SENTENCES.expired)
  }

  /** Opens the loopback, or notes why only a pasted URL can finish the flow. */
  const listenFor = async (flow: Flow) => {
    const opening = await openLoopback(flow.redirectUri, {
      fetch: parts.fetch,
      clock: parts.clock,
      onCallback: (parameters) => receive(flow, parameters),
      onHttps: () => showWaiting(flow, { problem: 'browser-uses-https' }),
    })
    if (opening.kind === 'open') {
      flow.loopback = opening.loopback
      return
    }
    const { why } = opening
    const portTakenBy = why === 'not-reached' ? null : await findPortOwner(flow.request.port, parts.platform)
    const problem = problemOf(why, portTakenBy, parts.platform)
    flow.waiting = { ...flow.waiting, listening: false, problem, portTakenBy }
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
    const expiresAt = since + limitOf(request)
    const authorizationUrl = parts.authorizationUrl({
      clientId: request.credentials.clientId,
      redirectUri,
      scope: REQUIRED_SCOPE,
      state,
      codeChallenge: await oauth.calculatePKCECodeChallenge(codeVerifier),
    })
    const flow: Flow = {
      request,
      redirectUri,
      state,
      codeVerifier: new Secret(codeVerifier),
      authorizationUrl,
      expiresAt,
      taken: null,
      exchanged: Promise.resolve(),
      over: false,
      waiting: {
        kind: 'waiting',
        since,
        expiresAt,
        redirectUri,
        listening: true,
        problem: null,
        hint: null,
        portTakenBy: null,
      },
      loopback: null,
      stopClock: () => {},
    }
    if (request.isPasteOnly === true)
      flow.waiting = { ...flow.waiting, listening: false, problem: 'command-line' }
    else await listenFor(flow)
    if (cancelled) {
      await closeLoopback(flow)
      return { kind: 'refused', reason: 'cancelled', sentence: 'The authorization was cancelled.' }
    }
    current = flow
    flow.stopClock = parts.clock.after(limitOf(request), () => expire(flow))
    show(flow.waiting)
    if (flow.waiting.listening) {
      // Not waited for: a desktop may hand over the URL and never say so. The URL can still be copied into a browser.
      parts.openBrowser(authorizationUrl).catch(() => showWaiting(flow, { problem: 'no-browser' }))
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
      const parameters = readRedirectedUrl(url)
      if (parameters === null) return { kind: 'rejected', sentence: notRedirectedSentence(flow.redirectUri) }
      if (!parameters.has('code') && !parameters.has('error')) {
        return { kind: 'rejected', sentence: unansweredSentence(flow.redirectUri) }
      }
      if (receive(flow, parameters) === 'rejected') {
        return { kind: 'rejected', sentence: flow.waiting.hint ?? SENTENCES.foreignUrl }
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

/**
 * Why the app cannot listen. Windows answers EACCES both for a port that somebody has and for one in a range that it keeps
 * for itself: https://learn.microsoft.com/windows/win32/winsock/using-so-reuseaddr-and-so-exclusiveaddruse
 */
export function problemOf(
  why: Extract<Opening, { kind: 'unavailable' }>['why'],
  portTakenBy: string | null,
  platform: NodeJS.Platform,
): WaitingState['problem'] {
  if (why === 'not-reached') return 'localhost-leads-elsewhere'
  if (why === 'port-taken' || portTakenBy !== null) return 'port-taken'
  return platform === 'win32' ? 'port-reserved' : 'port-not-allowed'
}
