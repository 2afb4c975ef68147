// Joined over: opens the shared vault that this computer takes part in over its own vault. What that needs is loaded only then.

import { secretsOf } from '#application/known-secrets.ts'
import type { Log } from '#desktop/log/log.ts'
import { changesBetween } from '#engine/renewal/stored-changes.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import type { JoinedParts } from '#vault/shared/join.ts'
import type { SharingStatus, TroubleKind } from '#vault/shared/sharing.ts'

interface Parts extends Omit<JoinedParts, 'changed' | 'changesBetween' | 'random'> {
  readonly log: Log
  readonly changed: () => void
}

/** What `createVaultAccess` opens the vault with. */
export function joinedOver({ log, changed, ...parts }: Parts): (local: OpenVault) => Promise<OpenVault> {
  return async (local) => {
    const membership = await local.membership.load()
    if (membership?.isJoined !== true) return local
    for (const secret of secretsOf(membership)) log.knownSecret(secret)
    const { openJoined } = await import('#vault/shared/join.ts')
    return openJoined(local, membership, {
      ...parts,
      random: Math.random,
      changesBetween,
      changed(status, before) {
        logChange(log, status, before)
        changed()
      },
    })
  }
}

const TROUBLE_EVENTS: Readonly<Record<TroubleKind, string>> = {
  'not-yet-a-member': 'shared-vault.waits',
  removed: 'shared-vault.removed',
  'not-usable': 'shared-vault.trouble',
}

function logChange(log: Log, status: SharingStatus, before: SharingStatus): void {
  const { node, leader, leadsHere, trouble, wentBackAt, unreadable } = status
  if (leadsHere !== before.leadsHere)
    log.info(leadsHere ? 'shared-vault.leads' : 'shared-vault.follows', { node })
  if (leader !== before.leader) log.info('shared-vault.leader', { leader })
  if (trouble !== null && trouble.sentence !== before.trouble?.sentence)
    log.warn(TROUBLE_EVENTS[trouble.kind], { reason: trouble.sentence })
  if (trouble === null && before.trouble !== null) log.info('shared-vault.reached', {})
  if (wentBackAt !== before.wentBackAt) log.error('shared-vault.went-back', {})
  if (unreadable > before.unreadable) log.warn('shared-vault.unreadable', { records: unreadable })
}
