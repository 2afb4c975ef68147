// Manager access: the token manager as one attempt of one profile sees it (a bearer, a way to renew it, or why there is
// none), and what tier 2's answer says of its access token, which concerns all its profiles.

import type { Attempt, Instant, ManagerId, Profile, TokenManager } from '../domain/model.ts'
import { DRILL_PROVEN_FOR, VOUCHED_FOR } from '../domain/policy.ts'
import type { DrillRequester } from '../domain/renewal-reason.ts'
import type { Failure } from '../failure/failure.ts'
import { fallbackUse, managerNeedsYou } from '../renewal/manager-status.ts'
import { afterDistrust, afterRefusal, afterTrust, holdsBearer } from '../renewal/manager-trust.ts'
import { managerReadyFrom } from '../renewal/tier-plan.ts'
import { aborted } from '../runtime/blocker.ts'
import { type EngineContext, managerKey } from '../runtime/engine-context.ts'
import { isHeld } from './attempt-commit.ts'
import type { Bearer, ManagerAccess } from './tier-two.ts'

/** The token managers as one attempt sees them: the one that serves now, then the one that may take its place. */
export function managerAccesses(
  context: EngineContext,
  profile: Profile,
  ...rest: [askedByPerson: () => boolean, start: (managerId: ManagerId) => Promise<Attempt>]
): readonly ManagerAccess[] {
  const { fleetState, serverClock } = context
  const own = managerAccess(context, profile, 0, ...rest)
  if (fleetState.serving.managersOf(profile).length < 2) return [own]
  const other = managerAccess(context, profile, 1, ...rest)
  return fleetState.tierInputs(profile, serverClock.now()).fallback === null ? [own, other] : [other, own]
}

