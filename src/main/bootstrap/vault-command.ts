// `satm vault`: makes a shared vault, joins it, and says who belongs to it. It needs neither the app nor a server, only the
// database and this computer's identity.
import path from 'node:path'
import { createSharedVaults, type SharedVaultStatus, type SharedVaults } from '#application/shared-vault.ts'
import { inOneUnit } from '#base/common/duration.ts'
import { readPassphraseFile } from '#daemon/passphrase-file.ts'
import { WrongOptions } from '#daemon/serve-options.ts'
import { systemClock } from '#desktop/system/system-clock.ts'
import { Secret } from '#engine/domain/secret.ts'
import { CliError, EXIT } from '#satm/client/exit-codes.ts'
import { plain } from '#satm/client/print.ts'
import type { VaultAction, VaultArguments } from '#satm/client/vault-arguments.ts'
import { attemptsIn, readBackup } from '#vault/backup/backup.ts'
import { SCRYPT_COST } from '#vault/crypto/passphrase.ts'
import { identityFile } from '#vault/shared/identity-file.ts'
import { postgresConnection } from '#vault/shared/postgres-connection.ts'
import { readDatabaseFile } from './database-file.ts'

type Env = Readonly<Record<string, string | undefined>>

export interface VaultTerminal {
  readonly env: Env
  out(text: string): void
  complain(sentence: string): void
  /** Of a backup; a new one is typed twice. null: there is no terminal. A number: it was interrupted, with this exit code. */
  typePassphrase(isNew: boolean): Promise<string | number | null>
}

type Given = Readonly<Record<string, string | undefined>>

export interface VaultCommand extends VaultArguments {
  /** Options, by their names. */
  readonly given: Given
}

/** Never rejects; resolves with the exit code. */
export async function vault(command: VaultCommand, terminal: VaultTerminal): Promise<number> {
  try {
    terminal.out(await answerTo(command, terminal))
    return EXIT.ok
  } catch (error) {
    terminal.complain(error instanceof Error ? error.message : String(error))
    return error instanceof WrongOptions ? EXIT.usage : exitCodeOf(error)
  }
}

/** satm, which types the passphrase, is another bundle: its `CliError` is not this one's. */
const exitCodeOf = (error: unknown): number =>
  error instanceof Error && 'exitCode' in error ? Number(error.exitCode) : EXIT.failed

function answerTo(
  { action, words, given }: VaultCommand,
  { env, typePassphrase }: VaultTerminal,
): Promise<string> {
  const passphrase: PassphraseOf = async (isNew) => {
    const isNamed = namedFile('passphrase-file', given, env) !== ''
    const typed = isNamed ? null : await typePassphrase(isNew)
    if (typeof typed === 'number') throw new CliError(typed, 'Interrupted. Nothing was changed.')
    return typed === null ? readPassphraseFile(fileOf('passphrase-file', given, env)) : new Secret(typed)
  }
  const [first = '', second = ''] = words
  return ANSWERS[action](sharedVaultsOf(given, env), first, second, passphrase)
}

type PassphraseOf = (isNew: boolean) => Promise<Secret>

type Answer = (
  vaults: SharedVaults,
  first: string,
  second: string,
  passphrase: PassphraseOf,
) => Promise<string>

const ANSWERS: Readonly<Record<VaultAction, Answer>> = {
  create: async (vaults, name) => {
    await vaults.create(name)
    return `Shared vault created. Keep the identity file: whoever has it reads everything.\n`
  },
  join: async (vaults) => {
    const { recipient, isMember } = await vaults.join()
    return isMember
      ? `This computer is a member of the shared vault.\n`
      : `${recipient}\nA member adds this computer with: satm vault add-member NAME ${recipient}\n`
  },
  'add-member': async (vaults, name, recipient) => {
    await vaults.addMember(name, recipient)
    return `${name} is a member of the shared vault.\n`
  },
  'remove-member': async (vaults, name) => {
    await vaults.removeMember(name)
    return `${name} was removed and cannot read anything stored from now on. It may have kept what it read before: also change its database password, and refresh all tokens.\n`
  },
  status: async (vaults) => statusText(await vaults.status()),
  'move-in': async (vaults, file, _, passphrase) => {
    const reading = await readBackup(path.resolve(file), await passphrase(false))
    if (reading.kind !== 'ok') throw new CliError(EXIT.failed, reading.sentence)
    const { content, packed } = reading
    const replaced = await vaults.moveIn({ ...content, history: () => attemptsIn(packed) })
    const before =
      replaced === 0
        ? ''
        : ` They took the place of ${customers(replaced)} that were moved in before and never in use.`
    return `${customers(content.profiles)} and ${content.attempts} history entries were moved.${before} Nothing is renewed yet: stop whatever renews them elsewhere, then run satm vault activate.\n`
  },
  activate: async (vaults) => {
    return `The shared vault is in use, with ${customers(await vaults.activate())}.\n`
  },
  'move-out': async (vaults, file, _, passphrase) => {
    const written = await vaults.moveOut(path.resolve(file), await passphrase(true))
    if (written.kind !== 'written') {
      throw new CliError(
        EXIT.failed,
        `${written.sentence} Nothing is renewed in the shared vault any more: try again, or run satm vault activate.`,
      )
    }
    return `${customers(written.profiles)} and ${written.attempts} history entries were written to ${file}. Nothing is renewed in the shared vault any more. Restore the file where they are to be renewed.\n`
  },
}

const customers = (count: number) => `${count} ${count === 1 ? 'customer' : 'customers'}`

function statusText({ vaultId, state, keyEpoch, leader, members, nodes }: SharedVaultStatus): string {
  const lines = members.map(({ name, recipient, addedBy, addedAt, isAuthentic, isOwn }) => {
    const own = isOwn ? ', this computer' : ''
    const added = addedBy === null ? '' : ` by ${plain(addedBy)}`
    const origin = isAuthentic
      ? `added ${new Date(addedAt).toISOString().slice(0, 10)}${added}`
      : 'no access: written directly into the database; remove it'
    return `  ${plain(name)} (${origin}${own})\n    ${plain(recipient)}\n`
  })
  const renews = leader === null ? 'No computer renews at the moment.' : `${plain(leader)} renews.`
  const seen = nodes.map(({ id, seenAgo, stored, isOwn }) => {
    const times = `${stored} ${stored === 1 ? 'write' : 'writes'}`
    const notes = `${id === leader ? ', renews' : ''}${isOwn ? ', this computer' : ''}`
    return `  ${plain(id)} (seen ${inOneUnit(Math.max(0, seenAgo))} ago, ${times}${notes})\n`
  })
  const computers = seen.length === 0 ? '' : `Computers:\n${seen.join('')}`
  return `Shared vault ${vaultId}: ${state}, data key ${keyEpoch}. ${renews}\nMembers:\n${lines.join('')}${computers}`
}

function sharedVaultsOf(given: Given, env: Env): SharedVaults {
  const database = fileOf('database-file', given, env)
  const identity = fileOf('identity-file', given, env)
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

function fileOf(name: string, given: Given, env: Env): string {
  const value = namedFile(name, given, env)
  if (value !== '') return path.resolve(value)
  throw new WrongOptions(`satm vault needs --${name} FILE, or ${variableOf(name)}.`)
}

const variableOf = (name: string) => `SATM_${name.toUpperCase().replaceAll('-', '_')}`
/** Empty: none. */
const namedFile = (name: string, given: Given, env: Env) => given[name] ?? env[variableOf(name)] ?? ''
