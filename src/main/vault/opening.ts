// Opens the vault, or says which of the many ways of not being open this is. Whatever is not open is left untouched
// and can be tried again.
import { type KeyObject, randomUUID } from 'node:crypto'
import { UnsafeFolder } from '#base/node/folder-access.ts'
import type { Instant } from '#engine/domain/model.ts'
import type { StoreFailure } from '#engine/domain/ports.ts'
import type { Secret } from '#engine/domain/secret.ts'
import type { Backup } from './backup/backup.ts'
import { restoreInto } from './backup/restore.ts'
import { bareKeyCheck, isSameProof, keyCheck, type Minting, mintKeyRecord } from './crypto/data-key.ts'
import { type KeyRecord, keyRows, readKeyRecord, writeKeyRecord } from './crypto/key-envelopes.ts'
import type { Keychain } from './crypto/keychain.ts'
import { SCRYPT_COST, type ScryptCost } from './crypto/passphrase.ts'
import type { Protection } from './crypto/protection-level.ts'
import { sealRows } from './crypto/rekey.ts'
import { settleKey } from './crypto/settled-key.ts'
import { type KeychainTrouble, unlock } from './crypto/unlock.ts'
import type { Connection } from './db/connection.ts'
import { databasePath, lookInto, prepareFolder, putBack, setAside, takeRescued } from './db/data-files.ts'
import { createDatabase, openDatabase } from './db/database.ts'
import type { FolderLock } from './db/folder-lock.ts'
import { isNoFolder, storeFailure } from './db/sqlite-errors.ts'
import { type OpenVault, openVaultOver } from './open-vault.ts'
import * as sentences from './opening-messages.ts'
import type { RenewalHold } from './repositories/renewal-hold.ts'

export type { OpenVault } from './open-vault.ts'

export interface OpeningOptions {
  /** The vault's folder; made when it is missing. */
  readonly folder: string
  /** Of that folder: taken, or proved to be held, before anything in it is opened or moved. */
  readonly lock: Pick<FolderLock, 'take' | 'prove'>
  readonly keychain: Keychain
  readonly clock: { now(): Instant }
  /** Whether the person has just agreed to storage that protects nothing. An earlier agreement is on record. */
  readonly weakStorageConsent: 'ask' | 'given'
  readonly passphrase?: Secret
  /** How much work a passphrase set from here on takes. */
  readonly scryptCost?: ScryptCost
  /**
   * What to do where the data file was set aside or cannot be used: report it (again), or begin anew as the person
   * chose. Then a file that is still in place is set aside first; nothing is deleted. A locked keyring, and a file
   * that is only busy or too new, are no reason to begin anew.
   */
  readonly afterSetAside?: 'tell' | 'begin-anew'
  /** What a new data file begins with; an existing one that opens is opened as it is. */
  readonly restore?: Backup
  /** What holds the renewals of what is restored. */
  readonly restoredHold?: RenewalHold
}

/** `sentence`: what happened and what to do. */
export type Opening =
  | {
      readonly kind: 'open'
      readonly vault: OpenVault
      readonly protection: Protection
      /** The data file is new, and holds what `restore` said. */
      readonly restored: boolean
      /** What proved who opened it. A passphrase that was given and not needed proves nothing. */
      readonly openedBy: 'keychain' | 'passphrase'
    }
  /** Nothing would protect the data: wants a yes, or a passphrase. */
  | { readonly kind: 'consent-needed'; readonly sentence: string; readonly backend: string }
  | { readonly kind: 'passphrase-needed' | 'passphrase-wrong'; readonly sentence: string }
  | (KeychainTrouble & { readonly sentence: string; readonly backend: string })
  /** The data file opens and is damaged; it stays where it is. */
  | { readonly kind: 'damaged'; readonly sentence: string; readonly detail: string; readonly path: string }
  /** The data file could not be opened and was renamed; `path` is its new name. */
  | { readonly kind: 'moved-aside'; readonly sentence: string; readonly path: string }
  | { readonly kind: 'too-new'; readonly sentence: string; readonly path: string }
  /** Another process has the folder; no file of it was opened. */
  | { readonly kind: 'taken'; readonly sentence: string }
  /** No new file was made, and one that was set aside for it is in its place again. */
  | { readonly kind: 'not-restored'; readonly sentence: string }
  /** The folder or file cannot be used now. */
  | { readonly kind: 'not-writable'; readonly sentence: string; readonly reason: StoreFailure['reason'] }

