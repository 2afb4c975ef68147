// `satm connect`: prints the authorization URL, reads the redirected URL and reports what came of it. The app keeps state
// and verifier, so this program can end and be run again.
import { inWords } from '#base/common/duration.ts'
import type { ConnectBegun } from '../protocol.ts'
import { LONGEST_REQUEST } from '../protocol.ts'
import type { Command } from './command-line.ts'
import { CliError, EXIT, interruptedBy } from './exit-codes.ts'
import { plain } from './print.ts'
import { readSecretFile } from './secret-file.ts'
import { type Ask, complain, hint, type Terminal } from './terminal.ts'
import type { TerminalInput } from './terminal-input.ts'

type ConnectCommand = Extract<Command, { kind: 'connect' }>

export async function connectIntegration(
  command: ConnectCommand,
  asked: Ask,
  terminal: Terminal,
): Promise<number> {
  const input = await terminal.input()
  try {
    const credentials = await credentialsOf(command, input, terminal)
    if (typeof credentials === 'number') return credentials
    const { reaching, manager } = command
    const begun = await asked(reaching, { kind: 'connect-begin', manager, credentials })
    tellUrl(begun, terminal)
    const again = { ...reaching, start: false }
    const interrupted = input.interrupted.then(async (signal) => {
      const { authorizationUrl } = begun
      const { isCanceled } = await asked(again, { kind: 'connect-cancel', authorizationUrl })
      const whatElse = 'Webex is already being asked: see satm status for what comes of it.'
      complain(terminal, isCanceled ? 'Canceled. Nothing was changed.' : whatElse)
      return interruptedBy(signal)
    })
    return await Promise.race([finished(again, begun, input, asked, terminal), interrupted])
  } finally {
    input.close()
  }
}

type Credentials = { readonly clientId: string; readonly clientSecret: string }

/** A number: it ended here, with this code. */
async function credentialsOf(
  { client }: ConnectCommand,
  input: TerminalInput,
  terminal: Terminal,
): Promise<Credentials | null | number> {
  if (client === null) return null
  const { clientId, file } = client
  if (file !== null) return { clientId, clientSecret: readSecretFile('The client secret file', file) }
  if (!input.isTerminal)
    throw new CliError(EXIT.usage, 'Name the file with the client secret: --client-secret-file FILE.')
  const typing = input.readHidden(() => terminal.complain('Client secret (not shown): '))
  const typed = await Promise.race([typing, input.interrupted.then(interruptedBy)])
  terminal.complain('\n')
  if (typeof typed === 'number') return typed
  const clientSecret = typed?.trim() ?? ''
  if (clientSecret === '') throw new CliError(EXIT.usage, 'No client secret was typed. Nothing was changed.')
  return { clientId, clientSecret }
}

function tellUrl(
  { authorizationUrl, redirectUri, reconnects, now, expiresAt }: ConnectBegun,
  terminal: Terminal,
) {
  const what = reconnects === null ? 'connect the integration' : `reconnect ${reconnects}`
  hint(terminal, `To ${what}, open this URL in a browser, sign in as a full admin and accept:`)
  terminal.out(`${authorizationUrl}\n`)
  hint(
    terminal,
    `The browser is then sent to ${redirectUri}?…, where no page may load. Paste that address here, within ${inWords(expiresAt - now)}:`,
  )
}

async function finished(
  reaching: ConnectCommand['reaching'],
  { redirectUri }: ConnectBegun,
  input: TerminalInput,
  asked: Ask,
  terminal: Terminal,
): Promise<number> {
  for (;;) {
    const pasted = await input.read()
    if (pasted === null)
      throw new CliError(
        EXIT.failed,
        'Nothing more was pasted. Run the same command again to paste the address: the same URL works until then.',
      )
    const url = pasted.trim()
    if (url === '') continue
    const problem = url.length > LONGEST_REQUEST / 2 ? tooLong(redirectUri) : null
    const reply =
      problem === null
        ? await asked(reaching, { kind: 'connect-finish', url })
        : ({ kind: 'rejected', sentence: problem } as const)
    switch (reply.kind) {
      case 'connected':
        terminal.out(`${plain(reply.name)}: connected\n`)
        if (!reply.isStored) complain(terminal, reply.sentence)
        return reply.isStored ? EXIT.ok : EXIT.needsPerson
      case 'rejected':
        complain(terminal, reply.sentence)
        if (input.isTerminal) hint(terminal, 'Paste the address again, or press Ctrl-C to cancel:')
        break
      case 'failed': {
        const tracking = reply.trackingId === null ? '' : ` (tracking id ${reply.trackingId})`
        throw new CliError(EXIT.failed, `${reply.sentence}${tracking}`)
      }
    }
  }
}

const tooLong = (redirectUri: string) =>
  `This is not the redirected URL: it is too long. It begins with ${redirectUri}?`
