// GET and POST /authorize: a person authorizes the integration (RFC 6749 section 4.1, RFC 7636).
import { type Answer, html, redirect } from '../api/answers.ts'
import type { Integration } from '../model.ts'
import { consentPage, refusalPage } from '../portal/pages.ts'
import type { Call, World } from '../world.ts'
import type { AuthorizationRequest } from './codes.ts'

type Checked =
  | { readonly kind: 'good'; readonly request: AuthorizationRequest }
  /** Nobody may be redirected: the client or its redirect URI is not to be trusted. */
  | { readonly kind: 'refused'; readonly why: string }
  | {
      readonly kind: 'error'
      readonly location: string
      readonly error: 'invalid_request' | 'invalid_scope' | 'unsupported_response_type'
    }

const SINGLE = [
  'client_id',
  'redirect_uri',
  'response_type',
  'scope',
  'state',
  'code_challenge',
  'code_challenge_method',
]

/** Shows the consent page, or the reason why not: to the redirect URI if it can be trusted, else on a page. */
export function showConsent(call: Call, world: World): Answer {
  const checked = checkRequest(call.query, world.directory.integration)
  switch (checked.kind) {
    case 'refused':
      return refuse(checked.why)
    case 'error':
      return redirect(checked.location, checked.error)
    case 'good': {
      const id = world.codes.ask(checked.request, call.now)
      return html(200, consentPage(id, checked.request), 'consent shown')
    }
  }
}

/** The consent page's form: sends the person back with a code, or with `access_denied`. */
export function decideConsent(call: Call, world: World): Answer {
  const form = new URLSearchParams(call.body)
  const request = world.codes.decide(form.get('consent') ?? '', call.now)
  if (request === null) return refuse('This consent was already decided, or waited too long. Start again.')
  const { redirectUri, state } = request
  if (form.get('decision') === 'accept') {
    const code = world.codes.issue(request, call.now)
    world.secrets.add(code)
    return redirect(withFields(redirectUri, { code, state }), 'code issued')
  }
  const fields = { error: 'access_denied', error_description: 'The person declined the request.', state }
  return redirect(withFields(redirectUri, fields), 'declined')
}

function checkRequest(query: URLSearchParams, integration: Integration): Checked {
  const twice = SINGLE.find((name) => query.getAll(name).length > 1)
  if (twice !== undefined) return { kind: 'refused', why: `The parameter ${twice} is there twice.` }
  if (query.get('client_id') !== integration.clientId) {
    return { kind: 'refused', why: 'There is no integration with this client_id.' }
  }
  const redirectUri = query.get('redirect_uri')
  if (redirectUri !== integration.redirectUri) {
    const why = 'The redirect_uri is not one registered for this integration. It has to match exactly.'
    return { kind: 'refused', why }
  }
  const state = query.get('state')
  const wrong = (error: Extract<Checked, { kind: 'error' }>['error'], why: string): Checked => {
    const location = withFields(redirectUri, { error, error_description: why, state })
    return { kind: 'error', location, error }
  }
  if (query.get('response_type') !== 'code') {
    return wrong('unsupported_response_type', 'response_type has to be "code".')
  }
  const scope = (query.get('scope') ?? '').split(' ').filter((word) => word !== '')
  if (scope.length === 0) return wrong('invalid_scope', 'scope is required.')
  const foreign = scope.find((word) => !integration.scopes.includes(word))
  if (foreign !== undefined)
    return wrong('invalid_scope', `The integration was not given the scope ${foreign}.`)
  const codeChallenge = query.get('code_challenge') ?? ''
  if (!/^[A-Za-z0-9_-]{43}$/.test(codeChallenge)) {
    return wrong('invalid_request', 'code_challenge is required: 43 characters of base64url.')
  }
  if (query.get('code_challenge_method') !== 'S256') {
    return wrong('invalid_request', 'code_challenge_method has to be "S256".')
  }
  return { kind: 'good', request: { redirectUri, scope: scope.join(' '), state, codeChallenge } }
}

function refuse(why: string): Answer {
  return html(400, refusalPage(why), 'invalid_request')
}

function withFields(redirectUri: string, fields: Record<string, string | null>): string {
  const url = new URL(redirectUri)
  for (const [name, value] of Object.entries(fields)) if (value !== null) url.searchParams.set(name, value)
  return url.href
}
