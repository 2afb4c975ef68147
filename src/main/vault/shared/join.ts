// Join: opens the shared vault that a membership names, over the vault of this computer.
import path from 'node:path'
import { type Clock, type Random, StoreFailure } from '#engine/domain/ports.ts'
import type { Secret } from '#engine/domain/secret.ts'
import { SCRYPT_COST } from '../crypto/passphrase.ts'
import { makeFolder } from '../db/data-files.ts'
import type { OpenVault } from '../open-vault.ts'
import type { Membership } from '../repositories/membership.ts'
import { type JoinParts, joinedVault } from './joined-vault.ts'
import { PROTOCOL_TIMES } from './leadership.ts'
import { type PostgresConnection, postgresConnection } from './postgres-connection.ts'
import { postgresSettings } from './postgres-settings.ts'
import type { MemberIdentity } from './shared-vault.ts'
import type { SharingParts } from './sharing.ts'

export interface JoinedParts
  extends Pick<SharingParts, 'baseUrl' | 'changed'>,
    Pick<JoinParts, 'changesBetween'> {
  readonly clock: Clock
  readonly random: Random
  readonly dataFolder: string
  /** A server leads at once; a desktop only where no server does. */
  readonly kind: 'desktop' | 'server'
}

/** ms. A desktop leaves that much to the servers. */
const DESKTOP_WAITS = 120_000

export function openJoined(local: OpenVault, membership: Membership, parts: JoinedParts): OpenVault {
  const { clock, random, baseUrl, changed, changesBetween, dataFolder, kind } = parts
  const folder = path.join(dataFolder, 'shared-vault')
  makeFolder(folder)
  const patience = kind === 'server' ? 0 : DESKTOP_WAITS
  return joinedVault(local, {
    connect: () => connectionTo(membership.database),
    identity: keptIdentity(local, membership),
    node: membership.node,
    folder,
    clock,
    random,
    times: PROTOCOL_TIMES,
    patience: membership.mayLead ? patience : null,
    baseUrl,
    changed,
    changesBetween,
    scryptCost: SCRYPT_COST,
  })
}

/** Throws a `StoreFailure`, with nothing of the connection string in it. */
export function connectionTo(database: Secret): PostgresConnection {
  const reading = postgresSettings(database.reveal())
  if (reading.kind === 'refused') throw new StoreFailure('shared', reading.sentence)
  return postgresConnection(reading.settings)
}

/** In the sealed membership of the vault itself. */
export function keptIdentity(local: Pick<OpenVault, 'membership'>, membership: Membership): MemberIdentity {
  let { known } = membership
  return {
    load: async () => membership.identity,
    known: async () => known,
    async remember(newest) {
      const kept = await local.membership.load()
      // Otherwise it was left meanwhile, or joined anew.
      if (kept?.identity.equals(membership.identity) === true)
        await local.membership.save({ ...kept, known: newest })
      known = newest
    },
  }
}
