// Engine context: what the parts of the running engine share, and the job they work on.
import type { EngineEvent, EngineParts } from '../domain/engine-api.ts'
import type { Attempt, ManagerId, ProfileId, Subject } from '../domain/model.ts'
import type { EngineSettings } from '../domain/policy.ts'
import type { FleetState } from '../renewal/fleet-state.ts'
import type { Caller, CircuitBreaker } from './circuit-breaker.ts'
import type { CallGuards } from './guarded-call.ts'
import type { RateLimiter } from './rate-limiter.ts'
import type { ServerClock } from './server-clock.ts'
import type { WriteQueue } from './write-queue.ts'

export interface EngineContext {
  readonly parts: EngineParts
  readonly serverClock: ServerClock
  readonly fleetState: FleetState
  readonly writeQueue: WriteQueue
  readonly rateLimiter: RateLimiter
  readonly circuitBreaker: CircuitBreaker
  readonly callGuards: CallGuards
  settings(): EngineSettings
  stopping(): boolean
  /** False: another process renews what this one shows. */
  renewsHere(): boolean
  emit(event: EngineEvent): void
  /** Something shown has changed; null: of more than one subject. */
  changed(key: string | null): void
  /** The subject's next attempt must be planned again. */
  replan(key: string): void
}

/** An attempt to be made, as requested or as planned. */
export interface Job extends Caller {
  readonly subject: Subject
  readonly trigger: Attempt['trigger']
  /** null while it is queued by its own plan, which gives the reason when the job begins. */
  readonly reason: Attempt['reason']
  /** A person or another part of the app requested it: neither backoff nor a stop counts. May become true while it runs. */
  manual: boolean
  /** It asks Webex when the token ends; its attempt has not begun. */
  asksEnd: boolean
}

/** Programs ask in loops, so what is done for one press of a person is not done for each of their questions. */
export function isAskedByPerson({ askedIn }: Job): boolean {
  return askedIn !== null
}

export function profileKey(id: ProfileId): string {
  return `p:${id}`
}

export function managerKey(id: ManagerId): string {
  return `m:${id}`
}

export function subjectKey(subject: Subject): string {
  return subject.kind === 'profile' ? profileKey(subject.profileId) : managerKey(subject.managerId)
}

export function subjectOf(key: string): Subject {
  const id = key.slice(2)
  return key.startsWith('p:') ? { kind: 'profile', profileId: id } : { kind: 'manager', managerId: id }
}

/** In the rate limiter; a person's calls go first. */
export function orderOf(job: Job, expiresAt: number | null): number {
  return job.manual ? Number.NEGATIVE_INFINITY : (expiresAt ?? 0)
}
