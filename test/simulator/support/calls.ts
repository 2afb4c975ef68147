// The requests a caller of Webex makes, over real HTTP, and their answers as tests like to read them.
import { createHash } from 'node:crypto'
import { present } from './present.ts'
import type { Running } from './running.ts'

export type Answered = {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body as an object; empty if it is none. */
  readonly body: Readonly<Record<string, unknown>>
}

export type Credentials = { readonly clientId: string; readonly clientSecret: string }

export async function send(url: string, init: RequestInit = {}): Promise<Answered> {
  const response = await fetch(url, { redirect: 'manual', ...init })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: objectIn(text) }
}

export const postForm = (simulator: Running, fields: Record<string, string>) =>
  send(`${simulator.baseUrl}/access_token`, { method: 'POST', body: new URLSearchParams(fields) })

/** Tier 1 with a service app's credentials, tier 3 with the integration's. */
export const refresh = (simulator: Running, of: Credentials, refreshToken: string) =>
  postForm(simulator, {
    grant_type: 'refresh_token',
    client_id: of.clientId,
    client_secret: of.clientSecret,
    refresh_token: refreshToken,
  })

export const get = (simulator: Running, path: string, bearer?: string) =>
  send(`${simulator.baseUrl}${path}`, {
    headers: bearer === undefined ? {} : { Authorization: `Bearer ${bearer}` },
  })

export type Tier2 = {
  readonly appId?: string
  readonly bearer?: string | null
  readonly body?: unknown
  readonly contentType?: string
}

/** Tier 2 for the first service app in its first org, unless told otherwise. */
export function tier2(simulator: Running, changes: Tier2 = {}): Promise<Answered> {
  const { app, org } = first(simulator)
  const body = changes.body ?? {
    clientId: app.clientId,
    clientSecret: app.clientSecret,
    targetOrgId: org.orgId,
  }
  const bearer = changes.bearer === undefined ? simulator.integration.accessToken : changes.bearer
  return send(`${simulator.baseUrl}/applications/${changes.appId ?? app.appId}/token`, {
    method: 'POST',
    headers: {
      'Content-Type': changes.contentType ?? 'application/json',
      ...(bearer === null ? {} : { Authorization: `Bearer ${bearer}` }),
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

export function first(simulator: Running) {
  const app = present(simulator.serviceApps[0], 'the first service app')
  return { app, org: present(app.orgs[0], 'its first org') }
}

export const VERIFIER = 'a-verifier-of-at-least-forty-three-characters'
export const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')

/** null takes a parameter out. */
export function authorizeUrl(simulator: Running, changes: Record<string, string | null> = {}): string {
  const fields = {
    response_type: 'code',
    client_id: simulator.integration.clientId,
    redirect_uri: simulator.integration.redirectUri,
    scope: 'spark:applications_token',
    state: 'a state & more',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
    ...changes,
  }
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) if (value !== null) query.set(name, value)
  return `${simulator.baseUrl}/authorize?${query}`
}

/** Opens the consent page and decides; answers the redirect. */
export async function decide(url: string, decision: 'accept' | 'decline'): Promise<Answered> {
  const page = await send(url)
  const consent = present(/name="consent" value="([^"]+)"/.exec(page.text)?.[1], 'the consent')
  const action = present(/action="([^"]+)"/.exec(page.text)?.[1], 'the form')
  const body = new URLSearchParams({ consent, decision })
  return send(new URL(action, url).href, { method: 'POST', body })
}

/** Where a redirect leads. */
export const locationOf = (answer: Answered): URL =>
  new URL(present(answer.headers.get('Location'), 'a Location'))

export async function newCode(simulator: Running): Promise<string> {
  const redirect = await decide(authorizeUrl(simulator), 'accept')
  return present(locationOf(redirect).searchParams.get('code'), 'a code')
}

export const exchange = (simulator: Running, code: string, changes: Record<string, string> = {}) =>
  postForm(simulator, {
    grant_type: 'authorization_code',
    client_id: simulator.integration.clientId,
    client_secret: simulator.integration.clientSecret,
    code,
    redirect_uri: simulator.integration.redirectUri,
    code_verifier: VERIFIER,
    ...changes,
  })

export const stringIn = (answer: Answered, field: string): string => {
  const value = answer.body[field]
  if (typeof value !== 'string') throw new Error(`no ${field} in ${answer.text}`)
  return value
}

function objectIn(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}
