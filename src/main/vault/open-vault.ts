// The open vault: what the engine stores into, and what main reads from.
import type { KeyObject } from 'node:crypto'
import { statSync } from 'node:fs'
import type { Attempt, Fleet, FleetChange, Instant } from '../engine/model.ts'
import { StoreFailure, type Vault } from '../engine/ports.ts'
import type { Connection } from './connection.ts'
import type { KeyRecord } from './envelopes.ts'
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
import type { Keychain } from './keychain.ts'
import type { Protection } from './protection.ts'
import { freeBytes, storeFailure } from './sqlite-failure.ts'

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
  protection(): Protection
  close(): void
}

export interface VaultParts {
  readonly db: Connection
  readonly folder: string
  readonly keychain: Keychain
  readonly clock: { now(): Instant }
  readonly key: KeyObject
  readonly record: KeyRecord
  readonly protection: Protection
}

/** Room one commit may need, log and all; less counts as full before a token is put at risk. */
const ROOM_FOR_A_COMMIT = 256 * 1024

export function openVaultOver(parts: VaultParts): OpenVault {
  const { db, key, clock } = parts
  const file = statSync(db.path)
  let unreadablePairs: ReadonlySet<string> = loadRows(db, key).unreadablePairs

  const guarded = async <T>(work: () => T): Promise<T> => {
    try {
      return work()
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
        if (freeBytes(db.path) < ROOM_FOR_A_COMMIT) throw storeFailure({ code: 'ENOSPC' }, db.path)
        db.run(
          `INSERT INTO meta (key, value) VALUES ('proved-at', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
          String(clock.now()),
        )
      }),
    commit: (changes: readonly FleetChange[], attempts: readonly Attempt[]) =>
      guarded(() =>
        db.transaction(() => {
          for (const change of changes) storeChange({ db, key, unreadablePairs }, change)
          for (const attempt of attempts) appendAttempt(db, attempt)
        }),
      ),
    load: () => {
      const rows = loadRows(db, key)
      unreadablePairs = rows.unreadablePairs
      return { fleet: rows.fleet, lastAttempts: lastAttempts(db), unreadable: rows.unreadable }
    },
    history: (query) => historyPage(db, query),
    pruneHistory: (before) => pruneHistory(db, before),
    protection: () => parts.protection,
    close: () => {
      if (!db.isOpen) return
      // Statements stay with the driver until they are collected; what they hold back is written down here.
      db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
      db.close()
    },
  }
}

function isStillThere(path: string, inode: number): boolean {
  return statSync(path, { throwIfNoEntry: false })?.ino === inode
}
