// The token manager as one attempt of one profile sees it: a bearer, a way to renew it, or why there is none.

import type { Attempt, ManagerId, Profile, TokenManager } from '../domain/model.ts'
import { VOUCHED_FOR } from '../domain/policy.ts'
import { managerNeedsYou } from '../renewal/manager-status.ts'
import { aborted } from '../runtime/blocker.ts'
import type { EngineContext } from '../runtime/engine-context.ts'
import { afterRefusal } from './manager-trust.ts'
import type { Bearer, ManagerAccess } from './tier-ladder.ts'

/** The manager as one attempt sees it; `start` runs or joins its tier 3. */
export function managerAccess(
  context: EngineContext,
  profile: Profile,
  askedByPerson: () => boolean,
  start: (managerId: ManagerId) => Promise<Attempt>,
): ManagerAccess {
  const { fleetState, serverClock } = context
  const status = () => fleetState.status(profile, serverClock.now())
  const bearerOf = ({ id, pair }: TokenManager): Bearer | null => {
    if (pair?.accessToken == null) return null
    const { last } = fleetState.managerSubjectState(id)
    const vouched = last?.outcome === 'unchanged' && serverClock.now() - last.endedAt < VOUCHED_FOR
    return { kind: 'bearer', managerId: id, token: pair.accessToken, fingerprint: pair.fingerprint, vouched }
  }
  return {
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

    async renew(refused) {
      const manager = fleetState.managerOf(profile)
      if (manager === null) return { calls: [], failure: null }
      if (refused !== null) {
        const { bearer, aboutClient } = refused
        if (manager.pair?.fingerprint !== bearer) return { calls: [], failure: null }
        const refusedTrack = afterRefusal(
          fleetState.managerSubjectState(manager.id),
          bearer,
          aboutClient ? profile.serviceAppId : null,
        )
        fleetState.setManagerSubjectState(manager.id, refusedTrack)
      }
      const now = status()
      const canRenew = manager.kind === 'integration' && askedByPerson()
      if (now.kind === 'spent' && !(now.canTry && canRenew)) return { calls: [], failure: now.failure }
      if (now.kind === 'ready' && refused === null) return { calls: [], failure: null }
      // No tier 3: what tier 2 said of it stands.
      if (manager.kind === 'personal-access-token') {
        return { calls: [], failure: managerNeedsYou(manager, null, serverClock.now()) }
      }
      const subjectState = fleetState.managerSubjectState(manager.id)
      const waiting = now.kind === 'renewable' && now.from > serverClock.now() && !askedByPerson()
      if (waiting && subjectState.failure !== null) return { calls: [], failure: subjectState.failure }
      const attempt = await start(manager.id)
      if (attempt.outcome !== 'failed') return { calls: attempt.calls, failure: null }
      return {
        calls: attempt.calls,
        failure: fleetState.managerSubjectState(manager.id).failure ?? { ...aborted, tier: 3 },
      }
    },
  }
}
