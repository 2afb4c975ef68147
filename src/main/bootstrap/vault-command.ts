// `satm vault`: makes a shared vault, joins it, and says who belongs to it. It needs neither the app nor a server, only the
// database and this computer's identity.
import path from 'node:path'
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { createSharedVaults, type SharedVaultStatus, type SharedVaults } from '#application/shared-vault.ts'
import { readDatabaseFile } from '#daemon/database-file.ts'
import { readPassphraseFile } from '#daemon/passphrase-file.ts'
import { WrongOptions } from '#daemon/serve-options.ts'
import { systemClock } from '#desktop/system/system-clock.ts'
import { CliError, EXIT } from '#satm/client/exit-codes.ts'
import { plain } from '#satm/client/print.ts'
import { attemptsIn, readBackup } from '#vault/backup/backup.ts'
import { SCRYPT_COST } from '#vault/crypto/passphrase.ts'
import { identityFile } from '#vault/shared/identity-file.ts'
import { postgresConnection } from '#vault/shared/postgres-connection.ts'

type Env = Readonly<Record<string, string | undefined>>

export interface VaultTerminal {
  readonly env: Env
  out(text: string): void
  complain(sentence: string): void
}

const OPTIONS = {
  'database-file': { type: 'string' },
  'identity-file': { type: 'string' },
  'passphrase-file': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const satisfies NonNullable<ParseArgsConfig['options']>

type Given = Readonly<Partial<Record<keyof typeof OPTIONS, string | boolean>>>

export const HELP = `Usage: satm vault ACTION --database-file FILE [--identity-file FILE]

A shared vault is a PostgreSQL database that several computers use: one of them renews, all see it.

Actions:
  create NAME               make a shared vault in an empty database; this computer is its member NAME
  join                      show this computer's public key, for a member to add
  add-member NAME KEY       let the computer with this public key read and change everything
  remove-member NAME        exchange the data key, so that this member reads nothing new; what it has seen, it knows
  status                    show the members and who renews
  move-in FILE              fill the empty shared vault with a backup of service apps that are moved
  activate                  use it, once whatever renewed these service apps until now was stopped
  move-out FILE             write everything into a backup; from then on nothing is renewed here

Options:
  --database-file FILE      a file with the connection string, postgresql://USER:PASSWORD@HOST/DATABASE; also SATM_DATABASE_FILE
  --identity-file FILE      this computer's key, a file of age, made if missing; also SATM_IDENTITY_FILE
  --passphrase-file FILE    the passphrase of the backup, for move-in and move-out
`

/** Never rejects; resolves with the exit code. `args`: after "vault". */
export async function vault(args: readonly string[], terminal: VaultTerminal): Promise<number> {
  try {
    const { values, positionals } = parsed(args)
    if (values.help === true || positionals.length === 0) {
      terminal.out(HELP)
      return values.help === true ? EXIT.ok : EXIT.usage
    }
    terminal.out(await answerTo(positionals, values, terminal.env))
    return EXIT.ok
  } catch (error) {
    terminal.complain(error instanceof Error ? error.message : String(error))
    if (error instanceof WrongOptions) return EXIT.usage
    return error instanceof CliError ? error.exitCode : EXIT.failed
  }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true })
  } catch (error) {
    throw new WrongOptions(`${error instanceof Error ? error.message : String(error)} See satm vault --help.`)
  }
}

async function answerTo(given: readonly string[], values: Given, env: Env): Promise<string> {
  const [action = '', ...rest] = given
  const run = ACTIONS[action as keyof typeof ACTIONS]
  if (run === undefined || !Object.hasOwn(ACTIONS, action)) {
    throw new WrongOptions(`satm vault has no action ${action}. See satm vault --help.`)
  }
  if (rest.length !== run.arguments)
    throw new WrongOptions(`satm vault ${action} takes other arguments. See satm vault --help.`)
  const passphrase = () => readPassphraseFile(fileOf('passphrase-file', values, env))
  return run.answer(sharedVaultsOf(values, env), rest[0] ?? '', rest[1] ?? '', passphrase)
}

interface Action {
  readonly arguments: number
  answer(
    vaults: SharedVaults,
    first: string,
    second: string,
    passphrase: () => ReturnType<typeof readPassphraseFile>,
  ): Promise<string>
}

