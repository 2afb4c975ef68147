// How a repository reaches the database: each call is one step that fails with a `StoreFailure`.
import type { KeyObject } from 'node:crypto'
import type { Connection } from '../db/connection.ts'
import { storeFailure } from '../db/sqlite-errors.ts'

export interface RowAccess {
  readonly db: Connection
  /** The data key at this moment: it may be exchanged while the vault is open. */
  readonly key: () => KeyObject
  /** Runs `work` within the call, so that calls take effect in the order in which they are made. */
  read<T>(work: () => T | Promise<T>): Promise<T>
  /** The same, once this process has proved that it alone has the folder. */
  write<T>(work: () => T | Promise<T>): Promise<T>
}

export function rowAccess({
  db,
  key,
  proveOwner,
}: Pick<RowAccess, 'db' | 'key'> & { readonly proveOwner: () => void }): RowAccess {
  const read: RowAccess['read'] = async (work) => {
    try {
      return await work()
    } catch (error) {
      throw storeFailure(error, db.path)
    }
  }
  const write: RowAccess['write'] = (work) =>
    read(() => {
      proveOwner()
      return work()
    })
  return { db, key, read, write }
}
