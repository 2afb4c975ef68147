// Tier 3: one refresh of one token manager, shared by everyone who needs it.

import type { Attempt, ManagerId, TokenManager, TokenPair } from '../domain/model.ts'
import { UNKNOWN_WAIT } from '../domain/policy.ts'
import type { Random, TokenGrant } from '../domain/ports.ts'
import type { Failure } from '../failure/failure.ts'
import { consequenceOf, needsPerson } from '../failure/failure-catalogue.ts'
import { isUsable, managerNeedsYou } from '../renewal/manager-status.ts'
import { repeatable } from '../renewal/retry-policy.ts'
import {
  afterFailure,
  afterLateAnswer,
  afterSuccess,
  type ManagerSubjectState,
  tryAgain,
} from '../renewal/subject-state.ts'
import { isLateForManager } from '../renewal/token-grant.ts'
import { forbidsMinting, managerAccount, tokenLimitMet } from '../renewal/token-limit.ts'
import { aborted } from '../runtime/blocker.ts'
import {
  type EngineContext,
  isAskedByPerson,
  type Job,
  orderOf,
  profileKey,
} from '../runtime/engine-context.ts'
import { type CallResult, performClaimed } from '../runtime/guarded-call.ts'
import { commitAttempt, type EndedAttempt, toAttempt, yieldAttempt } from './attempt-commit.ts'
import { clientLimit, unsent } from './tier-step.ts'

type Refresh = CallResult<TokenGrant>

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
  const refreshToken = manager.pair?.refresh?.token ?? null
  const id = context.parts.newId()
  const draws = repeatable(context.parts.random)
  const endedWith = (refresh: Refresh): EndedAttempt => ({
    id,
    job,
    about: { kind: 'manager', name: manager.name },
    orgId: null,
    startedAt,
    pair: manager.pair,
    calls: refresh.call === null ? [] : [refresh.call],
    issued: refresh.kind === 'ok' ? { tier: 3, grant: refresh.value, at: refresh.at } : null,
    dead: refresh.kind === 'failed' && consequenceOf(refresh.failure).grantDead ? refreshToken : null,
    failure: refresh.kind === 'failed' ? refresh.failure : null,
    fallback: null,
    refusedManagers: [],
    retryAt: (attempt, pair) =>
      refresh.kind === 'failed'
        ? failedState(context, managerId, refresh.failure, attempt, pair, draws()).retryAt
        : null,
    tierTwoStop: () => null,
    otherCopySince: () => null,
    isLate({ grant }) {
      const current = fleetState.managers.get(managerId)
      return current === undefined || isLateForManager(manager, current, grant)
    },
  })
  const limit = fleetState.tokenLimits.inForce(managerAccount(managerId), startedAt)
  const holdsToken = isUsable(manager, subjectState, startedAt, null)
  if (forbidsMinting(limit, { byPerson: isAskedByPerson(job), holdsToken }))
    return toAttempt(context, endedWith(unsent(limit.failure)), null)
  const committed = (refresh: Refresh) =>
    commitAttempt(context, endedWith(refresh), (attempt, late) => {
      const current = fleetState.managers.get(managerId)
      if (current !== undefined)
        remember(context, current, refresh, attempt, { late, changes: subjectState.changes, random: draws() })
    })
  const { pair } = manager
  if (manager.kind !== 'integration' || pair === null || refreshToken === null)
    return committed(unsent(nothingToRefresh(context, manager)))
  const refresh = await performClaimed(
    context.callGuards,
    {
      context: { tier: 3, managerId, unclearBefore: subjectState.unclear },
      caller: job,
      limits: [clientLimit(manager.clientId)],
      order: orderOf(job, pair.expiresAt),
      pair,
      provesStore: 'always',
      perform: () => context.parts.webex.refreshGrant(manager, refreshToken),
    },
    // Nothing but its refresh token renews it.
    () => context.parts.vault.begin({ attemptId: id, subject: job.subject, pair, again: true }),
  )
  if (refresh.kind !== 'unclaimed') return committed(refresh)
  const { claim } = refresh
  const nothing = { ...endedWith(unsent(aborted)), failure: null }
  return yieldAttempt(
    context,
    nothing,
    claim.kind === 'unknown' ? { kind: 'held', wait: UNKNOWN_WAIT } : claim,
  )
}

function nothingToRefresh(context: EngineContext, manager: TokenManager): Failure {
  const needed = managerNeedsYou(manager, null, context.serverClock.now())
  return needed ?? { kind: 'nothing-to-try', tier: 3, status: null, detail: null, trackingId: null }
}

/** `changes`: of the subject state, when the attempt began. */
function remember(
  context: EngineContext,
  { id, pair }: TokenManager,
  refresh: Refresh,
  attempt: Attempt,
  { late, changes, random }: { readonly late: boolean; readonly changes: number; readonly random: Random },
): void {
  const { fleetState } = context
  const subjectState = fleetState.managerSubjectState(id)
  if (late || (refresh.kind === 'failed' && subjectState.changes !== changes)) {
    fleetState.setManagerSubjectState(id, afterLateAnswer(subjectState, attempt, pair))
  } else if (refresh.kind === 'failed') {
    const { failure } = refresh
    const limit = tokenLimitMet([failure], attempt)
    if (limit !== null) fleetState.tokenLimits.note(managerAccount(id), limit)
    fleetState.setManagerSubjectState(id, {
      ...failedState(context, id, failure, attempt, pair, random),
      needsYou: needsPerson(failure) ? failure : null,
    })
  } else if (pair !== null) {
    fleetState.tokenLimits.lift(managerAccount(id))
    // Also where the very token came back that tier 2 would not take: tier 2 tries it once more.
    fleetState.setManagerSubjectState(id, {
      ...afterSuccess(subjectState, attempt, pair),
      refused: null,
      refusedFor: null,
      needsYou: null,
    })
    tryProfilesAgain(context, id, attempt.endedAt)
  }
}

function failedState(
  { fleetState }: EngineContext,
  id: ManagerId,
  failure: Failure,
  ...[attempt, pair, random]: [Attempt, TokenPair | null, Random]
): ManagerSubjectState {
  const met = { failures: [failure], deciding: failure }
  return afterFailure(fleetState.managerSubjectState(id), attempt, met, pair, random)
}

/** What waited for this manager need not wait for its own backoff. */
function tryProfilesAgain(context: EngineContext, managerId: ManagerId, at: number): void {
  const { fleetState } = context
  for (const { id } of fleetState.serving.reliantOn(managerId)) {
    const subjectState = fleetState.subjectState(id)
    if (subjectState.failure !== null && waitsForManager(subjectState.failure)) {
      fleetState.setSubjectState(id, tryAgain(subjectState, at, subjectState.trigger))
    }
    context.replan(profileKey(id))
  }
}

function waitsForManager(failure: Failure): boolean {
  return failure.tier === 3 || failure.kind === 'bearer-refused' || failure.kind === 'no-manager'
}