/** Never rejects for what can go wrong with files, keychain or passphrase. */
export async function openVault(asked: OpeningOptions): Promise<Opening> {
  try {
    const taking = asked.lock.take()
    if (taking.kind === 'taken') return { kind: 'taken', sentence: sentences.ALREADY_RUNNING }
    if (taking.kind === 'failed' && taking.part === 'lock-file') {
      const { message, reason } = taking.failure
      return { kind: 'not-writable', sentence: `${message} Then try again; nothing was changed.`, reason }
    }
    if (taking.kind === 'failed') throw taking.failure
    // What is opened is the very folder that is locked, wherever the path leads by then.
    const options = { ...asked, folder: taking.folder }
    prepareFolder(options.folder)
    takeRescued(options.folder, options.clock.now())
    const found = lookInto(options.folder)
    switch (found.kind) {
      case 'database':
        return await openExisting(options)
      case 'orphans':
        return await movedAside(options)
      case 'set-aside':
        if (options.afterSetAside === 'begin-anew') return await createAndOpen(options, found.path)
        return { kind: 'moved-aside', sentence: sentences.movedAside(found.path), path: found.path }
      case 'nothing':
        return await createAndOpen(options, null)
    }
  } catch (error) {
    if (error instanceof UnsafeFolder)
      return { kind: 'not-writable', sentence: error.message, reason: 'other' }
    const failure = storeFailure(error, databasePath(asked.folder))
    const { reason } = failure
    const sentence = isNoFolder(failure)
      ? sentences.noFolder(asked.folder)
      : sentences.notWritable(reason, asked.folder)
    return { kind: 'not-writable', sentence, reason }
  }
}

/** `setAsideAt`: where the file lies that was set aside for the new one; null: there was none. */
async function createAndOpen(options: OpeningOptions, setAsideAt: string | null): Promise<Opening> {
  const { keychain, clock, passphrase, weakStorageConsent } = options
  const minted = await mintKeyRecord({
    vaultId: randomUUID(),
    keychain,
    passphrase: passphrase ?? null,
    weakStorageConsent,
    scryptCost: options.scryptCost ?? SCRYPT_COST,
    now: clock.now(),
  })
  switch (minted.kind) {
    case 'minted':
      return createWith(minted, options, setAsideAt)
    case 'consent-needed':
      return { kind: 'consent-needed', sentence: sentences.CONSENT_NEEDED, backend: keychain.backend() }
    case 'locked':
    case 'absent':
      return keychainTrouble(
        { kind: minted.kind, detail: 'nothing is stored yet', passphraseHelps: true },
        keychain,
        null,
      )
  }
}

async function createWith(
  { key, record }: Extract<Minting, { kind: 'minted' }>,
  options: OpeningOptions,
  setAsideAt: string | null,
): Promise<Opening> {
  const { folder, restore, restoredHold: hold = null, clock } = options
  const fill = async (db: Connection) => {
    if (restore !== undefined) await restoreInto({ db, key }, restore, { folder, now: clock.now(), hold })
  }
  try {
    await createDatabase(folder, keyRows(record), fill)
  } catch (error) {
    if (restore === undefined) throw error
    if (setAsideAt !== null) putBack(folder, setAsideAt)
    const { reason } = storeFailure(error, databasePath(folder))
    return { kind: 'not-restored', sentence: sentences.notRestored(reason, folder) }
  }
  const opening = await openExisting(options)
  if (opening.kind !== 'open') return opening
  // Whoever has just set the passphrase knows it.
  const openedBy = options.passphrase === undefined ? opening.openedBy : 'passphrase'
  return { ...opening, restored: restore !== undefined, openedBy }
}

