// The open vault: what the engine stores into, and what the app reads from. Everything stored is behind a promise, so that
// another database can take its place; SQLite itself answers within the call.
import { dirname } from 'node:path'
import { SerialQueue } from '#base/common/serial-queue.ts'
import type { Attempt, FleetChange } from '#engine/domain/model.ts'
import { StoreFailure, UNSHARED, type Vault } from '#engine/domain/ports.ts'
import type { Secret } from '#engine/domain/secret.ts'
import { type Backup, type BackupWriting, type ProveBackup, writeBackup } from './backup/backup.ts'
import { type ActingHere, readActingHere, restoreInto } from './backup/restore.ts'
import {
  type CopyCover,
  type CopyState,
  KeyManager,
  type KeyManagerDependencies,
  type PassphraseChange,
} from './crypto/key-manager.ts'
import type { Protection } from './crypto/protection-level.ts'
import type { SettledKey } from './crypto/settled-key.ts'
import { wholeDamageIn, writeMeta } from './db/database.ts'
import type { FolderLock } from './db/folder-lock.ts'
import { openFiles } from './db/open-files.ts'
import { number } from './db/row.ts'
import { freeBytes, storeFailure, storeFailureOf } from './db/sqlite-errors.ts'
import { notRestored } from './opening-messages.ts'
import { cloudRow, loadCloud } from './repositories/cloud.ts'
import { consumerRows, loadConsumers } from './repositories/consumers.ts'
import { loadDataSources } from './repositories/data-sources.ts'
import { deliveryRunRows } from './repositories/delivery-runs.ts'
import { deliveryRows, loadTargets } from './repositories/delivery-targets.ts'
import { loadDrills } from './repositories/drills.ts'
import { loadRows } from './repositories/fleet.ts'
import { storeChange } from './repositories/fleet-changes.ts'
import { fleetDeliveriesRow, loadFleetDeliveries } from './repositories/fleet-deliveries.ts'
import {
  appendAttempt,
  historyDays,
  historyPage,
  lastAttempts,
  pruneHistory,
} from './repositories/history.ts'
import { type MembershipRow, membershipRow } from './repositories/membership.ts'
import { loadOtherCopyStop } from './repositories/other-copy-stop.ts'
import { problemNotesRow } from './repositories/problem-notes.ts'
import { type ProxySignInRow, proxySignInRow } from './repositories/proxy-sign-in.ts'
import { type RenewalHold, type RenewalHoldRow, renewalHoldRow } from './repositories/renewal-hold.ts'
import { rowAccess } from './repositories/row-access.ts'
import { describeUnreadable, type UnreadableRows, unreadableRows } from './repositories/unreadable-records.ts'
import { loadWebhook, settingsIn, webhookRow } from './repositories/webhook.ts'
import type { Sharing } from './shared/sharing.ts'
import type { StoredRecords } from './stored-records.ts'

export type { StoredRecords } from './stored-records.ts'

/** The vault of one computer. */
export interface OpenVault extends StoredRecords, Vault {
  /** Rejects with a `StoreFailure` once the open data file was moved, replaced or cut off. Writes nothing otherwise. */
  checkFiles(): Promise<void>
  /** How many deliveries, consumers and webhooks are held since it opened: what it held until then lay unprotected. */
  readonly heldAtOpening: number
  readonly unreadable: UnreadableRows
  readonly proxySignIn: ProxySignInRow
  /** Whether anything may be renewed over it. */
  readonly renewalHold: RenewalHoldRow
  /** The shared vault that this computer takes part in. */
  readonly membership: MembershipRow
  /** null: the vault is this computer's own. */
  readonly sharing: Sharing | null
  /**
   * Everything in one encrypted file; if it is refused, an older file of that name is intact. `prove` looks at the file
   * before it gets that name.
   */
  backup(path: string, passphrase: Secret, prove?: ProveBackup): Promise<BackupWriting>
  /** What of a backup would go on at once. */
  actingHere(backup: Backup): Promise<ActingHere>
  /**
   * Puts a backup in the place of the fleet, all or nothing, and adds its history. Nothing may be under way; `load`
   * again afterwards. Returns the path of the copy kept of what was there, null when nothing was. What held the renewals
   * ends, in the same transaction, and `hold` takes its place.
   */
  restore(backup: Backup, hold?: RenewalHold): Promise<string | null>
  /** Checks everything, the history too, which may take seconds. null: sound. */
  damage(): Promise<string | null>
  protection(): Protection
  hasPassphrase(): boolean
  isPassphrase(passphrase: Secret): Promise<boolean>
  setPassphrase(passphrase: Secret, mode: 'alone' | 'beside'): Promise<PassphraseChange>
  changePassphrase(old: Secret, next: Secret): Promise<PassphraseChange>
  removePassphrase(old: Secret): Promise<PassphraseChange>
  /** Copies kept before a restore or a migration, files set aside, and what else of the kind is in the folder; newest first. */
  copies(): Promise<readonly CopyState[]>
  /** Deletes copies, by their files' names. */
  removeCopies(names: ReadonlySet<string>): Promise<void>
  /** To be called once it is open: see `KeyManager`. */
  coverCopies(): Promise<CopyCover>
  /** Whether the window was locked when that was last recorded. */
  wasLocked(): boolean
  recordLock(locked: boolean): Promise<void>
  close(): Promise<void>
}

