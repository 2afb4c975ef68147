// Token managers that are chosen or pasted: what a person wants becomes changes of the fleet.

import type {
  Fleet,
  FleetChange,
  ManagerId,
  PersonalTokenManager,
  TokenManager,
  TokenPair,
} from '#engine/domain/model.ts'
import { UserFacingError } from './errors.ts'
import type { IdClock } from './id-clock.ts'
import { barePair, pastedToken } from './pasted-pair.ts'

export function knownManager(fleet: Fleet, managerId: ManagerId): TokenManager {
  const manager = fleet.managers.get(managerId)
  if (manager !== undefined) return manager
  throw new UserFacingError('not-found', 'This token manager is not connected any more.', {
    field: 'managerId',
  })
}

/** The one for every profile that names none; it takes that place from the others. */
export function madeDefault(fleet: Fleet, managerId: ManagerId): readonly FleetChange[] {
  const manager = knownManager(fleet, managerId)
  return manager.isDefault ? [] : [{ kind: 'manager-saved', manager: { ...manager, isDefault: true } }]
}

/** Every 12 hours a new one is pasted: it takes the place of the one before, with all that use it. */
export function pastedPersonalToken(fleet: Fleet, token: string, idClock: IdClock): readonly FleetChange[] {
  const before = [...fleet.managers.values()].find(({ kind }) => kind === 'personal-access-token')
  return before === undefined
    ? [{ kind: 'manager-saved', manager: personalTokenManager(fleet, token, idClock) }]
    : [{ kind: 'manager-pair', managerId: before.id, pair: personalPair(token, idClock) }]
}

/** It is the default one only where no integration is. */
export function personalTokenManager(fleet: Fleet, token: string, idClock: IdClock): PersonalTokenManager {
  return {
    kind: 'personal-access-token',
    id: idClock.newId(),
    name: 'Personal access token',
    isDefault: [...fleet.managers.values()].every((manager) => manager.kind !== 'integration'),
    createdAt: idClock.now(),
    pair: personalPair(token, idClock),
  }
}

function personalPair(token: string, idClock: IdClock): TokenPair {
  return {
    ...barePair(idClock),
    accessToken: pastedToken(token, 'token'),
    fingerprint: idClock.fingerprint(token),
  }
}
