// Option values: what was typed behind the options of a command, checked.
import { durationOf, inWords } from '#base/common/duration.ts'
import { didYouMean } from '#base/common/near-text.ts'
import { quoted } from '#contract/value-rules.ts'
import { LONGEST_PAUSE } from '../protocol.ts'
import {
  type CommandName,
  commands,
  FORMATS,
  type Format,
  type OptionName,
  SORT_KEYS,
  type SortKey,
  STATES,
} from './command-table.ts'

/** How the app is reached, for every command that sends it a request. */
export interface ConnectionOptions {
  readonly dataFolder: string | null
  readonly start: boolean
  /** ms */
  readonly timeout: number
}

export interface Output {
  readonly format: Format
  /** Of each row; null: all. */
  readonly fields: readonly string[] | null
}

/** What is listed, and in which order; null: all, as the app has them. */
export interface ListChoice {
  readonly states: readonly string[] | null
  readonly app: string | null
  readonly customer: string | null
  readonly sort: SortKey | null
}

/** A token for the environment of a program. */
export interface WantedToken {
  readonly profile: string
  readonly variable: string
}

const DEFAULT_VARIABLE = 'WEBEX_SERVICE_APP_ACCESS_TOKEN'
/** ms */
const DEFAULT_TIMEOUT = 120_000
/** Each is a connection of its own. */
const MOST_TOKENS = 20

export type Values = Readonly<Partial<Record<OptionName, string | boolean | readonly string[]>>> & {
  /** What follows `--json`. */
  readonly fields?: string
}
export type Env = Readonly<Record<string, string | undefined>>

/** The arguments are wrong; its message says how. */
export class UsageError extends Error {}

export function profileOf(kind: CommandName, [profile]: readonly string[]): string {
  if (profile === undefined || profile === '')
    throw new UsageError(`satm ${kind} needs the name of a service app.`)
  return profile
}

export function unknownField(kind: CommandName, field: string): string {
  const { fields = [] } = commands[kind]
  const known = fields.length === 0 ? '' : ` Fields: ${fields.join(', ')}.`
  return `satm ${kind} has no field ${quoted(field)}.${didYouMean(field, fields)}${known}`
}

export function outputOf(kind: CommandName, { output, json, fields }: Values): Output {
  if (output !== undefined && json === true) throw new UsageError('Use either -o or --json.')
  const format = output === undefined ? (json ? 'json' : 'table') : oneOf('-o', String(output), FORMATS)
  if (kind === 'status' && format === 'csv')
    throw new UsageError('satm status is no table: use json or yaml. satm list -o csv has a row for each.')
  if (fields === undefined) return { format, fields: null }
  const wanted = fields.split(',')
  const unknown = wanted.find((field) => !commands[kind].fields?.includes(field))
  if (unknown !== undefined) throw new UsageError(unknownField(kind, unknown))
  return { format, fields: wanted }
}

export function choiceOf({ state, app, customer, sort }: Values): ListChoice {
  const states = state === undefined ? null : String(state).split(',')
  return {
    states: states?.map((each) => oneOf('--state', each, STATES)) ?? null,
    app: app === undefined ? null : String(app),
    customer: customer === undefined ? null : String(customer),
    sort: sort === undefined ? null : oneOf('--sort', String(sort), SORT_KEYS),
  }
}

export function tokensOf([profile]: readonly string[], values: Values): readonly WantedToken[] {
  const more = Array.isArray(values.as) ? values.as.map(wantedToken) : []
  if (profile === undefined && more.length > 0) {
    if (values.variable !== undefined) throw new UsageError('--variable is for PROFILE; --as has its own.')
  } else more.unshift({ profile: profileOf('exec', [profile ?? '']), variable: variableOf(values) })
  const names = more.map(({ variable }) => variable)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) throw new UsageError(`Two tokens are to be in ${twice}. Choose another name.`)
  if (more.length > MOST_TOKENS) throw new UsageError(`A program can get ${MOST_TOKENS} tokens at most.`)
  return more
}

/** A name may contain "=", a variable not. */
function wantedToken(text: string): WantedToken {
  const end = text.lastIndexOf('=')
  if (end < 1) throw new UsageError(`--as must be PROFILE=NAME, not ${quoted(text)}.`)
  return { profile: text.slice(0, end), variable: variableIn('--as', text.slice(end + 1)) }
}

export function reachingOf(values: Values, env: Env): ConnectionOptions {
  const folder = values['data-folder']
  if (folder === '') throw new UsageError('--data-folder must name a folder.')
  const isStartUnwanted = !['', '0', 'false', 'no'].includes(env.SATM_NO_START ?? '')
  const named = values.timeout === undefined && env.SATM_TIMEOUT ? 'SATM_TIMEOUT' : '--timeout'
  const timeout = durationNamed(named, values.timeout ?? (env.SATM_TIMEOUT || undefined))
  if (timeout === 0) throw new UsageError(notADuration(named, '0'))
  return {
    dataFolder: folder === undefined ? null : String(folder),
    start: values['no-start'] !== true && !isStartUnwanted,
    timeout: timeout ?? DEFAULT_TIMEOUT,
  }
}

export const minTtlOf = (values: Values): number | null => durationIn('min-ttl', values['min-ttl'])

/** ms; null: of one service app, which is paused until it is resumed. */
export function pauseOf(profile: string | null, values: Values): number | null {
  const duration = durationIn('for', values.for)
  if ((duration === null) !== (profile !== null))
    throw new UsageError('Use --for with --all, and only with it: satm pause --all --for 2h.')
  if (duration === null || (duration > 0 && duration <= LONGEST_PAUSE)) return duration
  throw new UsageError(`--for must be ${inWords(LONGEST_PAUSE)} at most.`)
}

const durationIn = (name: OptionName, value: Values[OptionName]) => durationNamed(`--${name}`, value)

function durationNamed(name: string, value: Values[OptionName]): number | null {
  if (value === undefined) return null
  const length = durationOf(String(value))
  if (length !== null) return length
  throw new UsageError(notADuration(name, String(value)))
}

const notADuration = (name: string, text: string) =>
  `${name} must be a duration such as 90s, 10m, 1h30m or 2d, not ${quoted(text)}.`

export const variableOf = ({ variable = DEFAULT_VARIABLE }: Values) =>
  variableIn('--variable', String(variable))

function variableIn(option: string, name: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return name
  throw new UsageError(
    `${option} must consist of letters, digits and _, and not begin with a digit; not ${quoted(name)}.`,
  )
}

export function limitOf({ limit = '20' }: Values): number {
  const number = /^\d{1,4}$/.test(String(limit)) ? Number(limit) : 0
  if (number >= 1 && number <= 1000) return number
  throw new UsageError(`--limit must be a number from 1 to 1000, not ${quoted(String(limit))}.`)
}

export function oneOf<T extends string>(what: string, text: string, known: readonly T[]): T {
  const found = known.find((each) => each === text)
  if (found === undefined)
    throw new UsageError(
      `${what} must be one of ${known.join(', ')}, not ${quoted(text)}.${didYouMean(text, known)}`,
    )
  return found
}
