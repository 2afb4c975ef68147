// Problems: what a person does about them. The incidents themselves are part of the fleet.
import { z } from 'zod'
import type { Instant } from '#engine/domain/model.ts'
import type { Incident } from '#engine/domain/view-model.ts'
import { id, none } from './fields.ts'

/** Ready texts to the admins of as many customers, together. */
const LONGEST_EMAILS = 20_000_000

export const problemRequests = {
  /** Nothing is heard of it until then, unless it gets worse; null ends that. */
  'problem.snooze': z.strictObject({
    key: z.string().min(1).max(500),
    until: z.number().int().positive().nullable(),
  }),
  /** To the clipboard. From then on these customers are waited for. */
  'problem.copy-emails': z.strictObject({
    profileIds: z.array(id).min(1).max(100_000),
    text: z.string().min(1).max(LONGEST_EMAILS),
  }),
  /** Asked again when the incidents have changed. */
  'problem.notes': none,
} as const

export interface ProblemReplies {
  'problem.notes': ProblemNotesView
}

export interface ProblemNotesView {
  /** Of the last week, the newest first. */
  readonly resolved: readonly ResolvedProblem[]
  /** Whose admin was written to, and when first. */
  readonly waiting: readonly { readonly profileId: string; readonly since: Instant }[]
}

export interface ResolvedProblem {
  readonly key: string
  /** In the past tense. */
  readonly title: string
  readonly level: Incident['level']
  readonly customers: number
  readonly since: Instant
  readonly resolvedAt: Instant
}

/** Part of the view: what badge, tray and the line on other screens say. What is snoozed or only informs is left out. */
export interface ProblemTotals {
  readonly count: number
  /** Affected by any of them. */
  readonly customers: number
  /** The first end of an access token of theirs; null: none is known. */
  readonly deadline: Instant | null
  /** What a person wants to hear nothing of for now, and whom it affects. */
  readonly snoozed: { readonly count: number; readonly customers: number }
}

export const NO_PROBLEMS: ProblemTotals = {
  count: 0,
  customers: 0,
  deadline: null,
  snoozed: { count: 0, customers: 0 },
}
