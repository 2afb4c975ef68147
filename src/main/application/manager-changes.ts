// Token managers that are chosen or pasted: what a person wants becomes changes of the fleet.

import type { TokenConfigManager } from '#contract/token-config.ts'
import type {
  Fleet,
  FleetChange,
  ManagerId,
  PersonalTokenManager,
  TokenManager,
  TokenPair,
} from '#engine/domain/model.ts'
import { Secret } from '#engine/domain/secret.ts'
import { emptyPair, pastedPair } from '#import/pasted-pair.ts'
import { UserFacingError } from './errors.ts'
import type { IdClock } from './id-clock.ts'
import { pastedToken } from './pasted-token.ts'

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

/** The token manager that came with a token-config.json, for a fleet that has none yet. */
export function configManager(
  fleet: Fleet,
  config: TokenConfigManager | null,
  idClock: IdClock,
): readonly FleetChange[] {
  if (config === null || fleet.managers.size > 0) return []
  if (config.kind === 'personal-access-token') return pastedPersonalToken(fleet, config.token, idClock)
  const now = idClock.now()
  const manager: TokenManager = {
    kind: 'integration',
    id: idClock.newId(),
    name: 'Token manager integration',
    isDefault: true,
    createdAt: now,
    clientId: config.clientId,
    clientSecret: new Secret(config.clientSecret),
    pair: pastedPair(null, pastedToken(config.refreshToken, 'refreshToken'), now, null),
  }
  return [{ kind: 'manager-saved', manager }]
}

/** It is the default one only where no integration is. */
function personalTokenManager(fleet: Fleet, token: string, idClock: IdClock): PersonalTokenManager {
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
  const now = idClock.now()
  return pastedPair(pastedToken(token, 'token'), null, now, emptyPair(now))
}
