// The simulated Webex as a program: one JSON line on stdout, then it runs until it is told to end.
import { once } from 'node:events'
import { makeTrouble } from '../faults/troubles.ts'
import { type Simulator, startSimulator } from '../index.ts'
import { type CommandLine, readCommandLine } from './cli-flags.ts'
import { HELP } from './cli-help.ts'

/** The exit code: 0 when told to end, 1 if it cannot run, 2 for a wrong flag. */
async function main(commandLine: CommandLine): Promise<number> {
  switch (commandLine.kind) {
    case 'help':
      process.stdout.write(HELP)
      return 0
    case 'wrong':
      return complain(`${commandLine.message}\nSee --help.`, 2)
    case 'run':
      return run(commandLine)
  }
}

async function run({ options, troubles }: CommandLine & { readonly kind: 'run' }): Promise<number> {
  const ended = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
  const started = await startSimulator(options).catch((error: unknown) => messageOf(error))
  if (typeof started === 'string') return complain(started, 1)
  try {
    for (const trouble of troubles) makeTrouble(trouble, started)
  } catch (error) {
    await started.close()
    return complain(messageOf(error), 2)
  }
  process.stdout.write(`${JSON.stringify(credentialsOf(started))}\n`)
  await ended
  await started.close()
  return 0
}

function credentialsOf({ baseUrl, integration, serviceApps }: Simulator): object {
  const apps = serviceApps.map(({ orgs, ...app }) => ({
    ...app,
    orgs: orgs.map(({ orgId, accessToken, refreshToken }) => ({ orgId, accessToken, refreshToken })),
  }))
  return { baseUrl, integration, serviceApps: apps }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

function complain(message: string, exitCode: number): number {
  process.stderr.write(`simulator: ${message}\n`)
  return exitCode
}

process.exitCode = await main(readCommandLine(process.argv.slice(2)))
