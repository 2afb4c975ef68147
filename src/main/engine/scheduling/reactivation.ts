// Reactivation: what an outside change (edited credentials, a machine that woke, a start) means for the subject states.

import type { Attempt, FleetChange, ManagerId, Profile, TokenManager, Trigger } from '../domain/model.ts'
import { RECONSIDER_GAP } from '../domain/policy.ts'
import { learnAttempt, notAhead } from '../renewal/learned-attempt.ts'
import {
  newManagerSubjectState,
  newProfileSubjectState,
  type ProfileSubjectState,
  replaceCredentials,
  tryAgain,
} from '../renewal/subject-state.ts'
import { managerReadyFrom } from '../renewal/tier-plan.ts'
import { managerAccount } from '../renewal/token-limit.ts'
import { isFromWebex } from '../runtime/circuit-breaker.ts'
import { type EngineContext, managerKey, profileKey, subjectKey } from '../runtime/engine-context.ts'
import type { Scheduler } from './scheduler.ts'

/**
 * What failed in an earlier run is tried again on start, and what came due meanwhile is so because of the start. The
 * scheduler plans everything when it starts.
 */
export function beforeFirstTick(context: EngineContext, scheduler: Scheduler): void {
  retryEverything(context, scheduler, 'start-up', context.serverClock.now())
  expectTheBest(context)
  askForTheTime(context)
}

/** Trouble that may have passed while nothing ran is worth an alert with the next attempt that meets it. */
function expectTheBest({ fleetState, settings }: EngineContext): void {
  const most = settings().failedAttemptsBeforeAlert - 1
  for (const id of fleetState.managers.keys()) {
    const { failedInARow } = fleetState.managerSubjectState(id)
    if (failedInARow > most) fleetState.setManagerSubjectState(id, { failedInARow: most })
  }
  for (const id of fleetState.profiles.keys()) {
    const { failedInARow } = fleetState.subjectState(id)
    if (failedInARow > most) fleetState.setSubjectState(id, { failedInARow: most })
  }
}

/** The same where another process has renewed until now: nothing was started, and what is due is so by its own time. */
export function beforeTakeover(context: EngineContext, scheduler: Scheduler): void {
  retryEverything(context, scheduler, 'scheduled', context.serverClock.now())
  askForTheTime(context)
}

/** Resume, unlock, network back, a clock that jumped: everything is checked again at once. */
export function afterOutsideChange(context: EngineContext, scheduler: Scheduler, trigger: Trigger): void {
  retryEverything(context, scheduler, trigger, context.serverClock.now())
  scheduler.replanAll()
  context.circuitBreaker.hurry()
  askForTheTime(context)
  context.changed(null)
}

/** The same where another process renews: what that one met stands until it has tried again. */
export function afterOutsideChangeElsewhere(context: EngineContext): void {
  context.circuitBreaker.hurry()
  askForTheTime(context)
  context.changed(null)
}

function retryEverything(context: EngineContext, scheduler: Scheduler, trigger: Trigger, now: number): void {
  const { fleetState } = context
  // Events may come in bursts: what has just failed waits a moment.
  const at = (endedAt: number | undefined) =>
    endedAt !== undefined && endedAt <= now ? Math.max(now, endedAt + RECONSIDER_GAP) : now
  fleetState.appStops.clear()
  for (const manager of fleetState.managers.values()) {
    const { id, pair } = manager
    const subjectState = fleetState.managerSubjectState(id)
    const again = tryAgain(subjectState, at(subjectState.last?.endedAt), trigger)
    if (manager.kind === 'personal-access-token') {
      // Nothing but tier 2 itself can tell whether it works again.
      fleetState.setManagerSubjectState(id, { ...again, refused: null, refusedFor: null, retryAt: null })
      continue
    }
    const hopeless = subjectState.needsYou !== null || pair?.refresh?.dead === true
    fleetState.setManagerSubjectState(
      id,
      hopeless ? { ...again, retryAt: at(subjectState.last?.endedAt) } : again,
    )
    if (isDueNow(scheduler, managerKey(id), now)) fleetState.setManagerSubjectState(id, { trigger })
  }
  for (const { id } of fleetState.profiles.values()) {
    const subjectState = fleetState.subjectState(id)
    fleetState.setSubjectState(id, {
      ...tryAgain(subjectState, at(subjectState.last?.endedAt), trigger),
      tierTwoStop: null,
    })
    if (isDueNow(scheduler, profileKey(id), now)) fleetState.setSubjectState(id, { trigger })
  }
}

function isDueNow(scheduler: Scheduler, key: string, now: number): boolean {
  const planned = scheduler.planned(key)
  return planned !== null && planned.at <= now
}

/** A wrong local clock is known only from a server's `Date`; one request without a credential brings it. */
function askForTheTime(context: EngineContext): void {
  void context.parts.webex
    .isWebexThere()
    .then((answer) => {
      if (isFromWebex(answer) && answer.serverDate !== null) {
        context.callGuards.noteServerDate(answer.serverDate)
      }
    })
    .catch(() => undefined)
}

/** Runs right after the changes were stored. */
export function afterApplied(context: EngineContext, changes: readonly FleetChange[]): void {
  for (const change of changes) {
    const before = recordBefore(context, change)
    context.fleetState.take(change)
    afterOne(context, change, before)
  }
}

