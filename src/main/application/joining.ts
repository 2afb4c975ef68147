// Joining: this computer takes part in a shared vault from its next opening on. Its own vault keeps how, and a copy of the fleet.
import { randomBytes } from 'node:crypto'
import type { Instant } from '#engine/domain/model.ts'
import type { Secret } from '#engine/domain/secret.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import type { Membership } from '#vault/repositories/membership.ts'
import { UserFacingError } from './errors.ts'
import { endMove, isEmptyVault } from './moving-in.ts'

export interface Joining {
  /** The connection string of the database. */
  readonly database: Secret
  /** The secret half of the member's key. */
  readonly identity: Secret
  /** Of this computer, for other members. */
  readonly host: string
  readonly mayLead: boolean
  readonly now: Instant
}

const OWN_SERVICE_APPS =
  'This computer has service apps of its own, which the shared vault would replace. Move them into it first: start without --database-file, run satm backup FILE --move, then satm vault move-in FILE.'

const INTERRUPTED =
  'A move of this computer’s service apps to a shared vault was interrupted. Continue it in the app, under Settings → Shared vault; or start without --database-file and run satm confirm renewals.'

/** What was begun, and not completed, is not gone on with. */
export async function endJoining({ membership }: Pick<OpenVault, 'membership'>): Promise<void> {
  const kept = await membership.load()
  if (kept?.isJoined === false) await membership.save(null)
}

/** They are in that shared vault and in use, or it rejects: they would be nobody's. */
async function endInterrupted(local: OpenVault, membership: Membership, now: Instant): Promise<void> {
  const { memberVaults } = await import('./member-vaults.ts')
  await endMove(local, memberVaults(local, membership, { now: () => now }))
}

/** `local`: the computer's own vault. Rejects with a `UserFacingError` where it has service apps that are nowhere else. */
export async function takePart(local: OpenVault, joining: Joining): Promise<void> {
  const { database, identity, host, mayLead, now } = joining
  const kept = await local.membership.load()
  const known = kept?.identity.equals(identity) === true ? kept.known : null
  const node = kept?.node ?? `${host} (${randomBytes(2).toString('hex')})`
  const membership: Membership = { node, database, identity, known, isJoined: true, mayLead }
  if (kept?.isJoined !== true) {
    const hold = await local.renewalHold.load()
    if (!(await isEmptyVault(local))) {
      if (hold?.why !== 'moved')
        throw new UserFacingError('refused', hold?.to === 'shared-vault' ? INTERRUPTED : OWN_SERVICE_APPS)
      if (hold.move !== undefined) await endInterrupted(local, membership, now)
    }
    // Without the membership, nothing may renew the copy: not this version, nor one that knows no shared vault.
    await local.renewalHold.save({ why: 'moved', to: 'shared-vault', at: now, file: null })
  }
  await local.membership.save(membership)
}
