// What a backup holds, one JSON text a line: the fleet with its secrets in the clear (the file around it is
// encrypted), the cloud it belongs to, where tokens are delivered, then the history. A backup is somebody's file: what
// becomes a path, a variable, a limit or a token is held to the rules for what a person types. Lines of a kind that is
// not known here are an error.
import { z } from 'zod'
import { UNPRINTABLE } from '#base/common/display-text.ts'
import { LONGEST, type ValueField, valueProblem } from '#contract/value-rules.ts'
import type {
  Consumer,
  DeliveryTarget,
  FleetDelivery,
  WebhookSettings,
} from '#engine/domain/delivery-model.ts'
import { readSpec } from '#engine/domain/delivery-spec.ts'
import {
  type Attempt,
  type Fleet,
  type FleetChange,
  type KeptDataSource,
  type Profile,
  readProbe,
  type ServiceApp,
  type TokenManager,
  TRIGGERS,
} from '#engine/domain/model.ts'
import { readReason } from '#engine/domain/renewal-reason.ts'
import { BACKUP_LIMITS, BackupTooLarge } from './backup-file.ts'
import { instant, pair, readPair, revealedPair, secret } from './revealed-pair.ts'

/** Of a record: made by the app, and shown, compared and passed on as text. */
const idOf = (longest: number) =>
  z
    .string()
    .min(1)
    .max(longest)
    .refine((text) => !UNPRINTABLE.test(text))
const id = idOf(64)
/** Of a fleet delivery's target, made of two. */
const targetId = idOf(160)
/** Cut, never refused: a name is for people, and the rest of the record works without its end. */
const cut = (text: string) => text.slice(0, LONGEST.name)
const name = z.string().transform(cut)
const LONGEST_URL = 2000
const LONGEST_BASE_URL = 500
/** Webex makes it; 36 characters were seen. */
const LONGEST_DATA_SOURCE_ID = 200

const common = {
  id,
  name: z.string(),
  isDefault: z.boolean(),
  // Missing before version 9 of the database; older readers leave it out.
  fallbackId: id.nullable().default(null),
  createdAt: instant,
}

const tier = z.union([z.literal(1), z.literal(2), z.literal(3)])

const attempt = z.object({
  id: z.string(),
  subject: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('profile'), profileId: z.string() }),
    z.object({ kind: z.literal('manager'), managerId: z.string() }),
  ]),
  name,
  orgId: z.string().nullable(),
  trigger: z.enum(TRIGGERS),
  /** Older versions wrote none. */
  reason: z.unknown().optional().transform(readReason),
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

const deliverySpec = z.unknown().transform((stored, { issues }) => {
  const reading = readSpec(stored)
  if (reading.kind === 'read') return reading.spec
  issues.push({ code: 'custom', message: reading.flaw.sentence, input: stored })
  return z.NEVER
})

const probe = z.unknown().transform((stored, { issues }) => {
  const read = readProbe(stored)
  if (read !== null) return read
  issues.push({ code: 'custom', message: 'not a probe', input: stored })
  return z.NEVER
})

