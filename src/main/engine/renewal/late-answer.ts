// Late answer: whether a good answer is still about the record as it is now, which a person may have changed meanwhile.
import type {
  IntegrationManager,
  Profile,
  ServiceApp,
  Tier,
  TokenManager,
  TokenPair,
} from '../domain/model.ts'
import type { TokenGrant } from '../domain/ports.ts'

/** What an attempt for a profile was made with, or would be made with now. */
interface ProfileCredentials {
  readonly profile: Profile
  readonly serviceApp: ServiceApp | null
}

/**
 * A token belongs to a client ID and an org. A client secret that was exchanged meanwhile is no reason to throw it
 * away: a rotated refresh token works with the new secret, and the one before does not work any more.
 */
export function isLateForProfile(
  used: ProfileCredentials,
  now: ProfileCredentials,
  tier: Tier,
  grant: TokenGrant,
): boolean {
  if (used.serviceApp === null || now.serviceApp === null) return true
  if (used.serviceApp.clientId !== now.serviceApp.clientId) return true
  if (used.profile.targetOrgId !== now.profile.targetOrgId) return true
  return tier === 1
    ? isOtherGrant(used.profile.pair, now.profile.pair, grant)
    : used.serviceApp.appId !== now.serviceApp.appId
}

export function isLateForManager(used: TokenManager, now: TokenManager, grant: TokenGrant): boolean {
  const isSameClient = isIntegration(used) && isIntegration(now) && used.clientId === now.clientId
  return !isSameClient || isOtherGrant(used.pair, now.pair, grant)
}

/** The refresh token is neither the one that was used nor, already kept, the one that came for it. */
function isOtherGrant(used: TokenPair | null, now: TokenPair | null, grant: TokenGrant): boolean {
  const current = now?.refresh?.token
  if (current === undefined) return true
  return !current.equals(used?.refresh?.token ?? null) && !current.equals(grant.refreshToken)
}

function isIntegration(manager: TokenManager): manager is IntegrationManager {
  return manager.kind === 'integration'
}
