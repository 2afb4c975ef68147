// The data key as it is once its vault has been unlocked: sealed anew where that is due.
import { type KeyObject, randomUUID } from 'node:crypto'
import type { Instant } from '#engine/domain/model.ts'
import type { Connection } from '../db/connection.ts'
import { holdActing } from '../repositories/acting.ts'
import { keyCheck, mintDataKey, sealInKeychain } from './data-key.ts'
import { type KeychainEnvelope, type KeyRecord, writeKeyRecord } from './key-envelopes.ts'
import type { Keychain } from './keychain.ts'
import { exchangeKey } from './protection-change.ts'
import type { Unlocking } from './unlock.ts'

export interface SettledKey {
  readonly key: KeyObject
  readonly record: KeyRecord
  /** The keychain's envelope that opens it now; null when only the passphrase does. */
  readonly envelope: KeychainEnvelope | null
  /** How many deliveries, consumers and webhooks acted until now and are held from now on. */
  readonly held: number
}

type Unlocked = Extract<Unlocking, { kind: 'by-keychain' | 'by-passphrase' }>

/**
 * Seals the key anew where the keychain asks for it or has changed, and exchanges a key that lay open until now. What could
 * not be opened stays; nothing here keeps a vault from opening. Where there is a keychain, everything that acts in a vault
 * that lay open is held: anybody could have made it, and put it in the place of one that did not.
 */
export async function settleKey(
  db: Connection,
  record: KeyRecord,
  unlocked: Unlocked,
  keychain: Keychain,
  now: Instant,
): Promise<SettledKey> {
  const { key } = unlocked
  const envelope = unlocked.kind === 'by-keychain' ? unlocked.envelope : null
  const wasOpen = envelope !== null && keychain.strength(envelope.blob) === 'weak'
  const state = wantsSealing(record, unlocked) ? await keychain.state() : null
  const nextKey = wasOpen ? mintDataKey() : key
  const fresh = state === 'available' ? await sealInKeychain(nextKey, keychain, 'protected', now) : null
  if (fresh === null) {
    const held = wasOpen && state !== 'weak' ? db.transaction(() => holdActing({ db, key }, null)) : 0
    return { key, record, envelope, held }
  }
  if (!wasOpen) {
    const next = { ...record, keychain: [fresh, ...record.keychain.filter((other) => other !== envelope)] }
    db.transaction(() => writeKeyRecord(db, next))
    return { key, record: next, envelope: fresh, held: 0 }
  }
  const next: KeyRecord = {
    ...record,
    check: keyCheck(nextKey, record.vaultId, false),
    keychain: [fresh],
    weakConsentAt: null,
    protectionId: randomUUID(),
  }
  let held = 0
  exchangeKey(db, key, nextKey, () => {
    writeKeyRecord(db, next)
    held = holdActing({ db, key: nextKey }, null)
  })
  return { key: nextKey, record: next, envelope: fresh, held }
}

/** A passphrase alone is the person's choice and stays alone. */
function wantsSealing(record: KeyRecord, unlocked: Unlocked): boolean {
  if (unlocked.kind === 'by-passphrase') return record.keychain.length > 0
  return unlocked.reEncrypt || unlocked.envelope.strength === 'weak'
}
