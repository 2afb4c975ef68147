// A third-party authorization server at Webex's paths: PKCE required, refresh tokens rotate and a replayed one ends the grant.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Configuration } from 'oidc-provider'
import { REQUIRED_SCOPE } from '#connect/messages.ts'
import { CLIENT } from './harness.ts'
import { closeServer } from './sockets.ts'

export interface AuthorizationServer {
  readonly baseUrl: string
  /** Bodies of the requests at the token endpoint. */
  readonly tokenRequests: readonly URLSearchParams[]
  close(): Promise<void>
}

export async function startAuthorizationServer(redirectUri: string): Promise<AuthorizationServer> {
  const tokenRequests: URLSearchParams[] = []
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { Provider } = await import('oidc-provider')
  const provider = new Provider(issuer, configuration(redirectUri))
  const answer = provider.callback()
  server.on('request', async (request, response) => {
    if (request.url?.startsWith('/interaction/')) {
      // The person signs in and consents without being asked; what they grant is in `loadExistingGrant`.
      await provider.interactionFinished(request, response, { login: { accountId: 'ada' }, consent: {} })
      return
    }
    if (request.url === '/v1/access_token') {
      const chunks: Buffer[] = []
      request.on('data', (chunk) => chunks.push(chunk))
      request.on('end', () => tokenRequests.push(new URLSearchParams(Buffer.concat(chunks).toString())))
    }
    await answer(request, response)
  })
  return { baseUrl: `${issuer}/v1`, tokenRequests, close: () => closeServer(server) }
}

function configuration(redirectUri: string): Configuration {
  return {
    clients: [
      {
        client_id: CLIENT.clientId,
        client_secret: CLIENT.clientSecret.reveal(),
        application_type: 'native',
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    routes: { authorization: '/v1/authorize', token: '/v1/access_token' },
    scopes: ['openid', REQUIRED_SCOPE],
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: async () => true,
    ttl: {
      AccessToken: 3600,
      RefreshToken: 7200,
      AuthorizationCode: 60,
      Grant: 7200,
      Session: 7200,
      Interaction: 60,
    },
    cookies: { keys: ['only for this test'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    findAccount: async (_ctx, accountId) => ({ accountId, claims: async () => ({ sub: accountId }) }),
    loadExistingGrant: async (ctx) => {
      const { client, provider, session } = ctx.oidc
      const grant = new provider.Grant({
        ...(client === undefined ? {} : { clientId: client.clientId }),
        ...(session?.accountId === undefined ? {} : { accountId: session.accountId }),
      })
      grant.addOIDCScope(REQUIRED_SCOPE)
      await grant.save()
      return grant
    },
  }
}

/** Follows redirects with cookies, as a browser would, up to the one that leads to `stopAt`, and returns that. */
export async function browseUntil(url: string, stopAt: string): Promise<string> {
  const cookies = new Map<string, string>()
  let next = url
  for (let step = 0; step < 10; step++) {
    if (next.startsWith(stopAt)) return next
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(next, { redirect: 'manual', headers: { cookie } })
    for (const set of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? []
      cookies.set(name, value)
    }
    const location = response.headers.get('location')
    if (location === null) throw new Error(`${response.status} at ${next}: ${await response.text()}`)
    next = new URL(location, next).href
  }
  throw new Error('redirected without end')
}
