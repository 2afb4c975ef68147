// The data key of an open vault, the person's choices about what protects it, and the copies that follow them.
import { type KeyObject, randomUUID } from 'node:crypto'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { SHORTEST_PASSPHRASE } from '#base/common/passphrase-strength.ts'
import type { Instant } from '#engine/domain/model.ts'
import { Secret } from '#engine/domain/secret.ts'
import type { Connection } from '../db/connection.ts'
import { lockedMark } from '../db/data-files.ts'
import { writeMeta } from '../db/database.ts'
import {
  DATA_KEY_PURPOSE,
  dataKeyFrom,
  keyCheck,
  mintDataKey,
  sealInKeychain,
  sealInPassphrase,
} from './data-key.ts'
import { openField, type Place, sealField } from './field-cipher.ts'
import {
  findCopies,
  type KeptCopy,
  type OpenCopy,
  readCopyRecord,
  removeCopy,
  removeHalfMade,
} from './kept-copies.ts'
import { type KeychainEnvelope, type KeyRecord, writeKeyRecord } from './key-envelopes.ts'
import type { Keychain } from './keychain.ts'
import { isTooShort, openWithPassphrase, type ScryptCost } from './passphrase.ts'
import {
  applyRewraps,
  type Envelopes,
  exchangeKey,
  isKeyIn,
  loadRewraps,
  planRewraps,
  type Rewraps,
  type SealKey,
  storeRewraps,
} from './protection-change.ts'
import { type Protection, protectionOf } from './protection-level.ts'
import type { SettledKey } from './settled-key.ts'
import { unlock } from './unlock.ts'

export type PassphraseChange =
  | { readonly kind: 'changed'; readonly protection: Protection }
  | {
      readonly kind: 'refused'
      readonly reason:
        | 'passphrase-wrong'
        | 'too-short'
        | 'already-set'
        | 'no-passphrase'
        | 'no-keychain'
        | 'keychain-failed'
      readonly sentence: string
    }

/** `otherwise`: with an earlier passphrase or keychain. `unreadable`: damaged, of a newer version, or a link. */
export interface CopyState extends Omit<KeptCopy, 'hasLog'> {
  readonly opens: 'as-the-vault' | 'otherwise' | 'unreadable'
}

export interface CopyCover {
  readonly covered: number
  readonly unfinished: number
}

export interface KeyManagerDependencies {
  readonly db: Connection
  readonly keychain: Keychain
  readonly clock: { now(): Instant }
  readonly scryptCost: ScryptCost
  /** With which the vault was just opened; forgotten once the copies are covered. */
  readonly passphrase: Secret | null
  /** Throws when another process may have opened the vault: it would go on under the key that is given up. */
  readonly proveOwner: () => void
}

/** Whether the window was locked. Missing or altered counts as locked: whoever cannot seal cannot unlock. */
const UNLOCKED: Place = { table: 'meta', record: 'window-unlocked', field: 'value' }

export class KeyManager {
  readonly #parts: Omit<KeyManagerDependencies, 'passphrase'>
  readonly #folder: string
  #passphrase: Secret | null
  #key: KeyObject
  #record: KeyRecord
  #envelope: KeychainEnvelope | null
  #isLocked: boolean

