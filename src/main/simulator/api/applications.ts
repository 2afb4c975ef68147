// POST /applications/{appId}/token: a token pair for one service app in one org, with a token manager's bearer (tier
// 2).
import { z } from 'zod'
import { parseJson } from '#base/common/json.ts'
import { authorisationOf } from '../directory.ts'
import { orgUuidOf } from '../identifiers.ts'
import { tokenAnswer } from '../oauth/access-token.ts'
import { killAllTokens } from '../oauth/tokens.ts'
import type { Call, World } from '../world.ts'
import { type Answer, webexError } from './answers.ts'
import { bearerOf, unauthorized } from './resources.ts'

const SCOPE = 'spark:applications_token'
const NOT_AUTHORISED = 'Insufficient permissions or Service App not authorized by Full Admin in Control Hub'

const FIELDS = z.object({
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
  targetOrgId: z.string().min(1),
})

export function answerApplicationToken(appId: string, call: Call, world: World): Answer {
  const fail = (status: number, outcome: Answer['outcome'], message: string, details?: readonly string[]) =>
    webexError(status, outcome, call.trackingId, message, details)
  const bearer = bearerOf(call, world)
  if (bearer.kind !== 'live') return unauthorized(call)
  if (!bearer.token.grant.client.scopes.includes(SCOPE)) return fail(403, 'forbidden', NOT_AUTHORISED)
  if (call.contentType !== 'application/json') return fail(415, 'bad request', 'The body has to be JSON')
  const json = parseJson(call.body)
  const parsed = FIELDS.safeParse(json)
  if (!parsed.success) {
    const missing = parsed.error.issues.map((issue) => `${issue.path.join('.')} is required`)
    const wrong = typeof json === 'object' && json !== null ? missing : ['The body is no JSON object']
    return fail(400, 'bad request', 'Invalid input parameters', wrong)
  }
  const fields = parsed.data
  const app = world.directory.appById(appId)
  if (app === undefined) return fail(404, 'not found', 'Service App not found')
  if (fields.clientId !== app.clientId || fields.clientSecret !== app.clientSecret) {
    return fail(400, 'invalid_client', 'Invalid client credentials', ['The provided clientSecret is invalid'])
  }
  if (orgUuidOf(fields.targetOrgId) === null) {
    return fail(400, 'bad request', 'Invalid input parameters', ['targetOrgId is invalid'])
  }
  const authorisation = authorisationOf(app, fields.targetOrgId)
  if (authorisation?.authorised !== true) return fail(403, 'forbidden', NOT_AUTHORISED)
  const { grant } = authorisation
  const { lifetimes, behaviour } = world.settings
  if (behaviour.tier2ReplacesPair) killAllTokens(grant)
  const refreshTtl = behaviour.omitRefreshTokenTier2 ? null : lifetimes.refreshTtl
  const pair = world.tokens.issue(grant, { now: call.now, accessTtl: lifetimes.accessTtl, refreshTtl })
  return tokenAnswer(pair, call.now, null)
}
