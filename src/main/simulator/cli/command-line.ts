// Command line of the standalone simulator: flags, the options and the troubles they set, and the text of --help.
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { definedOnly, parseJson } from '#base/common/json.ts'
import { type FaultInput, faultSchema } from '../faults/fault-kinds.ts'
import { BAD_CLIENT_ANSWERS, DEAD_GRANT_ANSWERS, type SimulatorOptions } from '../options.ts'

/** A service app and one of its orgs, by their places in the printed line. */
export type Place = { readonly app: number; readonly org: number }

export type Trouble =
  | { readonly kind: 'dead-refresh-token' | 'dead-access-token' | 'deauthorised'; readonly at: Place }
  | { readonly kind: 'regenerated-secret'; readonly app: number }
  | { readonly kind: 'dead-integration' | 'expired-integration-access' }
  | { readonly kind: 'fault'; readonly fault: FaultInput }

export type CommandLine =
  | { readonly kind: 'run'; readonly options: SimulatorOptions; readonly troubles: readonly Trouble[] }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly message: string }

const FLAGS = {
  help: { type: 'boolean', short: 'h' },
  port: { type: 'string' },
  'redirect-uri': { type: 'string' },
  apps: { type: 'string' },
  orgs: { type: 'string' },
  'access-ttl': { type: 'string' },
  'refresh-ttl': { type: 'string' },
  'manager-access-ttl': { type: 'string' },
  'manager-refresh-ttl': { type: 'string' },
  'no-rotate': { type: 'boolean' },
  slide: { type: 'boolean' },
  'unchanged-within': { type: 'string' },
  'omit-refresh-token-tier1': { type: 'boolean' },
  'omit-refresh-token-tier2': { type: 'boolean' },
  'tier2-replaces-pair': { type: 'boolean' },
  'dead-grant-answer': { type: 'string' },
  'bad-client-answer': { type: 'string' },
  latency: { type: 'string' },
  'date-skew': { type: 'string' },
  'dead-refresh-token': { type: 'string', multiple: true },
  'dead-access-token': { type: 'string', multiple: true },
  deauthorised: { type: 'string', multiple: true },
  'regenerated-secret': { type: 'string', multiple: true },
  'dead-integration': { type: 'boolean' },
  'expired-integration-access': { type: 'boolean' },
  fault: { type: 'string', multiple: true },
} as const

type Values = ReturnType<typeof parseArgs<{ options: typeof FLAGS }>>['values']

class UsageError extends Error {}

export function readCommandLine(args: readonly string[]): CommandLine {
  try {
    const { values } = parseArgs({ args: [...args], options: FLAGS, allowPositionals: false })
    if (values.help === true) return { kind: 'help' }
    return { kind: 'run', options: optionsOf(values), troubles: troublesOf(values) }
  } catch (error) {
    if (error instanceof UsageError || isParseArgsError(error))
      return { kind: 'wrong', message: error.message }
    throw error
  }
}

function optionsOf(values: Values): SimulatorOptions {
  const whole = (name: keyof Values, least: number, most = Number.MAX_SAFE_INTEGER) =>
    wholeNumber(name, values[name], least, most)
  return definedOnly({
    port: whole('port', 0, 65_535),
    redirectUri: redirectUri(values['redirect-uri']),
    apps: whole('apps', 1, 100_000),
    orgs: whole('orgs', 1, 100_000),
    accessTtl: whole('access-ttl', 1),
    refreshTtl: whole('refresh-ttl', 1),
    managerAccessTtl: whole('manager-access-ttl', 1),
    managerRefreshTtl: whole('manager-refresh-ttl', 1),
    rotate: values['no-rotate'] !== true,
    slide: values.slide,
    unchangedWithin: whole('unchanged-within', 0),
    omitRefreshTokenTier1: values['omit-refresh-token-tier1'],
    omitRefreshTokenTier2: values['omit-refresh-token-tier2'],
    tier2ReplacesPair: values['tier2-replaces-pair'],
    deadGrantAnswer: oneOf('dead-grant-answer', values['dead-grant-answer'], DEAD_GRANT_ANSWERS),
    badClientAnswer: oneOf('bad-client-answer', values['bad-client-answer'], BAD_CLIENT_ANSWERS),
    latency: whole('latency', 0),
    dateSkew: whole('date-skew', Number.MIN_SAFE_INTEGER),
    portal: true,
  })
}

