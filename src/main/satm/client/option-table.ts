// Option table: every option of every command, once, and what its value can be. The command table says who takes it.

interface OptionFacts {
  /** Placeholder for its value in the help; null: it takes none. */
  readonly value: string | null
  readonly help: string
  readonly short?: string
  /** All that its value can be. */
  readonly choices?: readonly string[]
  /** It may be given several times. */
  readonly isRepeated?: boolean
}

export const SHELLS = ['sh', 'fish', 'powershell', 'dotenv'] as const
export type ShellName = (typeof SHELLS)[number]

export const COMPLETED_SHELLS = ['bash', 'zsh', 'fish'] as const
export type CompletedShell = (typeof COMPLETED_SHELLS)[number]

export const FORMATS = ['table', 'json', 'yaml', 'csv'] as const
export type Format = (typeof FORMATS)[number]

/** As the contract has them; a test holds both together. */
export const STORES = ['vault', 'openbao', 'kubernetes', 'aws', 'github'] as const

export const TOKEN_WAYS = ['environment', 'stdin'] as const

export const LOG_LEVELS = ['info', 'warn', 'error'] as const

export const SORT_KEYS = ['name', 'customer', 'state', 'expires', 'next'] as const
export type SortKey = (typeof SORT_KEYS)[number]

/** As the app has them; a test holds both together. */
export const STATES = [
  'healthy',
  'refreshing',
  'retrying',
  'needs-attention',
  'expired',
  'paused',
  'not-yet-issued',
] as const

