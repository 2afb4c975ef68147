// What the simulated Webex gives out at its start, as the changes that put it into a vault.

import { fingerprint } from '#base/node/fingerprint.ts'
import type { FleetChange, TokenPair } from '#engine/domain/model.ts'
import { Secret } from '#engine/domain/secret.ts'
import type { Simulator } from '#simulator/index.ts'

const DAY = 86_400_000

export interface SimulatedProfile {
  readonly id: string
  readonly appName: string
  readonly orgId: string
}

export function simulatedFleet(simulator: Pick<Simulator, 'integration' | 'serviceApps'>, now: number) {
  const { integration, serviceApps } = simulator
  const profiles: SimulatedProfile[] = []
  const changes: FleetChange[] = [
    {
      kind: 'manager-saved',
      manager: {
        kind: 'integration',
        id: 'manager',
        name: 'Integration',
        isDefault: true,
        fallbackId: null,
        createdAt: now,
        clientId: integration.clientId,
        clientSecret: new Secret(integration.clientSecret),
        pair: pairOf(integration, now),
      },
    },
  ]
  for (const app of serviceApps) {
    const { name, appId, clientId } = app
    const serviceApp = { id: name, appId, clientId, clientSecret: new Secret(app.clientSecret) }
    changes.push({ kind: 'service-app-saved', serviceApp })
    for (const org of app.orgs) {
      const id = `${name} in ${org.orgId}`.replaceAll(' ', '-')
      profiles.push({ id, appName: name, orgId: org.orgId })
      changes.push({
        kind: 'profile-saved',
        profile: {
          id,
          name: id,
          serviceAppId: name,
          targetOrgId: org.orgId,
          orgName: null,
          managerId: null,
          probe: { kind: 'data-sources' },
          paused: false,
          createdAt: now,
          pair: pairOf(org, now),
        },
      })
    }
  }
  return { changes, profiles }
}

function pairOf(
  tokens: { readonly accessToken: string; readonly refreshToken: string },
  now: number,
): TokenPair {
  return {
    accessToken: new Secret(tokens.accessToken),
    fingerprint: fingerprint(tokens.accessToken),
    issuedAt: now,
    expiresAt: now + 14 * DAY,
    origin: 'applications-api',
    refresh: {
      token: new Secret(tokens.refreshToken),
      issuedAt: now,
      expiresAt: now + 90 * DAY,
      firstLifetime: 90 * DAY,
      dead: false,
    },
  }
}
