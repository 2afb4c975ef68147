// A Webex of our own, on loopback: both lifetimes, rotation and sliding, every error shape, a ledger of all it saw.
import { once } from 'node:events'
import { CodeDesk } from './codes.ts'
import { type Control, makeControl } from './control.ts'
import { makeDirectory, newGrant, newIntegration, newServiceApp } from './directory.ts'
import { FaultQueue } from './fault-queue.ts'
import { type Ledger, makeLedger } from './ledger.ts'
import { type SimulatorOptions, serviceAppsOf, settingsOf, surroundingsOf } from './options.ts'
import { makeServer } from './server.ts'
import { TokenStore } from './tokens.ts'
import type { World } from './world.ts'

export type { Control } from './control.ts'
export type { Endpoint } from './endpoints.ts'
export type { Fault, FaultInput } from './fault-kinds.ts'
export type { Ledger, LedgerEntry } from './ledger.ts'
export type { Delay, SimulatorClock, SimulatorOptions } from './options.ts'

export type IntegrationCredentials = {
  readonly clientId: string
  readonly clientSecret: string
  readonly redirectUri: string
  readonly accessToken: string
  readonly refreshToken: string
}

export type OrgCredentials = {
  readonly orgId: string
  readonly name: string
  readonly accessToken: string
  readonly refreshToken: string
}

export type ServiceAppCredentials = {
  readonly name: string
  readonly appId: string
  readonly clientId: string
  readonly clientSecret: string
  readonly orgs: readonly OrgCredentials[]
}

export type Simulator = {
  /** `http://127.0.0.1:PORT/v1`, without a slash at the end. */
  readonly baseUrl: string
  readonly origin: string
  /** As they were at the start, like everything below. */
  readonly integration: IntegrationCredentials
  readonly serviceApps: readonly ServiceAppCredentials[]
  readonly ledger: Ledger
  readonly control: Control
  /** Ends every connection, hanging ones too. */
  close(): Promise<void>
}

const REDIRECT_URI = 'http://localhost:3000/callback'
const MANAGER_SCOPES = ['spark:applications_token']

/** Starts listening on 127.0.0.1. Rejects if the port is taken. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const world = makeWorld(options)
  const credentials = issueFirstTokens(world)
  const server = makeServer(world, null)
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The simulator listens on no port.')
  const origin = `http://127.0.0.1:${address.port}`
  return {
    baseUrl: `${origin}/v1`,
    origin,
    ...credentials,
    ledger: world.ledger,
    control: makeControl(world),
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

function makeWorld(options: SimulatorOptions): World {
  const surroundings = surroundingsOf(options)
  const { random } = surroundings
  const integration = newIntegration(
    random,
    options.redirectUri ?? REDIRECT_URI,
    options.integrationScopes ?? MANAGER_SCOPES,
  )
  const apps = serviceAppsOf(options).map((app, index) => newServiceApp(random, app, index))
  return {
    ...surroundings,
    settings: settingsOf(options),
    directory: makeDirectory(integration, apps),
    tokens: new TokenStore(random),
    codes: new CodeDesk(random),
    faults: new FaultQueue(),
    ledger: makeLedger(),
  }
}

/** The integration was authorised once and every service app has a pair in every org, as after a good first day. */
function issueFirstTokens(world: World): Pick<Simulator, 'integration' | 'serviceApps'> {
  const { directory, settings, tokens } = world
  const now = world.clock.now()
  const { accessTtl, refreshTtl, managerAccessTtl, managerRefreshTtl } = settings.lifetimes
  const { integration } = directory
  const managerGrant = newGrant(integration, integration.orgUuid)
  integration.grants.push(managerGrant)
  const pairOf = (grant: typeof managerGrant, access: number, refresh: number) => {
    const pair = tokens.issue(grant, { now, accessTtl: access, refreshTtl: refresh })
    return { accessToken: pair.access.value, refreshToken: pair.refresh?.value ?? '' }
  }
  const { clientId, clientSecret, redirectUri } = integration
  return {
    integration: {
      clientId,
      clientSecret,
      redirectUri,
      ...pairOf(managerGrant, managerAccessTtl, managerRefreshTtl),
    },
    serviceApps: directory.serviceApps.map((app) => ({
      name: app.name,
      appId: app.appId,
      clientId: app.clientId,
      clientSecret: app.clientSecret,
      orgs: [...app.orgs.values()].map(({ orgId, name, grant }) => ({
        orgId,
        name,
        ...pairOf(grant, accessTtl, refreshTtl),
      })),
    })),
  }
}