const record = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('cloud'),
    // What cannot be a base URL names no cloud; the person is asked then.
    value: z.object({ baseUrl: z.string().min(1).max(LONGEST_BASE_URL).nullable().catch(null) }),
  }),
  z.object({
    kind: z.literal('service-app'),
    value: z.object({ id, appId: z.string(), clientId: z.string(), clientSecret: secret }),
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
      id,
      name: z.string(),
      serviceAppId: z.string(),
      targetOrgId: z.string(),
      orgName: z.string().nullable(),
      managerId: z.string().nullable(),
      probe,
      paused: z.boolean(),
      createdAt: instant,
      pair: pair.nullable(),
    }),
  }),
  z.object({
    kind: z.literal('delivery-target'),
    value: z.object({ id: targetId, profileId: id, spec: deliverySpec, createdAt: instant }),
  }),
  z.object({
    kind: z.literal('fleet-delivery'),
    value: z.object({
      // The ID of a target of it is divided by these.
      id: id.refine((text) => !text.includes(':')),
      serviceAppId: id.nullable(),
      spec: deliverySpec,
      createdAt: instant,
    }),
  }),
  z.object({
    kind: z.literal('consumer'),
    value: z.object({
      id,
      name,
      secretHash: z
        .base64()
        .transform((text) => new Uint8Array(Buffer.from(text, 'base64')))
        .refine((hash) => hash.length === 32),
      profileIds: z.array(id).nullable(),
      createdAt: instant,
      lastUsedAt: instant.nullable(),
    }),
  }),
  z.object({
    kind: z.literal('webhook'),
    value: z.object({
      url: z.string().max(LONGEST_URL).pipe(secret).nullable(),
      secret,
    }),
  }),
  z.object({
    kind: z.literal('data-source'),
    value: z.object({
      id: z.string().min(1).max(LONGEST_DATA_SOURCE_ID),
      profileId: id,
      url: z.string().max(LONGEST_URL).nullable().catch(null),
      keptSince: instant,
    }),
  }),
  z.object({ kind: z.literal('attempt'), value: attempt }),
])

export type BackupRecord =
  /** Since version 3 of the file. */
  | { readonly kind: 'cloud'; readonly baseUrl: string | null }
  | {
      readonly kind: 'change'
      readonly id: string
      readonly change: FleetChange
      /** Texts in the place of a token that cannot be one, and are left out. */
      readonly notTokens: number
      /** IDs and names that nobody could type here; they are kept. */
      readonly oddValues: number
    }
  | { readonly kind: 'delivery-target'; readonly target: DeliveryTarget }
  /** Since version 5 of the file. */
  | { readonly kind: 'fleet-delivery'; readonly fleetDelivery: FleetDelivery }
  | { readonly kind: 'consumer'; readonly consumer: Consumer }
  | { readonly kind: 'webhook'; readonly webhook: WebhookSettings }
  | { readonly kind: 'attempt'; readonly attempt: Attempt }

/** Where tokens are delivered, and who may ask for them. */
export interface DeliveryRecords {
  readonly targets: readonly DeliveryTarget[]
  readonly fleetDeliveries: readonly FleetDelivery[]
  readonly consumers: readonly Consumer[]
  readonly webhook: WebhookSettings | null
}

/** Throws a `ZodError` or `SyntaxError` for a line that is none, a `BackupTooLarge` for one that nothing needs. */
export function readRecord(line: string): BackupRecord {
  if (line.length > BACKUP_LIMITS.line) throw new BackupTooLarge()
  const { kind, value } = record.parse(JSON.parse(line))
  switch (kind) {
    case 'cloud':
      return { kind, baseUrl: value.baseUrl }
    case 'service-app': {
      const { appId, clientId } = value
      const change = { kind: 'service-app-saved', serviceApp: value } as const
      return { kind: 'change', id: value.id, change, notTokens: 0, oddValues: oddIn({ appId, clientId }) }
    }
    case 'manager': {
      const { pair, notTokens } = readPair(value.pair)
      const name = cut(value.name)
      const manager: TokenManager =
        value.kind === 'integration'
          ? { ...value, name, pair }
          : {
              ...value,
              name,
              pair: pair ?? { ...value.pair, accessToken: null, fingerprint: null, refresh: null },
            }
      const clear = value.kind === 'integration' ? { clientId: value.clientId } : {}
      const oddValues = oddIn({ name: value.name, ...clear })
      const change = { kind: 'manager-saved', manager } as const
      return { kind: 'change', id: value.id, change, notTokens, oddValues }
    }
    case 'profile': {
      const { pair, notTokens } = readPair(value.pair)
      const { name, orgName, targetOrgId } = value
      const oddValues = oddIn({ name, targetOrgId, ...(orgName === null ? {} : { orgName }) })
      const profile = { ...value, name: cut(name), orgName: orgName === null ? null : cut(orgName), pair }
      const change = { kind: 'profile-saved', profile } as const
      return { kind: 'change', id: value.id, change, notTokens, oddValues }
    }
    case 'data-source': {
      const source: KeptDataSource = { ...value, issuedAt: null, expiresAt: null, lapse: null }
      const change = { kind: 'data-source-kept', source } as const
      return { kind: 'change', id: value.id, change, notTokens: 0, oddValues: 0 }
    }
    case 'delivery-target':
      return { kind, target: value }
    case 'fleet-delivery':
      return { kind, fleetDelivery: { ...value, held: true } }
    case 'consumer':
      return { kind, consumer: { ...value, held: true } }
    case 'webhook':
      return { kind, webhook: { ...value, held: true } }
    case 'attempt':
      return { kind: 'attempt', attempt: value }
  }
}