  constructor({ passphrase, ...parts }: KeyManagerDependencies, { key, record, envelope }: SettledKey) {
    this.#parts = parts
    this.#folder = dirname(parts.db.path)
    this.#passphrase = passphrase
    this.#key = key
    this.#record = record
    this.#envelope = envelope
    const row = parts.db.row('meta', 'WHERE key = ?', UNLOCKED.record)
    this.#isLocked =
      existsSync(lockedMark(this.#folder)) ||
      row === null ||
      openField(key, Buffer.from(String(row.value), 'base64'), UNLOCKED) === null
  }

  get key(): KeyObject {
    return this.#key
  }

  protection(): Protection {
    return protectionOf(this.#record, this.#envelope)
  }

  /**
   * For locking the window: whether these are the words, without changing anything. An envelope of another key was put there
   * by somebody who has not this one.
   */
  async isPassphrase(passphrase: Secret): Promise<boolean> {
    const envelope = this.#record.passphrase
    if (envelope === null || envelope === 'unreadable') return false
    const content = await openWithPassphrase(passphrase, envelope.box, DATA_KEY_PURPOSE)
    return content !== null && dataKeyFrom(content.toString('utf8'))?.equals(this.#key) === true
  }

  hasPassphrase(): boolean {
    return this.#record.passphrase !== null
  }

  /** As `recordLock` stored it last; only a window that has a passphrase can be locked. */
  wasLocked(): boolean {
    return this.hasPassphrase() && this.#isLocked
  }

  recordLock(locked: boolean): void {
    if (locked === this.#isLocked || !this.hasPassphrase()) return
    const mark = lockedMark(this.#folder)
    try {
      this.#writeLock(this.#key, locked)
    } catch (error) {
      if (!locked) throw error
      // An empty file needs no room in a full disk.
      writeFileSync(mark, '', { mode: 0o600 })
    }
    if (!locked) rmSync(mark, { force: true })
    this.#isLocked = locked
  }

  /**
   * Sets the first passphrase. `alone`: without the keychain, so that the passphrase is asked for at every start. A
   * keychain that protects nothing never stays beside it.
   */
  async setPassphrase(passphrase: Secret, mode: 'alone' | 'beside'): Promise<PassphraseChange> {
    if (this.hasPassphrase()) return refused('already-set')
    if (isTooShort(passphrase)) return refused('too-short')
    const staysBeside = mode === 'beside' && this.#envelope?.strength === 'protected'
    return this.#change(null, passphrase, staysBeside, 'keychain-failed')
  }

  /** A keychain that does not open the data now could not seal the new key: the passphrase is alone then. */
  async changePassphrase(old: Secret, next: Secret): Promise<PassphraseChange> {
    if (!this.hasPassphrase()) return refused('no-passphrase')
    if (!(await this.isPassphrase(old))) return refused('passphrase-wrong')
    if (isTooShort(next)) return refused('too-short')
    return this.#change(old, next, this.#envelope?.strength === 'protected', 'keychain-failed')
  }

  /** Only where a keychain that protects takes over. */
  async removePassphrase(old: Secret): Promise<PassphraseChange> {
    if (!this.hasPassphrase()) return refused('no-passphrase')
    if (!(await this.isPassphrase(old))) return refused('passphrase-wrong')
    if ((await this.#parts.keychain.state()) !== 'available') return refused('no-keychain')
    return this.#change(old, null, true, 'no-keychain')
  }

  copies(): readonly CopyState[] {
    return findCopies(this.#folder).map((copy) => {
      const record = readCopyRecord(copy)
      const { path, size, modifiedAt } = copy
      const isCovered = record?.protectionId != null && record.protectionId === this.#record.protectionId
      return {
        path,
        size,
        modifiedAt,
        opens: record === null ? 'unreadable' : isCovered ? 'as-the-vault' : 'otherwise',
      }
    })
  }

  /** Those that open with what is at hand, each with its key; newest first. */
  async openCopies(): Promise<readonly OpenCopy[]> {
    const open = this.#opening(null)
    const opened: OpenCopy[] = []
    for (const copy of findCopies(this.#folder)) {
      const record = readCopyRecord(copy)
      const key = record === null ? null : await open(record)
      if (key !== null) opened.push({ copy, key })
    }
    return opened
  }

  /** By the files' names. What is not one of the copies stays. */
  removeCopies(names: ReadonlySet<string>): void {
    for (const { path } of findCopies(this.#folder)) if (names.has(basename(path))) removeCopy(path)
  }

  /**
   * Finishes a change of protection that was interrupted, and covers copies that came later or are of an older version, as
   * far as they open with what is at hand. `unfinished`: what the interrupted change still has not reached.
   */
  async coverCopies(): Promise<CopyCover> {
    const { db } = this.#parts
    const passphrase = this.#passphrase
    this.#passphrase = null
    db.checkpoint()
    removeHalfMade(this.#folder)
    const interrupted = loadRewraps(db, this.#key)
    const unfinished = this.#applyRewraps(interrupted).size
    const finished = interrupted.size - unfinished
    if (this.#record.protectionId === null) {
      this.#record = { ...this.#record, protectionId: randomUUID() }
      db.transaction(() => writeKeyRecord(db, this.#record))
    }
    // No copy is made weaker than it is.
    if (this.protection().level === 'weak') return { covered: finished, unfinished }
    const { keychain, passphrase: ownPassphrase, weakConsentAt, protectionId } = this.#record
    const own: Envelopes = { keychain, passphrase: ownPassphrase, weakConsentAt, protectionId }
    const seal = this.#sealing(passphrase, keychain.length > 0, protectionId)
    const uncovered = findCopies(this.#folder).filter(
      (copy) => readCopyRecord(copy)?.protectionId !== protectionId,
    )
    // A passphrase that is tried takes half a second, and what it alone opens does not lie open.
    const rewraps = await planRewraps(uncovered, this.#opening(null), async (key) =>
      key.equals(this.#key) ? own : await seal(key),
    )
    const failed = applyRewraps(this.#folder, rewraps)
    return { covered: finished + rewraps.size - failed.size, unfinished }
  }

  /** Each change has a new data key: whoever knows the old one reads nothing that is stored from then on. */
  async #change(
    current: Secret | null,
    next: Secret | null,
    withKeychain: boolean,
    unsealed: Refusal['reason'],
  ): Promise<PassphraseChange> {
    const { db } = this.#parts
    const key = mintDataKey()
    const seal = this.#sealing(next, withKeychain, randomUUID())
    const envelopes = await seal(key)
    if (envelopes === null) return refused(unsealed)
    removeHalfMade(this.#folder)
    this.#applyRewraps(loadRewraps(db, this.#key))
    const rewraps = await planRewraps(findCopies(this.#folder), this.#opening(current), seal)
    const record = {
      ...this.#record,
      ...envelopes,
      check: keyCheck(key, this.#record.vaultId, next !== null),
    }
    // Sealing took its time.
    this.#parts.proveOwner()
    const isLocked = next === null || this.wasLocked()
    // The vault first: in one transaction it is under the new protection, with all that the copies need to follow.
    exchangeKey(db, this.#key, key, () => {
      writeKeyRecord(db, record)
      storeRewraps(db, key, rewraps)
      this.#writeLock(key, isLocked)
    })
    this.#key = key
    this.#record = record
    this.#envelope = record.keychain[0] ?? null
    this.#isLocked = isLocked
    this.#passphrase = null
    this.#applyRewraps(rewraps)
    return { kind: 'changed', protection: this.protection() }
  }

  /** Returns those that could not be written: they stay on record for the next start. */
  #applyRewraps(rewraps: Rewraps): Rewraps {
    if (rewraps.size === 0) return rewraps
    const { db } = this.#parts
    const failed = applyRewraps(this.#folder, rewraps)
    try {
      db.transaction(() => storeRewraps(db, this.#key, failed))
      db.checkpoint()
    } catch {
      // On a full disk all of them stay on record, and are written once more at the next start.
    }
    return failed
  }

  #sealing(passphrase: Secret | null, withKeychain: boolean, protectionId: string | null): SealKey {
    const { keychain, clock, scryptCost } = this.#parts
    return async (key) => {
      const fresh = withKeychain ? await sealInKeychain(key, keychain, 'protected', clock.now()) : null
      const sealed =
        passphrase === null ? null : await sealInPassphrase(key, passphrase, scryptCost, clock.now())
      if ((withKeychain && fresh === null) || (fresh === null && sealed === null)) return null
      return {
        keychain: fresh === null ? [] : [fresh],
        passphrase: sealed,
        weakConsentAt: null,
        protectionId,
      }
    }
  }

  /** How a copy's key is found. */
  #opening(passphrase: Secret | null): (record: KeyRecord) => Promise<KeyObject | null> {
    return async (record) => {
      if (isKeyIn(record, this.#key)) return this.#key
      const unlocked = await unlock(record, this.#parts.keychain, passphrase)
      return 'key' in unlocked ? unlocked.key : null
    }
  }

  #writeLock(key: KeyObject, locked: boolean): void {
    const { db } = this.#parts
    if (locked) db.run('DELETE FROM meta WHERE key = ?', UNLOCKED.record)
    else writeMeta(db, UNLOCKED.record, sealField(key, new Secret('unlocked'), UNLOCKED).toString('base64'))
  }
}

type Refusal = Extract<PassphraseChange, { kind: 'refused' }>

const SENTENCES: Record<Refusal['reason'], string> = {
  'passphrase-wrong': 'That is not the passphrase. Nothing was changed.',
  'too-short': `Use at least ${SHORTEST_PASSPHRASE} characters. Nothing was changed.`,
  'already-set': 'A passphrase is already set. Change it instead.',
  'no-passphrase': 'No passphrase is set.',
  'no-keychain': 'No keyring found to protect the data instead, so the passphrase was not removed.',
  'keychain-failed':
    'The keychain did not accept the new key, so nothing was changed. Unlock the keychain and try again.',
}

function refused(reason: Refusal['reason']): PassphraseChange {
  return { kind: 'refused', reason, sentence: SENTENCES[reason] }
}
