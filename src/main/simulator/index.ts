// The simulated Webex, on loopback: lifetimes, rotation and sliding, every error shape, and a ledger of every request.
import { once } from 'node:events'
import type { Server } from 'node:http'
import { type Control, makeControl } from './control.ts'
import { DataSourceStore } from './data-source-store.ts'
import { makeDirectory, newIntegration, newServiceApp, orgMaker } from './directory.ts'
import { FaultQueue } from './faults/fault-queue.ts'
import { KnownSecrets } from './identifiers.ts'
import { type Ledger, makeLedger } from './ledger.ts'
import { AuthorizationCodes } from './oauth/codes.ts'
import {
  type IntegrationCredentials,
  issueFirstTokens,
  type ServiceAppCredentials,
} from './oauth/first-tokens.ts'
import { TokenStore } from './oauth/tokens.ts'
import { environmentOf, type SimulatorOptions, serviceAppsOf, settingsOf } from './options.ts'
import { portalInterceptor } from './portal/portal.ts'
import { makeServer } from './server.ts'
import type { World } from './world.ts'

export type { Control } from './control.ts'
export type { FaultInput } from './faults/fault-kinds.ts'
export type { Ledger, LedgerEntry } from './ledger.ts'
export type { IntegrationCredentials, ServiceAppCredentials } from './oauth/first-tokens.ts'
export type { SimulatorOptions } from './options.ts'

export type Simulator = {
  /** `http://127.0.0.1:PORT/v1`, without a slash at the end. */
  readonly baseUrl: string
  readonly origin: string
  /** As they were at the start, like everything below. */
  readonly integration: IntegrationCredentials
  readonly serviceApps: readonly ServiceAppCredentials[]
  readonly ledger: Ledger
  readonly control: Control
  /** Every client secret, and the last 200 000 tokens, codes and verifiers: what a search for leaks must not find. */
  secrets(): readonly string[]
  /** Ends every connection, hanging ones too. May be called again. */
  close(): Promise<void>
}

const REDIRECT_URI = 'http://localhost:3000/callback'

/** Starts listening on 127.0.0.1. Rejects if the port is taken. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const world = makeWorld(options)
  const credentials = issueFirstTokens(world)
  const control = makeControl(world)
  const portal =
    options.portal === true ? portalInterceptor({ control, ledger: world.ledger, credentials }) : null
  const server = makeServer(world, portal)
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The simulator listens on no port.')
  let closing: Promise<void> | undefined
  const origin = `http://127.0.0.1:${address.port}`
  return {
    baseUrl: `${origin}/v1`,
    origin,
    ...credentials,
    ledger: world.ledger,
    control,
    secrets: () => world.secrets.all(),
    close: () => {
      closing ??= closeServer(server)
      return closing
    },
  }
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}

function makeWorld(options: SimulatorOptions): World {
  const surroundings = environmentOf(options)
  const { random } = surroundings
  const integration = newIntegration(random, options.redirectUri ?? REDIRECT_URI)
  const orgUuidAt = orgMaker(random, options.sharedOrgs ?? false)
  const apps = serviceAppsOf(options).map((app, index) => newServiceApp(random, app, index, orgUuidAt))
  const secrets = new KnownSecrets()
  for (const { clientSecret } of [integration, ...apps]) secrets.keep(clientSecret)
  return {
    ...surroundings,
    settings: settingsOf(options),
    directory: makeDirectory(integration, apps),
    tokens: new TokenStore(random, secrets),
    dataSources: new DataSourceStore(random),
    codes: new AuthorizationCodes(random),
    faults: new FaultQueue(),
    ledger: makeLedger(),
    secrets,
  }
}
