// Identity of a request (client, org, endpoint, grant) before it is answered: faults are matched by it, the ledger
// records it.
import { fingerprint } from '#base/node/fingerprint.ts'
import { authorisationOf } from '../directory.ts'
import type { Asked } from '../ledger.ts'
import type { Grant, RefreshToken } from '../model.ts'
import type { Call, World } from '../world.ts'
import { presentedToken } from './resources.ts'
import type { Route } from './routes.ts'

export type Identity = Asked & {
  /** The grant this call would issue tokens under. */
  readonly grant?: Grant
  readonly refreshToken?: RefreshToken
}

export function identify(call: Omit<Call, 'now'>, route: Route, world: World): Identity {
  if (call.method === 'POST' && route.endpoint === 'accessToken') return identifyForm(call.body, world)
  const bearer = presentedToken(call.authorization)
  const presented = bearer === null ? {} : { presentedFingerprint: fingerprint(bearer) }
  if (route.appId !== undefined) return { ...presented, ...identifyTier2(route.appId, call.body, world) }
  const token = bearer === null ? undefined : world.tokens.findAccess(bearer)
  if (token === undefined) return { endpoint: route.endpoint, ...presented }
  return { endpoint: route.endpoint, client: token.grant.client.name, orgId: token.grant.orgId, ...presented }
}

function identifyForm(body: string, world: World): Identity {
  const form = new URLSearchParams(body)
  const client = world.directory.clientById(form.get('client_id') ?? '')
  const grantType = form.get('grant_type')
  const named = client === undefined ? {} : { client: client.name }
  if (grantType === 'authorization_code') return { endpoint: 'code', grantType, ...named }
  if (grantType !== 'refresh_token') return { endpoint: 'accessToken', ...named }
  const value = form.get('refresh_token') ?? ''
  const refreshToken = world.tokens.findRefresh(value)
  const about =
    refreshToken === undefined
      ? {}
      : { refreshToken, grant: refreshToken.grant, orgId: refreshToken.grant.orgId }
  const endpoint = client === undefined ? 'accessToken' : client.kind === 'integration' ? 'tier3' : 'tier1'
  return { endpoint, grantType, ...named, ...about, presentedFingerprint: fingerprint(value) }
}

function identifyTier2(appId: string, body: string, world: World): Identity {
  const app = world.directory.appById(appId)
  const orgId = /"targetOrgId"\s*:\s*"([^"\\]+)"/.exec(body)?.[1]
  const authorisation = app === undefined || orgId === undefined ? undefined : authorisationOf(app, orgId)
  return {
    endpoint: 'tier2',
    ...(app === undefined ? {} : { client: app.name }),
    ...(orgId === undefined ? {} : { orgId: authorisation?.orgId ?? orgId }),
    ...(authorisation === undefined ? {} : { grant: authorisation.grant }),
  }
}
