// What narrows the history: a subject, an outcome, a tier, and a span of local days.
import type { Outcome, Tier } from '#contract/contract.ts'
import { dayStart, midnight } from './days.ts'

export interface AttemptFilter {
  readonly profileId: string | null
  readonly managerId: string | null
  readonly outcome: Outcome | null
  readonly tier: Tier | null
  /** Epoch ms; started at or after this. */
  readonly from: number | null
  /** Epoch ms; started before this. */
  readonly to: number | null
}

/** Everything of one profile, or of all. */
export const allOf = (profileId: string | null): AttemptFilter => ({
  profileId,
  managerId: null,
  outcome: null,
  tier: null,
  from: null,
  to: null,
})

export function isNarrowed(filter: AttemptFilter): boolean {
  return Object.values(filter).some((one) => one !== null)
}

/** `days`: so many up to today, today among them. Dates as a date field has them, "2026-05-18"; empty: open. */
export type DateChoice =
  | { readonly kind: 'last'; readonly days: number }
  | { readonly kind: 'dates'; readonly from: string; readonly to: string }

export const allDates: DateChoice = { kind: 'dates', from: '', to: '' }

/** The span in ms, its end left out. Two dates the wrong way round mean the same days. */
export function spanOf(choice: DateChoice, now: number): Pick<AttemptFilter, 'from' | 'to'> {
  if (choice.kind === 'last') return { from: midnight(now, 1 - choice.days), to: null }
  const [from, to] =
    choice.from !== '' && choice.to !== '' && choice.from > choice.to
      ? [choice.to, choice.from]
      : [choice.from, choice.to]
  const last = dayStart(to)
  return { from: dayStart(from), to: last === null ? null : midnight(last, 1) }
}
