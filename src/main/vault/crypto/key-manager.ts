// The data key of an open vault, and the person's choices about what protects it.
import type { KeyObject } from 'node:crypto'
import type { Instant } from '#engine/domain/model.ts'
import type { Secret } from '#engine/domain/secret.ts'
import type { Connection } from '../db/connection.ts'
import { keyCheck, mintDataKey } from './data-key.ts'
import {
  type KeychainEnvelope,
  type KeyRecord,
  type PassphraseEnvelope,
  writeKeyRecord,
} from './key-envelopes.ts'
import type { SettledKey } from './key-upkeep.ts'
import type { Keychain } from './keychain.ts'
import { sealInKeychain, sealInPassphrase } from './new-data-key.ts'
import { isTooShort, openWithPassphrase, type ScryptCost, SHORTEST_PASSPHRASE } from './passphrase.ts'
import { type Protection, protectionOf } from './protection-level.ts'
import { rekey } from './rekey.ts'
import { DATA_KEY_PURPOSE } from './unlock.ts'

export type PassphraseChange =
  | { readonly kind: 'changed'; readonly protection: Protection }
  | {
      readonly kind: 'refused'
      readonly reason: 'passphrase-wrong' | 'too-short' | 'already-set' | 'no-passphrase' | 'no-keychain'
      readonly sentence: string
    }

export interface KeyParts {
  readonly db: Connection
  readonly keychain: Keychain
  readonly clock: { now(): Instant }
  readonly scryptCost: ScryptCost
}

export class KeyKeeper {
  readonly #parts: KeyParts
  #key: KeyObject
  #record: KeyRecord
  #envelope: KeychainEnvelope | null

  constructor(parts: KeyParts, { key, record, envelope }: SettledKey) {
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
   * Sets the first passphrase. `alone`: the keychain's part ends, and the passphrase is asked for at every start. A
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
    // Neither the envelope that was given up nor what lay under an open key may linger in the log.
    db.checkpoint()
    this.#key = key
    this.#record = next
    this.#envelope = next.keychain.find(({ id }) => id === this.#envelope?.id) ?? next.keychain[0] ?? null
    return { kind: 'changed', protection: this.protection() }
  }
}

type UserFacingError = Extract<PassphraseChange, { kind: 'refused' }>

const SENTENCES: Record<UserFacingError['reason'], string> = {
  'passphrase-wrong': 'That is not the passphrase. Nothing was changed.',
  'too-short': `A passphrase has at least ${SHORTEST_PASSPHRASE} characters. Nothing was changed.`,
  'already-set': 'A passphrase is set already. Change it instead.',
  'no-passphrase': 'No passphrase is set.',
  'no-keychain': 'No keyring is there to protect the data instead, so the passphrase stays.',
}

function refused(reason: UserFacingError['reason']): PassphraseChange {
  return { kind: 'refused', reason, sentence: SENTENCES[reason] }
}
