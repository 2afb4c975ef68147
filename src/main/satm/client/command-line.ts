// Command line: arguments -> the command, or what is wrong with them. Without side effects.
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { durationOf } from '#base/common/duration.ts'
import { looksSecret, quoted, shown } from '#contract/value-rules.ts'
import {
  COMMON,
  COMPLETED_SHELLS,
  type CommandName,
  type CompletedShell,
  commandNames,
  commands,
  type OptionName,
  options,
  SHELLS,
  type ShellName,
} from './command-table.ts'
import { type DataSourceArguments, readDataSourceArguments } from './data-source-command.ts'

/** How the app is reached, for every command that sends it a request. */
export interface ConnectionOptions {
  readonly dataFolder: string | null
  readonly start: boolean
  /** ms */
  readonly timeout: number
}

interface Asking {
  readonly reaching: ConnectionOptions
}

export interface AskingForToken extends Asking {
  readonly profile: string
  readonly minTtl: number | null
}

export type Command =
  | { readonly kind: 'help'; readonly of: CommandName | null }
  | { readonly kind: 'version' }
  | { readonly kind: 'wrong'; readonly message: string; readonly of: CommandName | null }
  | { readonly kind: 'completion'; readonly shell: CompletedShell }
  | { readonly kind: 'complete'; readonly words: readonly string[] }
  | (Asking & { readonly kind: 'list'; readonly json: boolean })
  | (Asking & { readonly kind: 'status'; readonly profile: string | null; readonly json: boolean })
  | (AskingForToken & { readonly kind: 'token' })
  | (Asking & { readonly kind: 'refresh'; readonly profile: string | null })
  | (AskingForToken & { readonly kind: 'env'; readonly variable: string; readonly shell: ShellName | null })
  | (AskingForToken & {
      readonly kind: 'exec'
      readonly variable: string
      readonly program: readonly [string, ...string[]]
    })
  | (Asking & DataSourceArguments & { readonly kind: 'data-sources'; readonly json: boolean })
  | (Asking & {
      readonly kind: 'history'
      readonly profile: string | null
      readonly limit: number
      readonly json: boolean
    })

const DEFAULT_VARIABLE = 'WEBEX_SERVICE_APP_ACCESS_TOKEN'
/** ms */
const DEFAULT_TIMEOUT = 120_000

type Values = Readonly<Partial<Record<OptionName, string | boolean>>>

class UsageError extends Error {}

export function readCommandLine(args: readonly string[]): Command {
  if (args[0] === '__complete') return { kind: 'complete', words: args.slice(1) }
  const end = args.indexOf('--')
  const ours = end < 0 ? args : args.slice(0, end)
  const rest = end < 0 ? null : args.slice(end + 1)
  let name: CommandName | null = null
  try {
    const { values, positionals } = parsed(ours)
    const [first, ...given] = positionals
    if (first === 'help') return { kind: 'help', of: named(given[0]) }
    name = named(first)
    if (values.help === true || (name === null && values.version !== true)) return { kind: 'help', of: name }
    if (name === null) return { kind: 'version' }
    return commandOf(name, given, rest, values)
  } catch (error) {
    if (error instanceof UsageError) return { kind: 'wrong', message: error.message, of: name }
    throw error
  }
}

function parsed(args: readonly string[]): { values: Values; positionals: readonly string[] } {
  const known: NonNullable<ParseArgsConfig['options']> = {}
  for (const [name, { value, short }] of Object.entries(options)) {
    known[name] = { type: value === null ? 'boolean' : 'string', ...(short === undefined ? {} : { short }) }
  }
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: known, allowPositionals: true })
    return { values: values as Values, positionals }
  } catch (error) {
    // Its second sentence is about positional arguments, which does not help.
    const message = error instanceof Error ? error.message : String(error)
    if (looksSecret(message)) throw new UsageError('Unknown option.')
    throw new UsageError(`${message.split(/\.\s|\n/, 1)[0]?.replace(/\.$/, '')}.`)
  }
}

function named(text: string | undefined): CommandName | null {
  if (text === undefined) return null
  const found = commandNames.find((name) => name === text)
  if (found === undefined) throw new UsageError(`Unknown command ${quoted(text)}.`)
  return found
}

