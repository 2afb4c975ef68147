// Typed passphrase: asks for the passphrase of a backup at the terminal, without showing what is typed.
import { LONGEST_PASSPHRASE } from '#base/common/passphrase-strength.ts'
import { CliError, EXIT, interruptedBy } from './exit-codes.ts'
import type { Terminal } from './terminal.ts'

/**
 * A new one is typed twice. null: there is no terminal to type at. A number: a signal ended it, with this exit code. Rejects
 * with a `CliError` where what was typed is no passphrase.
 */
export async function typePassphrase(
  terminal: Pick<Terminal, 'input' | 'complain'>,
  isNew: boolean,
): Promise<string | number | null> {
  const input = await terminal.input()
  try {
    if (!input.isTerminal) return null
    const typed: string[] = []
    const repeated = isNew ? ['Repeat passphrase: '] : []
    for (const asking of ['Passphrase of the backup (not shown): ', ...repeated]) {
      const typing = input.readHidden(() => terminal.complain(asking))
      const answer = await Promise.race([typing, input.interrupted.then(interruptedBy)])
      terminal.complain('\n')
      if (typeof answer === 'number') return answer
      typed.push(answer ?? '')
    }
    const [passphrase = '', again = passphrase] = typed
    if (passphrase !== again)
      throw new CliError(EXIT.usage, 'The passphrases do not match. Nothing was written.')
    if (passphrase === '') throw new CliError(EXIT.usage, 'No passphrase was typed. Nothing was changed.')
    return withinLimit(passphrase)
  } finally {
    input.close()
  }
}

/** It could not be entered in the window. */
export function withinLimit(passphrase: string): string {
  if (passphrase.length <= LONGEST_PASSPHRASE) return passphrase
  throw new CliError(EXIT.usage, `A passphrase has ${LONGEST_PASSPHRASE} characters at most.`)
}