export interface VaultParts extends Omit<KeyManagerDependencies, 'proveOwner'> {
  readonly lock: Pick<FolderLock, 'prove'>
  readonly settled: SettledKey
}

/** Room one commit may need, log and all; less counts as full before a token is put at risk. */
const ROOM_FOR_A_COMMIT = 256 * 1024

/** Profiles. The tokens of fewer are opened within a few milliseconds. */
const LARGE = 500
/** Tokens: about 2 ms. */
const OPENED_TOGETHER = 400

const MOVED =
  'The data file or its folder was moved or replaced. Nothing is renewed or stored any more. Restart the app.'
const OTHER_INSTANCE =
  'Another instance of this app has opened the data folder. Nothing is renewed here any more. Quit this instance, and restart it if the other one has ended.'

export function openVaultOver(parts: VaultParts): OpenVault {
  const { db, lock, clock } = parts
  const files = openFiles(db, clock)
  let unreadablePairs: ReadonlySet<string> | null = null

  /** Every write of another process since the last look: https://www.sqlite.org/pragma.html#pragma_data_version */
  const dataVersion = () => number(db.get('PRAGMA data_version') ?? {}, 'data_version')
  const firstVersion = dataVersion()
  let isReplaced = false
  const proveFiles = () => {
    const failure = files.failure()
    if (failure !== null) throw failure
  }
  /** Throws unless this process alone has the folder, and had it since the vault was opened. */
  const proveOwner = () => {
    proveFiles()
    const taking = lock.prove(dirname(db.path))
    if (taking === null) throw new StoreFailure('other', MOVED)
    if (taking.kind === 'failed') throw taking.failure
    // A lock file that somebody removed: whoever took it meanwhile may have renewed what this process still has in memory.
    if (taking.kind === 'held' && taking.anew && dataVersion() !== firstVersion) isReplaced = true
    if (taking.kind === 'taken' || isReplaced) throw new StoreFailure('other', OTHER_INSTANCE)
  }

  const keys = new KeyManager({ ...parts, proveOwner }, parts.settled)
  const key = () => keys.key
  const access = rowAccess({ db, key, proveOwner })
  /** What concerns all records runs serially: nothing is sealed under a key that is being exchanged. */
  const forAll = new SerialQueue()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => forAll.run(() => access.write(work))

  const load = (sealed: Secret[] | null) => {
    const { fleet, unreadable, unreadablePairs: pairs } = loadRows(db, key(), sealed)
    unreadablePairs = sealed === null ? pairs : null
    return {
      fleet,
      lastAttempts: lastAttempts(db),
      drills: loadDrills(db),
      otherCopyStoppedAt: loadOtherCopyStop(db),
      keptDataSources: loadDataSources(db, key()).sources,
      unreadable,
    }
  }
  const isLarge = () => number(db.get('SELECT count(*) AS profiles FROM profiles') ?? {}, 'profiles') >= LARGE
  const openAll = async (sealed: readonly Secret[], pause: () => Promise<void>) => {
    for (let at = 0; at < sealed.length; at += OPENED_TOGETHER) {
      try {
        for (const token of sealed.slice(at, at + OPENED_TOGETHER)) token.reveal()
      } catch {
        return false
      }
      await pause()
    }
    return true
  }
  const delivery = () => {
    const { targets, damaged } = loadTargets(db, key())
    const { consumers, unreadable } = loadConsumers(db, key())
    const webhook = loadWebhook(db, key())
    return {
      targets: targets.map(({ target }) => target),
      fleetDeliveries: loadFleetDeliveries(db, key()),
      consumers,
      webhook: settingsIn(webhook),
      unreadable: damaged.length + unreadable.length + Number(webhook?.kind === 'damaged'),
    }
  }

  return {
    prove: () =>
      access.read(() => {
        proveOwner()
        if (freeBytes(db.path) < ROOM_FOR_A_COMMIT) throw storeFailureOf('disk-full')
        writeMeta(db, 'proved-at', String(clock.now()))
      }),
    begin: async () => UNSHARED,
    checkFiles: () => access.read(proveFiles),
    // Not `write`: what Webex has just issued is stored even where the lock cannot be proved.
    commit: (changes: readonly FleetChange[], attempts: readonly Attempt[]) =>
      access.read(() => {
        db.transaction(() => {
          unreadablePairs ??= loadRows(db, key()).unreadablePairs
          for (const change of changes) storeChange({ db, key: key(), unreadablePairs }, change)
          for (const attempt of attempts) appendAttempt(db, attempt)
        })
        if (files.failure() !== null) files.saveAgain()
      }),
    load: async (options) => {
      const sealed: Secret[] | null = options?.tokens === 'sealed' && isLarge() ? [] : null
      const loaded = load(sealed)
      return {
        ...loaded,
        unreadable: describeUnreadable(db, key(), loaded),
        openTokens: sealed === null ? null : (pause) => openAll(sealed, pause),
      }
    },
    history: async (query) => historyPage(db, query),
    historyDays: async (filter, timeZone) => historyDays(db, filter, timeZone),
    pruneHistory: (before) => access.write(() => pruneHistory(db, before)),
    deliveries: deliveryRows(access),
    deliveryRuns: deliveryRunRows(access),
    heldAtOpening: parts.settled.held,
    consumers: consumerRows(access),
    webhook: webhookRow(access),
    unreadable: unreadableRows(access, () => keys.openCopies()),
    cloud: cloudRow(access),
    proxySignIn: proxySignInRow(access),
    problemNotes: problemNotesRow(access),
    fleetDeliveries: fleetDeliveriesRow(access),
    renewalHold: renewalHoldRow(access),
    membership: membershipRow(access),
    sharing: null,
    backup: (path, passphrase, prove) =>
      writeBackup(
        {
          load: () => loadRows(db, key()),
          delivery,
          dataSources: () => loadDataSources(db, key()),
          history: (query) => historyPage(db, query),
          cloud: () => loadCloud(db, key()),
        },
        path,
        { passphrase, cost: parts.scryptCost, now: clock.now(), ...(prove && { prove }) },
      ),
    actingHere: async (backup) => readActingHere({ db, key: key() }, backup),
    restore: (backup, hold) =>
      inTurn(async () => {
        const folder = dirname(db.path)
        try {
          return await restoreInto({ db, key: key() }, backup, {
            folder,
            now: clock.now(),
            hold: hold ?? null,
          })
        } catch (error) {
          const { reason } = storeFailure(error, db.path)
          throw new StoreFailure(reason, notRestored(reason, folder), { cause: error })
        } finally {
          unreadablePairs = null
        }
      }),
    damage: async () => wholeDamageIn(db),
    protection: () => keys.protection(),
    hasPassphrase: () => keys.hasPassphrase(),
    isPassphrase: (passphrase) => keys.isPassphrase(passphrase),
    setPassphrase: (passphrase, mode) => inTurn(() => keys.setPassphrase(passphrase, mode)),
    changePassphrase: (old, next) => inTurn(() => keys.changePassphrase(old, next)),
    removePassphrase: (old) => inTurn(() => keys.removePassphrase(old)),
    copies: () => forAll.run(() => access.read(() => keys.copies())),
    removeCopies: (names) => inTurn(async () => keys.removeCopies(names)),
    coverCopies: () => inTurn(() => keys.coverCopies()),
    wasLocked: () => keys.wasLocked(),
    recordLock: (locked) => access.write(() => keys.recordLock(locked)),
    close: async () => {
      if (!db.isOpen) return
      // The driver keeps statements until they are collected, and with them the log: it is emptied here.
      db.checkpoint()
      db.close()
    },
  }
}
