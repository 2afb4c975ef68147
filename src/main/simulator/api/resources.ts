// The APIs a token is used for (expiry, data source schemas, people, meetings, rooms, contact center), and the bearer they are
// called with (RFC 6750).
import { SCHEMA_ID } from '../data-source-store.ts'
import { webexId } from '../identifiers.ts'
import { type AccessToken, isLiveAccess } from '../model.ts'
import type { Call, World } from '../world.ts'
import { type Answer, type JsonObject, ok, webexError } from './answers.ts'

const SCHEMA: JsonObject = {
  id: SCHEMA_ID,
  appType: 'serviceApp',
  protocol: 'gRPC',
  serviceType: 'contactCenter',
  url: 'https://schemas.invalid/voice-virtual-agent.proto',
  createdAt: '2024-09-05T01:35:04.772Z',
}

/** Webex's own 401. An unknown, killed or expired token gets the very same as none. */
export function unauthorized(call: Call): Answer {
  const message = 'The request requires a valid access token set in the Authorization request header.'
  return webexError(401, 'unauthorized', call.trackingId, message)
}

export type Handler = (call: Call, world: World) => Answer

/** Serves a valid token that has the scope; null: any valid one. */
export function withToken(
  scope: string | null,
  serve: (token: AccessToken, call: Call, world: World) => Answer,
): Handler {
  return (call, world) => {
    const bearer = bearerOf(call, world)
    if (bearer.kind !== 'live') return unauthorized(call)
    if (scope !== null && !bearer.token.grant.client.scopes.includes(scope)) return forbidden(call)
    return serve(bearer.token, call, world)
  }
}

export const answerTokenExpiry = withToken(null, (token) => ok({ exp: token.expiresAt }))

export const answerSchemas = withToken(null, () => ok({ items: [SCHEMA] }))

export const schemaOf = (id: string) =>
  withToken(null, (_token, call) => (id === SCHEMA_ID ? ok(SCHEMA) : notFound(call)))

/** 403 to a service app, and to an integration without people scopes. */
export const answerPeopleMe = withToken('spark:people_read', (token) =>
  ok({
    id: webexId('PEOPLE', token.grant.orgUuid),
    emails: ['ada.admin@acme.invalid'],
    displayName: 'Ada Admin',
    firstName: 'Ada',
    lastName: 'Admin',
    orgId: token.grant.orgId,
    created: '2015-10-18T14:26:16.000Z',
    status: 'active',
    invitePending: 'false',
    loginEnabled: 'true',
    type: 'person',
  }),
)

/** A list that needs a scope of its own and is always empty. */
export const emptyList = (scope: string) => withToken(scope, () => ok({ items: [] }))

const contacts = withToken('cjp:config_read', () => ok({ meta: { count: 0 }, data: [] }))

/** Contact Center answers 403, not 401, to a token that was good once. */
export const answerContactCenter: Handler = (call, world) =>
  bearerOf(call, world).kind === 'dead' ? forbidden(call) : contacts(call, world)

export const answerUnknown = withToken(null, (_token, call) => notFound(call))

export const answerWrongMethod = withToken(null, (_token, call) =>
  webexError(405, 'method not allowed', call.trackingId, 'Method Not Allowed'),
)

function forbidden(call: Call): Answer {
  const message = 'The access token does not have the rights this request needs.'
  return webexError(403, 'forbidden', call.trackingId, message)
}

export function notFound(call: Call): Answer {
  return webexError(404, 'not found', call.trackingId, 'The requested resource could not be found.')
}

/** Who presents a bearer, and whether it is still accepted. */
type Bearer =
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'dead'; readonly token: AccessToken }
  | { readonly kind: 'live'; readonly token: AccessToken }

export function presentedToken(authorization: string | null): string | null {
  return /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? null
}

export function bearerOf(call: Call, world: World): Bearer {
  const value = presentedToken(call.authorization)
  if (value === null) return { kind: 'none' }
  const token = world.tokens.findAccess(value)
  if (token === undefined) return { kind: 'unknown' }
  return { kind: isLiveAccess(token, call.now) ? 'live' : 'dead', token }
}
