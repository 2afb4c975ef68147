// Command line: arguments -> the command, or what is wrong with them. Without side effects.
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { didYouMean } from '#base/common/near-text.ts'
import { looksSecret, quoted, shown } from '#contract/value-rules.ts'
import { type CommandName, commandNames, commands } from './command-table.ts'
import { type DataSourceArguments, readDataSourceArguments } from './data-source-arguments.ts'
import { type DeliveryArguments, readDeliveryArguments } from './delivery-arguments.ts'
import {
  COMMON,
  COMPLETED_SHELLS,
  type CompletedShell,
  type OptionName,
  options,
  SERVE_OPTIONS,
  SHELLS,
  type ShellName,
} from './option-table.ts'
import {
  type ConnectionOptions,
  type ConsumerArguments,
  choiceOf,
  clientOf,
  confirmedOf,
  consumerOf,
  type Env,
  type ListChoice,
  limitOf,
  managerOf,
  minTtlOf,
  type Output,
  oneOf,
  outputOf,
  pauseOf,
  profileOf,
  reachingOf,
  tokensOf,
  UsageError,
  unknownField,
  type Values,
  variableOf,
  type WantedToken,
} from './option-values.ts'
import { readVaultArguments, type VaultArguments } from './vault-arguments.ts'

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
  | (Asking & {
      readonly kind: 'list'
      readonly output: Output
      readonly choice: ListChoice
      readonly isQuiet: boolean
    })
  | (Asking & {
      readonly kind: 'status'
      readonly profile: string | null
      readonly output: Output
      readonly mode: 'once' | 'check' | 'watch'
    })
  | (AskingForToken & { readonly kind: 'token' })
  | (Asking & { readonly kind: 'refresh'; readonly profile: string | null })
  | (AskingForToken & { readonly kind: 'env'; readonly variable: string; readonly shell: ShellName | null })
  | (Asking & {
      readonly kind: 'exec'
      readonly tokens: readonly WantedToken[]
      readonly minTtl: number | null
      readonly program: readonly [string, ...string[]]
    })
  | (Asking & { readonly kind: 'test' | 'deliver'; readonly profile: string })
  /** `duration`: ms; a pause of all has one. */
  | (Asking & {
      readonly kind: 'pause' | 'resume'
      readonly profile: string | null
      readonly duration: number | null
    })
  | (Asking & {
      readonly kind: 'history'
      readonly profile: string | null
      readonly limit: number
      readonly output: Output
    })
  | (Asking & {
      readonly kind: 'import'
      readonly file: string
      readonly isDryRun: boolean
      readonly output: Output
    })
  | (Asking & {
      readonly kind: 'backup'
      readonly file: string
      /** null: a terminal is asked. */
      readonly passphraseFile: string | null
      readonly isMove: boolean
    })
  | (Asking & DataSourceArguments & { readonly kind: 'data-sources'; readonly output: Output })
  | (Asking & { readonly kind: 'deliveries'; readonly output: Output; readonly wanted: DeliveryArguments })
  | (Asking & { readonly kind: 'open'; readonly profile: string | null })
  | (Asking & { readonly kind: 'doctor'; readonly output: Output })
  | (Asking & {
      readonly kind: 'connect'
      readonly manager: string | null
      /** null: what the app has. */
      readonly client: ReturnType<typeof clientOf>
    })
  | (Asking & {
      readonly kind: 'confirm'
      /** null: nothing, only listed. */
      readonly confirmed: ReturnType<typeof confirmedOf>
      readonly isSure: boolean
      readonly output: Output
    })
  | (Asking & { readonly kind: 'consumers'; readonly output: Output; readonly consumers: ConsumerArguments })
  /** By their names; the server reads them with its environment. */
  | { readonly kind: 'serve'; readonly given: Readonly<Record<string, string | undefined>> }
  /** As with the server. */
  | (VaultArguments & {
      readonly kind: 'vault'
      readonly given: Readonly<Record<string, string | undefined>>
    })

export function readCommandLine(args: readonly string[], env: Env = {}): Command {
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
    return commandOf(name, given, rest, values, env)
  } catch (error) {
    if (error instanceof UsageError) return { kind: 'wrong', message: error.message, of: name }
    throw error
  }
}