function troublesOf(values: Values): readonly Trouble[] {
  const placed = (['dead-refresh-token', 'dead-access-token', 'deauthorised'] as const).flatMap((kind) =>
    (values[kind] ?? []).map((text): Trouble => ({ kind, at: place(kind, text) })),
  )
  const regenerated = (values['regenerated-secret'] ?? []).map((text): Trouble => {
    return { kind: 'regenerated-secret', app: counted('regenerated-secret', text) }
  })
  const faults = (values.fault ?? []).map((text): Trouble => ({ kind: 'fault', fault: fault(text) }))
  return [
    ...placed,
    ...regenerated,
    ...(['dead-integration', 'expired-integration-access'] as const)
      .filter((kind) => values[kind] === true)
      .map((kind) => ({ kind })),
    ...faults,
  ]
}

function wholeNumber(name: string, text: unknown, least: number, most: number): number | undefined {
  if (text === undefined) return undefined
  const number = typeof text === 'string' && /^-?\d+$/.test(text) ? Number(text) : Number.NaN
  if (number >= least && number <= most) return number
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`
  throw new UsageError(`--${name} has to be a whole number ${range}, not "${text}".`)
}

const counted = (name: string, text: string): number => wholeNumber(name, text, 1, 100_000) ?? 1

function place(name: string, text: string): Place {
  const [app, org, ...rest] = text.split('/')
  if (app === undefined || org === undefined || rest.length > 0) {
    throw new UsageError(`--${name} has to be APP/ORG, such as 1/2, not "${text}".`)
  }
  return { app: counted(name, app), org: counted(name, org) }
}

function oneOf<T extends string>(name: string, text: string | undefined, known: readonly T[]): T | undefined {
  if (text === undefined) return undefined
  const found = known.find((each) => each === text)
  if (found === undefined)
    throw new UsageError(`--${name} has to be one of ${known.join(', ')}, not "${text}".`)
  return found
}

function redirectUri(text: string | undefined): string | undefined {
  if (text === undefined || (URL.canParse(text) && /^https?:/.test(text))) return text
  throw new UsageError(`--redirect-uri has to be an http or https URL, not "${text}".`)
}

function fault(text: string): FaultInput {
  const json = parseJson(text)
  if (json == null) throw new UsageError(`--fault has to be JSON, not "${text}".`)
  const parsed = faultSchema.safeParse(json)
  if (!parsed.success) throw new UsageError(`--fault is not one:\n${z.prettifyError(parsed.error)}`)
  return parsed.data
}

function isParseArgsError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
}

/** What `--help` prints. */
export const HELP = `The simulated Webex, alone. Prints one JSON line and runs until SIGTERM or SIGINT.

  npm run simulator -- [flags]

The line: { baseUrl, integration: { clientId, clientSecret, redirectUri, accessToken, refreshToken },
  serviceApps: [{ name, appId, clientId, clientSecret, orgs: [{ orgId, accessToken, refreshToken }] }] }

Who there is
  --port N                      0, the default: a free one
  --redirect-uri URL            of the integration; http://localhost:3000/callback
  --apps N  --orgs N            service apps, and orgs of each; without either two apps, with two orgs and one

Lifetimes, in seconds
  --access-ttl N                1209599
  --refresh-ttl N               7775999
  --manager-access-ttl N        the integration's; same as --access-ttl
  --manager-refresh-ttl N       the integration's; same as --refresh-ttl

What is unproven of Webex
  --no-rotate                   a refresh keeps the refresh token
  --slide                       a refresh gives the refresh token its full lifetime again
  --unchanged-within N          within so many seconds a refresh gives the same pair with the same expiry
  --omit-refresh-token-tier1    refresh answers of service apps carry no refresh token
  --omit-refresh-token-tier2    nor do those of the Applications API
  --tier2-replaces-pair         the Applications API kills the pairs issued before
  --dead-grant-answer A         oauth-400 (default), webex-401, code-400 (invalid_refresh_token) or empty-401
  --bad-client-answer A         oauth-401 (default), oauth-400, webex-401 or webex-400

Troubles from the start (APP and ORG are places in the printed line, from 1)
  --latency MS                  before every answer
  --date-skew MS                added to the Date header; negative as --date-skew=-MS
  --dead-refresh-token APP/ORG  tier 1 is dead; may be repeated, like the next four
  --dead-access-token APP/ORG
  --deauthorised APP/ORG        the org withdrew its authorisation
  --regenerated-secret APP      the printed client secret is wrong
  --fault JSON                  a fault, see below
  --dead-integration            tier 3 and its bearer are dead
  --expired-integration-access  the bearer of tier 2 has expired

While it runs, on the same port: the credentials on a page at /, and the control, JSON both ways, for programs
on this machine only
  GET  /_control                names of all questions and commands
  GET  /_control/credentials    the printed line's, with the orgs' names
  GET  /_control/ledger         everything seen, tokens as fingerprints
  GET  /_control/duplicates     refreshes that should not have been
  POST /_control/<command>      Content-Type: application/json; answers { ok, value } or { ok, error }
    kill-refresh-token, kill-access-token      { app, orgId }
    deauthorise-org, authorise-org             { orgId, app? }
    kill-integration, revive-integration, expire-integration-access   {}
    regenerate-secret                          { app } -> the new secret; app may be "integration"
    set-scopes                                 { app, scopes: [] }; app may be "integration"
    register-data-source                       { app, orgId, lifetimeMinutes? } -> its id
    remove-data-source                         { app, orgId, id }
    set-data-source-status                     { app, orgId, id, status: active|disabled }
    set-lifetimes                              { accessTtl?, refreshTtl?, managerAccessTtl?, managerRefreshTtl? }
    set-behaviour                              { rotate?, slide?, unchangedWithin?, omitRefreshTokenTier1?,
                                                 omitRefreshTokenTier2?, tier2ReplacesPair?, deadGrantAnswer?,
                                                 badClientAnswer?, dataSourceToken?, dataSourcesPerPage? }
    set-latency, set-date-skew                 { ms }
    fault                                      a fault -> its id
    clear-faults                               { id? }
    issue-personal-access-token                { ttlSeconds? } -> the token

A fault: { kind, endpoint, times?, skip?, client?, orgId?, … }
  endpoint  authorize code tier1 tier2 tier3 accessToken tokenExpiry dataSources dataSource dataSourceSchemas
            peopleMe meetings rooms contactCenter jwks unknown, or anyAccessToken, any
  times     how many requests it meets: 1, or "until cleared"; skip: how many pass first
  kind      status { status, shape? webex|oauth|html|empty, message?, error? }
            throttled { retryAfter: { seconds } | { dateInSeconds } | { raw } | "missing" | "absurd", status?, shape? }
            malformed-json, huge-body { bytes? }, redirect { location?, status? }
            missing-field { field }, expires-in { value: negative|zero|string|huge|words|null|boolean|object|list, field? }
            slow-drip { bytesAtOnce?, everyMs? }, hang, reset, date-skew { ms }
  effect    "done": the endpoint did its work before (status, malformed-json, huge-body, redirect, hang, reset);
            "none", the default: it did not

  npm run simulator -- --access-ttl 60 --fault '{"kind":"status","status":503,"endpoint":"tier1","times":3}'
`
