// Directory: the integration, the service apps and the orgs that authorised them, looked up by id in O(1).
import {
  makeClientId,
  makeClientSecret,
  makeUuid,
  orgUuidOf,
  type RandomBytes,
  webexId,
} from './identifiers.ts'
import type { Authorisation, Client, Grant, Integration, ServiceApp } from './model.ts'
import { SERVICE_APP_SCOPES, type ServiceAppOptions } from './options.ts'

const APP_NAMES = ['Data Vault Connector', 'Meeting Archiver', 'Room Reporter', 'Contact Insights']
const ORG_NAMES = ['Acme Corp', 'Globex', 'Initech', 'Umbrella Health', 'Stark Logistics']

export type Directory = {
  readonly integration: Integration
  readonly serviceApps: readonly ServiceApp[]
  /** The service app with this id (padding is ignored), if any. */
  appById(appId: string): ServiceApp | undefined
  clientById(clientId: string): Integration | ServiceApp | undefined
  appByName(name: string): ServiceApp | undefined
}

export const newGrant = (client: Client, orgUuid: string): Grant => ({
  client,
  orgUuid,
  orgId: webexId('ORGANIZATION', orgUuid),
  dead: false,
  inFlight: 0,
  access: [],
  refresh: [],
})

export function newIntegration(random: RandomBytes, redirectUri: string): Integration {
  return {
    kind: 'integration',
    name: 'integration',
    clientId: makeClientId(random),
    clientSecret: makeClientSecret(random),
    redirectUri,
    orgUuid: makeUuid(random),
    scopes: ['spark:applications_token'],
    grants: [],
  }
}

/** By its place among the orgs of a service app; `shared`: the same for each service app. */
export function orgMaker(random: RandomBytes, shared: boolean): (place: number) => string {
  const made: string[] = []
  return (place) => {
    const uuid = (shared ? made[place] : undefined) ?? makeUuid(random)
    made[place] = uuid
    return uuid
  }
}

/** A service app authorised by as many orgs as `options.orgs` says; `index` only serves to name it. */
export function newServiceApp(
  random: RandomBytes,
  options: ServiceAppOptions,
  index: number,
  orgUuidAt = orgMaker(random, false),
): ServiceApp {
  const clientId = makeClientId(random)
  const app: ServiceApp = {
    kind: 'service-app',
    name: options.name ?? APP_NAMES[index] ?? `Service app ${index + 1}`,
    appId: webexId('APPLICATION', clientId),
    clientId,
    clientSecret: makeClientSecret(random),
    scopes: options.scopes ?? SERVICE_APP_SCOPES,
    dataSources: options.dataSources ?? 1,
    orgs: new Map(),
  }
  for (let n = 0; n < (options.orgs ?? 1); n += 1) {
    const grant = newGrant(app, orgUuidAt(n))
    const { orgUuid, orgId } = grant
    app.orgs.set(orgUuid, { orgUuid, orgId, name: ORG_NAMES[n] ?? `Org ${n + 1}`, authorised: true, grant })
  }
  return app
}

/** The org's authorisation of this app, by raw or encoded org id. */
export function authorisationOf(app: ServiceApp, orgId: string): Authorisation | undefined {
  const uuid = orgUuidOf(orgId)
  return uuid === null ? undefined : app.orgs.get(uuid)
}

export function makeDirectory(integration: Integration, serviceApps: readonly ServiceApp[]): Directory {
  const byId = new Map(serviceApps.map((app) => [app.appId, app]))
  const byName = new Map(serviceApps.map((app) => [app.name, app]))
  const byClientId = new Map<string, Integration | ServiceApp>(serviceApps.map((app) => [app.clientId, app]))
  byClientId.set(integration.clientId, integration)
  if (byName.size !== serviceApps.length) throw new RangeError('Two service apps have the same name.')
  return {
    integration,
    serviceApps,
    appById: (appId) => byId.get(appId.replaceAll('=', '')),
    clientById: (clientId) => byClientId.get(clientId),
    appByName: (name) => byName.get(name),
  }
}
