// Data sources of a service app: listed as Webex has them, chosen to be kept alive, renewed.
import { z } from 'zod'
import type { DataSourceOutcome } from '#engine/domain/data-source.ts'
import type { Instant, Lapse } from '#engine/domain/model.ts'
import { id } from './fields.ts'

/** Webex's own; more than a list has of them nobody chooses. */
const ids = z.array(z.string().min(1).max(200)).max(5000)

export const dataSourceRequests = {
  /** `refresh`: Webex is asked; otherwise what it answered last in this session, and what is kept alive. */
  'data-sources.list': z.strictObject({ profileId: id, refresh: z.boolean() }),
  /** These and no others are kept alive from now on. */
  'data-sources.choose': z.strictObject({ profileId: id, ids }),
  'data-sources.renew': z.strictObject({ profileId: id, ids }),
} as const

export interface DataSourceReplies {
  'data-sources.list': DataSourceList
  'data-sources.renew': { readonly outcomes: readonly DataSourceOutcome[] }
}

export interface DataSourceList {
  readonly sources: readonly DataSourceView[]
  /** Data sources without an ID in Webex's answer: they cannot be renewed. */
  readonly unnamed: number
  /** When Webex answered; null: it has not. */
  readonly listedAt: Instant | null
  /** Why it did not; what is kept alive is listed all the same. */
  readonly problem: {
    readonly sentence: string
    readonly trackingId: string | null
    /** A person is needed. */
    readonly isRefusal: boolean
  } | null
}

export interface DataSourceView {
  readonly id: string
  readonly url: string | null
  readonly audience: string | null
  readonly subject: string | null
  readonly state:
    | 'lapsed'
    | 'needs-attention'
    | 'retrying'
    | 'disabled'
    | 'renewing'
    | 'kept'
    | 'not-kept'
    | 'unknown'
  readonly isKept: boolean
  readonly issuedAt: Instant | null
  readonly expiresAt: Instant | null
  readonly nextRenewalAt: Instant | null
  /** What is wrong and what to do. */
  readonly sentence: string | null
  readonly trackingId: string | null
  readonly lapse: Lapse | null
}

/** Part of the view: those of a service app are asked for when it is shown, again when `revision` has changed. */
export interface DataSourceTotals {
  readonly revision: number
  readonly kept: number
  /** When the first of them lapses if this app stops now; null: none is kept, or Webex has not answered yet. */
  readonly firstEnd: Instant | null
}
