// Requests about the history: pages of attempts, counts per day, and the export as a file.
import { z } from 'zod'
import type { Attempt, Call } from '#engine/domain/model.ts'
import { id, none } from './fields.ts'

/** Only what fits all of them; null: whatever. */
const filters = {
  profileId: id.nullable(),
  managerId: id.nullable(),
  outcome: z.enum(['renewed', 'unchanged', 'failed']).nullable(),
  tier: z.union([z.literal(1), z.literal(2), z.literal(3)]).nullable(),
  /** Epoch ms; started at or after this. */
  from: z.number().int().nullable().optional(),
  /** Epoch ms; started before this. */
  to: z.number().int().nullable().optional(),
  /** Of the service app with this App ID, whoever its customer is. */
  appId: z.string().max(1000).nullable().optional(),
  /** Of this customer, whichever the service app is. */
  orgId: z.string().max(1000).nullable().optional(),
  /** What began it, its reason, or what a call came to; `history.causes` names those of the last kind. */
  cause: z
    .string()
    .max(60)
    .regex(/^(trigger|reason|result|kind):[a-z0-9-]+$/)
    .nullable()
    .optional(),
  /** Found in a name, sentence, tracking ID, fingerprint or answer. */
  text: z.string().trim().max(200).nullable().optional(),
}

export const historyRequests = {
  'history.page': z.strictObject({
    ...filters,
    cursor: z.string().max(200).nullable(),
    limit: z.number().int().min(1).max(200),
  }),
  /**
   * Counts by the days of the window's time zone (an IANA name; UTC where it is not known); days without an attempt are
   * left out. Chromium follows a change of zone, Node does not, so only the window knows where a day begins.
   */
  'history.days': z.strictObject({ ...filters, timeZone: z.string().max(100) }),
  'history.causes': none,
  /** Asks where, then writes every attempt that fits, oldest first. Never a token. */
  'history.export': z.strictObject({ ...filters, format: z.enum(['csv', 'json']) }),
} as const

export interface HistoryReplies {
  /** With `cause` or `text`, or for many customers, a page may be short or empty and have a next one all the same. */
  'history.page': { readonly attempts: readonly ShownAttempt[]; readonly next: string | null }
  /** What a call can come to, beside success; by its short name, several of which may be the same. */
  'history.causes': { readonly results: readonly { readonly result: string; readonly name: string }[] }
  'history.days': { readonly days: readonly DayCounts[] }
  /** null: the person chose no file. */
  'history.export': { readonly path: string; readonly attempts: number } | null
}

export interface ShownCall extends Call {
  /** `result` in one or two words. */
  readonly resultName: string
}

export interface ShownAttempt extends Attempt {
  readonly calls: readonly ShownCall[]
  /** Who can fix what it failed for; null: it did not fail, or nobody is known. */
  readonly owner: string | null
  /** What the customer is called today; null: not known, or a token manager's attempt. */
  readonly orgName: string | null
  /** `reason` in words; null with it. */
  readonly reasonMessage: string | null
}

export interface DayCounts {
  /** "2026-05-18" */
  readonly day: string
  readonly renewed: number
  readonly unchanged: number
  readonly failed: number
}
