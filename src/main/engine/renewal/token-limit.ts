// Token limit: an account that has reached Webex's limit of live access tokens is not asked for a new one for a while.

import { orgKey } from '#base/common/webex-id.ts'
import type { Attempt, Instant, ManagerId, Profile, ServiceApp } from '../domain/model.ts'
import { TOKEN_LIMIT_RETRY } from '../domain/policy.ts'
import type { Failure } from '../failure/failure.ts'
import type { Stop } from './tier-plan.ts'

/** A service app is a machine account in each org, however the org's ID is spelled. */
export function profileAccount(
  { targetOrgId }: Pick<Profile, 'targetOrgId'>,
  { clientId }: Pick<ServiceApp, 'clientId'>,
): string {
  return `service-app ${clientId} ${orgKey(targetOrgId)}`
}

export function managerAccount(id: ManagerId): string {
  return `manager ${id}`
}

/** What an attempt met of the limit, for the account it was about; null when nothing. */
export function tokenLimitMet(failures: readonly Failure[], attempt: Attempt): Stop | null {
  const kind = attempt.subject.kind === 'profile' ? 'token-limit' : 'manager-token-limit'
  const failure = failures.find((each) => each.kind === kind)
  if (failure === undefined) return null
  return { failure, since: attempt.startedAt, until: attempt.endedAt + TOKEN_LIMIT_RETRY }
}

/** The same from the history, after a restart. */
export function restoredTokenLimit(last: Attempt): Stop | null {
  const { subject } = last
  const call = last.calls.at(-1)
  if (call === undefined) return null
  const { tier, status, detail, trackingId, result } = call
  const seen = { tier, status, detail, trackingId }
  if (subject.kind === 'profile') {
    return result === 'token-limit' ? tokenLimitMet([{ ...seen, kind: result }], last) : null
  }
  const { managerId } = subject
  return result === 'manager-token-limit' ? tokenLimitMet([{ ...seen, kind: result, managerId }], last) : null
}

/** Whether nothing may be minted; a person's request is allowed when no live token is held. */
export function forbidsMinting(
  limit: Stop | null,
  asked: { readonly byPerson: boolean; readonly holdsToken: boolean },
): limit is Stop {
  return limit !== null && (asked.holdsToken || !asked.byPerson)
}

/** The limits that accounts have met. */
export class TokenLimits {
  readonly #limits: Map<string, Stop>

  constructor(met: ReadonlyMap<string, Stop> = new Map()) {
    this.#limits = new Map(met)
  }

  all(): ReadonlyMap<string, Stop> {
    return new Map(this.#limits)
  }

  /** Nearly always; then no account has to be named. */
  get areNone(): boolean {
    return this.#limits.size === 0
  }

  /** null: none, or its time is over. A clock that was set back since makes it no longer. */
  inForce(account: string | null, now: Instant): Stop | null {
    if (account === null) return null
    const met = this.#limits.get(account)
    if (met === undefined || met.until <= now) return null
    const latest = now + TOKEN_LIMIT_RETRY
    if (met.until <= latest) return met
    const limit = { ...met, since: Math.min(met.since, now), until: latest }
    this.#limits.set(account, limit)
    return limit
  }

  /** Met once more, it has been there since it was met first. */
  note(account: string, limit: Stop): void {
    this.#limits.set(account, { ...limit, since: this.#limits.get(account)?.since ?? limit.since })
  }

  /** Whether there was one. */
  lift(account: string): boolean {
    return this.#limits.delete(account)
  }
}