const ACTIONS = {
  create: {
    arguments: 1,
    answer: async (vaults, name) => {
      await vaults.create(name)
      return `The shared vault is made. Keep the identity file: whoever has it reads everything.\n`
    },
  },
  join: {
    arguments: 0,
    answer: async (vaults) => {
      const { recipient, isMember } = await vaults.join()
      return isMember
        ? `This computer is a member of the shared vault.\n`
        : `${recipient}\nA member adds this computer with: satm vault add-member NAME ${recipient}\n`
    },
  },
  'add-member': {
    arguments: 2,
    answer: async (vaults, name, recipient) => {
      await vaults.addMember(name, recipient)
      return `${name} is a member of the shared vault.\n`
    },
  },
  'remove-member': {
    arguments: 1,
    answer: async (vaults, name) => {
      await vaults.removeMember(name)
      return `${name} is no member any more and reads nothing that is stored from now on. What it has seen, it knows: also change its password in the database.\n`
    },
  },
  status: { arguments: 0, answer: async (vaults) => statusText(await vaults.status()) },
  'move-in': {
    arguments: 1,
    answer: async (vaults, file, _, passphrase) => {
      const reading = await readBackup(path.resolve(file), passphrase())
      if (reading.kind !== 'ok') throw new CliError(EXIT.failed, reading.sentence)
      const { content, packed } = reading
      await vaults.moveIn({ ...content, history: () => attemptsIn(packed) })
      return `${content.profiles} profiles and ${content.attempts} history entries were moved. Nothing is renewed yet: stop whatever renews them elsewhere, then run satm vault activate.\n`
    },
  },
  activate: {
    arguments: 0,
    answer: async (vaults) => {
      await vaults.activate()
      return `The shared vault is in use.\n`
    },
  },
  'move-out': {
    arguments: 1,
    answer: async (vaults, file, _, passphrase) => {
      const written = await vaults.moveOut(path.resolve(file), passphrase())
      if (written.kind !== 'written') {
        throw new CliError(
          EXIT.failed,
          `${written.sentence} Nothing is renewed in the shared vault any more: try again, or run satm vault activate.`,
        )
      }
      return `${written.profiles} profiles and ${written.attempts} history entries were written to ${file}. Nothing is renewed in the shared vault any more. Restore the file where they are to be renewed.\n`
    },
  },
} as const satisfies Record<string, Action>

function statusText({ vaultId, state, keyEpoch, leader, members }: SharedVaultStatus): string {
  const lines = members.map(({ name, recipient, addedBy, addedAt, isAuthentic, isOwn }) => {
    const own = isOwn ? ', this computer' : ''
    const added = addedBy === null ? '' : ` by ${plain(addedBy)}`
    const origin = isAuthentic
      ? `added ${new Date(addedAt).toISOString().slice(0, 10)}${added}`
      : 'written into the database by no member, and without access: remove it'
    return `  ${plain(name)} (${origin}${own})\n    ${plain(recipient)}\n`
  })
  const renews = leader === null ? 'Nobody renews at the moment.' : `${plain(leader)} renews.`
  return `Shared vault ${vaultId}: ${state}, data key ${keyEpoch}. ${renews}\nMembers:\n${lines.join('')}`
}

function sharedVaultsOf(values: Given, env: Env): SharedVaults {
  const database = fileOf('database-file', values, env)
  const identity = fileOf('identity-file', values, env)
  // Where the identity is a credential, nothing can be written beside it.
  const folder = env.STATE_DIRECTORY?.split(':')[0] || path.dirname(identity)
  const { settings } = readDatabaseFile(database)
  return createSharedVaults({
    connect: () => postgresConnection(settings),
    identity: identityFile(identity, path.join(folder, `${path.basename(identity)}.known`)),
    now: systemClock().now,
    scryptCost: SCRYPT_COST,
  })
}

function fileOf(name: Exclude<keyof typeof OPTIONS, 'help'>, values: Given, env: Env): string {
  const variable = `SATM_${name.toUpperCase().replaceAll('-', '_')}`
  const value = values[name] ?? env[variable]
  if (typeof value === 'string' && value !== '') return path.resolve(value)
  throw new WrongOptions(`satm vault needs --${name} FILE, or ${variable}.`)
}
