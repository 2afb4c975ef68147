// Options of `satm serve`: each is an option of the command line or a variable of the environment, and the option wins.
import { existsSync } from 'node:fs'
import path from 'node:path'
import { LOG_LEVELS, type LogLevel } from './log-output.ts'

/** The options are wrong; its message says how. */
export class WrongOptions extends Error {}

export interface Address {
  readonly host: string
  readonly port: number
}

export interface ServeOptions {
  /** null: the app's own. */
  readonly dataFolder: string | null
  readonly passphraseFile: string
  /** null: nothing is restored. */
  readonly restore: { readonly file: string; readonly passphraseFile: string } | null
  /** The shared vault it takes part in; null: the one it has joined before, or none. */
  readonly shared: { readonly databaseFile: string; readonly identityFile: string } | null
  readonly listen: Address
  readonly tls: { readonly certificate: string; readonly key: string } | null
  /** null: off. */
  readonly operations: Address | null
  readonly logLevel: LogLevel
}

/** Those of the command line, by their names. */
export type GivenOptions = Readonly<Record<string, string | undefined>>
type Env = Readonly<Record<string, string | undefined>>

/** systemd.exec(5), `LoadCredential=`. */
const CREDENTIAL = 'satm-passphrase'
const SHARED_CREDENTIALS = { 'database-file': 'satm-database', 'identity-file': 'satm-identity' } as const
const OPERATIONS_PORT = 9180

/** Throws `WrongOptions`. Paths are absolute in what it returns. */
export function readServeOptions(given: GivenOptions, env: Env, endpointPort: number): ServeOptions {
  const optionOf = (name: string): string | null => {
    const variable = `SATM_${name.toUpperCase().replaceAll('-', '_')}`
    const value = given[name] ?? (env[variable] || undefined)
    if (value === '') throw new WrongOptions(`--${name} is empty.`)
    return value ?? null
  }
  const fileOf = (name: string): string | null => {
    const value = optionOf(name)
    return value === null ? null : path.resolve(value)
  }
  const credentials = env.CREDENTIALS_DIRECTORY
  const passphraseFile =
    fileOf('passphrase-file') ?? (credentials ? path.join(credentials, CREDENTIAL) : null)
  if (passphraseFile === null) {
    throw new WrongOptions(
      `satm serve needs the passphrase of the vault: name a file with it by --passphrase-file or SATM_PASSPHRASE_FILE, or pass it as the systemd credential ${CREDENTIAL}.`,
    )
  }
  const restored = fileOf('restore')
  const restorePassphrase = fileOf('restore-passphrase-file')
  if (restored === null && restorePassphrase !== null)
    throw new WrongOptions('--restore-passphrase-file is for --restore.')
  const sharedFileOf = (name: keyof typeof SHARED_CREDENTIALS) => {
    const credential = credentials ? path.join(credentials, SHARED_CREDENTIALS[name]) : null
    return fileOf(name) ?? (credential !== null && existsSync(credential) ? credential : null)
  }
  const [databaseFile, identityFile] = [sharedFileOf('database-file'), sharedFileOf('identity-file')]
  if ((databaseFile === null) !== (identityFile === null)) {
    throw new WrongOptions(
      '--database-file and --identity-file belong together: name both, or pass both credentials, satm-database and satm-identity.',
    )
  }
  if (databaseFile !== null && restored !== null)
    throw new WrongOptions('A shared vault is filled with satm vault move-in, not with --restore.')
  const [certificate, key] = [fileOf('tls-cert'), fileOf('tls-key')]
  if ((certificate === null) !== (key === null))
    throw new WrongOptions('--tls-cert and --tls-key belong together: name both.')
  const listen = addressOf('--listen', optionOf('listen')) ?? { host: '127.0.0.1', port: endpointPort }
  const tls = certificate === null || key === null ? null : { certificate, key }
  const operations = optionOf('operations-listen')
  const logLevel = optionOf('log-level') ?? 'info'
  const level = LOG_LEVELS.find((each) => each === logLevel)
  if (level === undefined) throw new WrongOptions(`--log-level is one of ${LOG_LEVELS.join(', ')}.`)
  const stateFolder = env.STATE_DIRECTORY?.split(':')[0] || null
  return {
    dataFolder: fileOf('data-folder') ?? (stateFolder === null ? null : path.resolve(stateFolder)),
    passphraseFile,
    restore:
      restored === null ? null : { file: restored, passphraseFile: restorePassphrase ?? passphraseFile },
    shared: databaseFile === null || identityFile === null ? null : { databaseFile, identityFile },
    listen,
    tls,
    operations:
      operations === 'off'
        ? null
        : (addressOf('--operations-listen', operations) ?? { host: '127.0.0.1', port: OPERATIONS_PORT }),
    logLevel: level,
  }
}

function addressOf(option: string, text: string | null): Address | null {
  if (text === null) return null
  const [, bracketed, plain, digits = ''] =
    /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]/]+)):(\d{1,5})$/.exec(text) ?? []
  const host = bracketed ?? plain
  const port = Number(digits)
  if (host !== undefined && port >= 1 && port <= 65_535) return { host, port }
  throw new WrongOptions(`${option} must be HOST:PORT, such as 127.0.0.1:9180 or [::1]:9180.`)
}
