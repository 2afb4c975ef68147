// Where tokens go, for the vault's tests: every secret starts with "canary-".
import { createHash } from 'node:crypto'
import type {
  Consumer,
  DeliveryState,
  DeliveryTarget,
  WebhookSettings,
} from '#engine/domain/delivery-model.ts'
import { Secret } from '#engine/domain/secret.ts'
import { NOW } from './builders.ts'

export function anEnvFile(id: string, profileId = 'p1'): DeliveryTarget {
  const spec = {
    kind: 'env-file',
    path: `/home/someone/${id}/.env`,
    accessTokenName: 'WEBEX_SERVICE_APP_ACCESS_TOKEN',
    refreshTokenName: null,
    confirmed: ['git'],
  } as const
  return { id, profileId, spec, createdAt: NOW }
}

export function aHook(id: string, profileId = 'p1'): DeliveryTarget {
  const command = `reload --key canary-command-${id}`
  return {
    id,
    profileId,
    spec: { kind: 'hook', command, pass: 'stdin', timeLimit: 30_000 },
    createdAt: NOW,
  }
}

export const nothingYet: DeliveryState = { delivered: null, failure: null, held: false }

export const delivered: DeliveryState = {
  delivered: { at: NOW, fingerprint: '0123abcd', refreshFingerprint: null },
  failure: null,
  held: false,
}

export function aConsumer(id: string, change: Partial<Consumer> = {}): Consumer {
  const secretHash = createHash('sha256').update(`canary-consumer-${id}`).digest()
  return {
    id,
    name: `Consumer ${id}`,
    secretHash,
    profileIds: null,
    createdAt: NOW,
    held: false,
    lastUsedAt: null,
    ...change,
  }
}

export const aWebhook: WebhookSettings = {
  url: new Secret('https://hooks.example/canary-webhook-url'),
  secret: new Secret('canary-webhook-secret'),
  held: false,
}
