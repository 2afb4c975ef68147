// Command table: every command, once. Parser, help, manual page and completion read it.

import type { CommandFacts, CommandName } from './command-facts.ts'
import { deliveryFacts } from './delivery-facts.ts'
import {
  CONSUMER_FIELDS,
  DATA_SOURCE_FIELDS,
  fieldsIn,
  HELD_FIELDS,
  HISTORY_FIELDS,
  LIST_FIELDS,
} from './json-fields.ts'
import { REMOTE, SERVE_OPTIONS } from './option-table.ts'
import { vaultActionRows, vaultActions } from './vault-arguments.ts'

const PROFILE =
  'PROFILE is the name of a service app as shown in the app, its ID, or name@org if several orgs have that name.'

export const DATA_SOURCE_ACTIONS = ['list', 'renew'] as const
export const CONSUMER_ACTIONS = ['list', 'add', 'remove'] as const

export const commands: Readonly<Record<CommandName, CommandFacts>> = {
  list: {
    summary: 'list the service apps',
    arguments: '',
    takes: 'nothing',
    options: ['state', 'app', 'customer', 'sort', 'quiet', 'output', 'json', ...REMOTE],
    fields: LIST_FIELDS,
    details: [
      'At a terminal a table that fits it; in a pipe lines with tabs: name, customer, state, expiry, next refresh.',
      fieldsIn(LIST_FIELDS),
    ],
    examples: [
      'satm list --state needs-attention,expired',
      'satm list --customer acme --sort expires',
      'satm list --json name,state,expiresAt',
      'satm list -q | while read -r app; do satm test "$app"; done',
    ],
  },
  status: {
    summary: 'show the status of all service apps, or of one',
    arguments: '[PROFILE]',
    takes: 'profile-or-nothing',
    options: ['check', 'watch', 'output', 'json'],
    details: [
      PROFILE,
      'Problems are the causes that the app shows under Problems, failing deliveries among them. --check counts neither those that are snoozed nor what is retried automatically.',
      'Its formats are table, json and yaml.',
    ],
    examples: ['satm status', 'satm status "Orders data source"', 'satm status --check || alert'],
  },
  token: {
    summary: 'print the access token of a service app, and nothing else',
    arguments: 'PROFILE',
    takes: 'profile',
    options: ['min-ttl', ...REMOTE],
    details: [
      PROFILE,
      'A token that has expired or is about to expire is refreshed first. With --min-ttl, a token with a shorter lifetime is never printed.',
    ],
    examples: [
      'curl -H "Authorization: Bearer $(satm token orders)" https://webexapis.com/v1/dataSources',
      'satm token orders --min-ttl 10m',
      'satm --server https://tokens.example.com:7286 --consumer-file /etc/orders/consumer token orders',
    ],
  },
  refresh: {
    summary: 'refresh a service app now, or all of them',
    arguments: 'PROFILE | --all',
    takes: 'profile-or-nothing',
    options: ['all'],
    details: [PROFILE, '--all leaves out what is paused. Failures of one kind are one line.'],
    examples: ['satm refresh orders', 'satm refresh --all'],
  },
  env: {
    summary: 'print a line for a shell that sets the token as a variable',
    arguments: 'PROFILE',
    takes: 'profile',
    options: ['shell', 'variable', 'min-ttl', ...REMOTE],
    details: [PROFILE, 'The refresh token stays in the app.'],
    examples: [
      'eval "$(satm env orders)"',
      'satm env orders --shell fish | source',
      'satm env orders --shell powershell | Invoke-Expression',
    ],
  },
  exec: {
    summary: 'run a program with tokens in its environment',
    arguments: '[PROFILE] -- COMMAND [ARGUMENT ...]',
    takes: 'profile-and-command',
    options: ['variable', 'as', 'min-ttl', ...REMOTE],
    details: [
      PROFILE,
      'The token is in the environment of the program, never among its arguments. Without every token that it needs the program is not run. Signals are passed on. satm exits with the program’s exit code, 128 + the number of the signal that ended it, 127 if there is no such program, or 126 if it cannot be run.',
    ],
    examples: [
      'satm exec orders -- node sync.js',
      'satm exec orders --min-ttl 1h -- ./report.sh',
      'satm exec --as orders=ORDERS_TOKEN --as queue@acme=QUEUE_TOKEN -- ./sync.sh',
    ],
  },
  test: {
    summary: 'ask Webex whether it accepts the current token',
    arguments: 'PROFILE',
    takes: 'profile',
    options: [],
    details: [PROFILE, 'Nothing is printed of the token. A token that Webex rejects is refreshed.'],
    examples: ['satm test orders'],
  },
  deliver: {
    summary: 'deliver the current token to all targets of a service app again',
    arguments: 'PROFILE',
    takes: 'profile',
    options: [],
    details: [
      PROFILE,
      'Targets are added with satm deliveries add, or in the app. Those that are held get nothing: see satm confirm.',
    ],
    examples: ['satm deliver orders'],
  },
  deliveries: deliveryFacts(PROFILE),
  pause: {
    summary: 'stop refreshing a service app, or all of them for a while',
    arguments: 'PROFILE | --all --for DURATION',
    takes: 'profile-or-nothing',
    options: ['all', 'for'],
    details: [PROFILE, 'Its token works until it expires.'],
    examples: ['satm pause orders', 'satm pause --all --for 2h'],
  },
  resume: {
    summary: 'refresh a paused service app again, or all after a pause of all',
    arguments: 'PROFILE | --all',
    takes: 'profile-or-nothing',
    options: ['all'],
    details: [PROFILE, '--all ends the pause of all; what was paused by its name stays so.'],
    examples: ['satm resume orders', 'satm resume --all'],
  },
  history: {
    summary: 'show the latest attempts to refresh',
    arguments: '[PROFILE]',
    takes: 'profile-or-nothing',
    options: ['limit', 'output', 'json'],
    fields: HISTORY_FIELDS,
    details: [
      PROFILE,
      'Tokens are identified by a fingerprint, the first 8 hex digits of their SHA-256.',
      fieldsIn(HISTORY_FIELDS),
    ],
    examples: ['satm history', 'satm history orders --limit 5', 'satm history --limit 1000 -o csv'],
  },
  import: {
    summary: 'import service apps from a file',
    arguments: 'FILE',
    takes: 'file',
    options: ['dry-run', 'output', 'json'],
    details: [
      'Every format that the app imports: CSV, JSON, .env, and token-config.json. Rows that are rejected are reported with their line and the reason, and the others are imported. No secret is printed.',
    ],
    examples: ['satm import customers.csv --dry-run', 'satm import customers.csv'],
  },
  connect: {
    summary: 'connect the token manager integration, with a browser anywhere',
    arguments: '',
    takes: 'nothing',
    options: ['name', 'client-id', 'client-secret-file'],
    details: [
      'Prints the authorization URL. Open it in a browser on any computer, sign in as a full admin and accept. The browser is then sent to an address on its own computer, where no page may load: copy that address and paste it here, whole or from the question mark on. It is also read from a pipe.',
      'The client ID and client secret are those of the integration that is reconnected. For another one, or for the first, use --client-id and --client-secret-file.',
      'The URL works for ten minutes. Until then satm connect can be run again and prints the same one; Ctrl-C cancels it.',
    ],
    examples: [
      'satm connect',
      'satm connect --client-id C0123 --client-secret-file /root/secret',
      "echo 'http://localhost:3000/callback?code=…&state=…' | satm connect",
    ],
  },
  confirm: {
    summary: 'list and confirm what is held since a backup was restored',
    arguments: '--list | --all | ID [ID ...]',
    takes: 'ids',
    options: ['list', 'all', 'yes', 'output', 'json'],
    fields: HELD_FIELDS,
    details: [
      'What came with a backup, or from data that was not protected, does not act before a person has confirmed it: deliveries, consumers and the webhook, and on a server the renewals. Each is listed with everything it would do: read it to its end.',
      'An ID stands for exactly what was listed; what has changed since has another one. --all lists everything first and asks; in a pipe it needs --yes. The ID of the renewals is renewals.',
      'A webhook that is confirmed gets a new signing secret, which is printed this once.',
      fieldsIn(HELD_FIELDS),
    ],
    examples: [
      'satm confirm --list',
      'satm confirm renewals',
      'satm confirm 3f2a90c41b7e',
      'satm confirm --all',
    ],
  },
  consumers: {
    summary: 'list, add or remove the programs that may request tokens',
    arguments: 'list | add NAME | remove NAME',
    takes: 'action-and-name',
    options: ['service-app', 'output', 'json'],
    actions: CONSUMER_ACTIONS,
    fields: CONSUMER_FIELDS,
    details: [
      'add prints the secret of the new consumer on a line of its own, this once. remove takes its name or its ID; its secret is rejected from then on.',
      fieldsIn(CONSUMER_FIELDS),
    ],
    examples: [
      'satm consumers list',
      '(umask 077; satm consumers add ci --service-app orders > consumer)',
      'satm consumers remove ci',
    ],
  },
  backup: {
    summary: 'write everything into one encrypted file, or move it elsewhere',
    arguments: 'FILE',
    takes: 'file',
    options: ['move', 'passphrase-file'],
    details: [
      'All service apps with their secrets and tokens, and the history. The app writes the file; an older one of that name is kept if that fails.',
      'With --move nothing is renewed, delivered or given out here any more, once the file was read back. Restore it where it is to be renewed: satm serve --restore FILE, or Settings → Data in the app.',
    ],
    examples: [
      'satm backup all.satm-backup --passphrase-file ~/.satm-passphrase',
      'satm backup all.satm-backup --move --passphrase-file ~/.satm-passphrase',
    ],
  },
  open: {
    summary: 'show the app’s window, or a service app in it',
    arguments: '[PROFILE]',
    takes: 'profile-or-nothing',
    options: [],
    details: [PROFILE],
    examples: ['satm open', 'satm open orders'],
  },
  doctor: {
    summary: 'check what the app needs, and say how to fix what is wrong',
    arguments: '',
    takes: 'nothing',
    options: ['output', 'json'],
    details: [
      'Data folder, socket, versions, keyring, storage, proxy, Webex, clock, and the ports. It never starts the app, and one request without a credential goes to Webex.',
    ],
    examples: ['satm doctor'],
  },
  'data-sources': {
    summary: 'list the data sources of a service app, or renew them now',
    arguments: 'list PROFILE | renew PROFILE [ID ...]',
    takes: 'action-and-profile',
    options: ['output', 'json'],
    actions: DATA_SOURCE_ACTIONS,
    fields: DATA_SOURCE_FIELDS,
    details: [
      PROFILE,
      'Those that are kept alive are chosen in the app and renewed automatically. Without an ID, renew renews all of them.',
      fieldsIn(DATA_SOURCE_FIELDS),
    ],
    examples: ['satm data-sources list orders', 'satm data-sources renew orders'],
  },
  serve: {
    summary: 'keep tokens alive on a server, without a window',
    arguments: '',
    takes: 'nothing',
    options: SERVE_OPTIONS,
    details: [
      'Runs until SIGTERM or SIGINT. The vault is opened with a passphrase; an empty data folder gets a new vault. Only one app or server can use a data folder at a time. The log goes to standard output as JSON, one object a line. SIGHUP reads certificate, key and settings again.',
      'Each option can also be a variable of the environment, such as SATM_PASSPHRASE_FILE. From systemd it takes StateDirectory= and the credentials satm-passphrase, satm-database and satm-identity. SATM_WEBEX_BASE_URL, HTTPS_PROXY, NO_PROXY and NODE_EXTRA_CA_CERTS apply.',
    ],
    examples: [
      'satm serve --data-folder /var/lib/satm --passphrase-file /etc/satm/passphrase',
      'satm serve --restore moved.satm-backup --passphrase-file passphrase',
    ],
  },
  vault: {
    summary: 'create, join and manage a vault that several computers share',
    arguments: 'ACTION [ARGUMENT ...]',
    takes: 'action-and-name',
    options: ['database-file', 'identity-file', 'passphrase-file'],
    actions: vaultActions,
    actionRows: vaultActionRows,
    details: [
      'A shared vault is a PostgreSQL database that several servers and apps use: one of them renews, and all know every token. It needs neither the app nor a server, only --database-file and --identity-file, or SATM_DATABASE_FILE and SATM_IDENTITY_FILE. The identity file is the key of this computer, a file of age; join and create make it if it is missing.',
      'move-in and move-out ask for the passphrase of the backup at a terminal, or read it from --passphrase-file.',
    ],
    examples: [
      'export SATM_DATABASE_FILE=/etc/satm/database SATM_IDENTITY_FILE=/etc/satm/identity',
      'satm vault create "server 1"',
      'satm vault join',
      'satm vault status',
    ],
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
