// Requests about the days ahead: what is planned, what will end, and what would come of something that happens.
import { z } from 'zod'
import type { Instant, ManagerId, ProfileId, Tier } from '#engine/domain/model.ts'
import { id, none } from './fields.ts'

const instant = z.number().int().min(0).max(8.64e15)

/**
 * Local midnights, beginning with that of today: the days of the answer are those between them, and the last one is the end
 * of the forecast. Only the window knows where a day begins.
 */
const midnights = z
  .array(instant)
  .min(2)
  .max(130)
  .refine((all) => all.every((at, i) => at > (all[i - 1] ?? -1)), 'The days must follow each other.')

const whatIf = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('computer-off'), days: z.number().int().min(1).max(120) }),
  z.strictObject({ kind: z.literal('integration-ends'), managerId: id }),
  z.strictObject({ kind: z.literal('authorization-withdrawn'), targetOrgId: z.string().min(1).max(500) }),
  z.strictObject({ kind: z.literal('webex-down'), hours: z.number().int().min(1).max(720) }),
])

export type WhatIf = z.infer<typeof whatIf>

const work = z.enum(['forecast', 'rehearsal'])

export const forecastRequests = {
  /** `fresh`: not one that was made a while ago. */
  'forecast.get': z.strictObject({ midnights, fresh: z.boolean() }),
  /** `begins`: when it happens; left out is now. */
  'forecast.rehearse': z.strictObject({ midnights, whatIf, begins: instant.exactOptional() }),
  'forecast.progress': z.strictObject({ work }),
  /** The request under way is refused. */
  'forecast.cancel': z.strictObject({ work }),
  /** Attempts of the last 24 hours and 7 days. */
  'history.rates': none,
} as const

export interface ForecastReplies {
  'forecast.get': ForecastView
  'forecast.rehearse': RehearsalView
  /** null: none is under way. */
  'forecast.progress': { readonly done: number; readonly total: number } | null
  'history.rates': { readonly day: AttemptCounts; readonly week: AttemptCounts }
}

export interface AttemptCounts {
  readonly succeeded: number
  readonly failed: number
}

export interface ForecastDay {
  /** Local midnight. */
  readonly start: Instant
  /** Tokens that are renewed, by tier; 3: of the token managers. */
  readonly renewals: Readonly<Record<Tier, number>>
  /** Tokens that end before a new one takes their place. */
  readonly ends: number
  /** Token managers whose refresh token ends. */
  readonly integrationEnds: number
}

/** The first token that ends. */
export interface FirstEnd {
  readonly profileId: ProfileId
  readonly at: Instant
  /** What keeps it from being renewed; null: that has passed by the end of the forecast. */
  readonly why: string | null
}

export interface EndsView {
  /** When it was made, and where it ends. */
  readonly from: Instant
  readonly until: Instant
  /** null: none ends. */
  readonly first: FirstEnd | null
  /** Tokens that end, and how many customers they belong to. */
  readonly tokens: number
  readonly customers: number
}

export interface ForecastView extends EndsView {
  readonly days: readonly ForecastDay[]
  /** The first token manager whose refresh token ends; null: none does. */
  readonly integrationEnd: { readonly managerId: ManagerId; readonly at: Instant } | null
}

/** What ends because of what happens, or sooner because of it, and beside it what ends in any case. */
export interface RehearsalView extends EndsView {
  /** When all of them have a new token again, without anybody's help; null: some have none at the end. */
  readonly recoveredAt: Instant | null
  /** What ends in any case, whatever happens. */
  readonly inAnyCase: Pick<EndsView, 'tokens' | 'customers'>
  /** The days on which tokens end, for either reason. */
  readonly days: readonly EndsOfDay[]
}

export interface EndsOfDay {
  /** Local midnight. */
  readonly start: Instant
  readonly tokens: number
  /** Of them. */
  readonly inAnyCase: number
  /** The first of them; not more than 500 of all days together. */
  readonly named: readonly { readonly profileId: ProfileId; readonly at: Instant }[]
}
