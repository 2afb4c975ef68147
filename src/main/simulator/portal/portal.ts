// The portal: the credentials on a page at `/`, and the control over HTTP, POST /_control/<command> with JSON.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import type { Control } from '../control.ts'
import { faultSchema } from '../faults/fault-kinds.ts'
import type { Ledger } from '../ledger.ts'
import type { FirstTokens } from '../oauth/first-tokens.ts'
import { behaviourSchema, lifetimesSchema, seconds } from '../options.ts'
import type { Interceptor } from '../server.ts'
import { portalPage } from './pages.ts'

const PREFIX = '/_control'
const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/

const nothing = z.strictObject({})
const app = z.strictObject({ app: z.string() })
const appInOrg = z.strictObject({ app: z.string(), orgId: z.string() })
const oneSource = appInOrg.extend({ id: z.string() })
const org = z.strictObject({ orgId: z.string(), app: z.string().exactOptional() })
const ms = z.strictObject({ ms: z.int() })

export type Portal = {
  readonly control: Control
  readonly ledger: Ledger
  readonly credentials: FirstTokens
}

type Command = (control: Control, input: unknown) => unknown

function command<T>(schema: z.ZodType<T>, run: (control: Control, input: T) => unknown): Command {
  return (control, input) => run(control, schema.parse(input))
}

export const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ['kill-refresh-token', command(appInOrg, (control, at) => control.killRefreshToken(at.app, at.orgId))],
  ['kill-access-token', command(appInOrg, (control, at) => control.killAccessToken(at.app, at.orgId))],
  ['kill-integration', command(nothing, (control) => control.killIntegration())],
  ['revive-integration', command(nothing, (control) => control.reviveIntegration())],
  ['expire-integration-access', command(nothing, (control) => control.expireIntegrationAccess())],
  ['deauthorise-org', command(org, (control, at) => control.deauthoriseOrg(at.orgId, at.app))],
  ['authorise-org', command(org, (control, at) => control.authoriseOrg(at.orgId, at.app))],
  ['regenerate-secret', command(app, (control, at) => control.regenerateSecret(at.app))],
  [
    'set-scopes',
    command(app.extend({ scopes: z.array(z.string()) }), (control, to) =>
      control.setScopes(to.app, to.scopes),
    ),
  ],
  [
    'register-data-source',
    command(appInOrg.extend({ lifetimeMinutes: z.int().positive().exactOptional() }), (control, at) =>
      control.registerDataSource(at.app, at.orgId, at.lifetimeMinutes),
    ),
  ],
  [
    'remove-data-source',
    command(oneSource, (control, at) => control.removeDataSource(at.app, at.orgId, at.id)),
  ],
  [
    'set-data-source-status',
    command(oneSource.extend({ status: z.enum(['active', 'disabled']) }), (control, at) =>
      control.setDataSourceStatus(at.app, at.orgId, at.id, at.status),
    ),
  ],
  ['set-lifetimes', command(lifetimesSchema, (control, to) => control.setLifetimes(to))],
  ['set-behaviour', command(behaviourSchema, (control, to) => control.setBehaviour(to))],
  ['set-latency', command(ms, (control, to) => control.setLatency(to.ms))],
  ['set-date-skew', command(ms, (control, to) => control.setDateSkew(to.ms))],
  ['fault', command(faultSchema, (control, fault) => control.fault(fault))],
  [
    'clear-faults',
    command(z.strictObject({ id: z.int().exactOptional() }), (control, { id }) => control.clearFaults(id)),
  ],
  [
    'issue-personal-access-token',
    command(z.strictObject({ ttlSeconds: seconds.exactOptional() }), (control, { ttlSeconds }) =>
      control.issuePersonalAccessToken(ttlSeconds),
    ),
  ],
])

/**
 * Takes `/` and every request under `/_control`. The control is for programs on this machine: requests of pages are
 * rejected.
 */
export function portalInterceptor(portal: Portal): Interceptor {
  return (request, response, path) => {
    if (path === '/' && request.method === 'GET' && isLocal(request)) {
      const { headers, text: page } = portalPage(portal.credentials)
      response.writeHead(200, { 'Content-Type': 'text/html;charset=UTF-8', ...headers }).end(page)
      return true
    }
    if (path !== PREFIX && !path.startsWith(`${PREFIX}/`)) return false
    void answer(request, path.slice(PREFIX.length + 1), portal).then(
      ({ status, body }) => reply(response, status, body),
      () => response.destroy(),
    )
    return true
  }
}

type Reply = { readonly status: number; readonly body: unknown }

const refusal = (status: number, error: string): Reply => ({ status, body: { ok: false, error } })
const success = (value: unknown): Reply => ({ status: 200, body: { ok: true, value: value ?? null } })

async function answer(request: IncomingMessage, name: string, portal: Portal): Promise<Reply> {
  const body = await text(request)
  if (request.headers.origin !== undefined || !isLocal(request)) {
    return refusal(403, 'Only programs on this machine may use the control.')
  }
  if (request.method === 'GET') return answerQuestion(name, portal)
  const run = COMMANDS.get(name)
  if (run === undefined) return refusal(404, `There is no command "${name}".`)
  if (request.method !== 'POST') return refusal(405, 'A command is sent by POST.')
  if (!request.headers['content-type']?.startsWith('application/json')) {
    return refusal(415, 'The body has to be application/json.')
  }
  try {
    return success(run(portal.control, body === '' ? {} : JSON.parse(body)))
  } catch (error) {
    return refusal(400, error instanceof z.ZodError ? z.prettifyError(error) : String(error))
  }
}

/** A foreign name that resolves to this machine (DNS rebinding) is not local. */
const isLocal = (request: IncomingMessage): boolean => LOOPBACK.test(request.headers.host ?? '')

function answerQuestion(name: string, { ledger, credentials }: Portal): Reply {
  switch (name) {
    case '':
      return success({ questions: ['credentials', 'ledger', 'duplicates'], commands: [...COMMANDS.keys()] })
    case 'credentials':
      return success(credentials)
    case 'ledger':
      return success({ pending: ledger.pending, entries: ledger.entries })
    case 'duplicates':
      return success(ledger.duplicates())
    default:
      return refusal(404, `There is no question "${name}".`)
  }
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' })
  response.end(`${JSON.stringify(body)}\n`)
}