/**
 * Such a value is kept: it may be from a version with other rules, and Webex has the last word on an ID. It is counted,
 * so that a person looks at what somebody else may have written.
 */
function oddIn(values: Partial<Record<ValueField, string>>): number {
  const fields = Object.entries(values) as [ValueField, string][]
  const isOdd = ([field, value]: [ValueField, string]) =>
    value === '' || value.trim() !== value || valueProblem(field, value) !== null
  return fields.filter(isOdd).length
}

export function cloudLine(baseUrl: string): string {
  return line('cloud', { baseUrl })
}

/** In an order in which they can be stored. */
export function* fleetLines({ serviceApps, managers, profiles }: Fleet): Generator<string> {
  for (const serviceApp of serviceApps.values()) yield serviceAppLine(serviceApp)
  for (const manager of managers.values()) yield managerLine(manager)
  for (const profile of profiles.values()) yield profileLine(profile)
}

export function serviceAppLine({ clientSecret, ...value }: ServiceApp): string {
  return line('service-app', { ...value, clientSecret: clientSecret.reveal() })
}

export function managerLine(manager: TokenManager): string {
  const revealed = { ...manager, pair: revealedPair(manager.pair) }
  return line(
    'manager',
    manager.kind === 'integration' ? { ...revealed, clientSecret: manager.clientSecret.reveal() } : revealed,
  )
}

export function profileLine(profile: Profile): string {
  return line('profile', { ...profile, pair: revealedPair(profile.pair) })
}

/** Since version 4 of the file. Without its times: by the time it is restored Webex knows others. */
export function dataSourceLine({ id, profileId, url, keptSince }: KeptDataSource): string {
  return line('data-source', { id, profileId, url, keptSince })
}

/** Without the state of a target: what was delivered on one machine is not delivered on another. */
export function* deliveryLines({
  targets,
  fleetDeliveries,
  consumers,
  webhook,
}: DeliveryRecords): Generator<string> {
  for (const target of targets) yield targetLine(target)
  for (const fleetDelivery of fleetDeliveries) yield fleetDeliveryLine(fleetDelivery)
  for (const consumer of consumers) yield consumerLine(consumer)
  if (webhook === null) return
  yield line('webhook', { url: webhook.url?.reveal() ?? null, secret: webhook.secret.reveal() })
}

export function targetLine(target: DeliveryTarget): string {
  return line('delivery-target', target)
}

/** As a consumer's. */
export function fleetDeliveryLine({ held: _, ...fleetDelivery }: FleetDelivery): string {
  return line('fleet-delivery', fleetDelivery)
}

/** Whether one is held is a matter of this vault alone. */
export function consumerLine({ secretHash, held: _, ...consumer }: Consumer): string {
  return line('consumer', { ...consumer, secretHash: Buffer.from(secretHash).toString('base64') })
}

/** Without its computer, which means something only in its shared vault. */
export function attemptLine({ computer: _, ...value }: Attempt): string {
  return line('attempt', value)
}

function line(kind: string, value: object): string {
  return `${JSON.stringify({ kind, value })}\n`
}
