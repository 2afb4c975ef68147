// What version-3.db.gz and version-2.satm-backup hold: written by the code of schema version 3 and never again, so this
// file only says what has to be found in them.
import type { DeliveryState } from '#engine/domain/delivery-model.ts'
import type { FleetChange } from '#engine/domain/model.ts'
import { Secret } from '#engine/domain/secret.ts'
import { anAttempt, anIntegration, aPair, aPersonalToken, aProfile, aServiceApp, NOW } from './builders.ts'
import { aConsumer, aHook, anEnvFile, delivered, nothingYet } from './delivery.ts'

export const VAULT_PASSPHRASE = new Secret('made by version three')
export const BACKUP_PASSPHRASE = new Secret('backup of version two')

const deadPair = aPair('dead')
const dead = {
  ...deadPair,
  refresh: deadPair.refresh === null ? null : { ...deadPair.refresh, dead: true },
}

export const saved: readonly FleetChange[] = [
  { kind: 'service-app-saved', serviceApp: aServiceApp('sa') },
  { kind: 'service-app-saved', serviceApp: aServiceApp('sb') },
  { kind: 'service-app-saved', serviceApp: aServiceApp('sc') },
  { kind: 'manager-saved', manager: anIntegration('m1', { isDefault: true }) },
  { kind: 'manager-saved', manager: anIntegration('m2', { pair: null }) },
  { kind: 'manager-saved', manager: aPersonalToken('m3') },
  { kind: 'manager-saved', manager: aPersonalToken('m4') },
  { kind: 'profile-saved', profile: aProfile('p1', { pair: aPair('p1-first'), managerId: 'm3' }) },
  { kind: 'profile-saved', profile: aProfile('p2', { pair: aPair('p2-first'), orgName: 'Ümlaut, "Inc"' }) },
  { kind: 'profile-saved', profile: aProfile('p3', { serviceAppId: 'sb', pair: dead }) },
  {
    kind: 'profile-saved',
    profile: aProfile('p4', {
      serviceAppId: 'sb',
      pair: aPair('p4', { accessToken: null, fingerprint: null }),
    }),
  },
  {
    kind: 'profile-saved',
    profile: aProfile('p5', { serviceAppId: 'sc', paused: true, probe: { kind: 'custom', path: '/x' } }),
  },
]

/** Renewals: these pairs are the current ones, and the vault keeps the ones before. */
export const renewed: readonly FleetChange[] = [
  { kind: 'profile-pair', profileId: 'p1', pair: aPair('p1') },
  { kind: 'profile-pair', profileId: 'p2', pair: aPair('p2', { refresh: null }) },
  { kind: 'manager-pair', managerId: 'm1', pair: aPair('m1-second') },
]

export const attempts = Array.from({ length: 36 }, (_, n) =>
  anAttempt(`a${n}`, {
    reason: null,
    startedAt: NOW + n * 1000,
    endedAt: NOW + n * 1000 + 200,
    ...(n % 3 === 0
      ? { subject: { kind: 'manager', managerId: 'm1' }, name: 'Manager m1', orgId: null }
      : {}),
    ...(n % 5 === 0 ? { outcome: 'failed', tier: null, sentence: 'Webex refused it.' } : {}),
  }),
)

const failing: DeliveryState = {
  delivered: null,
  failure: { at: NOW, fingerprint: '0123abcd', sentence: 'It failed.', failures: 2, retryAt: NOW + 60_000 },
  held: false,
}

const withRefreshToken = anEnvFile('file-2', 'p2')
const inEnvironment = aHook('hook-2', 'p3')

/** In the order of their ids. */
export const targets = [
  { target: anEnvFile('file-1'), state: delivered },
  {
    target: {
      ...withRefreshToken,
      spec: { ...withRefreshToken.spec, refreshTokenName: 'REFRESH', confirmed: ['git', 'symlink'] },
    },
    state: failing,
  },
  { target: aHook('hook-1', 'p2'), state: nothingYet },
  {
    target: { ...inEnvironment, spec: { ...inEnvironment.spec, pass: 'environment' } },
    state: { ...nothingYet, held: true },
  },
] as const

export const consumers = [
  aConsumer('all', { lastUsedAt: NOW }),
  aConsumer('some', { profileIds: ['p1', 'gone'] }),
]
