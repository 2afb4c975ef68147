// `satm backup`: has the app write everything into one encrypted file, as a copy or to be renewed elsewhere from then on.
import path from 'node:path'
import type { SatmReplies } from '../protocol.ts'
import type { Command } from './command-line.ts'
import { CliError, EXIT } from './exit-codes.ts'
import { patiently } from './option-values.ts'
import { plain } from './print.ts'
import { readSecretFile } from './secret-file.ts'
import { type Ask, complain, type Terminal } from './terminal.ts'
import { typePassphrase, withinLimit } from './typed-passphrase.ts'

export async function writeBackup(
  command: Extract<Command, { kind: 'backup' }>,
  asked: Ask,
  terminal: Terminal,
): Promise<number> {
  const { kind, isMove } = command
  const file = path.resolve(command.file)
  const { passphraseFile } = command
  const passphrase =
    passphraseFile === null
      ? await typePassphrase(terminal, true)
      : withinLimit(readSecretFile('The passphrase file', passphraseFile, 'passphrase'))
  if (typeof passphrase === 'number') return passphrase
  if (passphrase === null)
    throw new CliError(EXIT.usage, 'Name a file with the passphrase: --passphrase-file FILE.')
  const reaching = patiently(command.reaching)
  const written = await asked(reaching, { kind, file, passphrase, isMove })
  terminal.out(`${plain(`${file}: ${contentOf(written)}`)}\n`)
  if (written.leftOut > 0)
    complain(terminal, `${counted(written.leftOut, 'record')} that could not be read: not in the file.`)
  if (isMove)
    complain(
      terminal,
      'Nothing is renewed here any more. Restore the file where it is to be renewed: satm serve --restore FILE, or Settings → Data in the app.',
    )
  return EXIT.ok
}

function contentOf({ serviceApps, customers, managers, attempts }: SatmReplies['backup']): string {
  const fleet = `${counted(serviceApps, 'service app')} for ${counted(customers, 'customer')}`
  return `${fleet}, ${counted(managers, 'token manager')}, ${counted(attempts, 'attempt')}`
}

const counted = (count: number, one: string) => `${count} ${one}${count === 1 ? '' : 's'}`
