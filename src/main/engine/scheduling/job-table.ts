// Single flight: one job for each profile and token manager, in line or running; whoever wants another joins it.

import type { Attempt, Subject, Trigger } from '../domain/model.ts'
import { type Job, subjectKey } from '../runtime/engine-context.ts'

export interface PendingJob extends Job {
  trigger: Trigger
  reason: Attempt['reason']
  running: boolean
  askedIn: number | null
  /** Its tier 3, as long as it waits for one. */
  tierThree: PendingJob | null
  /** null: it ended without an attempt. */
  readonly outcome: Promise<Attempt | null>
  readonly end: (attempt: Attempt | null) => void
  readonly fail: (error: unknown) => void
}

export type Asked = Pick<Job, 'manual' | 'askedIn' | 'reason'>

export class JobTable {
  readonly #pending = new Map<string, PendingJob>()

  get(key: string): PendingJob | undefined {
    return this.#pending.get(key)
  }

  has(key: string): boolean {
    return this.#pending.has(key)
  }

  all(): readonly PendingJob[] {
    return [...this.#pending.values()]
  }

  create(subject: Subject, trigger: Trigger, asked: Asked): PendingJob {
    let end: PendingJob['end'] = () => {}
    let fail: PendingJob['fail'] = () => {}
    const outcome = new Promise<Attempt | null>((resolve, reject) => {
      end = resolve
      fail = reject
    })
    // Most jobs have nobody who waits for them.
    outcome.catch(() => undefined)
    const key = subjectKey(subject)
    const { manual, askedIn, reason } = asked
    const waiting = { manual, askedIn, reason, running: false, asksEnd: false, tierThree: null }
    const pending: PendingJob = { key, subject, trigger, ...waiting, outcome, end, fail }
    this.#pending.set(key, pending)
    return pending
  }

  remove(key: string): void {
    this.#pending.delete(key)
  }
}
