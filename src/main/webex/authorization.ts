// Authorising the token manager integration: the two legs of the authorization code grant (RFC 6749 section 4.1, RFC
// 7636).
import * as oauth from 'oauth4webapi'
import { isLoopback } from '#base/node/loopback.ts'
import type { Authorization } from '#engine/domain/ports.ts'
import type { WebexDependencies } from './client.ts'
import { exchange, requestInit } from './http-exchange.ts'
import { readTokenAnswer } from './response-parser.ts'

/** Webex publishes no metadata document, so its two endpoints are fixed to the base URL. */
export function createAuthorization(parts: WebexDependencies): Authorization {
  const server = (): oauth.AuthorizationServer => ({
    issuer: parts.baseUrl(),
    authorization_endpoint: `${parts.baseUrl()}/authorize`,
    token_endpoint: `${parts.baseUrl()}/access_token`,
  })

  return {
    authorizationUrl({ clientId, redirectUri, scope, state, codeChallenge }) {
      const url = new URL(`${parts.baseUrl()}/authorize`)
      url.search = new URLSearchParams({
        response_type: 'code',
        client_id: clientId,
        redirect_uri: redirectUri,
        scope,
        state,
        code_challenge: codeChallenge,
        code_challenge_method: 'S256',
      }).toString()
      return url.href
    },

    async exchangeCode({ credentials, code, redirectUri, codeVerifier }) {
      const { clientId, clientSecret } = credentials
      const client: oauth.Client = { client_id: clientId }
      const reply = await exchange(parts, (signal) => {
        const as = server()
        // The state was judged where the callback came in; here only the code is left of it.
        const callback = oauth.validateAuthResponse(
          as,
          client,
          new URLSearchParams({ code: code.reveal() }),
          oauth.expectNoState,
        )
        return oauth.authorizationCodeGrantRequest(
          as,
          client,
          oauth.ClientSecretPost(clientSecret.reveal()),
          callback,
          redirectUri,
          codeVerifier.reveal(),
          {
            [oauth.allowInsecureRequests]: isLoopback(new URL(parts.baseUrl()).hostname),
            [oauth.customFetch]: (url, { method, body, headers }) => {
              // Of the library's headers only this one: it names itself as the user agent.
              const init = requestInit(parts, { 'content-type': headers['content-type'] ?? '' })
              return parts.fetch(url, { ...init, method, body: body.toString(), signal })
            },
          },
        )
      })
      // The library's own reading of the answer is left out: Webex's error shapes are not RFC 6749's.
      return readTokenAnswer(reply, { now: parts.clock.now(), sent: [clientSecret, code, codeVerifier] })
    },
  }
}
