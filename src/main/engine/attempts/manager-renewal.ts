// Tier 3: one refresh of one token manager, shared by everyone who needs it.

import type { Attempt, FleetChange, ManagerId, TokenManager, TokenPair } from '../domain/model.ts'
import type { TokenGrant } from '../domain/ports.ts'
import type { Failure } from '../failure/failure.ts'
import { consequenceOf, needsPerson, sentenceOf } from '../failure/failure-catalogue.ts'
import { isLateForManager, LATE_SENTENCE } from '../renewal/late-answer.ts'
import { isUsable, managerNeedsYou } from '../renewal/manager-status.ts'
import { afterFailure, afterLateAnswer, afterSuccess, tryAgain } from '../renewal/subject-state.ts'
import { markDead, receive } from '../renewal/token-grant.ts'
import { forbidsMinting, managerAccount, tokenLimitMet } from '../renewal/token-limit.ts'
import {
  type EngineContext,
  isAskedByPerson,
  type Job,
  managerKey,
  orderOf,
  profileKey,
} from '../runtime/engine-context.ts'
import { type Sent, send } from '../runtime/guarded-call.ts'
import { clientLimit } from './tier-ladder.ts'

export async function renewManagerToken(
  context: EngineContext,
  job: Job,
  managerId: ManagerId,
): Promise<Attempt> {
  const { fleetState, serverClock } = context
  const manager = fleetState.managers.get(managerId)
  if (manager === undefined) throw new Error('this token manager is not in the fleet')
  const startedAt = serverClock.now()
  const subjectState = fleetState.managerSubjectState(managerId)
  const limit = fleetState.tokenLimits.inForce(managerAccount(managerId), startedAt)
  const holdsToken = isUsable(manager, subjectState, startedAt, null)
  if (forbidsMinting(limit, { byPerson: isAskedByPerson(job), holdsToken })) {
    const step: Sent<TokenGrant> = { kind: 'failed', call: null, failure: limit.failure }
    return toAttempt(context, job, manager, startedAt, step, null)
  }
  const refresh = manager.pair?.refresh ?? null
  const step: Sent<TokenGrant> =
    manager.kind === 'integration' && refresh !== null
      ? await send(context.callGuard, {
          context: { tier: 3, managerId: manager.id, unclearBefore: subjectState.unclear },
          caller: job,
          limits: [clientLimit(manager.clientId)],
          order: orderOf(job, manager.pair?.expiresAt ?? null),
          pair: manager.pair,
          mints: true,
          perform: () => context.parts.webex.refreshGrant(manager, refresh.token),
        })
      : { kind: 'failed', call: null, failure: nothingToRefresh(context, manager) }
  return settle(context, job, { manager, changes: subjectState.changes }, startedAt, step)
}

function nothingToRefresh(context: EngineContext, manager: TokenManager): Failure {
  const needed = managerNeedsYou(manager, null, context.serverClock.now())
  return needed ?? { kind: 'nothing-to-try', tier: 3, status: null, detail: null, trackingId: null }
}

interface Used {
  readonly manager: TokenManager
  /** Of its track, when the attempt began. */
  readonly changes: number
}

async function settle(
  context: EngineContext,
  job: Job,
  used: Used,
  startedAt: number,
  step: Sent<TokenGrant>,
): Promise<Attempt> {
  const { manager } = used
  const untold = () => toAttempt(context, job, manager, startedAt, step, null)
  if (context.stopping() && step.call === null) return untold()
  let attempt: Attempt | null = null
  let late = false
  await context.writeQueue.record(
    () => {
      const made = pairChange(context, manager, step)
      late = made.late
      attempt = toAttempt(context, job, manager, startedAt, step, made)
      return { changes: made.changes, attempts: [attempt] }
    },
    ({ changes, attempts }) => {
      for (const change of changes) context.fleetState.take(change)
      for (const made of attempts) {
        if (context.fleetState.managers.has(manager.id)) remember(context, used, made, step, late)
        context.emit({ kind: 'attempt', attempt: made })
      }
      context.replan(managerKey(manager.id))
      context.changed(null)
    },
  )
  return attempt ?? untold()
}

interface Made {
  readonly changes: readonly FleetChange[]
  readonly outcome: Attempt['outcome']
  readonly pair: TokenPair | null
  /** A good answer, but not to the credentials that are there now: it is not taken over. */
  readonly late: boolean
}