/** Longer than any name or path; parseArgs takes microseconds for each letter of an option. */
const LONGEST_WORD = 8192

function parsed(args: readonly string[]): { values: Values; positionals: readonly string[] } {
  const known: NonNullable<ParseArgsConfig['options']> = {}
  for (const [name, { value, short, isRepeated }] of Object.entries(options)) {
    const multiple = isRepeated === true ? { multiple: true } : {}
    known[name] = {
      type: value === null ? 'boolean' : 'string',
      ...(short === undefined ? {} : { short }),
      ...multiple,
    }
  }
  if (args.some(({ length }) => length > LONGEST_WORD))
    throw new UsageError(`An argument is longer than ${LONGEST_WORD} characters.`)
  const { words, fields } = withoutFields(args)
  try {
    const { values, positionals } = parseArgs({ args: words, options: known, allowPositionals: true })
    return { values: { ...(values as Values), ...(fields === null ? {} : { fields }) }, positionals }
  } catch (error) {
    // Its second sentence is about positional arguments, which does not help.
    const message = error instanceof Error ? error.message : String(error)
    if (looksSecret(message)) throw new UsageError('Unknown option.')
    const [, unknown = ''] = /^Unknown option '--([\w-]+)/.exec(message) ?? []
    const meant = didYouMean(`--${unknown}`, unknown === '' ? [] : optionWords())
    throw new UsageError(`${message.split(/\.\s|\n/, 1)[0]?.replace(/\.$/, '')}.${meant}`)
  }
}

const optionWords = () => Object.keys(options).map((name) => `--${name}`)

/** `--json` stands alone or, as in gh, before the names of fields. */
function withoutFields(args: readonly string[]): { words: string[]; fields: string | null } {
  const names = new Set(commandNames.flatMap((name) => commands[name].fields ?? []))
  const words: string[] = []
  let fields: string | null = null
  let isAfterJson = false
  for (const word of args) {
    if (isAfterJson && word.split(',').some((field) => names.has(field))) fields = word
    else words.push(word.startsWith('--json=') ? '--json' : word)
    if (word.startsWith('--json=')) fields = word.slice('--json='.length)
    isAfterJson = word === '--json'
  }
  return { words, fields }
}

function named(text: string | undefined): CommandName | null {
  if (text === undefined) return null
  const found = commandNames.find((name) => name === text)
  if (found === undefined)
    throw new UsageError(`Unknown command ${quoted(text)}.${didYouMean(text, commandNames)}`)
  return found
}

