// The token manager as one attempt of one profile sees it: a bearer, a way to renew it, or why there is none.

import type { Attempt, ManagerId, Profile } from '../domain/model.ts'
import { aborted } from '../runtime/blocker.ts'
import type { Core } from '../runtime/engine-context.ts'
import type { ManagerAccess } from './tier-ladder.ts'

/** The manager as one attempt sees it; `start` runs or joins its tier 3. */
export function managerAccess(
  core: Core,
  profile: Profile,
  byHand: () => boolean,
  start: (managerId: ManagerId) => Promise<Attempt>,
): ManagerAccess {
  const { memory, wall } = core
  const standing = () => memory.standing(memory.managerOf(profile), wall.now())
  return {
    current() {
      const now = standing()
      switch (now.kind) {
        case 'ready': {
          const { accessToken, fingerprint } = now.pair
          if (accessToken === null) throw new Error('a ready manager has an access token')
          return { kind: 'bearer', managerId: now.manager.id, token: accessToken, fingerprint }
        }
        case 'renewable':
          return { kind: 'renewable', managerId: now.manager.id }
        case 'spent':
          // A person asked: even a grant called dead is tried once more.
          return now.canTry && byHand()
            ? { kind: 'renewable', managerId: now.manager.id }
            : { kind: 'none', failure: now.failure }
        case 'absent':
          return { kind: 'none', failure: now.failure }
      }
    },

    async renew(refused) {
      const manager = memory.managerOf(profile)
      if (manager === null) return { calls: [], failure: null }
      if (refused !== null && manager.pair?.fingerprint !== refused) return { calls: [], failure: null }
      if (refused !== null)
        memory.setManagerTrack(manager.id, { ...memory.managerTrack(manager.id), refused })
      const now = standing()
      if (now.kind === 'spent' && !(now.canTry && byHand())) return { calls: [], failure: now.failure }
      if (now.kind === 'ready' && refused === null) return { calls: [], failure: null }
      const track = memory.managerTrack(manager.id)
      const waiting = now.kind === 'renewable' && now.from > wall.now() && !byHand()
      if (waiting && track.failure !== null) return { calls: [], failure: track.failure }
      const attempt = await start(manager.id)
      if (attempt.outcome !== 'failed') return { calls: attempt.calls, failure: null }
      return {
        calls: attempt.calls,
        failure: memory.managerTrack(manager.id).failure ?? { ...aborted, tier: 3 },
      }
    },
  }
}
