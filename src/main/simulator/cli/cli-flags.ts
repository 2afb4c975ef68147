// The command line of the standalone simulator: flags -> options and the troubles it starts with, or what is wrong.
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { type FaultInput, faultSchema } from '../faults/fault-kinds.ts'
import { BAD_CLIENT_ANSWERS, DEAD_GRANT_ANSWERS, type SimulatorOptions } from '../options.ts'

/** A service app and one of its orgs, by their places in the printed line. */
export type Place = { readonly app: number; readonly org: number }

export type Trouble =
  | { readonly kind: 'dead-refresh-token' | 'dead-access-token' | 'deauthorised'; readonly at: Place }
  | { readonly kind: 'regenerated-secret'; readonly app: number }
  | { readonly kind: 'dead-integration' }
  | { readonly kind: 'expired-integration-access' }
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

class WrongFlag extends Error {}

export function readCommandLine(args: readonly string[]): CommandLine {
  try {
    const { values } = parseArgs({ args: [...args], options: FLAGS, allowPositionals: false })
    if (values.help === true) return { kind: 'help' }
    return { kind: 'run', options: optionsOf(values), troubles: troublesOf(values) }
  } catch (error) {
    if (error instanceof WrongFlag || isParseArgsError(error))
      return { kind: 'wrong', message: error.message }
    throw error
  }
}

function optionsOf(values: Values): SimulatorOptions {
  const whole = (name: keyof Values, least: number, most = Number.MAX_SAFE_INTEGER) =>
    wholeNumber(name, values[name], least, most)
  return withoutGaps({
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
    ...(values['dead-integration'] === true ? [{ kind: 'dead-integration' } as const] : []),
    ...(values['expired-integration-access'] === true
      ? [{ kind: 'expired-integration-access' } as const]
      : []),
    ...faults,
  ]
}

function wholeNumber(name: string, text: unknown, least: number, most: number): number | undefined {
  if (text === undefined) return undefined
  const number = typeof text === 'string' && /^-?\d+$/.test(text) ? Number(text) : Number.NaN
  if (number >= least && number <= most) return number
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`
  throw new WrongFlag(`--${name} has to be a whole number ${range}, not "${text}".`)
}

const counted = (name: string, text: string): number => wholeNumber(name, text, 1, 100_000) ?? 1

function place(name: string, text: string): Place {
  const [app, org, ...rest] = text.split('/')
  if (app === undefined || org === undefined || rest.length > 0) {
    throw new WrongFlag(`--${name} has to be APP/ORG, such as 1/2, not "${text}".`)
  }
  return { app: counted(name, app), org: counted(name, org) }
}

function oneOf<T extends string>(name: string, text: string | undefined, known: readonly T[]): T | undefined {
  if (text === undefined) return undefined
  const found = known.find((each) => each === text)
  if (found === undefined)
    throw new WrongFlag(`--${name} has to be one of ${known.join(', ')}, not "${text}".`)
  return found
}

function redirectUri(text: string | undefined): string | undefined {
  if (text === undefined || (URL.canParse(text) && /^https?:/.test(text))) return text
  throw new WrongFlag(`--redirect-uri has to be an http or https URL, not "${text}".`)
}

function fault(text: string): FaultInput {
  const json = parseJson(text)
  if (json === null) throw new WrongFlag(`--fault has to be JSON, not "${text}".`)
  const parsed = faultSchema.safeParse(json)
  if (!parsed.success) throw new WrongFlag(`--fault is not one:\n${z.prettifyError(parsed.error)}`)
  return parsed.data
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function isParseArgsError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
}

type WithoutGaps<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

/** Flags that were not given must not stand as undefined where a default belongs. */
function withoutGaps<T extends object>(fields: T): WithoutGaps<T> {
  const present: WithoutGaps<T> = { ...fields }
  for (const key of Object.keys(fields) as (keyof T)[]) if (fields[key] === undefined) delete present[key]
  return present
}