function commandOf(
  kind: CommandName,
  typed: readonly string[],
  rest: readonly string[] | null,
  values: Values,
  env: Env,
): Command {
  const facts = commands[kind]
  for (const name of Object.keys(options) as OptionName[]) {
    if (values[name] !== undefined && !facts.options.includes(name) && !COMMON.includes(name)) {
      throw new UsageError(`satm ${kind} has no option --${name}.`)
    }
  }
  // A name may begin with a dash.
  const given = kind === 'exec' ? typed : [...typed, ...(rest ?? [])]
  const most = facts.takes === 'nothing' ? 0 : MANY.includes(facts.takes) ? given.length : 1
  if (given.length > most) throw new UsageError(tooMany(kind, given, most, values))
  const asking = { reaching: reachingOf(kind, values, env) }
  const [profile = null] = given
  if (profile === '' && facts.takes === 'profile-or-nothing')
    throw new UsageError(`The name that satm ${kind} was given is empty.`)
  switch (kind) {
    case 'list': {
      const output = outputOf(kind, values)
      const isQuiet = values.quiet === true
      if (isQuiet && output.format !== 'table') throw new UsageError('Use either -q or another format.')
      return { kind, ...asking, output, choice: choiceOf(values), isQuiet }
    }
    case 'status': {
      if (values.check === true && values.watch === true)
        throw new UsageError('Use either --check or --watch.')
      const mode = values.check === true ? 'check' : values.watch === true ? 'watch' : 'once'
      return { kind, ...asking, output: outputOf(kind, values), profile, mode }
    }
    case 'token':
      return { kind, ...asking, profile: profileOf(kind, given), minTtl: minTtlOf(values) }
    case 'refresh':
      refuseOneAndAll(profile, values)
      return { kind, ...asking, profile }
    case 'env': {
      const shell = values.shell === undefined ? null : oneOf('--shell', String(values.shell), SHELLS)
      const minTtl = minTtlOf(values)
      return { kind, ...asking, profile: profileOf(kind, given), minTtl, variable: variableOf(values), shell }
    }
    case 'exec': {
      const tokens = tokensOf(given, values)
      const [program, ...args] = rest ?? []
      if (program === undefined || program === '') throw new UsageError('Add the command to run after --.')
      return { kind, ...asking, tokens, minTtl: minTtlOf(values), program: [program, ...args] }
    }
    case 'test':
    case 'deliver':
      return { kind, ...asking, profile: profileOf(kind, given) }
    case 'pause': {
      refuseOneAndAll(profile, values)
      return { kind, ...asking, profile, duration: pauseOf(profile, values) }
    }
    case 'resume':
      refuseOneAndAll(profile, values)
      return { kind, ...asking, profile, duration: null }
    case 'history':
      return { kind, ...asking, output: outputOf(kind, values), profile, limit: limitOf(values) }
    case 'import': {
      if (profile === null || profile === '') throw new UsageError('satm import needs the name of a file.')
      const isDryRun = values['dry-run'] === true
      return { kind, ...asking, output: outputOf(kind, values), file: profile, isDryRun }
    }
    case 'backup': {
      if (profile === null || profile === '') throw new UsageError('satm backup needs the name of a file.')
      const named = values['passphrase-file']
      if (named === '') throw new UsageError('--passphrase-file must name a file.')
      const passphraseFile = named === undefined ? null : String(named)
      return { kind, ...asking, file: profile, passphraseFile, isMove: values.move === true }
    }
    case 'data-sources': {
      const read = readDataSourceArguments(given)
      if (typeof read === 'string') throw new UsageError(read)
      return { kind, ...asking, output: outputOf(kind, values), ...read }
    }
    case 'deliveries':
      return {
        kind,
        ...asking,
        output: outputOf(kind, values),
        wanted: readDeliveryArguments(given, values),
      }
    case 'open':
      return { kind, ...asking, profile }
    case 'doctor':
      return { kind, ...asking, output: outputOf(kind, values) }
    case 'serve':
      return {
        kind,
        given: Object.fromEntries([...SERVE_OPTIONS, 'data-folder' as const].map(textIn(values))),
      }
    case 'vault': {
      const read = readVaultArguments(given)
      if (typeof read === 'string') throw new UsageError(read)
      return { kind, ...read, given: Object.fromEntries(facts.options.map(textIn(values))) }
    }
    case 'connect':
      return { kind, ...asking, manager: managerOf(values), client: clientOf(values) }
    case 'confirm': {
      const isSure = values.yes === true
      return {
        kind,
        ...asking,
        output: outputOf(kind, values),
        confirmed: confirmedOf(given, values),
        isSure,
      }
    }
    case 'consumers':
      return { kind, ...asking, output: outputOf(kind, values), consumers: consumerOf(given, values) }
    case 'completion':
      return { kind, shell: oneOf('The shell', given[0] ?? '', COMPLETED_SHELLS) }
  }
}

const textIn = (values: Values) => (name: OptionName) =>
  [name, values[name] === undefined ? undefined : String(values[name])] as const

/** They look at their arguments themselves. */
const MANY = ['action-and-profile', 'action-and-name', 'ids']

function tooMany(kind: CommandName, given: readonly string[], most: number, values: Values): string {
  const [name = '', second = ''] = given
  const what = given[most] ?? ''
  const { fields = [] } = commands[kind]
  if (values.json === true && fields.length > 0) return unknownField(kind, what)
  if (kind === 'exec') return `Put -- before the command: satm exec ${shown(name)} -- ${shown(second)} …`
  if (most === 0) return `satm ${kind} takes no ${quoted(what)}.`
  return `satm ${kind} takes one name, not ${quoted(what)} as well. Put a name with spaces in quotes.`
}

function refuseOneAndAll(profile: string | null, values: Values): void {
  if ((profile === null) !== (values.all === true))
    throw new UsageError('Name one service app, or use --all.')
}