/** `place`: 0 is the profile's own token manager, 1 its fallback. `start` runs or joins its tier 3. */
function managerAccess(
  context: EngineContext,
  profile: Profile,
  place: 0 | 1,
  askedByPerson: () => boolean,
  start: (managerId: ManagerId) => Promise<Attempt>,
): ManagerAccess {
  const { fleetState, serverClock } = context
  const record = () => fleetState.serving.managersOf(profile)[place] ?? null
  const status = () => fleetState.serving.statusOf(record(), profile.serviceAppId, serverClock.now())
  const [own, fallback] = place === 0 ? [] : fleetState.serving.managersOf(profile)
  const bearerOf = ({ id, pair }: TokenManager): Bearer | null => {
    if (pair?.accessToken == null) return null
    const { last } = fleetState.managerSubjectState(id)
    const vouched = last?.outcome === 'unchanged' && serverClock.now() - last.endedAt < VOUCHED_FOR
    return { kind: 'bearer', managerId: id, token: pair.accessToken, fingerprint: pair.fingerprint, vouched }
  }
  const tierThree = async (id: ManagerId) => {
    const attempt = await start(id)
    const { calls, outcome } = attempt
    if (outcome !== 'failed') return { calls, failure: null }
    const { failure, heldUntil } = fleetState.managerSubjectState(id)
    if (isHeld(attempt)) {
      const wait = Math.max(0, (heldUntil ?? 0) - serverClock.now())
      return { calls, failure: null, held: { kind: 'held', wait } as const }
    }
    return { calls, failure: failure ?? { ...aborted, tier: 3 as const } }
  }
  /** Its bearer lives: nothing is called that is known to fail, nor, for a monthly drill, what has just been proved. */
  const drill = async (manager: TokenManager, by: DrillRequester) => {
    if (manager.kind === 'personal-access-token') return { calls: [], failure: null }
    const now = serverClock.now()
    const subjectState = fleetState.managerSubjectState(manager.id)
    const use = subjectState.uses[3]
    if (by === 'schedule' && use?.end === 'worked' && now - use.at < DRILL_PROVEN_FOR)
      return { calls: [], failure: null }
    const needed = managerNeedsYou(manager, subjectState, now)
    const isWaiting = (subjectState.retryAt ?? 0) > now
    const known = needed ?? (isWaiting ? subjectState.failure : null)
    if (known !== null && !askedByPerson()) return { calls: [], failure: known }
    return tierThree(manager.id)
  }
  return {
    fallback: own === undefined || fallback === undefined ? null : fallbackUse(own, fallback),
    canServe() {
      const now = status()
      if (askedByPerson()) return now.kind !== 'absent' && (now.kind !== 'spent' || now.canTry)
      const { tierTwoStop } = fleetState.subjectState(profile.id)
      const stopped = tierTwoStop?.managerId === record()?.id ? (tierTwoStop?.until ?? 0) : 0
      return Math.max(managerReadyFrom(now), stopped) <= serverClock.now()
    },
    current() {
      const now = status()
      switch (now.kind) {
        case 'ready': {
          const bearer = bearerOf(now.manager)
          if (bearer === null) throw new Error('a ready manager has an access token')
          return bearer
        }
        case 'renewable':
          return { kind: 'renewable', managerId: now.manager.id }
        case 'spent':
          if (!now.canTry || !askedByPerson()) return { kind: 'none', failure: now.failure }
          // A person asked: even what Webex refused, or called dead, is tried once more.
          return now.manager.kind === 'personal-access-token'
            ? (bearerOf(now.manager) ?? { kind: 'none', failure: now.failure })
            : { kind: 'renewable', managerId: now.manager.id }
        case 'absent':
          return { kind: 'none', failure: now.failure }
      }
    },

    async renew(cause) {
      const manager = record()
      if (manager === null) return { calls: [], failure: null }
      if (cause !== null && 'drill' in cause) return drill(manager, cause.drill)
      if (cause !== null) {
        const { bearer, aboutClient } = cause
        if (manager.pair?.fingerprint !== bearer) return { calls: [], failure: null }
        const refusedState = afterRefusal(
          fleetState.managerSubjectState(manager.id),
          bearer,
          aboutClient ? profile.serviceAppId : null,
        )
        fleetState.setManagerSubjectState(manager.id, refusedState)
        context.changed(managerKey(manager.id))
      }
      const now = status()
      const canRenew = manager.kind === 'integration' && askedByPerson()
      if (now.kind === 'spent' && !(now.canTry && canRenew)) return { calls: [], failure: now.failure }
      if (now.kind === 'ready' && cause === null) return { calls: [], failure: null }
      // No tier 3: tier 2's answer counts.
      if (manager.kind === 'personal-access-token') {
        return { calls: [], failure: managerNeedsYou(manager, null, serverClock.now()) }
      }
      const subjectState = fleetState.managerSubjectState(manager.id)
      const waiting = now.kind === 'renewable' && now.from > serverClock.now() && !askedByPerson()
      if (waiting && subjectState.failure !== null) return { calls: [], failure: subjectState.failure }
      return tierThree(manager.id)
    },
  }
}

/** A bearer that is refused although tier 3 has just answered for it, or that nothing can renew. */
export function distrustManager(
  context: EngineContext,
  profile: Profile,
  failure: Failure<'manager-refused'>,
  now: Instant,
): void {
  const { fleetState } = context
  const manager = fleetState.managers.get(failure.managerId)
  if (manager === undefined || !holdsBearer(manager, failure.bearer)) return
  const before = fleetState.managerSubjectState(manager.id)
  fleetState.setManagerSubjectState(manager.id, afterDistrust(before, profile, failure, now))
  context.replan(managerKey(manager.id))
  context.changed(null)
}

/** It just served tier 2. */
export function trustManager(context: EngineContext, profile: Profile, managerId: ManagerId): void {
  const { fleetState } = context
  if (!fleetState.managers.has(managerId)) return
  const before = fleetState.managerSubjectState(managerId)
  const after = afterTrust(before, profile)
  if (after === before) return
  fleetState.setManagerSubjectState(managerId, after)
  context.replan(managerKey(managerId))
  context.changed(null)
}
