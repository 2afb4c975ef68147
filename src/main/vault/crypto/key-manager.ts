// The data key of an open vault: sealed anew when it was opened where that is due, kept while the vault is open, and the
// person's choices about what protects it.
import type { KeyObject } from 'node:crypto'
import { SHORTEST_PASSPHRASE } from '#base/common/passphrase-strength.ts'
import type { Instant } from '#engine/domain/model.ts'
import type { Secret } from '#engine/domain/secret.ts'
import type { Connection } from '../db/connection.ts'
import { DATA_KEY_PURPOSE, keyCheck, mintDataKey, sealInKeychain, sealInPassphrase } from './data-key.ts'
import {
  type KeychainEnvelope,
  type KeyRecord,
  type PassphraseEnvelope,
  writeKeyRecord,
} from './key-envelopes.ts'
import type { Keychain } from './keychain.ts'
import { isTooShort, openWithPassphrase, type ScryptCost } from './passphrase.ts'
import { type Protection, protectionOf } from './protection-level.ts'
import { rekey } from './rekey.ts'
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
  const next: KeyRecord = wasOpen
    ? { ...record, check: keyCheck(nextKey, record.vaultId), keychain: [fresh], weakConsentAt: null }
    : { ...record, keychain: [fresh, ...record.keychain.filter((other) => other !== envelope)] }
  db.transaction(() => {
    if (wasOpen) rekey(db, key, nextKey)
    writeKeyRecord(db, next)
  })
  if (wasOpen) db.checkpoint()
  return { key: nextKey, record: next, envelope: fresh }
}

/** A passphrase alone is the person's choice and stays alone. */
function wantsSealing(record: KeyRecord, unlocked: Unlocked): boolean {
  if (unlocked.kind === 'by-passphrase') return record.keychain.length > 0
  return unlocked.reEncrypt || unlocked.envelope.strength === 'weak'
}

export type PassphraseChange =
  | { readonly kind: 'changed'; readonly protection: Protection }
  | {
      readonly kind: 'refused'
      readonly reason: 'passphrase-wrong' | 'too-short' | 'already-set' | 'no-passphrase' | 'no-keychain'
      readonly sentence: string
    }

export interface KeyManagerDependencies {
  readonly db: Connection
  readonly keychain: Keychain
  readonly clock: { now(): Instant }
  readonly scryptCost: ScryptCost
}

export class KeyManager {
  readonly #parts: KeyManagerDependencies
  #key: KeyObject
  #record: KeyRecord
  #envelope: KeychainEnvelope | null

  constructor(parts: KeyManagerDependencies, { key, record, envelope }: SettledKey) {
    this.#parts = parts
    this.#key = key
    this.#record = record
    this.#envelope = envelope
  }

  get key(): KeyObject {
    return this.#key
  }

  protection(): Protection {
    return protectionOf(this.#record, this.#envelope)
  }

  /** For locking the window: whether these are the words, without changing anything. */
  async isPassphrase(passphrase: Secret): Promise<boolean> {
    const envelope = this.#record.passphrase
    if (envelope === null || envelope === 'unreadable') return false
    return (await openWithPassphrase(passphrase, envelope.box, DATA_KEY_PURPOSE)) !== null
  }

  hasPassphrase(): boolean {
    return this.#record.passphrase !== null
  }

  /**
   * Sets the first passphrase. `alone`: without the keychain, so that the passphrase is asked for at every start. A
   * keychain that protects nothing never stays beside it, and a key that lay open is exchanged.
   */
  async setPassphrase(passphrase: Secret, mode: 'alone' | 'beside'): Promise<PassphraseChange> {
    if (this.hasPassphrase()) return refused('already-set')
    if (isTooShort(passphrase)) return refused('too-short')
    const wasOpen = this.#envelope?.strength === 'weak'
    const key = wasOpen ? mintDataKey() : this.#key
    const keepsKeychain = mode === 'beside' && !wasOpen
    return this.#write(key, {
      ...this.#record,
      keychain: keepsKeychain ? this.#record.keychain : [],
      passphrase: await this.#seal(key, passphrase),
      weakConsentAt: keepsKeychain ? this.#record.weakConsentAt : null,
    })
  }

  async changePassphrase(old: Secret, next: Secret): Promise<PassphraseChange> {
    if (!this.hasPassphrase()) return refused('no-passphrase')
    if (!(await this.isPassphrase(old))) return refused('passphrase-wrong')
    if (isTooShort(next)) return refused('too-short')
    const passphrase = await this.#seal(this.#key, next)
    return this.#write(this.#key, { ...this.#record, passphrase })
  }

  /** Only where a keychain that protects takes over. */
  async removePassphrase(old: Secret): Promise<PassphraseChange> {
    if (!this.hasPassphrase()) return refused('no-passphrase')
    if (!(await this.isPassphrase(old))) return refused('passphrase-wrong')
    const { keychain, clock } = this.#parts
    const isAvailable = (await keychain.state()) === 'available'
    const fresh = isAvailable ? await sealInKeychain(this.#key, keychain, 'protected', clock.now()) : null
    if (fresh === null) return refused('no-keychain')
    return this.#write(this.#key, { ...this.#record, keychain: [fresh], passphrase: null })
  }

  #seal(key: KeyObject, passphrase: Secret): Promise<PassphraseEnvelope> {
    const { clock, scryptCost } = this.#parts
    return sealInPassphrase(key, passphrase, scryptCost, clock.now())
  }

  #write(key: KeyObject, record: KeyRecord): PassphraseChange {
    const next = { ...record, check: keyCheck(key, record.vaultId) }
    const { db } = this.#parts
    db.transaction(() => {
      if (!key.equals(this.#key)) rekey(db, this.#key, key)
      writeKeyRecord(db, next)
    })
    // Neither the envelope that was given up nor what was sealed under a readable key may remain in the log.
    db.checkpoint()
    this.#key = key
    this.#record = next
    this.#envelope = next.keychain.find(({ id }) => id === this.#envelope?.id) ?? next.keychain[0] ?? null
    return { kind: 'changed', protection: this.protection() }
  }
}

type Refusal = Extract<PassphraseChange, { kind: 'refused' }>

const SENTENCES: Record<Refusal['reason'], string> = {
  'passphrase-wrong': 'That is not the passphrase. Nothing was changed.',
  'too-short': `A passphrase has at least ${SHORTEST_PASSPHRASE} characters. Nothing was changed.`,
  'already-set': 'A passphrase is set already. Change it instead.',
  'no-passphrase': 'No passphrase is set.',
  'no-keychain': 'No keyring is there to protect the data instead, so the passphrase stays.',
}

function refused(reason: Refusal['reason']): PassphraseChange {
  return { kind: 'refused', reason, sentence: SENTENCES[reason] }
}
