// What a backup holds, one JSON text a line: the fleet with its secrets in the clear (the file around it is
// encrypted), the cloud they belong to, where tokens are delivered, then the history. Lines of a kind that is not known here are an error: nothing is dropped silently.
import { z } from 'zod'
import type { DeliveryTarget } from '../engine/delivery.ts'
import type { Consumer } from '../engine/delivery-consumer.ts'
import type { WebhookSettings } from '../engine/delivery-webhook.ts'
import { type Attempt, type Fleet, type FleetChange, type TokenPair, TRIGGERS } from '../engine/model.ts'
import { Secret } from '../engine/secret.ts'
import { deliverySpec } from './delivery-spec.ts'

const secret = z.string().transform((text) => new Secret(text))
const instant = z.number()

const pair = z
  .object({
    accessToken: secret.nullable(),
    fingerprint: z.string().nullable(),
    issuedAt: instant,
    expiresAt: instant.nullable(),
    origin: z.enum(['refresh-grant', 'applications-api', 'authorization-code', 'pasted']),
    refresh: z
      .object({
        token: secret,
        issuedAt: instant,
        expiresAt: instant.nullable(),
        firstLifetime: z.number().nullable(),
        dead: z.boolean(),
      })
      .nullable(),
  })
  .readonly()

const common = { id: z.string(), name: z.string(), isDefault: z.boolean(), createdAt: instant }

const tier = z.union([z.literal(1), z.literal(2), z.literal(3)])

const attempt = z.object({
  id: z.string(),
  subject: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('profile'), profileId: z.string() }),
    z.object({ kind: z.literal('manager'), managerId: z.string() }),
  ]),
  name: z.string(),
  orgId: z.string().nullable(),
  trigger: z.enum(TRIGGERS),
  startedAt: instant,
  endedAt: instant,
  calls: z.array(
    z.object({
      tier,
      startedAt: instant,
      duration: z.number(),
      status: z.number().nullable(),
      trackingId: z.string().nullable(),
      result: z.string(),
      detail: z.string().nullable(),
    }),
  ),
  outcome: z.enum(['renewed', 'unchanged', 'failed']),
  tier: tier.nullable(),
  before: z.string().nullable(),
  after: z.string().nullable(),
  sentence: z.string().nullable(),
  trackingId: z.string().nullable(),
})

const record = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('cloud'), value: z.object({ baseUrl: z.string().min(1).max(500) }) }),
  z.object({
    kind: z.literal('service-app'),
    value: z.object({ id: z.string(), appId: z.string(), clientId: z.string(), clientSecret: secret }),
  }),
  z.object({
    kind: z.literal('manager'),
    value: z.discriminatedUnion('kind', [
      z.object({
        kind: z.literal('integration'),
        ...common,
        clientId: z.string(),
        clientSecret: secret,
        pair: pair.nullable(),
      }),
      z.object({ kind: z.literal('personal-access-token'), ...common, pair }),
    ]),
  }),
  z.object({
    kind: z.literal('profile'),
    value: z.object({
      id: z.string(),
      name: z.string(),
      serviceAppId: z.string(),
      targetOrgId: z.string(),
      orgName: z.string().nullable(),
      managerId: z.string().nullable(),
      probe: z.union([
        z.object({ kind: z.enum(['data-sources', 'meetings', 'messaging', 'contact-center']) }),
        z.object({ kind: z.literal('custom'), path: z.string() }),
      ]),
      paused: z.boolean(),
      createdAt: instant,
      pair: pair.nullable(),
    }),
  }),
  z.object({
    kind: z.literal('delivery-target'),
    value: z.object({ id: z.string(), profileId: z.string(), spec: deliverySpec, createdAt: instant }),
  }),
  z.object({
    kind: z.literal('consumer'),
    value: z.object({
      id: z.string(),
      name: z.string(),
      secretHash: z
        .base64()
        .transform((text) => Buffer.from(text, 'base64'))
        .refine((hash) => hash.length === 32),
      profileIds: z.array(z.string()).nullable(),
      createdAt: instant,
      lastUsedAt: instant.nullable(),
    }),
  }),
  z.object({ kind: z.literal('webhook'), value: z.object({ url: secret.nullable(), secret }) }),
  z.object({ kind: z.literal('attempt'), value: attempt }),
])

export type BackupRecord =
  /** Since version 3 of the file. */
  | { readonly kind: 'cloud'; readonly baseUrl: string }
  | { readonly kind: 'change'; readonly change: FleetChange }
  | { readonly kind: 'delivery-target'; readonly target: DeliveryTarget }
  | { readonly kind: 'consumer'; readonly consumer: Consumer }
  | { readonly kind: 'webhook'; readonly webhook: WebhookSettings }
  | { readonly kind: 'attempt'; readonly attempt: Attempt }

/** Where tokens are delivered, and who may ask for them. */
export interface DeliveryRecords {
  readonly targets: readonly DeliveryTarget[]
  readonly consumers: readonly Consumer[]
  readonly webhook: WebhookSettings | null
}

/** Throws a `ZodError` or `SyntaxError` for a line that is none. */
export function readRecord(line: string): BackupRecord {
  const { kind, value } = record.parse(JSON.parse(line))
  switch (kind) {
    case 'cloud':
      return { kind, baseUrl: value.baseUrl }
    case 'service-app':
      return { kind: 'change', change: { kind: 'service-app-saved', serviceApp: value } }
    case 'manager':
      return { kind: 'change', change: { kind: 'manager-saved', manager: value } }
    case 'profile':
      return { kind: 'change', change: { kind: 'profile-saved', profile: value } }
    case 'delivery-target':
      return { kind, target: value }
    case 'consumer':
      return { kind, consumer: value }
    case 'webhook':
      return { kind, webhook: value }
    case 'attempt':
      return { kind: 'attempt', attempt: value }
  }
}

export function cloudLine(baseUrl: string): string {
  return line('cloud', { baseUrl })
}

/** In an order in which they can be stored. */
export function* fleetLines(fleet: Fleet): Generator<string> {
  for (const { clientSecret, ...value } of fleet.serviceApps.values()) {
    yield line('service-app', { ...value, clientSecret: clientSecret.reveal() })
  }
  for (const manager of fleet.managers.values()) {
    const revealed = { ...manager, pair: revealedPair(manager.pair) }
    yield line(
      'manager',
      manager.kind === 'integration'
        ? { ...revealed, clientSecret: manager.clientSecret.reveal() }
        : revealed,
    )
  }
  for (const profile of fleet.profiles.values())
    yield line('profile', { ...profile, pair: revealedPair(profile.pair) })
}

/** How it stands with a target stays behind: what was delivered to one machine is not delivered on another. */
export function* deliveryLines({ targets, consumers, webhook }: DeliveryRecords): Generator<string> {
  for (const target of targets) yield line('delivery-target', target)
  for (const { secretHash, ...consumer } of consumers) {
    yield line('consumer', { ...consumer, secretHash: Buffer.from(secretHash).toString('base64') })
  }
  if (webhook === null) return
  yield line('webhook', { url: webhook.url?.reveal() ?? null, secret: webhook.secret.reveal() })
}

export function attemptLine(value: Attempt): string {
  return line('attempt', value)
}

function revealedPair(value: TokenPair | null) {
  if (value === null) return null
  const { accessToken, refresh } = value
  return {
    ...value,
    accessToken: accessToken?.reveal() ?? null,
    refresh: refresh === null ? null : { ...refresh, token: refresh.token.reveal() },
  }
}

function line(kind: string, value: object): string {
  return `${JSON.stringify({ kind, value })}\n`
}
