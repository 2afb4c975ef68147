// satm: runs the command that the arguments name and returns the exit code. An error is one line on standard error.
import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { connectToApp } from './app-connection.ts'
import { type Command, readCommandLine } from './command-line.ts'
import { CliError, EXIT } from './exit-codes.ts'
import { runProgram } from './run-program.ts'
import { sendRequest } from './socket-client.ts'
import { type Ask, complain, type Terminal, tokenRequest } from './terminal.ts'

/** Never rejects. */
export async function runSatm(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await runCommand(readCommandLine(args, terminal.env), terminal)
  } catch (error) {
    complain(terminal, error instanceof Error ? error.message : String(error))
    return error instanceof CliError ? error.exitCode : EXIT.failed
  }
}

/** What `bootstrap/serve.ts` exports. */
interface Server {
  serve(
    given: Extract<Command, { kind: 'serve' }>['given'],
    program: Pick<Terminal, 'env' | 'version'> & { complain(sentence: string): void },
  ): Promise<never>
}

/** What `bootstrap/vault-command.ts` exports. */
interface VaultProgram {
  vault(
    command: Extract<Command, { kind: 'vault' }>,
    terminal: Pick<Terminal, 'env' | 'out'> & {
      complain(sentence: string): void
      typePassphrase(isNew: boolean): Promise<string | number | null>
    },
  ): Promise<number>
}

/** Of its own, beside this one: it has the database and what the app does without a window. */
function loadProgram<Program>(name: 'serve' | 'vault'): Program {
  const here = path.dirname(fileURLToPath(import.meta.url))
  const built = path.join('server', `${name}.cjs`)
  // Packaged, this is the folder of the executable.
  const places = [path.join(here, 'resources', built), path.join(here, '..', built)]
  const file = places.find((place) => existsSync(place))
  if (file === undefined)
    throw new CliError(EXIT.failed, `The server is not installed beside satm: ${places[0]} is missing.`)
  return process.getBuiltinModule('node:module').createRequire(import.meta.url)(file)
}

async function runCommand(command: Command, terminal: Terminal): Promise<number> {
  const { out, env } = terminal
  const asked: Ask = async (reaching, request, progress) => {
    const { server, timeout } = reaching
    if (server !== undefined) return (await import('./server-client.ts')).askServer(server, request, timeout)
    return sendRequest(await connectToApp(reaching, env), request, timeout, progress)
  }
  switch (command.kind) {
    case 'wrong':
      throw new CliError(
        EXIT.usage,
        `${command.message} See satm ${command.of ?? ''}${command.of === null ? '' : ' '}--help.`,
      )
    case 'token': {
      const { token } = await asked(command.reaching, tokenRequest(command))
      out(`${token}\n`)
      return EXIT.ok
    }
    case 'exec': {
      const { reaching, minTtl, tokens } = command
      const supplied = (some: typeof tokens) =>
        Promise.all(
          some.map(async ({ profile, variable }) => {
            const { token } = await asked(reaching, tokenRequest({ profile, minTtl }))
            return [variable, token] as const
          }),
        )
      // The first one alone: of an app that does not run, each would start one.
      const first = await supplied(tokens.slice(0, 1))
      const given = Object.fromEntries([...first, ...(await supplied(tokens.slice(1)))])
      return runProgram(command.program, { ...env, ...given }, terminal.atKeyboard)
    }
    case 'vault':
      return loadProgram<VaultProgram>('vault').vault(command, {
        env,
        out,
        complain: (sentence) => complain(terminal, sentence),
        typePassphrase: async (isNew) =>
          (await import('./typed-passphrase.ts')).typePassphrase(terminal, isNew),
      })
    case 'serve':
      return loadProgram<Server>('serve').serve(command.given, {
        env,
        version: terminal.version,
        complain: (sentence) => complain(terminal, sentence),
      })
    default: {
      const { runAppCommand } = await import('./app-commands.ts')
      return runAppCommand(command, asked, terminal)
    }
  }
}
