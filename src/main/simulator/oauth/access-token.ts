// POST /access_token: a code or a refresh token for a token pair, for the integration and for service apps per org.
import { createHash } from 'node:crypto'
import { type Answer, type JsonObject, oauthError, ok, webexError } from '../api/answers.ts'
import { newGrant } from '../directory.ts'
import { type Integration, isLiveRefresh, type ServiceApp, type TokenPair } from '../model.ts'
import type { Behaviour } from '../options.ts'
import type { Call, World } from '../world.ts'
import { isExpiredCode } from './codes.ts'
import { killAllTokens } from './tokens.ts'

const FORM = 'application/x-www-form-urlencoded'

export function answerAccessToken(call: Call, world: World): Answer {
  if (call.contentType !== FORM) return oauthError(400, 'invalid_request', `The body has to be ${FORM}.`)
  const form = new URLSearchParams(call.body)
  const twice = [...form.keys()].find((name) => form.getAll(name).length > 1)
  if (twice !== undefined) return oauthError(400, 'invalid_request', `${twice} is there twice.`)
  const grantType = form.get('grant_type')
  if (grantType === null) return missing('grant_type')
  if (grantType !== 'authorization_code' && grantType !== 'refresh_token') {
    return oauthError(400, 'unsupported_grant_type', 'grant_type is authorization_code or refresh_token.')
  }
  const absent = ['client_id', 'client_secret'].find((name) => !form.get(name))
  if (absent !== undefined) return missing(absent)
  const client = world.directory.clientById(form.get('client_id') ?? '')
  if (client === undefined || client.clientSecret !== form.get('client_secret')) {
    return badClient(world.settings.behaviour.badClientAnswer, call.trackingId)
  }
  return grantType === 'refresh_token'
    ? refreshGrant(form, client, call, world)
    : codeGrant(form, client, call, world)
}

function refreshGrant(
  form: URLSearchParams,
  client: Integration | ServiceApp,
  call: Call,
  world: World,
): Answer {
  const { behaviour, lifetimes } = world.settings
  const presented = form.get('refresh_token')
  if (!presented) return missing('refresh_token')
  const token = world.tokens.findRefresh(presented)
  if (token === undefined || token.grant.client !== client || !isLiveRefresh(token, call.now)) {
    return deadGrant(behaviour.deadGrantAnswer, call.trackingId)
  }
  const isManager = client.kind === 'integration'
  const omitRefreshToken = !isManager && behaviour.omitRefreshTokenTier1
  const { pair, unchanged } = world.tokens.refresh(
    token,
    {
      now: call.now,
      accessTtl: isManager ? lifetimes.managerAccessTtl : lifetimes.accessTtl,
      refreshTtl: isManager ? lifetimes.managerRefreshTtl : lifetimes.refreshTtl,
      omitRefreshToken,
    },
    behaviour,
  )
  const given = omitRefreshToken ? { ...pair, refresh: null } : pair
  const answer = tokenAnswer(given, call.now, client.scopes.join(' '))
  if (unchanged) return { ...answer, outcome: 'unchanged' }
  return token.state === 'rotated' ? { ...answer, spent: token } : answer
}

function codeGrant(
  form: URLSearchParams,
  client: Integration | ServiceApp,
  call: Call,
  world: World,
): Answer {
  if (client.kind !== 'integration') return invalidCode('This client cannot use an authorization code.')
  const absent = ['code', 'redirect_uri', 'code_verifier'].find((name) => !form.get(name))
  if (absent !== undefined) return missing(absent)
  const code = world.codes.find(form.get('code') ?? '')
  if (code === undefined) return invalidCode('The code is not known.')
  if (code.used) {
    if (code.grant !== null) killAllTokens(code.grant)
    return invalidCode('The code was used before. The tokens it gave are revoked.')
  }
  code.used = true
  if (isExpiredCode(code, call.now)) return invalidCode('The code has expired.')
  if (form.get('redirect_uri') !== code.request.redirectUri) {
    return invalidCode('The redirect_uri does not match the one of the authorization request.')
  }
  const verifier = form.get('code_verifier') ?? ''
  world.secrets.add(verifier)
  const challenge = createHash('sha256').update(verifier).digest('base64url')
  if (challenge !== code.request.codeChallenge) return invalidCode('The code_verifier does not fit.')
  const grant = newGrant(client, client.orgUuid)
  client.grants.push(grant)
  code.grant = grant
  const { managerAccessTtl, managerRefreshTtl } = world.settings.lifetimes
  const terms = { now: call.now, accessTtl: managerAccessTtl, refreshTtl: managerRefreshTtl }
  return tokenAnswer(world.tokens.issue(grant, terms), call.now, code.request.scope)
}

/** The token answer (RFC 6749 section 5.1, with Webex's `refresh_token_expires_in`); lifetimes in seconds. */
export function tokenAnswer(pair: TokenPair, now: number, scope: string | null): Answer {
  const secondsLeft = (expiresAt: number) => Math.floor((expiresAt - now) / 1000)
  const { access, refresh } = pair
  const value: JsonObject = {
    ...(scope === null ? {} : { scope }),
    access_token: access.value,
    expires_in: secondsLeft(access.expiresAt),
    ...(refresh === null
      ? {}
      : { refresh_token: refresh.value, refresh_token_expires_in: secondsLeft(refresh.expiresAt) }),
    token_type: 'Bearer',
  }
  return {
    ...ok(value, 'issued'),
    headers: { 'Cache-Control': 'no-store' },
    issued: { access: access.value, refresh: refresh?.value ?? null },
  }
}

const missing = (name: string): Answer => oauthError(400, 'invalid_request', `${name} is required.`)
const invalidCode = (why: string): Answer => oauthError(400, 'invalid_grant', why)

// Which status and shape these two have is unproven, so both are settings.

function deadGrant(as: Behaviour['deadGrantAnswer'], trackingId: string): Answer {
  const why = 'The refresh token is invalid, expired or revoked.'
  switch (as) {
    case 'oauth-400':
      return oauthError(400, 'invalid_grant', why)
    case 'webex-401':
      return webexError(401, 'invalid_grant', trackingId, why)
    case 'code-400': {
      const body = { type: 'json', value: { error: 'invalid_refresh_token' } } as const
      return { ...oauthError(400, 'invalid_grant', why), body }
    }
    case 'empty-401':
      return { ...oauthError(401, 'invalid_grant', why), body: { type: 'empty' } }
  }
}

function badClient(as: Behaviour['badClientAnswer'], trackingId: string): Answer {
  const status = as.endsWith('400') ? 400 : 401
  return as.startsWith('oauth')
    ? oauthError(status, 'invalid_client', 'The client_id or client_secret is wrong.')
    : webexError(status, 'invalid_client', trackingId, 'Invalid client credentials')
}