function commandOf(
  kind: CommandName,
  typed: readonly string[],
  rest: readonly string[] | null,
  values: Values,
): Command {
  const facts = commands[kind]
  for (const name of Object.keys(values) as OptionName[]) {
    if (!facts.options.includes(name) && !COMMON.includes(name)) {
      throw new UsageError(`satm ${kind} has no option --${name}.`)
    }
  }
  // A name may begin with a dash.
  const given = kind === 'exec' ? typed : [...typed, ...(rest ?? [])]
  const most = facts.takes === 'nothing' ? 0 : facts.takes === 'action-and-profile' ? given.length : 1
  if (given.length > most) throw new UsageError(tooMany(kind, given, most))
  const asking = { reaching: reachingOf(values) }
  const json = values.json === true
  switch (kind) {
    case 'list':
      return { kind, ...asking, json }
    case 'status':
      return { kind, ...asking, json, profile: given[0] ?? null }
    case 'token':
      return { kind, ...asking, profile: profileOf(kind, given), minTtl: minTtlOf(values) }
    case 'refresh':
      if ((given.length === 0) !== (values.all === true)) {
        throw new UsageError('Name one service app, or use --all.')
      }
      return { kind, ...asking, profile: given[0] ?? null }
    case 'env': {
      const shell = values.shell === undefined ? null : oneOf('--shell', String(values.shell), SHELLS)
      const profile = profileOf(kind, given)
      return { kind, ...asking, profile, minTtl: minTtlOf(values), variable: variableOf(values), shell }
    }
    case 'exec': {
      const profile = profileOf(kind, given)
      const [program, ...args] = rest ?? []
      if (program === undefined || program === '') throw new UsageError('Add the command to run after --.')
      const more = { minTtl: minTtlOf(values), variable: variableOf(values) }
      return { kind, ...asking, profile, ...more, program: [program, ...args] }
    }
    case 'history':
      return { kind, ...asking, json, profile: given[0] ?? null, limit: limitOf(values) }
    case 'data-sources': {
      const read = readDataSourceArguments(given)
      if (typeof read === 'string') throw new UsageError(read)
      return { kind, ...asking, json, ...read }
    }
    case 'completion':
      return { kind, shell: oneOf('The shell', given[0] ?? '', COMPLETED_SHELLS) }
  }
}

function tooMany(kind: CommandName, given: readonly string[], most: number): string {
  const [name = '', second = ''] = given
  const what = quoted(given[most] ?? '')
  if (kind === 'exec') return `Put -- before the command: satm exec ${shown(name)} -- ${shown(second)} …`
  if (most === 0) return `satm ${kind} takes no ${what}.`
  return `satm ${kind} takes one name, not ${what} as well. Put a name with spaces in quotes.`
}

function profileOf(kind: CommandName, [profile]: readonly string[]): string {
  if (profile === undefined || profile === '')
    throw new UsageError(`satm ${kind} needs the name of a service app.`)
  return profile
}

function reachingOf(values: Values): ConnectionOptions {
  const folder = values['data-folder']
  if (folder === '') throw new UsageError('--data-folder must name a folder.')
  return {
    dataFolder: folder === undefined ? null : String(folder),
    start: values['no-start'] !== true,
    timeout: duration('timeout', values.timeout) ?? DEFAULT_TIMEOUT,
  }
}

const minTtlOf = (values: Values): number | null => duration('min-ttl', values['min-ttl'])

function duration(name: OptionName, text: string | boolean | undefined): number | null {
  if (text === undefined) return null
  const length = durationOf(String(text))
  if (length !== null && (name !== 'timeout' || length > 0)) return length
  throw new UsageError(
    `--${name} must be a duration such as 90s, 10m, 1h30m or 2d, not ${quoted(String(text))}.`,
  )
}

function variableOf({ variable = DEFAULT_VARIABLE }: Values): string {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(String(variable))) return String(variable)
  throw new UsageError(
    `--variable must consist of letters, digits and _, and not begin with a digit; not ${quoted(String(variable))}.`,
  )
}

function limitOf({ limit = '20' }: Values): number {
  const number = /^\d{1,4}$/.test(String(limit)) ? Number(limit) : 0
  if (number >= 1 && number <= 1000) return number
  throw new UsageError(`--limit must be a number from 1 to 1000, not ${quoted(String(limit))}.`)
}

function oneOf<T extends string>(what: string, text: string, known: readonly T[]): T {
  const found = known.find((each) => each === text)
  if (found === undefined)
    throw new UsageError(`${what} must be one of ${known.join(', ')}, not ${quoted(text)}.`)
  return found
}
