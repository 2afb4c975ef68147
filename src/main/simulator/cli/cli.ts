// The simulated Webex as a program: prints one JSON line, then runs until SIGTERM or SIGINT.
import { once } from 'node:events'
import { type Simulator, startSimulator } from '../index.ts'
import { type CommandLine, HELP, type Place, readCommandLine, type Trouble } from './command-line.ts'

/** The exit code: 0 after a signal to end, 1 if it cannot run, 2 for a wrong flag. */
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

/** Throws a RangeError, with what to say to the person, if a place does not exist. */
function makeTrouble(trouble: Trouble, simulator: Simulator): void {
  const { control } = simulator
  switch (trouble.kind) {
    case 'dead-refresh-token':
      control.killRefreshToken(...at(trouble.at, simulator))
      break
    case 'dead-access-token':
      control.killAccessToken(...at(trouble.at, simulator))
      break
    case 'deauthorised': {
      const [app, orgId] = at(trouble.at, simulator)
      control.deauthoriseOrg(orgId, app)
      break
    }
    case 'regenerated-secret':
      control.regenerateSecret(appAt(trouble.app, simulator).name)
      break
    case 'dead-integration':
      control.killIntegration()
      break
    case 'expired-integration-access':
      control.expireIntegrationAccess()
      break
    case 'fault':
      control.fault(trouble.fault)
      break
  }
}

function appAt(place: number, simulator: Simulator): Simulator['serviceApps'][number] {
  const app = simulator.serviceApps[place - 1]
  if (app === undefined) throw new RangeError(`There is no service app ${place}.`)
  return app
}

function at(place: Place, simulator: Simulator): readonly [app: string, orgId: string] {
  const app = appAt(place.app, simulator)
  const org = app.orgs[place.org - 1]
  if (org === undefined) throw new RangeError(`Service app ${place.app} has no org ${place.org}.`)
  return [app.name, org.orgId]
}

process.exitCode = await main(readCommandLine(process.argv.slice(2)))