/** The same for what other processes have stored. A pair that they have got by an attempt changes no credentials. */
export function afterFollowed(
  context: EngineContext,
  changes: readonly FleetChange[],
  attempts: readonly Attempt[],
): void {
  const { fleetState, serverClock, renewsHere } = context
  const now = serverClock.now()
  const got = new Set(attempts.map(({ subject, after }) => `${subjectKey(subject)} ${after}`))
  const isByAttempt = (change: FleetChange) =>
    (change.kind === 'profile-pair' &&
      got.has(`${profileKey(change.profileId)} ${change.pair.fingerprint}`)) ||
    (change.kind === 'manager-pair' && got.has(`${managerKey(change.managerId)} ${change.pair.fingerprint}`))
  for (const change of changes) {
    if (isByAttempt(change)) fleetState.take(change)
    else afterApplied(context, [change])
  }
  for (const attempt of attempts)
    learnAttempt(fleetState, renewsHere() ? notAhead(attempt, now) : attempt, now)
}

interface Before {
  readonly profile?: Profile | undefined
  readonly manager?: TokenManager | undefined
}

function recordBefore({ fleetState }: EngineContext, change: FleetChange): Before {
  if (change.kind === 'profile-saved') return { profile: fleetState.profiles.get(change.profile.id) }
  return change.kind === 'manager-saved' ? { manager: fleetState.managers.get(change.manager.id) } : {}
}

function afterOne(context: EngineContext, change: FleetChange, before: Before): void {
  const { fleetState, serverClock } = context
  const now = serverClock.now()
  switch (change.kind) {
    case 'service-app-saved':
      fleetState.appStops.delete(change.serviceApp.id)
      for (const { id, serviceAppId } of fleetState.profiles.values()) {
        if (serviceAppId === change.serviceApp.id) retryProfile(context, id)
      }
      break
    case 'profile-saved':
      if (before.profile === undefined)
        fleetState.setSubjectState(change.profile.id, { ...newProfileSubjectState, trigger: 'added' })
      else if (isOtherAccount(before.profile, change.profile)) retryProfile(context, change.profile.id)
      break
    case 'profile-pair':
      fleetState.setSubjectState(change.profileId, {
        ...withoutFailures(fleetState.subjectState(change.profileId), now),
        trigger: 'scheduled',
      })
      break
    case 'manager-saved':
      // Its limit is its account's: another name or another secret is no other account.
      if (before.manager === undefined || clientOf(before.manager) !== clientOf(change.manager))
        fleetState.tokenLimits.lift(managerAccount(change.manager.id))
      retryManager(context, change.manager.id, now)
      break
    case 'manager-pair':
      fleetState.tokenLimits.lift(managerAccount(change.managerId))
      retryManager(context, change.managerId, now)
      break
    case 'manager-removed':
    case 'profile-removed':
    case 'drill':
    case 'drill-month':
    case 'other-copy-stopped':
    case 'data-source-kept':
    case 'data-source-dropped':
      break
  }
}

function isOtherAccount(before: Profile, after: Profile): boolean {
  return (
    before.serviceAppId !== after.serviceAppId ||
    before.targetOrgId !== after.targetOrgId ||
    before.managerId !== after.managerId
  )
}

function clientOf(manager: TokenManager): string | null {
  return manager.kind === 'integration' ? manager.clientId : null
}

/** The credentials of a profile changed: they are tried at once. The failure is shown until that attempt has ended. */
function retryProfile(context: EngineContext, id: string): void {
  const { fleetState, serverClock } = context
  const subjectState = fleetState.subjectState(id)
  const changes = subjectState.changes + 1
  fleetState.setSubjectState(id, {
    ...tryAgain(subjectState, serverClock.now(), 'scheduled'),
    uses: replaceCredentials(subjectState.uses),
    otherCopy: { since: null, countsFrom: serverClock.now() },
    tierTwoStop: null,
    unclear: false,
    changes,
  })
}

/** Keeps the history of a profile without the failures of its old pair. */
function withoutFailures(
  { last, uses, isRestored, changes, drill }: ProfileSubjectState,
  now: number,
): ProfileSubjectState {
  return {
    ...newProfileSubjectState,
    otherCopy: { since: null, countsFrom: now },
    last,
    uses: replaceCredentials(uses),
    isRestored,
    changes: changes + 1,
    drill,
  }
}

function retryManager(context: EngineContext, managerId: ManagerId, now: number): void {
  const { fleetState } = context
  const { last, uses, isRestored, changes } = fleetState.managerSubjectState(managerId)
  const limit = fleetState.tokenLimits.inForce(managerAccount(managerId), now)
  fleetState.setManagerSubjectState(managerId, {
    ...newManagerSubjectState,
    last,
    uses: replaceCredentials(uses),
    isRestored,
    failure: limit?.failure ?? null,
    needsYou: limit?.failure ?? null,
    retryAt: limit?.until ?? null,
    changes: changes + 1,
  })
  for (const profile of fleetState.serving.reliantOn(managerId)) {
    const { id, serviceAppId } = profile
    const subjectState = fleetState.subjectState(id)
    const own = fleetState.serving.ownOf(profile)
    const isSpare =
      own?.id !== managerId && managerReadyFrom(fleetState.serving.statusOf(own, serviceAppId, now)) <= now
    // What its own one was refused for may be no obstacle for another account.
    if (isSpare && subjectState.tierTwoStop === null) continue
    fleetState.setSubjectState(id, {
      ...tryAgain(subjectState, now, 'connect'),
      uses: replaceCredentials(subjectState.uses, [2]),
      tierTwoStop: null,
      changes: subjectState.changes + 1,
    })
  }
}
