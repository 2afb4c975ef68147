// After the key was opened: seals it anew where the keychain asks for it or where it has changed. What was there and
// could not be opened stays; nothing here may keep an open vault from opening.
import type { KeyObject } from 'node:crypto'
import type { Instant } from '../engine/model.ts'
import type { Connection } from './connection.ts'
import { type KeychainEnvelope, type KeyRecord, writeKeyRecord } from './envelopes.ts'
import type { Keychain } from './keychain.ts'
import { sealInKeychain } from './mint.ts'
import { byPassphrase, type Protection, protectedBy, weak } from './protection.ts'
import type { Unlocking } from './unlock.ts'

export interface SettledKey {
  readonly key: KeyObject
  readonly record: KeyRecord
  readonly protection: Protection
}

type Unlocked = Extract<Unlocking, { kind: 'by-keychain' | 'by-passphrase' }>

export async function settleKey(
  db: Connection,
  record: KeyRecord,
  unlocked: Unlocked,
  keychain: Keychain,
  now: Instant,
): Promise<SettledKey> {
  const { key } = unlocked
  const envelope = unlocked.kind === 'by-keychain' ? unlocked.envelope : null
  const fresh = (await wantsSealing(record, unlocked, keychain))
    ? await sealInKeychain(key, keychain, 'protected', now)
    : null
  if (fresh === null) return { key, record, protection: protectionOf(record, envelope) }
  const replaced = unlocked.kind === 'by-keychain' && unlocked.reEncrypt ? unlocked.envelope : null
  const next = { ...record, keychain: [fresh, ...record.keychain.filter((other) => other !== replaced)] }
  db.transaction(() => writeKeyRecord(db, next))
  return { key, record: next, protection: protectionOf(next, fresh) }
}

/** A passphrase alone is the person's choice and stays alone. */
async function wantsSealing(record: KeyRecord, unlocked: Unlocked, keychain: Keychain): Promise<boolean> {
  if (record.keychain.length === 0) return false
  if (unlocked.kind === 'by-keychain' && !unlocked.reEncrypt && unlocked.envelope.strength === 'protected') {
    return false
  }
  return (await keychain.state()) === 'available'
}

/** `envelope`: the keychain's one that opens it now; null when only the passphrase does. */
export function protectionOf(record: KeyRecord, envelope: KeychainEnvelope | null): Protection {
  if (envelope === null) return byPassphrase()
  if (envelope.strength === 'weak') return weak(envelope.backend)
  return protectedBy(envelope.backend, record.passphrase !== null)
}