const table = {
  state: { value: 'STATE', help: `only these, separated by commas: ${STATES.join(', ')}`, choices: STATES },
  app: { value: 'NAME', help: 'only service apps with this in their name, or with this app ID' },
  customer: { value: 'ORG', help: 'only orgs with this in their name, or with this org ID' },
  sort: { value: 'KEY', help: SORT_KEYS.join(', '), choices: SORT_KEYS },
  quiet: { value: null, short: 'q', help: 'print names only, one on each line' },
  output: { value: 'FORMAT', short: 'o', help: `${FORMATS.join(', ')}; times in ISO 8601`, choices: FORMATS },
  json: {
    value: null,
    help: 'the same as -o json',
  },
  check: { value: null, help: 'print one line; exit with 5 if a person is needed, with 0 if not' },
  watch: { value: null, help: 'show the status again whenever it changes, until Ctrl-C or the app quits' },
  'min-ttl': {
    value: 'DURATION',
    help: 'the minimum remaining lifetime (10m, 1h30m, 2d); a token with less is refreshed first',
  },
  all: { value: null, help: 'all of them' },
  for: { value: 'DURATION', help: 'how long, up to 24h; required with --all' },
  shell: { value: 'SHELL', help: SHELLS.join(', '), choices: SHELLS },
  variable: { value: 'NAME', help: 'name of the variable; default WEBEX_SERVICE_APP_ACCESS_TOKEN' },
  as: {
    value: 'PROFILE=NAME',
    help: 'one more token, in the variable NAME; may be repeated',
    isRepeated: true,
  },
  'dry-run': { value: null, help: 'only show what would be done' },
  /** Not --env-file: Node takes that for its own, also behind a script. */
  file: { value: 'FILE', help: 'write the token into a variable of this env file' },
  'refresh-variable': {
    value: 'NAME',
    help: 'of an env file: write the refresh token too; not recommended: if a program uses it, the app’s copy stops working',
  },
  command: { value: 'COMMAND', help: 'run this command with the token after each renewal' },
  'token-by': {
    value: 'WAY',
    help: `how the command gets the token: ${TOKEN_WAYS.join(', ')}; default environment`,
    choices: TOKEN_WAYS,
  },
  'read-back': { value: 'COMMAND', help: 'a command that prints what is stored, as a proof' },
  'time-limit': { value: 'DURATION', help: 'of a command; default 30s' },
  'secret-store': {
    value: 'STORE',
    help: `write the token into a secret store, by its own command line tool: ${STORES.join(', ')}`,
    choices: STORES,
  },
  set: {
    value: 'FIELD=VALUE',
    help: 'where in the secret store; may be repeated',
    isRepeated: true,
  },
  move: { value: null, help: 'stop renewing here once the file is written and verified' },
  'passphrase-file': {
    value: 'FILE',
    help: 'a file with the passphrase alone, which only you can read: of the vault, or of the backup; for a backup a terminal asks without it',
  },
  restore: { value: 'FILE', help: 'begin with a backup; the data folder must be empty' },
  'restore-passphrase-file': {
    value: 'FILE',
    help: 'a file with the passphrase of the backup; default: as --passphrase-file',
  },
  'database-file': {
    value: 'FILE',
    help: 'of a shared vault: a file with the connection string of its database alone, which only you can read',
  },
  'identity-file': {
    value: 'FILE',
    help: 'for --database-file: the key of this computer, made by satm vault join',
  },
  listen: { value: 'HOST:PORT', help: 'where programs ask for tokens; default 127.0.0.1:7286' },
  'tls-cert': { value: 'FILE', help: 'certificate chain (PEM); required for other computers' },
  'tls-key': { value: 'FILE', help: 'private key of the certificate (PEM)' },
  'operations-listen': {
    value: 'HOST:PORT',
    help: '/livez, /readyz and /metrics; default 127.0.0.1:9180; off: nowhere',
  },
  'log-level': { value: 'LEVEL', help: LOG_LEVELS.join(', '), choices: LOG_LEVELS },
  limit: { value: 'N', help: 'the maximum number of attempts; default 20' },
  'client-id': { value: 'ID', help: 'the client ID of the integration, if it is new or has changed' },
  'client-secret-file': {
    value: 'FILE',
    help: 'a file with its client secret alone, which only you can read; without it a terminal asks for it',
  },
  name: { value: 'NAME', help: 'the integration to reconnect; default: the only one' },
  list: { value: null, help: 'only list what is held' },
  yes: { value: null, short: 'y', help: 'confirm what is listed without asking' },
  'service-app': {
    value: 'PROFILE',
    help: 'only this service app; may be repeated; default: all, including future ones',
    isRepeated: true,
  },
  server: {
    value: 'URL',
    help: 'ask this server (satm serve), https://HOST:PORT, instead of the app; also SATM_SERVER',
  },
  'consumer-file': {
    value: 'FILE',
    help: 'for --server: a file with the secret of a consumer, which only you can read; also SATM_CONSUMER_FILE',
  },
  'ca-file': {
    value: 'FILE',
    help: 'for --server: accept only certificates of the authorities in this PEM file; also SATM_CA_FILE',
  },
  'data-folder': { value: 'FOLDER', help: 'use the app with this data folder; also SATM_DATA_FOLDER' },
  'no-start': {
    value: null,
    help: 'fail if the app is not running, instead of starting it; also SATM_NO_START',
  },
  timeout: { value: 'DURATION', help: 'how long to wait for a response; default 2m; also SATM_TIMEOUT' },
  help: { value: null, short: 'h', help: 'show this help' },
  version: { value: null, help: 'show the version' },
} satisfies Record<string, OptionFacts>

export type OptionName = keyof typeof table
export const options: Readonly<Record<OptionName, OptionFacts>> = table

/** Of the commands that a server answers. */
export const REMOTE: readonly OptionName[] = ['server', 'consumer-file', 'ca-file']

/** Any command takes these. */
export const COMMON: readonly OptionName[] = ['data-folder', 'no-start', 'timeout', 'help']

/** Of `satm serve`, beside the data folder. */
export const SERVE_OPTIONS = [
  'passphrase-file',
  'restore',
  'restore-passphrase-file',
  'database-file',
  'identity-file',
  'listen',
  'tls-cert',
  'tls-key',
  'operations-listen',
  'log-level',
] as const satisfies readonly OptionName[]
