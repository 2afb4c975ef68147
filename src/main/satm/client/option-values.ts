// Option values: what was typed behind the options of a command, checked.
import { durationOf, inWords } from '#base/common/duration.ts'
import { didYouMean } from '#base/common/near-text.ts'
import { quoted } from '#contract/value-rules.ts'
import { LONGEST_PAUSE } from '../protocol.ts'
import { CONSUMER_ACTIONS, type CommandName, commands } from './command-table.ts'
import { FORMATS, type Format, type OptionName, SORT_KEYS, type SortKey, STATES } from './option-table.ts'

/** How the app is reached, for every command that sends it a request. */
export interface ConnectionOptions {
  readonly dataFolder: string | null
  readonly start: boolean
  /** ms */
  readonly timeout: number
  /** Asked in place of the app. */
  readonly server?: RemoteServer
}

/** A token endpoint, mostly on another computer. */
export interface RemoteServer {
  readonly url: URL
  readonly consumerFile: string
  /** null: what the system and Node trust. */
  readonly caFile: string | null
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

export function reachingOf(kind: CommandName, values: Values, env: Env): ConnectionOptions {
  const folder = values['data-folder']
  const server = serverOf(kind, values, env)
  if (folder === '') throw new UsageError('--data-folder must name a folder.')
  const isStartUnwanted = !['', '0', 'false', 'no'].includes(env.SATM_NO_START ?? '')
  const named = values.timeout === undefined && env.SATM_TIMEOUT ? 'SATM_TIMEOUT' : '--timeout'
  const timeout = durationNamed(named, values.timeout ?? (env.SATM_TIMEOUT || undefined))
  if (timeout === 0) throw new UsageError(notADuration(named, '0'))
  return {
    dataFolder: folder === undefined ? null : String(folder),
    start: values['no-start'] !== true && !isStartUnwanted,
    timeout: timeout ?? DEFAULT_TIMEOUT,
    ...(server === null ? {} : { server }),
  }
}

/** ms. */
const PATIENCE = 15 * 60_000

/**
 * For what is not left in doubt once it has begun, and whose answer may contain a secret that is shown once: the backup of a
 * million attempts, or twenty slow commands, take minutes.
 */
export const patiently = (reaching: ConnectionOptions): ConnectionOptions => ({
  ...reaching,
  timeout: Math.max(PATIENCE, reaching.timeout),
})

/** They look at this computer, or at nothing. */
const LOCAL: readonly CommandName[] = ['doctor', 'completion']

/** null: the app of a data folder is asked. */
function serverOf(kind: CommandName, values: Values, env: Env): RemoteServer | null {
  const folder = values['data-folder']
  const named = values.server
  if (named !== undefined && folder !== undefined)
    throw new UsageError('Use either --server or --data-folder.')
  const text = String(named ?? ((folder === undefined && env.SATM_SERVER) || ''))
  if (named === undefined && text === '') {
    const alone = (['consumer-file', 'ca-file'] as const).find((name) => values[name] !== undefined)
    if (alone !== undefined) throw new UsageError(`--${alone} is for --server.`)
    return null
  }
  if (!commands[kind].options.includes('server')) {
    if (LOCAL.includes(kind)) return null
    throw new UsageError(
      `satm ${kind} works only with the app or server of this computer, and SATM_SERVER names another. Unset it, or name the data folder with --data-folder.`,
    )
  }
  const url = serverUrl(named === undefined ? 'SATM_SERVER' : '--server', text)
  const consumerFile = String(values['consumer-file'] ?? env.SATM_CONSUMER_FILE ?? '')
  if (consumerFile === '')
    throw new UsageError(
      'A server needs the secret of a consumer: name its file with --consumer-file or SATM_CONSUMER_FILE.',
    )
  const caFile = String(values['ca-file'] ?? env.SATM_CA_FILE ?? '')
  return { url, consumerFile, caFile: caFile === '' ? null : caFile }
}

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]']

/** Never quoted: people put secrets into URLs. */
function serverUrl(named: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url?.protocol === 'http:' && !LOOPBACK.includes(url.hostname))
    throw new UsageError(
      `${named} must begin with https://: over http others would read the secret and the tokens.`,
    )
  const isHttp = url?.protocol === 'https:' || url?.protocol === 'http:'
  const hasMore =
    url !== null && (url.pathname !== '/' || [url.search, url.hash, url.username].join('') !== '')
  if (url === null || !isHttp || hasMore || /[?#]/.test(text))
    throw new UsageError(`${named} must be https://HOST:PORT, without anything after it.`)
  return url
}

/** `satm confirm`; null: what is held is only listed. */
export function confirmedOf(ids: readonly string[], values: Values): 'all' | readonly string[] | null {
  const ways = [values.list === true, values.all === true, ids.length > 0].filter((is) => is)
  if (ways.length !== 1)
    throw new UsageError('Use --list, --all, or the IDs of what satm confirm --list shows.')
  if (values.yes === true && values.all !== true) throw new UsageError('--yes is for --all.')
  if (values.list === true) return null
  return values.all === true ? 'all' : ids
}

export function managerOf({ name }: Values): string | null {
  if (name === '') throw new UsageError('--name needs the name of an integration.')
  return name === undefined ? null : String(name)
}

/** Of a new integration or one whose client secret has changed; null: those that the app has. */
export function clientOf(values: Values): { readonly clientId: string; readonly file: string | null } | null {
  const [clientId = '', file = ''] = [values['client-id'], values['client-secret-file']].map((value) =>
    value === undefined ? undefined : String(value),
  )
  if (clientId === '' && file === '' && values['client-id'] === undefined) return null
  if (clientId === '') throw new UsageError('--client-secret-file needs --client-id.')
  return { clientId, file: file === '' ? null : file }
}

export type ConsumerArguments =
  | { readonly action: 'list' }
  | { readonly action: 'add'; readonly name: string; readonly profiles: readonly string[] | null }
  | { readonly action: 'remove'; readonly name: string }

export function consumerOf(given: readonly string[], values: Values): ConsumerArguments {
  const [first = '', name = '', more] = given
  const action = CONSUMER_ACTIONS.find((one) => one === first)
  const profiles = Array.isArray(values['service-app']) ? (values['service-app'] as readonly string[]) : null
  if (action === undefined) throw new UsageError('Say list, add or remove: satm consumers add NAME.')
  if (profiles !== null && action !== 'add') throw new UsageError('--service-app is for satm consumers add.')
  if (profiles?.includes('') === true) throw new UsageError('--service-app needs the name of a service app.')
  if (action === 'list') {
    if (given.length > 1) throw new UsageError(`satm consumers list takes no ${quoted(name)}.`)
    return { action }
  }
  if (name === '') throw new UsageError(`satm consumers ${action} needs the name of a consumer.`)
  if (more !== undefined)
    throw new UsageError(
      `satm consumers ${action} takes one name, not ${quoted(more)} as well. Put a name with spaces in quotes.`,
    )
  return action === 'add' ? { action, name, profiles } : { action, name }
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

export const durationIn = (name: OptionName, value: Values[OptionName]) => durationNamed(`--${name}`, value)

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

export function variableIn(option: string, name: string): string {
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
