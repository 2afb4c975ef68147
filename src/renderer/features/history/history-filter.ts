// What narrows the history: whose, how it ended and why, by which tier, a span of local days, and a text.
import type { Outcome, Tier } from '#contract/contract.ts'
import { dayStart, midnight } from '#renderer/features/shared/axis.ts'

export interface AttemptFilter {
  readonly profileId: string | null
  readonly managerId: string | null
  readonly appId: string | null
  readonly orgId: string | null
  readonly outcome: Outcome | null
  readonly tier: Tier | null
  /** As the contract has it, "reason:drill". */
  readonly cause: string | null
  readonly text: string | null
  /** Epoch ms; started at or after this. */
  readonly from: number | null
  /** Epoch ms; started before this. */
  readonly to: number | null
}

/** Everything of one profile, or of all. */
export const allOf = (profileId: string | null): AttemptFilter => ({
  profileId,
  managerId: null,
  appId: null,
  orgId: null,
  outcome: null,
  tier: null,
  cause: null,
  text: null,
  from: null,
  to: null,
})

export function isNarrowed(filter: AttemptFilter): boolean {
  return Object.values(filter).some((one) => one !== null)
}

/** Days of it are counted a week at a time, since main may have to look at each row. */
export function isCostly({ appId, orgId, cause, text }: AttemptFilter): boolean {
  return [appId, orgId, cause, text].some((one) => one !== null)
}

/** `days`: so many up to today, today among them. Dates as a date field has them, "2026-05-18"; empty: open. */
export type DateChoice =
  | { readonly kind: 'last'; readonly days: number }
  | { readonly kind: 'dates'; readonly from: string; readonly to: string }

export const allDates: DateChoice = { kind: 'dates', from: '', to: '' }

export type DaySpan = Pick<AttemptFilter, 'from' | 'to'>

/** The span in ms, its end left out. Two dates the wrong way round mean the same days. */
export function spanOf(choice: DateChoice, now: number): DaySpan {
  if (choice.kind === 'last') return { from: midnight(now, 1 - choice.days), to: null }
  const [from, to] =
    choice.from !== '' && choice.to !== '' && choice.from > choice.to
      ? [choice.to, choice.from]
      : [choice.from, choice.to]
  const last = dayStart(to)
  return { from: dayStart(from), to: last === null ? null : midnight(last, 1) }
}
