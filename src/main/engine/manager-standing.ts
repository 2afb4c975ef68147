// How far a token manager can serve tier 2, from its record and what became of its last refresh.
import type { Failure } from './failure.ts'
import type { Instant, ManagerId, Profile, TokenManager } from './model.ts'
import type { ManagerStanding } from './routes.ts'
import { isAlive } from './schedule.ts'
import type { ManagerTrack } from './track.ts'

const unsent = { status: null, detail: null, trackingId: null }

/** The manager a profile names, or the default one. */
export function managerFor(
  profile: Profile,
  managers: ReadonlyMap<ManagerId, TokenManager>,
  defaultId: ManagerId | null,
): TokenManager | null {
  const id = profile.managerId ?? defaultId
  return id === null ? null : (managers.get(id) ?? null)
}

/** The one marked as default; the first where none is marked. */
export function defaultManagerId(managers: ReadonlyMap<ManagerId, TokenManager>): ManagerId | null {
  let first: ManagerId | null = null
  for (const manager of managers.values()) {
    if (manager.isDefault) return manager.id
    first ??= manager.id
  }
  return first
}

export function managerStanding(
  manager: TokenManager | null,
  track: ManagerTrack | null,
  now: Instant,
): ManagerStanding {
  if (manager === null)
    return { kind: 'absent', failure: { ...unsent, tier: 2, kind: 'no-manager', managerId: null } }
  const { pair } = manager
  if (pair === null) {
    return { kind: 'absent', failure: { ...unsent, tier: 2, kind: 'no-manager', managerId: manager.id } }
  }
  const refused = track?.refused != null && track.refused === pair.fingerprint
  if (isAlive(pair, now) && !refused) return { kind: 'ready', manager, pair }
  const needed = managerNeedsYou(manager, track, now)
  if (needed !== null) {
    const canTry = manager.kind === 'integration' && pair.refresh !== null
    return { kind: 'spent', manager, failure: needed, canTry }
  }
  return { kind: 'renewable', manager, from: track?.retryAt ?? Number.NEGATIVE_INFINITY }
}

/** Why tier 3 cannot renew this manager without a person; null when it can. Its access token may still work. */
export function managerNeedsYou(
  manager: TokenManager,
  track: ManagerTrack | null,
  now: Instant,
): Failure | null {
  const seen = { ...unsent, tier: 3 as const, managerId: manager.id }
  if (track?.needsYou != null) return track.needsYou
  if (manager.kind === 'personal-access-token') return { ...seen, kind: 'manager-refused' }
  if (manager.pair === null) return { ...unsent, tier: 2, kind: 'no-manager', managerId: manager.id }
  const { refresh } = manager.pair
  if (refresh === null) return { ...seen, kind: 'manager-refused' }
  const over = refresh.expiresAt !== null && refresh.expiresAt <= now
  return refresh.dead || over ? { ...seen, kind: 'manager-grant-dead' } : null
}
