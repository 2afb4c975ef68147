// Command table: every command and option, once. Parser, help and completion read it.

export type CommandName =
  | 'list'
  | 'status'
  | 'token'
  | 'refresh'
  | 'env'
  | 'exec'
  | 'history'
  | 'data-sources'
  | 'completion'

interface OptionFacts {
  /** Placeholder for its value in the help; null: it takes none. */
  readonly value: string | null
  readonly help: string
  readonly short?: string
}

export const SHELLS = ['sh', 'fish', 'powershell', 'dotenv'] as const
export type ShellName = (typeof SHELLS)[number]

export const COMPLETED_SHELLS = ['bash', 'zsh', 'fish'] as const
export type CompletedShell = (typeof COMPLETED_SHELLS)[number]

const table = {
  json: { value: null, help: 'print JSON, for programs' },
  'min-ttl': {
    value: 'DURATION',
    help: 'the minimum remaining lifetime (10m, 1h30m, 2d); a token with less is refreshed first',
  },
  all: { value: null, help: 'every service app that is not paused' },
  shell: { value: 'SHELL', help: SHELLS.join(', ') },
  variable: { value: 'NAME', help: 'name of the variable; default WEBEX_SERVICE_APP_ACCESS_TOKEN' },
  limit: { value: 'N', help: 'the maximum number of attempts; default 20' },
  'data-folder': { value: 'FOLDER', help: 'use the app with this data folder; also SATM_DATA_FOLDER' },
  'no-start': { value: null, help: 'fail if the app is not running, instead of starting it' },
  timeout: { value: 'DURATION', help: 'how long to wait for a response; default 2m' },
  help: { value: null, short: 'h', help: 'show this help' },
  version: { value: null, help: 'show the version' },
} satisfies Record<string, OptionFacts>

export type OptionName = keyof typeof table
export const options: Readonly<Record<OptionName, OptionFacts>> = table

/** Any command takes these. */
export const COMMON: readonly OptionName[] = ['data-folder', 'no-start', 'timeout', 'help']

interface CommandFacts {
  readonly summary: string
  /** What comes after the name. */
  readonly arguments: string
  readonly takes:
    | 'nothing'
    | 'profile'
    | 'profile-or-nothing'
    | 'profile-and-command'
    | 'action-and-profile'
    | 'shell'
  readonly options: readonly OptionName[]
  /** More than the summary says. */
  readonly details: readonly string[]
  readonly examples: readonly string[]
}

const PROFILE =
  'PROFILE is the name of a service app as shown in the app, its ID, or name@org if several orgs have that name.'

export const commands: Readonly<Record<CommandName, CommandFacts>> = {
  list: {
    summary: 'list the service apps',
    arguments: '',
    takes: 'nothing',
    options: ['json'],
    details: [],
    examples: ['satm list', 'satm list --json | jq -r ".profiles[].name"'],
  },
  status: {
    summary: 'show the status of all service apps, or of one',
    arguments: '[PROFILE]',
    takes: 'profile-or-nothing',
    options: ['json'],
    details: [PROFILE],
    examples: ['satm status', 'satm status "Orders data source"'],
  },
  token: {
    summary: 'print the access token of a service app, and nothing else',
    arguments: 'PROFILE',
    takes: 'profile',
    options: ['min-ttl'],
    details: [
      PROFILE,
      'A token that has expired or is about to expire is refreshed first. With --min-ttl, a token with a shorter lifetime is never printed.',
    ],
    examples: [
      'curl -H "Authorization: Bearer $(satm token orders)" https://webexapis.com/v1/dataSources',
      'satm token orders --min-ttl 10m',
    ],
  },
  refresh: {
    summary: 'refresh a service app now, or all of them',
    arguments: 'PROFILE | --all',
    takes: 'profile-or-nothing',
    options: ['all'],
    details: [PROFILE],
    examples: ['satm refresh orders', 'satm refresh --all'],
  },
  env: {
    summary: 'print a line for a shell that sets the token as a variable',
    arguments: 'PROFILE',
    takes: 'profile',
    options: ['shell', 'variable', 'min-ttl'],
    details: [PROFILE, 'The refresh token stays in the app.'],
    examples: [
      'eval "$(satm env orders)"',
      'satm env orders --shell fish | source',
      'satm env orders --shell powershell | Invoke-Expression',
    ],
  },
  exec: {
    summary: 'run a program with the token in its environment',
    arguments: 'PROFILE -- COMMAND [ARGUMENT ...]',
    takes: 'profile-and-command',
    options: ['variable', 'min-ttl'],
    details: [
      PROFILE,
      'The token is in the environment of the program, never among its arguments. Signals are passed on. satm exits with the program’s exit code, 128 + the number of the signal that ended it, 127 if there is no such program, or 126 if it cannot be run.',
    ],
    examples: ['satm exec orders -- node sync.js', 'satm exec orders --min-ttl 1h -- ./report.sh'],
  },
  history: {
    summary: 'show the latest attempts to refresh',
    arguments: '[PROFILE]',
    takes: 'profile-or-nothing',
    options: ['limit', 'json'],
    details: [PROFILE, 'Tokens are identified by a fingerprint, the first 8 hex digits of their SHA-256.'],
    examples: ['satm history', 'satm history orders --limit 5'],
  },
  'data-sources': {
    summary: 'list the data sources of a service app, or renew them now',
    arguments: 'list PROFILE | renew PROFILE [ID ...]',
    takes: 'action-and-profile',
    options: ['json'],
    details: [
      PROFILE,
      'Those that are kept alive are chosen in the app and renewed automatically. Without an ID, renew renews all of them.',
    ],
    examples: ['satm data-sources list orders', 'satm data-sources renew orders'],
  },
  completion: {
    summary: 'print a script that completes commands, options and names',
    arguments: 'bash | zsh | fish',
    takes: 'shell',
    options: [],
    details: [],
    examples: [
      'source <(satm completion bash)     # in ~/.bashrc',
      'source <(satm completion zsh)      # in ~/.zshrc, after compinit',
      'satm completion fish | source      # in ~/.config/fish/config.fish',
    ],
  },
}

export const commandNames = Object.keys(commands) as readonly CommandName[]
