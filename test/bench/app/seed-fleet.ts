// The fleet of a simulated Webex as changes to a vault: a token manager, and each service app in each of its orgs.
import { randomUUID } from 'node:crypto'
import { fingerprint } from '#base/node/fingerprint.ts'
import type { FleetChange, TokenPair } from '#engine/domain/model.ts'
import { Secret } from '#engine/domain/secret.ts'
import { profileIdOf } from './profile-ids.ts'
import type { Seeds, SeedTokens } from './seeding.ts'

const DAY = 86_400_000

export type FleetSeeds = Pick<Seeds, 'accessTtl' | 'integration' | 'serviceApps' | 'dead' | 'connected'>

/** `ageOf`: the share of its lifetime that the token of an app's nth org has behind it. */
export function seedFleet(seeds: FleetSeeds, now: number, ageOf = upToFourDays): readonly FleetChange[] {
  /** ms */
  const lifetime = seeds.accessTtl * 1000
  const ofApps = seeds.serviceApps.flatMap(({ name, appId, clientId, clientSecret, orgs }) => {
    const dead = typeof seeds.dead === 'number' ? seeds.dead * orgs.length : (seeds.dead[name] ?? 0)
    const serviceApp = { id: randomUUID(), appId, clientId, clientSecret: new Secret(clientSecret) }
    return [
      { kind: 'service-app-saved', serviceApp } as const,
      ...orgs.map((org, index): FleetChange => {
        const profile = {
          id: profileIdOf(clientId, org.orgId),
          name: `${name} ${org.name}`,
          serviceAppId: serviceApp.id,
          targetOrgId: org.orgId,
          orgName: org.name,
          managerId: null,
          probe: { kind: 'data-sources' },
          paused: false,
          createdAt: now,
          pair: pairOf(org, { issuedAt: now - ageOf(index) * lifetime, lifetime, dead: index < dead }),
        } as const
        return { kind: 'profile-saved', profile }
      }),
    ]
  })
  return seeds.connected ? [managerSaved(seeds.integration, now), ...ofApps] : ofApps
}

/** Of fourteen: nothing is due. */
function upToFourDays(index: number): number {
  return (index % 40) / 140
}

function managerSaved(integration: Seeds['integration'], now: number): FleetChange {
  return {
    kind: 'manager-saved',
    manager: {
      kind: 'integration',
      id: randomUUID(),
      name: 'Token manager integration',
      isDefault: true,
      fallbackId: null,
      createdAt: now,
      clientId: integration.clientId,
      clientSecret: new Secret(integration.clientSecret),
      pair: pairOf(integration, { issuedAt: now, lifetime: 14 * DAY, dead: false }),
    },
  }
}

function pairOf(
  { accessToken, refreshToken }: SeedTokens,
  {
    issuedAt,
    lifetime,
    dead,
  }: { readonly issuedAt: number; readonly lifetime: number; readonly dead: boolean },
): TokenPair {
  return {
    accessToken: new Secret(accessToken),
    fingerprint: fingerprint(accessToken),
    issuedAt,
    expiresAt: issuedAt + lifetime,
    origin: 'applications-api',
    refresh: {
      token: new Secret(refreshToken),
      issuedAt,
      expiresAt: issuedAt + 90 * DAY,
      firstLifetime: 90 * DAY,
      dead,
    },
  }
}
