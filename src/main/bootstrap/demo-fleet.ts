// Demo fleet: a simulated Webex inside the app, and a small fleet in which every state can be seen.

import { randomUUID } from 'node:crypto'
import type { IdClock } from '#application/fleet-input.ts'
import { fingerprint } from '#base/node/fingerprint.ts'
import { redirectUriOf } from '#connect/flow.ts'
import type { Duration, FleetChange, TokenPair } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'
import { Secret } from '#engine/domain/secret.ts'
import { SETTINGS } from '#engine/domain/settings.ts'
import { type Simulator, startSimulator } from '#simulator/index.ts'
import type { DemoLaunch } from './launch-options.ts'

export interface Demo {
  readonly baseUrl: string
  /** What the fleet starts with; empty for a blank demo. */
  readonly changes: readonly FleetChange[]
  close(): Promise<void>
}

type Trouble = 'none' | 'refresh-token-dead' | 'org-deauthorised' | 'secret-wrong' | 'paused'

/** Each service app with the fate of each of its orgs. */
const FLEET: readonly { readonly name: string; readonly orgs: readonly Trouble[] }[] = [
  { name: 'Orders data source', orgs: ['none', 'refresh-token-dead'] },
  { name: 'Queue dashboard', orgs: ['none'] },
  { name: 'Meeting reports', orgs: ['paused', 'org-deauthorised'] },
  { name: 'Wallboard', orgs: ['secret-wrong'] },
]

/** Seconds, for an access token that lives as many: Webex's 90 days to its 14, each less one second. */
const refreshTtlFor = (accessTtl: number) => Math.round(((accessTtl + 1) * 90) / 14) - 1
/** ms. What a call to the cloud takes, so that "Refreshing" can be seen. */
const LATENCY = 120

/** Rejects if no port of this machine can be had. */
export async function startDemo(
  wish: DemoLaunch,
  parts: {
    readonly clock: Clock
    readonly delay: (ms: Duration, signal?: AbortSignal) => Promise<void>
  },
): Promise<Demo> {
  const refreshTtl = refreshTtlFor(wish.accessTtl)
  const simulator = await startSimulator({
    accessTtl: wish.accessTtl,
    refreshTtl,
    // A demo that was left open for an hour still works.
    slide: true,
    redirectUri: redirectUriOf(SETTINGS.redirectPort.default),
    serviceApps: FLEET.map(({ name, orgs }) => ({ name, orgs: orgs.length })),
    latency: LATENCY,
    clock: parts.clock,
    delay: parts.delay,
    portal: true,
  })
  return {
    baseUrl: simulator.baseUrl,
    changes: wish.blank
      ? []
      : fleetWithTrouble(
          simulator,
          { access: wish.accessTtl * 1000, refresh: refreshTtl * 1000 },
          { now: parts.clock.now, newId: randomUUID },
        ),
    close: () => simulator.close(),
  }
}

interface Lifetimes {
  readonly access: Duration
  readonly refresh: Duration
}

function fleetWithTrouble(
  simulator: Simulator,
  lifetimes: Lifetimes,
  idClock: IdClock,
): readonly FleetChange[] {
  const { integration, serviceApps } = simulator
  return [
    {
      kind: 'manager-saved',
      manager: {
        kind: 'integration',
        id: idClock.newId(),
        name: 'Token manager integration',
        isDefault: true,
        fallbackId: null,
        createdAt: idClock.now(),
        clientId: integration.clientId,
        clientSecret: new Secret(integration.clientSecret),
        pair: issuedPair(integration, lifetimes, idClock),
      },
    },
    ...serviceApps.flatMap((app, index) =>
      profilesOf(app, FLEET[index]?.orgs ?? [], simulator, lifetimes, idClock),
    ),
  ]
}

function profilesOf(
  app: Simulator['serviceApps'][number],
  troubles: readonly Trouble[],
  simulator: Simulator,
  lifetimes: Lifetimes,
  idClock: IdClock,
): readonly FleetChange[] {
  const { appId, clientId, clientSecret } = app
  const serviceAppId = idClock.newId()
  const secret = troubles.includes('secret-wrong') ? `${clientSecret.slice(1)}0` : clientSecret
  return [
    {
      kind: 'service-app-saved',
      serviceApp: { id: serviceAppId, appId, clientId, clientSecret: new Secret(secret) },
    },
    ...app.orgs.map((org, index): FleetChange => {
      const trouble = troubles[index] ?? 'none'
      cause(trouble, simulator, app.name, org.orgId)
      return {
        kind: 'profile-saved',
        profile: {
          id: idClock.newId(),
          name: app.orgs.length === 1 ? app.name : `${app.name} (${org.name})`,
          serviceAppId,
          targetOrgId: org.orgId,
          orgName: org.name,
          managerId: null,
          probe: { kind: 'data-sources' },
          paused: trouble === 'paused',
          createdAt: idClock.now(),
          pair: issuedPair(org, lifetimes, idClock),
        },
      }
    }),
  ]
}

function cause(trouble: Trouble, { control }: Simulator, app: string, orgId: string): void {
  if (trouble === 'refresh-token-dead' || trouble === 'org-deauthorised') control.killRefreshToken(app, orgId)
  if (trouble === 'org-deauthorised') control.deauthoriseOrg(orgId)
}

function issuedPair(
  tokens: { readonly accessToken: string; readonly refreshToken: string },
  lifetimes: Lifetimes,
  idClock: IdClock,
): TokenPair {
  const issuedAt = idClock.now()
  return {
    accessToken: new Secret(tokens.accessToken),
    fingerprint: fingerprint(tokens.accessToken),
    issuedAt,
    expiresAt: issuedAt + lifetimes.access,
    origin: 'applications-api',
    refresh: {
      token: new Secret(tokens.refreshToken),
      issuedAt,
      expiresAt: issuedAt + lifetimes.refresh,
      firstLifetime: lifetimes.refresh,
      dead: false,
    },
  }
}
