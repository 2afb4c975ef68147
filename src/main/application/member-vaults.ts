// Member vaults: the shared vault of this computer's sealed membership. What this loads, PostgreSQL's client and age, is loaded
// only by whoever takes part in one or is about to.
import { type Clock, StoreFailure } from '#engine/domain/ports.ts'
import type { Secret } from '#engine/domain/secret.ts'
import { SCRYPT_COST } from '#vault/crypto/passphrase.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import type { Membership } from '#vault/repositories/membership.ts'
import { connectionTo, keptIdentity } from '#vault/shared/join.ts'
import { postgresSettings } from '#vault/shared/postgres-settings.ts'
import { createSharedVaults, type SharedVaults } from './shared-vault.ts'

export { newIdentity, recipientOf } from '#vault/shared/members.ts'

export function memberVaults(
  local: Pick<OpenVault, 'membership'>,
  membership: Membership,
  clock: Pick<Clock, 'now'>,
): SharedVaults {
  const identity = {
    ...keptIdentity(local, membership),
    create: () => Promise.reject(new StoreFailure('other', 'This computer has a key already.')),
  }
  return createSharedVaults({
    connect: () => connectionTo(membership.database),
    identity,
    now: () => clock.now(),
    scryptCost: SCRYPT_COST,
  })
}

/** What is wrong with a connection string, with nothing of it; null: nothing. */
export function connectionProblem(database: Secret): string | null {
  const reading = postgresSettings(database.reveal())
  return reading.kind === 'refused' ? reading.sentence : null
}
