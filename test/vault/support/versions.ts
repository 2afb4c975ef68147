// What the kept vaults from version 3 on and the kept backups contain. Each was written by the code of its version and is never
// written again, so this file says what has to be found in them, and what the newest is made of.

import type { DeliveryRun, DeliveryState, FleetDelivery } from '#engine/domain/delivery-model.ts'
import type { Attempt, FleetChange, KeptDataSource } from '#engine/domain/model.ts'
import { Secret } from '#engine/domain/secret.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import { anAttempt, anIntegration, aPair, aPersonalToken, aProfile, aServiceApp, NOW } from './builders.ts'
import { aConsumer, aHook, anEnvFile, aWebhook, delivered, nothingYet } from './delivery.ts'

/**
 * The first with the interval after which a token of unknown end is renewed, with the reason of an attempt, with data
 * sources, and with a token manager's fallback.
 */
const [RENEW_AFTER, REASON, DATA_SOURCES, FALLBACK] = [5, 6, 8, 9]

export const VAULT_PASSPHRASE = new Secret('made by version three')
export const BACKUP_PASSPHRASE = new Secret('backup of version two')

const deadPair = aPair('dead')
const dead = {
  ...deadPair,
  refresh: deadPair.refresh === null ? null : { ...deadPair.refresh, dead: true },
}

const saved: readonly FleetChange[] = [
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
const renewed: readonly FleetChange[] = [
  { kind: 'profile-pair', profileId: 'p1', pair: aPair('p1') },
  { kind: 'profile-pair', profileId: 'p2', pair: aPair('p2', { refresh: null }) },
  { kind: 'manager-pair', managerId: 'm1', pair: aPair('m1-second') },
]

const ofUnknownEnd = aPair('m2', { expiresAt: null, renewAfter: 3_600_000 })

const withFallback = anIntegration('m1', { isDefault: true, fallbackId: 'm3' })

const dataSources: readonly KeptDataSource[] = [
  {
    id: 'f29bb291-5db0-411b-834a-e64f8dee0658',
    profileId: 'p1',
    url: 'https://data.example/1?a=Ä',
    keptSince: NOW,
    issuedAt: NOW + 1000,
    expiresAt: NOW + 86_401_000,
    lapse: { from: NOW + 100, until: NOW + 1000 },
  },
  { id: 'd2', profileId: 'p2', url: null, keptSince: NOW + 1, issuedAt: null, expiresAt: null, lapse: null },
]

/** As a backup brings them: by the time it is restored Webex knows other times. */
export const withoutTimes = (changes: readonly FleetChange[]): readonly FleetChange[] =>
  changes.map((change) =>
    change.kind === 'data-source-kept'
      ? { ...change, source: { ...change.source, issuedAt: null, expiresAt: null, lapse: null } }
      : change,
  )

/** `version`: of the vault's schema. */
export const fleetOf = (version: number): readonly FleetChange[] => [
  ...saved,
  ...renewed,
  ...(version < RENEW_AFTER ? [] : [{ kind: 'manager-pair', managerId: 'm2', pair: ofUnknownEnd } as const]),
  ...(version < DATA_SOURCES
    ? []
    : dataSources.map((source) => ({ kind: 'data-source-kept', source }) as const)),
  ...(version < FALLBACK ? [] : [{ kind: 'manager-saved', manager: withFallback } as const]),
]

export const attemptsOf = (version: number): readonly Attempt[] =>
  attempts.map((attempt, n) => ({
    ...attempt,
    reason: version < REASON || n % 2 === 0 ? null : attempt.reason,
  }))

const attempts = Array.from({ length: 36 }, (_, n) =>
  anAttempt(`a${n}`, {
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

/** In backups since version 5. */
export const fleetDeliveries: readonly FleetDelivery[] = [
  { id: 'fleet-1', serviceAppId: 'sa', spec: anEnvFile('{customer}').spec, createdAt: NOW, held: false },
  { id: 'fleet-2', serviceAppId: null, spec: aHook('{orgId}').spec, createdAt: NOW + 1, held: true },
]

export const consumers = [
  aConsumer('all', { lastUsedAt: NOW }),
  aConsumer('some', { profileIds: ['p1', 'gone'] }),
]

/** Stores all of it, as the newest version does. */
export async function fillVault(vault: OpenVault, version: number): Promise<void> {
  await vault.commit(fleetOf(version), attemptsOf(version))
  for (const { target, state } of targets) {
    await vault.deliveries.save(target)
    await vault.deliveries.note(target.id, state)
  }
  for (const _ of ['first', 'second']) await vault.deliveryRuns.add('hook-1', run)
  for (const consumer of consumers) await vault.consumers.add(consumer)
  await vault.webhook.save(aWebhook)
  await vault.fleetDeliveries.save(fleetDeliveries)
}

const run: DeliveryRun = {
  startedAt: NOW,
  duration: 1_234,
  trigger: 'new-token',
  outcome: 'failed',
  fingerprint: '0123abcd',
  exitCode: 3,
  sentence: 'The command ended with exit code 3.',
  output: 'canary-output',
}
