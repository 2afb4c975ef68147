// When the next attempt is planned, and why then: one function for the loop and for what a person reads.
import type { Instant, Profile, TokenManager, TokenPair } from './model.ts'
import type { Ground, Routes } from './routes.ts'
import { dueAt, lifetimeOf } from './schedule.ts'
import type { ManagerTrack, ProfileTrack } from './track.ts'

export interface Planned {
  readonly at: Instant
  readonly why: string
  /** The token itself is due, or a failed attempt is to be repeated; otherwise only a stop is looked at again. */
  readonly regular: boolean
}

/** null: paused, or only a person can help. -Infinity means at once. */
export function plannedFor(
  profile: Profile,
  track: ProfileTrack,
  routes: Routes,
  ground: Ground,
  refreshAt: number,
): Planned | null {
  if (profile.paused) return null
  const regular = regularPlan(profile.id, profile.pair, track, refreshAt)
  const oneFrom =
    routes.tierOne === 'ready' ||
    (routes.tierOne === 'expired' && routes.tierTwoFrom === Number.POSITIVE_INFINITY)
      ? Number.NEGATIVE_INFINITY
      : Number.POSITIVE_INFINITY
  const possibleFrom = Math.max(
    Math.min(oneFrom, routes.tierTwoFrom),
    ground.appStop?.until ?? Number.NEGATIVE_INFINITY,
  )
  if (possibleFrom === Number.POSITIVE_INFINITY) return null
  const at = Math.max(regular.at, possibleFrom)
  // Tier 2 is wanted, and stopped: it is looked at again although tier 1 keeps the token alive meanwhile.
  const stop = routes.preferTwo ? ground.tierTwoStop : null
  if (stop !== null && stop.until < at && routes.tierTwoFrom <= stop.until && ground.appStop === null) {
    return { at: stop.until, why: 'What needs you is tried again every 6 hours.', regular: false }
  }
  return { ...regular, at }
}

/** null: nothing to refresh (a personal access token, an integration never connected). */
export function plannedForManager(
  manager: TokenManager,
  track: ManagerTrack,
  refreshAt: number,
): Planned | null {
  const { pair } = manager
  if (manager.kind === 'personal-access-token' || pair === null || pair.refresh === null) return null
  // Its access token was refused: tier 3 is wanted now, whatever the clock says.
  if (track.refused !== null && track.refused === pair.fingerprint && track.retryAt === null) {
    return { at: Number.NEGATIVE_INFINITY, why: 'Webex refused its access token.', regular: true }
  }
  // A grant marked dead in an earlier run is looked at again at start and then every 6 hours.
  return regularPlan(manager.id, pair, track, refreshAt)
}

function regularPlan(
  id: string,
  pair: TokenPair | null,
  track: ProfileTrack | ManagerTrack,
  refreshAt: number,
): Planned {
  if (track.retryAt !== null) {
    return { at: track.retryAt, why: 'The last attempt failed; it is tried again.', regular: true }
  }
  const due = dueAt(id, pair, refreshAt)
  if (track.notBefore !== null && track.notBefore > due) {
    return { at: track.notBefore, why: 'Webex gave the same token last time.', regular: true }
  }
  return { at: due, why: whyDue(pair, due), regular: true }
}

function whyDue(pair: TokenPair | null, due: Instant): string {
  if (pair === null || pair.accessToken === null) return 'There is no access token yet.'
  const lifetime = lifetimeOf(pair)
  if (lifetime === null) return 'Nobody told when this token ends.'
  return `${Math.round((100 * (due - pair.issuedAt)) / lifetime)} % of the token's life will have passed.`
}
