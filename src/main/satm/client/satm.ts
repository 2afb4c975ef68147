// satm: runs the command that the arguments name and returns the exit code. An error is one line on standard error.
import { assertNever } from '#base/common/assert-never.ts'
import type { Refreshed, SatmReplies } from '../protocol.ts'
import type { SatmRequest } from '../server/request-parser.ts'
import { connectToApp } from './app-connection.ts'
import { type AskingForToken, type Command, type ConnectionOptions, readCommandLine } from './command-line.ts'
import type { ShellName } from './command-table.ts'
import { completionScript, completions } from './completion.ts'
import { showDataSources } from './data-source-command.ts'
import { CliError, EXIT } from './exit-codes.ts'
import { helpText } from './help.ts'
import { json, plain, type Style, shellLine } from './print.ts'
import { runProgram } from './run-program.ts'
import { showFailed, showHistory, showList, showRefreshed, showStatus } from './show.ts'
import { sendRequest } from './socket-client.ts'

export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly version: string
  readonly style: Style
  /** Asked when a signal has come: whether a keyboard sends its signals to the whole process group. */
  readonly atKeyboard: () => boolean
  out(text: string): void
  /** To standard error, with its line feed. */
  complain(line: string): void
}

/** ms. A shell waits for it at each press of the key. */
const COMPLETION_TAKES = 1500

/** Never rejects. */
export async function runSatm(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await runCommand(readCommandLine(args), terminal)
  } catch (error) {
    complain(terminal, error instanceof Error ? error.message : String(error))
    return error instanceof CliError ? error.exitCode : EXIT.failed
  }
}

function complain(terminal: Terminal, sentence: string): void {
  terminal.complain(`satm: ${plain(sentence)}\n`)
}

async function runCommand(command: Command, terminal: Terminal): Promise<number> {
  const { out, style, env } = terminal
  const asked = async <R extends SatmRequest>(
    reaching: ConnectionOptions,
    request: R,
    progress?: (refreshed: Refreshed) => void,
  ): Promise<SatmReplies[R['kind']]> =>
    sendRequest(await connectToApp(reaching, env), request, reaching.timeout, progress)
  switch (command.kind) {
    case 'help':
      out(helpText(command.of))
      return EXIT.ok
    case 'version':
      out(`${terminal.version}\n`)
      return EXIT.ok
    case 'wrong':
      throw new CliError(
        EXIT.usage,
        `${command.message} See satm ${command.of ?? ''}${command.of === null ? '' : ' '}--help.`,
      )
    case 'completion':
      out(completionScript(command.shell))
      return EXIT.ok
    case 'complete': {
      const names = () => profileNames(command.words, (reaching) => asked(reaching, { kind: 'list' }))
      const found = await completions(command.words, names)
      out(found.map((each) => `${each}\n`).join(''))
      return EXIT.ok
    }
    case 'list': {
      const list = await asked(command.reaching, { kind: 'list' })
      out(command.json ? json(list) : showList(list, style))
      if (list.profiles.length === 0 && !command.json)
        complain(terminal, 'No service apps yet. Add one in the app.')
      return EXIT.ok
    }
    case 'status': {
      const status = await asked(command.reaching, { kind: 'status', profile: command.profile })
      out(command.json ? json(status) : showStatus(status, style))
      return EXIT.ok
    }
    case 'token': {
      const { token } = await asked(command.reaching, tokenRequest(command))
      out(`${token}\n`)
      return EXIT.ok
    }
    case 'env': {
      const { token } = await asked(command.reaching, tokenRequest(command))
      out(shellLine(command.shell ?? usualShell(), command.variable, token))
      return EXIT.ok
    }
    case 'exec': {
      const { token } = await asked(command.reaching, tokenRequest(command))
      return runProgram(command.program, { ...env, [command.variable]: token }, terminal.atKeyboard)
    }
    case 'refresh': {
      const say = (refreshed: Refreshed) =>
        refreshed.outcome === 'failed'
          ? complain(terminal, showFailed(refreshed))
          : out(showRefreshed(refreshed))
      const { failed, needPerson } = await asked(
        command.reaching,
        { kind: 'refresh', profile: command.profile },
        say,
      )
      if (failed === 0) return EXIT.ok
      return failed === needPerson ? EXIT.needsPerson : EXIT.failed
    }
    case 'history': {
      const { profile, limit } = command
      const history = await asked(command.reaching, { kind: 'history', profile, limit })
      out(command.json ? json(history) : showHistory(history, style))
      return EXIT.ok
    }
    case 'data-sources': {
      const { action, profile, ids } = command
      const reply = await asked(command.reaching, { kind: 'data-sources', action, profile, ids: [...ids] })
      out(showDataSources(reply, command.json, style))
      const failed = reply.kind === 'listed' ? [] : reply.outcomes.filter(({ result }) => result === 'failed')
      for (const { id, sentence } of failed) complain(terminal, `${id}: ${sentence}`)
      if (failed.length === 0) return EXIT.ok
      return failed.every(({ isRefusal }) => isRefusal) ? EXIT.needsPerson : EXIT.failed
    }
    default:
      return assertNever(command)
  }
}

const tokenRequest = ({ profile, minTtl }: AskingForToken) => ({ kind: 'token', profile, minTtl }) as const

const usualShell = (): ShellName => (process.platform === 'win32' ? 'powershell' : 'sh')

/** For completion: starts nothing and reports no error. */
async function profileNames(
  words: readonly string[],
  list: (reaching: ConnectionOptions) => Promise<SatmReplies['list']>,
): Promise<readonly string[]> {
  const at = words.indexOf('--data-folder')
  const chosen = at < 0 ? [] : words.slice(at, at + 2)
  const read = readCommandLine(['list', '--no-start', ...chosen])
  if (read.kind !== 'list') return []
  try {
    const { profiles } = await list({ ...read.reaching, timeout: COMPLETION_TAKES })
    // A line feed in a name would make two of it.
    return profiles.map(({ reference }) => reference).filter((name) => !/\p{Cc}/u.test(name))
  } catch {
    return []
  }
}