async function openExisting(options: OpeningOptions): Promise<Opening> {
  const path = databasePath(options.folder)
  const opened = openDatabase(options.folder, options.clock.now())
  switch (opened.kind) {
    case 'open':
      return await unlockAndOpen(opened.db, options)
    case 'beyond-opening':
      return movedAside(options)
    case 'damaged':
      if (options.afterSetAside === 'begin-anew') return beginAnew(options)
      return { kind: 'damaged', sentence: sentences.damaged(path), detail: opened.detail, path }
    case 'too-new':
      return { kind: 'too-new', sentence: sentences.TOO_NEW, path }
    case 'failed':
      return {
        kind: 'not-writable',
        sentence: sentences.notWritable(opened.failure.reason, options.folder),
        reason: opened.failure.reason,
      }
  }
}

async function unlockAndOpen(db: Connection, options: OpeningOptions): Promise<Opening> {
  const { keychain, clock, scryptCost = SCRYPT_COST } = options
  let handedOver = false
  try {
    const record = readKeyRecord(db)
    const unlocking = await unlock(record, keychain, options.passphrase ?? null)
    switch (unlocking.kind) {
      case 'by-keychain':
      case 'by-passphrase': {
        const sealed = withSealedRows(db, record, unlocking.key)
        const settled = await settleKey(db, sealed, unlocking, keychain, clock.now())
        handedOver = true
        const vault = openVaultOver({
          db,
          lock: options.lock,
          keychain,
          clock,
          scryptCost,
          passphrase: options.passphrase ?? null,
          settled,
        })
        const openedBy = unlocking.kind === 'by-keychain' ? 'keychain' : 'passphrase'
        return { kind: 'open', vault, protection: vault.protection(), restored: false, openedBy }
      }
      case 'passphrase-needed':
        if (options.afterSetAside === 'begin-anew') break
        return { kind: unlocking.kind, sentence: sentences.PASSPHRASE_NEEDED }
      case 'passphrase-wrong':
        return { kind: unlocking.kind, sentence: sentences.PASSPHRASE_WRONG }
      default:
        if (options.afterSetAside === 'begin-anew' && unlocking.kind !== 'locked') break
        return keychainTrouble(unlocking, keychain, record.keychain[0]?.backend ?? null)
    }
  } finally {
    if (!handedOver) db.close()
  }
  return beginAnew(options)
}

/**
 * The second half of schema version 7: it needs the key. A passphrase that the key check proves, and whose envelope is gone,
 * was taken away by somebody else: it stays set.
 */
function withSealedRows(db: Connection, record: KeyRecord, key: KeyObject): KeyRecord {
  const { vaultId, check, passphrase } = record
  const next = { ...record, check: keyCheck(key, vaultId, passphrase !== null) }
  if (check === next.check) return record
  if (check === keyCheck(key, vaultId, true)) return { ...record, passphrase: 'unreadable' }
  db.transaction(() => {
    if (check !== null && isSameProof(bareKeyCheck(key, vaultId), check)) sealRows(db, key)
    writeKeyRecord(db, next)
  })
  return next
}

function beginAnew(options: OpeningOptions): Promise<Opening> {
  return createAndOpen(options, setAside(options.folder, options.clock.now()))
}

async function movedAside(options: OpeningOptions): Promise<Opening> {
  const path = setAside(options.folder, options.clock.now())
  if (options.afterSetAside === 'begin-anew') return createAndOpen(options, path)
  return { kind: 'moved-aside', sentence: sentences.movedAside(path), path }
}

function keychainTrouble(trouble: KeychainTrouble, keychain: Keychain, sealedWith: string | null): Opening {
  const backend = keychain.backend()
  return { ...trouble, sentence: sentences.keychainTrouble(trouble, backend, sealedWith), backend }
}
