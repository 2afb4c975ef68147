// Control of the simulated Webex: what admins, outages and time do to it.
import type { DataSource } from './data-source-store.ts'
import { authorisationOf, newGrant } from './directory.ts'
import { type FaultInput, faultSchema } from './faults/fault-kinds.ts'
import { makeClientSecret } from './identifiers.ts'
import type { Authorisation, ServiceApp } from './model.ts'
import { killAccessTokens, killAllTokens, killRefreshTokens } from './oauth/tokens.ts'
import type { Behaviour, Lifetimes } from './options.ts'
import type { World } from './world.ts'

/** Apps are given by name, app id or client id, orgs by id (raw or encoded); a RangeError tells of an unknown one. */
export type Control = {
  /** Tier 1 is dead for this org from now on, until tier 2 issues a new pair. */
  killRefreshToken(app: string, orgId: string): void
  /** The access tokens issued so far are refused. */
  killAccessToken(app: string, orgId: string): void
  /** The human behind the integration is gone: tier 3 is dead, and so is its bearer. */
  killIntegration(): void
  /** What `killIntegration` killed lives again, as far as it has not expired. */
  reviveIntegration(): void
  /** The integration's access tokens expire now: tier 2 answers 401 until tier 3 was used. */
  expireIntegrationAccess(): void
  /** An admin withdraws the app's authorisation (of every app, if none is given): tokens die, tier 2 answers 403. */
  deauthoriseOrg(orgId: string, app?: string): void
  /** … and gives it again: tier 2 works, what died stays dead. */
  authoriseOrg(orgId: string, app?: string): void
  /** Returns the new client secret; the old one is wrong from now on. `integration` for the integration's. */
  regenerateSecret(app: string): string
  /** The scopes of a service app or of the `integration`, from now on, for tokens already issued too. */
  setScopes(app: string, scopes: readonly string[]): void
  /** Returns the ID of the new one. */
  registerDataSource(app: string, orgId: string, lifetimeMinutes?: number): string
  removeDataSource(app: string, orgId: string, id: string): void
  setDataSourceStatus(app: string, orgId: string, id: string, status: DataSource['status']): void
  setLifetimes(lifetimes: Partial<Lifetimes>): void
  setBehaviour(behaviour: Partial<Behaviour>): void
  /** Milliseconds before every answer. */
  setLatency(ms: number): void
  /** Milliseconds by which the `Date` header is off. */
  setDateSkew(ms: number): void
  /** Queues a fault and returns its id. Throws a ZodError if it is none. */
  fault(fault: FaultInput): number
  /** Without an id, all faults. */
  clearFaults(id?: number): void
  /** A portal token of the person behind the integration, with all of their rights; 12 h by default. */
  issuePersonalAccessToken(ttlSeconds?: number): string
}

const PERSONAL_TTL = 12 * 3600
const PERSONAL_SCOPES = [
  'spark:applications_token',
  'spark:people_read',
  'spark:rooms_read',
  'meeting:schedules_read',
]

export function makeControl(world: World): Control {
  const { directory, settings } = world
  const { integration } = directory
  const clientNamed = (app: string) => (app === integration.name ? integration : knownApp(world, app))
  const find = (app: string, orgId: string) => authorisation(knownApp(world, app), orgId)
  const source = (app: string, orgId: string, id: string) => {
    const found = world.dataSources.of(find(app, orgId).grant, world.clock.now()).find((one) => one.id === id)
    if (found === undefined) throw new RangeError(`"${app}" has no data source ${id} there.`)
    return found
  }
  return {
    killRefreshToken: (app, orgId) => killRefreshTokens(find(app, orgId).grant),
    killAccessToken: (app, orgId) => killAccessTokens(find(app, orgId).grant),
    killIntegration: () => {
      for (const grant of integration.grants) grant.dead = true
    },
    reviveIntegration: () => {
      for (const grant of integration.grants) grant.dead = false
    },
    expireIntegrationAccess: () => {
      const now = world.clock.now()
      for (const grant of integration.grants) {
        for (const token of grant.access) token.expiresAt = Math.min(token.expiresAt, now)
      }
    },
    deauthoriseOrg: (orgId, app) => {
      for (const found of authorisations(world, orgId, app)) {
        found.authorised = false
        killAllTokens(found.grant)
      }
    },
    authoriseOrg: (orgId, app) => {
      for (const found of authorisations(world, orgId, app)) found.authorised = true
    },
    regenerateSecret: (app) => {
      const client = clientNamed(app)
      client.clientSecret = makeClientSecret(world.random)
      world.secrets.keep(client.clientSecret)
      return client.clientSecret
    },
    setScopes: (app, scopes) => {
      clientNamed(app).scopes = [...scopes]
    },
    registerDataSource: (app, orgId, lifetimeMinutes) =>
      world.dataSources.register(
        find(app, orgId).grant,
        world.clock.now(),
        lifetimeMinutes === undefined ? {} : { tokenLifetimeMinutes: lifetimeMinutes },
      ).id,
    removeDataSource: (app, orgId, id) => world.dataSources.remove(source(app, orgId, id)),
    setDataSourceStatus: (app, orgId, id, status) => {
      source(app, orgId, id).status = status
    },
    setLifetimes: (lifetimes) => {
      settings.lifetimes = { ...settings.lifetimes, ...lifetimes }
    },
    setBehaviour: (behaviour) => {
      settings.behaviour = { ...settings.behaviour, ...behaviour }
    },
    setLatency: (ms) => {
      settings.latency = ms
    },
    setDateSkew: (ms) => {
      settings.dateSkew = ms
    },
    fault: (fault) => world.faults.add(faultSchema.parse(fault)),
    clearFaults: (id) => world.faults.clear(id),
    issuePersonalAccessToken: (ttlSeconds = PERSONAL_TTL) => {
      const person = { kind: 'person', name: 'personal access token', scopes: PERSONAL_SCOPES } as const
      const grant = newGrant(person, integration.orgUuid)
      const terms = { now: world.clock.now(), accessTtl: ttlSeconds, refreshTtl: null }
      return world.tokens.issue(grant, terms).access.value
    },
  }
}

function knownApp(world: World, name: string): ServiceApp {
  const { appByName, appById, clientById } = world.directory
  const app = appByName(name) ?? appById(name) ?? clientById(name)
  if (app?.kind !== 'service-app') throw new RangeError(`There is no service app "${name}".`)
  return app
}

function authorisation(app: ServiceApp, orgId: string): Authorisation {
  const found = authorisationOf(app, orgId)
  if (found === undefined) throw new RangeError(`"${app.name}" knows no org ${orgId}.`)
  return found
}

function authorisations(world: World, orgId: string, app?: string): readonly Authorisation[] {
  if (app !== undefined) return [authorisation(knownApp(world, app), orgId)]
  const found = world.directory.serviceApps.flatMap((each) => authorisationOf(each, orgId) ?? [])
  if (found.length === 0) throw new RangeError(`No service app knows an org ${orgId}.`)
  return found
}
