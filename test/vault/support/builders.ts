// Records for the vault's tests: real shapes, secrets that can be searched for.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { fingerprint } from '#base/node/fingerprint.ts'
import type {
  Attempt,
  IntegrationManager,
  KeptDataSource,
  PersonalTokenManager,
  Profile,
  ServiceApp,
  TokenPair,
} from '#engine/domain/model.ts'
import { Secret } from '#engine/domain/secret.ts'

export const NOW = Date.UTC(2026, 2, 1, 12)
const DAY = 86_400_000

/** Gone when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'satm-vault-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export function aPair(name: string, change: Partial<TokenPair> = {}): TokenPair {
  const access = `canary-access-${name}`
  return {
    accessToken: new Secret(access),
    fingerprint: fingerprint(access),
    issuedAt: NOW,
    expiresAt: NOW + 14 * DAY,
    origin: 'applications-api',
    refresh: {
      token: new Secret(`canary-refresh-${name}`),
      issuedAt: NOW,
      expiresAt: NOW + 90 * DAY,
      firstLifetime: 90 * DAY,
      dead: false,
    },
    ...change,
  }
}

export function aServiceApp(id: string, change: Partial<ServiceApp> = {}): ServiceApp {
  const secret = new Secret(`canary-secret-${id}`)
  return { id, appId: `app-${id}`, clientId: `client-${id}`, clientSecret: secret, ...change }
}

export function aProfile(id: string, change: Partial<Profile> = {}): Profile {
  return {
    id,
    name: `Profile ${id}`,
    serviceAppId: 'sa',
    targetOrgId: `org-${id}`,
    orgName: null,
    managerId: null,
    probe: { kind: 'data-sources' },
    paused: false,
    createdAt: NOW,
    pair: null,
    ...change,
  }
}

export function anIntegration(id: string, change: Partial<IntegrationManager> = {}): IntegrationManager {
  return {
    kind: 'integration',
    id,
    name: `Manager ${id}`,
    isDefault: false,
    fallbackId: null,
    createdAt: NOW,
    clientId: `client-${id}`,
    clientSecret: new Secret(`canary-secret-${id}`),
    pair: aPair(id),
    ...change,
  }
}

export function aPersonalToken(id: string, change: Partial<PersonalTokenManager> = {}): PersonalTokenManager {
  return {
    kind: 'personal-access-token',
    id,
    name: `Manager ${id}`,
    isDefault: false,
    fallbackId: null,
    createdAt: NOW,
    pair: aPair(id, { refresh: null, origin: 'pasted' }),
    ...change,
  }
}

export function aDataSource(id: string, overrides: Partial<KeptDataSource> = {}): KeptDataSource {
  return {
    id,
    profileId: 'p1',
    url: `https://data.example/${id}`,
    keptSince: NOW,
    issuedAt: NOW + 1000,
    expiresAt: NOW + 86_401_000,
    lapse: { from: NOW + 100, until: NOW + 1000 },
    ...overrides,
  }
}

export function anAttempt(id: string, change: Partial<Attempt> = {}): Attempt {
  return {
    id,
    subject: { kind: 'profile', profileId: 'p1' },
    name: 'Profile p1',
    orgId: 'org-p1',
    trigger: 'scheduled',
    reason: { code: 'lifetime-share', share: 0.57 },
    startedAt: NOW,
    endedAt: NOW + 200,
    calls: [
      {
        tier: 1,
        startedAt: NOW,
        duration: 200,
        status: 200,
        trackingId: 'ROUTER_1',
        result: 'ok',
        detail: null,
      },
    ],
    outcome: 'renewed',
    tier: 1,
    before: '00000000',
    after: '11111111',
    sentence: null,
    trackingId: 'ROUTER_1',
    ...change,
  }
}
