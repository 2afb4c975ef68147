// Manager status: how far a token manager can serve tier 2, from its record and its subject state.

import {
  type Instant,
  isAlive,
  type ManagerId,
  type Profile,
  type ServiceAppId,
  type TokenManager,
} from '../domain/model.ts'
import type { FallbackUse } from '../domain/renewal-reason.ts'
import type { Failure } from '../failure/failure.ts'
import type { ManagerSubjectState } from './subject-state.ts'
import { type ManagerStatus, managerReadyFrom } from './tier-plan.ts'

const unsent = { status: null, detail: null, trackingId: null }

const noManager: ManagerStatus = {
  kind: 'absent',
  failure: { ...unsent, tier: 2, kind: 'no-manager', managerId: null, refreshToken: null },
}

function notConnected(managerId: ManagerId): Failure<'no-manager'> {
  return { ...unsent, tier: 2, kind: 'no-manager', managerId, refreshToken: null }
}

/** The manager a profile names; the default one when it names none, or one that was removed. */
export function managerFor(
  profile: Profile,
  managers: ReadonlyMap<ManagerId, TokenManager>,
  defaultId: ManagerId | null,
): TokenManager | null {
  const named = profile.managerId === null ? undefined : managers.get(profile.managerId)
  return named ?? (defaultId === null ? null : (managers.get(defaultId) ?? null))
}

/** The one it names to take its place; null: none, itself, or one that is not there. */
export function fallbackOf(
  manager: TokenManager,
  managers: ReadonlyMap<ManagerId, TokenManager>,
): TokenManager | null {
  const { id, fallbackId } = manager
  return fallbackId === null || fallbackId === id ? null : (managers.get(fallbackId) ?? null)
}

/**
 * Whether the fallback serves: the other one cannot at this moment, and the fallback can sooner. `stopped`: until when tier
 * 2 with the fallback is stopped.
 */
export function isReplaced(
  own: ManagerStatus,
  fallback: ManagerStatus,
  now: Instant,
  stopped: Instant = Number.NEGATIVE_INFINITY,
): boolean {
  const from = managerReadyFrom(own)
  return from > now && Math.max(managerReadyFrom(fallback), stopped) < from
}

export function fallbackUse(own: TokenManager, fallback: TokenManager): FallbackUse {
  return { name: fallback.name, insteadOf: { id: own.id, name: own.name } }
}

export function managerStatus(
  manager: TokenManager | null,
  subjectState: ManagerSubjectState | null,
  now: Instant,
  serviceApp: ServiceAppId | null,
): ManagerStatus {
  if (manager === null) return noManager
  const { pair } = manager
  if (pair === null) return { kind: 'absent', failure: notConnected(manager.id) }
  if (isUsable(manager, subjectState, now, serviceApp)) return { kind: 'ready', manager, pair }
  const needed = managerNeedsYou(manager, subjectState, now)
  if (needed !== null) {
    // A refused one that nothing can renew may still live: only tier 2 itself can tell.
    const mayLive = manager.kind === 'personal-access-token' && isAlive(pair, now)
    const canTry = mayLive || (manager.kind === 'integration' && pair.refresh !== null)
    const from = (mayLive ? subjectState?.retryAt : null) ?? Number.POSITIVE_INFINITY
    return { kind: 'spent', manager, failure: needed, from, canTry }
  }
  return { kind: 'renewable', manager, from: subjectState?.retryAt ?? Number.NEGATIVE_INFINITY }
}

/**
 * Whether its access token can be tried for a service app (null: for any): not over, and not refused; what nothing can
 * renew is tried again after a while.
 */
export function isUsable(
  manager: TokenManager,
  subjectState: ManagerSubjectState | null,
  now: Instant,
  serviceApp: ServiceAppId | null,
): boolean {
  if (!isAlive(manager.pair, now)) return false
  if (!isBearerRefused(manager, subjectState, serviceApp)) return true
  const retryAt = subjectState?.retryAt ?? null
  return manager.kind === 'personal-access-token' && retryAt !== null && now >= retryAt
}

/** Whether tier 2 was refused with its access token, for a service app (null: for all). */
export function isBearerRefused(
  { pair }: TokenManager,
  subjectState: ManagerSubjectState | null,
  serviceApp: ServiceAppId | null,
): boolean {
  if (subjectState?.refused == null || subjectState.refused !== pair?.fingerprint) return false
  return subjectState.refusedFor === null || subjectState.refusedFor === serviceApp
}

/** Why tier 3 cannot renew this manager without a person; null when it can. Its access token may still work. */
export function managerNeedsYou(
  manager: TokenManager,
  subjectState: ManagerSubjectState | null,
  now: Instant,
): Failure | null {
  const seen = { ...unsent, tier: 3 as const, managerId: manager.id }
  if (subjectState?.needsYou != null) return subjectState.needsYou
  const refused: Failure = {
    ...seen,
    kind: 'manager-refused',
    isPersonal: manager.kind === 'personal-access-token',
    bearer: manager.pair?.fingerprint ?? null,
  }
  if (manager.kind === 'personal-access-token') return refused
  if (manager.pair === null) return notConnected(manager.id)
  const { refresh } = manager.pair
  if (refresh === null) return refused
  const over = refresh.expiresAt !== null && refresh.expiresAt <= now
  return refresh.dead || over ? { ...seen, kind: 'manager-grant-dead' } : null
}
