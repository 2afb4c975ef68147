// The open vault: what the engine stores into, and what main reads from.
import { statSync } from 'node:fs'
import type { Attempt, Fleet, FleetChange, Instant } from '../engine/model.ts'
import { StoreFailure, type Vault } from '../engine/ports.ts'
import type { Secret } from '../engine/secret.ts'
import type { Connection } from './connection.ts'
import { wholeDamageIn } from './database.ts'
import { storeChange } from './fleet-changes.ts'
import { loadRows, type Unreadable } from './fleet-rows.ts'
import {
  appendAttempt,
  type HistoryPage,
  type HistoryQuery,
  historyPage,
  lastAttempts,
  pruneHistory,
} from './history.ts'
import type { KeyKeeper, PassphraseChange } from './key-keeper.ts'
import type { Protection } from './protection.ts'
import { freeBytes, storeFailure, storeFailureOf } from './sqlite-failure.ts'

export interface LoadedFleet {
  readonly fleet: Fleet
  /** The newest attempt of each profile and token manager. */
  readonly lastAttempts: readonly Attempt[]
  readonly unreadable: readonly Unreadable[]
}

export interface OpenVault extends Vault {
  load(): LoadedFleet
  history(query: HistoryQuery): HistoryPage
  /** Forgets some of the history before an instant; returns how many rows. Call again until it is 0. */
  pruneHistory(before: Instant): number
  /** Checks everything, the history too, which may take seconds. null: sound. */
  damage(): string | null
  protection(): Protection
  hasPassphrase(): boolean
  isPassphrase(passphrase: Secret): Promise<boolean>
  setPassphrase(passphrase: Secret, mode: 'alone' | 'beside'): Promise<PassphraseChange>
  changePassphrase(old: Secret, next: Secret): Promise<PassphraseChange>
  removePassphrase(old: Secret): Promise<PassphraseChange>
  close(): void
}

export interface VaultParts {
  readonly db: Connection
  readonly clock: { now(): Instant }
  readonly keys: KeyKeeper
}

/** Room one commit may need, log and all; less counts as full before a token is put at risk. */
const ROOM_FOR_A_COMMIT = 256 * 1024

export function openVaultOver(parts: VaultParts): OpenVault {
  const { db, clock, keys } = parts
  const file = statSync(db.path)
  let unreadablePairs: ReadonlySet<string> | null = null

  const guarded = async <T>(work: () => T | Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      throw storeFailure(error, db.path)
    }
  }

  return {
    prove: () =>
      guarded(() => {
        if (!isStillThere(db.path, file.ino)) {
          throw new StoreFailure(
            'other',
            'The data file was moved or replaced. Quit and start the app again.',
          )
        }
        if (freeBytes(db.path) < ROOM_FOR_A_COMMIT) throw storeFailureOf('disk-full')
        db.run(
          `INSERT INTO meta (key, value) VALUES ('proved-at', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
          String(clock.now()),
        )
      }),
    commit: (changes: readonly FleetChange[], attempts: readonly Attempt[]) =>
      guarded(() =>
        db.transaction(() => {
          unreadablePairs ??= loadRows(db, keys.key).unreadablePairs
          for (const change of changes) storeChange({ db, key: keys.key, unreadablePairs }, change)
          for (const attempt of attempts) appendAttempt(db, attempt)
        }),
      ),
    load: () => {
      const rows = loadRows(db, keys.key)
      unreadablePairs = rows.unreadablePairs
      return { fleet: rows.fleet, lastAttempts: lastAttempts(db), unreadable: rows.unreadable }
    },
    history: (query) => historyPage(db, query),
    pruneHistory: (before) => pruneHistory(db, before),
    damage: () => wholeDamageIn(db),
    protection: () => keys.protection(),
    hasPassphrase: () => keys.hasPassphrase(),
    isPassphrase: (passphrase) => keys.isPassphrase(passphrase),
    setPassphrase: (passphrase, mode) => guarded(() => keys.setPassphrase(passphrase, mode)),
    changePassphrase: (old, next) => guarded(() => keys.changePassphrase(old, next)),
    removePassphrase: (old) => guarded(() => keys.removePassphrase(old)),
    close: () => {
      if (!db.isOpen) return
      // Statements stay with the driver until they are collected; what they hold back is written down here.
      db.checkpoint()
      db.close()
    },
  }
}

function isStillThere(path: string, inode: number): boolean {
  return statSync(path, { throwIfNoEntry: false })?.ino === inode
}
