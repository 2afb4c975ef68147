// `satm backup`: has the app write everything into one encrypted file, as a copy or to be renewed elsewhere from then on.
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { LONGEST_PASSPHRASE, type SatmReplies } from '../protocol.ts'
import type { Command } from './command-line.ts'
import { CliError, EXIT } from './exit-codes.ts'
import { plain } from './print.ts'
import { type Ask, complain, type Terminal } from './terminal.ts'

/** ms. What has begun is not left in doubt; a history of a million attempts takes minutes. */
const TAKES = 15 * 60_000

export async function writeBackup(
  command: Extract<Command, { kind: 'backup' }>,
  asked: Ask,
  terminal: Terminal,
): Promise<number> {
  const { kind, isMove } = command
  const file = path.resolve(command.file)
  const passphrase = passphraseIn(command.passphraseFile)
  const reaching = { ...command.reaching, timeout: Math.max(TAKES, command.reaching.timeout) }
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

/** One line, whose blanks count, in a file that nobody else can read or change. */
function passphraseIn(file: string): string {
  const refuse = (why: string) => new CliError(EXIT.needsPerson, `The passphrase file ${file} ${why}`)
  let fd: number
  try {
    fd = openSync(file, 'r')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    throw refuse(code === 'ENOENT' ? 'is not there.' : 'cannot be read by this user.')
  }
  try {
    const { uid, mode, size } = fstatSync(fd)
    const own = process.geteuid?.() ?? uid
    if (uid !== own && uid !== 0) throw refuse(`belongs to another user (user ID ${uid}).`)
    if (process.platform !== 'win32' && (mode & 0o077) !== 0)
      throw refuse(`can be read or changed by others. Run: chmod 600 ${file}`)
    const text = size > LONGEST_PASSPHRASE * 4 ? '' : readFileSync(fd, 'utf8').replace(/\r?\n$/, '')
    if (text !== '' && text.length <= LONGEST_PASSPHRASE && !/[\r\n]/.test(text)) return text
    throw refuse('must contain the passphrase alone, on one line.')
  } finally {
    closeSync(fd)
  }
}