function pairChange(context: EngineContext, used: TokenManager, step: Sent<TokenGrant>): Made {
  const managerId = used.id
  const manager = context.fleetState.managers.get(managerId)
  const outcome = step.kind === 'ok' ? 'renewed' : 'failed'
  if (manager === undefined) return { changes: [], outcome, pair: null, late: false }
  const { pair } = manager
  if (step.kind === 'ok') {
    if (isLateForManager(used, manager, step.value)) {
      return { changes: [], outcome: 'failed', pair: used.pair, late: true }
    }
    const received = receive(step.value, pair, 'refresh-grant', step.at)
    return {
      changes: [{ kind: 'manager-pair', managerId, pair: received.pair }],
      outcome: received.outcome,
      pair: received.pair,
      late: false,
    }
  }
  const dead = consequenceOf(step.failure).grantDead && used.pair?.refresh != null
  if (!dead || pair?.refresh == null || !pair.refresh.token.equals(used.pair?.refresh?.token ?? null)) {
    return { changes: [], outcome, pair, late: false }
  }
  const marked = markDead(pair)
  return { changes: [{ kind: 'manager-pair', managerId, pair: marked }], outcome, pair: marked, late: false }
}

function toAttempt(
  context: EngineContext,
  job: Job,
  manager: TokenManager,
  startedAt: number,
  step: Sent<TokenGrant>,
  made: Made | null,
): Attempt {
  const before = manager.pair?.fingerprint ?? null
  const outcome = made?.outcome ?? 'failed'
  const call =
    step.call !== null && outcome === 'unchanged' ? { ...step.call, result: 'unchanged' } : step.call
  const failure = step.kind === 'failed' ? step.failure : null
  return {
    id: context.parts.newId(),
    subject: job.subject,
    name: manager.name,
    orgId: null,
    trigger: job.trigger,
    reason: job.reason,
    startedAt,
    endedAt: context.serverClock.now(),
    calls: call === null ? [] : [call],
    outcome,
    tier: outcome === 'failed' ? null : 3,
    before,
    after: made?.pair?.fingerprint ?? before,
    sentence: made?.late
      ? LATE_SENTENCE
      : failure === null
        ? null
        : sentenceOf(failure, { kind: 'manager', name: manager.name }),
    trackingId: failure?.trackingId ?? call?.trackingId ?? null,
  }
}

function remember(
  context: EngineContext,
  used: Used,
  attempt: Attempt,
  step: Sent<TokenGrant>,
  late: boolean,
): void {
  const { fleetState, parts } = context
  const manager = fleetState.managers.get(used.manager.id)
  if (manager === undefined) return
  const subjectState = fleetState.managerSubjectState(manager.id)
  if (late || (step.kind === 'failed' && subjectState.changes !== used.changes)) {
    fleetState.setManagerSubjectState(manager.id, afterLateAnswer(subjectState, attempt))
    return
  }
  if (step.kind === 'ok' && manager.pair !== null) {
    fleetState.tokenLimits.lift(managerAccount(manager.id))
    // Also where the very token came back that tier 2 would not take: Webex vouches for it, and tier 2 tries it once more.
    fleetState.setManagerSubjectState(manager.id, {
      ...afterSuccess(subjectState, attempt, manager.pair),
      refused: null,
      refusedFor: null,
      needsYou: null,
    })
    tryProfilesAgain(context, manager.id, attempt.endedAt)
    return
  }
  if (step.kind === 'ok') return
  const { failure } = step
  const failed = afterFailure(
    subjectState,
    attempt,
    { failures: [failure], deciding: failure },
    manager.pair,
    parts.random,
  )
  const limit = tokenLimitMet([failure], attempt)
  if (limit !== null) fleetState.tokenLimits.note(managerAccount(manager.id), limit)
  fleetState.setManagerSubjectState(manager.id, {
    ...failed,
    needsYou: needsPerson(failure) ? failure : null,
  })
}

/** What waited for this manager need not wait for its own backoff. */
export function tryProfilesAgain(context: EngineContext, managerId: ManagerId, at: number): void {
  const { fleetState } = context
  for (const profile of fleetState.profiles.values()) {
    if (fleetState.managerOf(profile)?.id !== managerId) continue
    const subjectState = fleetState.subjectState(profile.id)
    if (subjectState.failure !== null && waitsForManager(subjectState.failure)) {
      fleetState.setSubjectState(profile.id, tryAgain(subjectState, at, subjectState.trigger))
    }
    context.replan(profileKey(profile.id))
  }
}

function waitsForManager(failure: Failure): boolean {
  return failure.tier === 3 || failure.kind === 'bearer-refused' || failure.kind === 'no-manager'
}
