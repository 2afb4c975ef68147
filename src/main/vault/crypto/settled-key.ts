// The data key as it is once its vault has been unlocked: sealed anew where that is due.
import { type KeyObject, randomUUID } from 'node:crypto'
import type { Instant } from '#engine/domain/model.ts'
import type { Connection } from '../db/connection.ts'
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
}

type Unlocked = Extract<Unlocking, { kind: 'by-keychain' | 'by-passphrase' }>

/**
 * Seals the key anew where the keychain asks for it or has changed, and exchanges a key that lay open until now. What could
 * not be opened stays; nothing here keeps a vault from opening.
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
  const asItIs: SettledKey = { key, record, envelope }
  if (!wantsSealing(record, unlocked) || (await keychain.state()) !== 'available') return asItIs
  const wasOpen = envelope?.strength === 'weak' && record.passphrase === null
  const nextKey = wasOpen ? mintDataKey() : key
  const fresh = await sealInKeychain(nextKey, keychain, 'protected', now)
  if (fresh === null) return asItIs
  if (!wasOpen) {
    const next = { ...record, keychain: [fresh, ...record.keychain.filter((other) => other !== envelope)] }
    db.transaction(() => writeKeyRecord(db, next))
    return { key, record: next, envelope: fresh }
  }
  const next: KeyRecord = {
    ...record,
    check: keyCheck(nextKey, record.vaultId, false),
    keychain: [fresh],
    weakConsentAt: null,
    protectionId: randomUUID(),
  }
  exchangeKey(db, key, nextKey, () => writeKeyRecord(db, next))
  return { key: nextKey, record: next, envelope: fresh }
}

/** A passphrase alone is the person's choice and stays alone. */
function wantsSealing(record: KeyRecord, unlocked: Unlocked): boolean {
  if (unlocked.kind === 'by-passphrase') return record.keychain.length > 0
  return unlocked.reEncrypt || unlocked.envelope.strength === 'weak'
}
