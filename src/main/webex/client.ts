// Webex client: the calls of the tiers, the token's expiry, probes, and the question whether Webex answers at all.
import type { Webex } from '#engine/domain/ports.ts'
import type { Secret } from '#engine/domain/secret.ts'
import { exchange, type FetchInit, type HttpDependencies, type Reply, requestInit } from './http-exchange.ts'
import {
  type ReadingContext,
  readExpiryAnswer,
  readPresenceAnswer,
  readProbeAnswer,
  readTokenAnswer,
} from './response-parser.ts'

export interface WebexDependencies extends HttpDependencies {
  /** As `parseBaseUrl` gives it: no trailing slash. Asked for each call, since it is a setting. */
  readonly baseUrl: () => string
}

/** Needs a valid token and no particular scope, and answers anyone without one by Webex's own 401. */
const PRESENCE_PATH = '/dataSources/schemas'

/** The engine's Webex. Never rejects; each call ends soon after 15 s at the latest. */
export function createWebex(parts: WebexDependencies): Webex {
  const send = (path: string, init: Omit<FetchInit, 'signal'>): Promise<Reply> =>
    exchange(parts, (signal) => parts.fetch(`${parts.baseUrl()}${path}`, { ...init, signal }))
  const get = (path: string, bearer: Secret | null) =>
    send(path, {
      ...requestInit(parts, bearer === null ? {} : { authorization: `Bearer ${bearer.reveal()}` }),
      method: 'GET',
    })
  const context = (...sent: readonly Secret[]): ReadingContext => ({ now: parts.clock.now(), sent })

  return {
    async refreshGrant({ clientId, clientSecret }, refreshToken) {
      const reply = await send('/access_token', {
        ...requestInit(parts, { 'content-type': 'application/x-www-form-urlencoded' }),
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'refresh_token',
          client_id: clientId,
          client_secret: clientSecret.reveal(),
          refresh_token: refreshToken.reveal(),
        }).toString(),
      })
      return readTokenAnswer(reply, context(clientSecret, refreshToken))
    },

    async applicationToken(bearer, appId, { clientId, clientSecret }, targetOrgId) {
      const reply = await send(`/applications/${encodeURIComponent(appId)}/token`, {
        ...requestInit(parts, {
          authorization: `Bearer ${bearer.reveal()}`,
          'content-type': 'application/json',
        }),
        method: 'POST',
        body: JSON.stringify({ clientId, clientSecret: clientSecret.reveal(), targetOrgId }),
      })
      return readTokenAnswer(reply, context(bearer, clientSecret))
    },

    async tokenExpiry(accessToken) {
      return readExpiryAnswer(await get('/authorizations/tokenExpiry', accessToken), context(accessToken))
    },

    async probe(accessToken, path) {
      return readProbeAnswer(await get(normalizeProbePath(path), accessToken), context(accessToken))
    },

    async isWebexThere() {
      return readPresenceAnswer(await get(PRESENCE_PATH, null), context())
    },
  }
}

/**
 * The path begins with one slash, has no fragment, and a leading `/v1` (which the base URL already has) is dropped:
 * a token goes to no other host.
 */
export function normalizeProbePath(path: string): string {
  const [withoutFragment = ''] = path.trim().split('#', 1)
  const held = `/${withoutFragment.replace(/^[/\\]+/, '')}`
  return held.replace(/^\/v1(?=\/|\?|$)/, '') || '/'
}
