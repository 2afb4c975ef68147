// One delivery as it went, to be looked up later: what a command said would be gone with it otherwise.
import type { Duration, Instant } from './model.ts'

/** What set it off: the target was added or changed, a newer token, a failure before it, or a person's ask. */
export type RunTrigger = 'set-up' | 'new-token' | 'retry' | 'asked'

/** `broken-off`: the app ended before it did. */
export type RunOutcome = 'delivered' | 'failed' | 'broken-off'

/** No token and no part of one is in it. */
export interface DeliveryRun {
  readonly startedAt: Instant
  readonly duration: Duration
  readonly trigger: RunTrigger
  readonly outcome: RunOutcome
  /** Of the access token. */
  readonly fingerprint: string
  /** Of a command that ended by itself; null: there is none. */
  readonly exitCode: number | null
  /** What happened, and what to do; null: it went well. */
  readonly sentence: string | null
  /** The end of what a command said, redacted, at most about 2 KiB; null: nothing that could say anything was run. */
  readonly output: string | null
}

/** So many are kept of each target, the newest ones. */
export const RUNS_KEPT = 20
