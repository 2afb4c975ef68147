// Changes of the shared vault: the records of one transaction, which are refused where somebody else's change came before.
import type { KeyObject } from 'node:crypto'
import { assertNever } from '#base/common/assert-never.ts'
import type {
  Attempt,
  FleetChange,
  Profile,
  ServiceApp,
  TokenManager,
  TokenPair,
} from '#engine/domain/model.ts'
import type { Row, Value, Values } from '../db/connection.ts'
import { dataSourceRow } from '../repositories/data-sources.ts'
import { drillKey, MONTH } from '../repositories/drills.ts'
import { defaultManagerIn, managerRow, profileRow, serviceAppRow } from '../repositories/fleet-changes.ts'
import { attemptColumns, ONCE } from '../repositories/history.ts'
import { OTHER_COPY_STOPPED } from '../repositories/other-copy-stop.ts'
import { type SealedTable, sealedChanges, sealedRow } from '../repositories/row-seal.ts'
import type { Owner, OwnerKind } from '../repositories/token-pairs.ts'
import type { Statements } from './postgres-connection.ts'
import {
  EditConflict,
  type EditedTable,
  isSameRecord,
  type SealedRow,
  type SeenRecords,
} from './seen-records.ts'
import { settlePair } from './settlement.ts'
import { MANAGERS_IN_ORDER } from './shared-fleet.ts'
import { removeSharedPairs, storeSharedPair } from './shared-pairs.ts'

const REFERENCES = [
  { table: 'profiles', column: 'manager_id', to: 'token_managers' },
  { table: 'token_managers', column: 'fallback_id', to: 'token_managers' },
  { table: 'profiles', column: 'service_app_id', to: 'credentials' },
] as const

/** `node`: the computer that made it. */
export async function appendSharedAttempt(
  tx: Statements,
  attempt: Attempt,
  node: string | null,
): Promise<void> {
  await tx.insert('attempts', { ...attemptColumns(attempt), node }, ONCE)
}

/** The changes of one transaction. */
export class SharedChanges {
  readonly #tx: Statements
  readonly #key: KeyObject
  readonly #seen: SeenRecords
  /** By table and id: the records as they are then; null: removed. */
  readonly stored = new Map<string, SealedRow | null>()

  constructor(tx: Statements, key: KeyObject, seen: SeenRecords) {
    this.#tx = tx
    this.#key = key
    this.#seen = seen
  }

  /** Rejects with an `EditConflict` where somebody else's change of the same record came before. */
  async store(change: FleetChange): Promise<void> {
    const tx = this.#tx
    switch (change.kind) {
      case 'service-app-saved':
        return this.#saveServiceApp(change.serviceApp)
      case 'profile-saved':
        return this.#saveProfile(change.profile)
      case 'profile-removed':
        return this.#removeProfile(change.profileId)
      case 'manager-saved':
        return this.#saveManager(change.manager)
      case 'manager-removed':
        return this.#removeManager(change.managerId)
      case 'profile-pair':
      case 'manager-pair':
        return settlePair(tx, this.#key, change)
      case 'drill':
        return this.#storeMeta(
          drillKey(change.profileId),
          change.request === null ? null : JSON.stringify(change.request),
        )
      case 'drill-month':
        return this.#storeMeta(MONTH, change.month)
      case 'other-copy-stopped':
        return this.#storeMeta(OTHER_COPY_STOPPED, String(change.at))
      case 'data-source-kept': {
        const isOwned = await tx.row('profiles', 'WHERE id = ?', change.source.profileId)
        if (isOwned === null) return
        await tx.upsert(
          'data_sources',
          'id',
          sealedRow(this.#key, 'data_sources', dataSourceRow(change.source)),
        )
        return
      }
      case 'data-source-dropped':
        await tx.run('DELETE FROM data_sources WHERE id = ?', change.id)
        return
      default:
        assertNever(change)
    }
  }

  /**
   * After the last change: a record may name only what is there. Rejects with an `EditConflict` where somebody else has removed
   * that and this process has not seen it; who has seen it names nothing, as the removal would have left it.
   */
  async settleReferences(): Promise<void> {
    for (const { table, column, to } of REFERENCES) {
      const naming = this.#storedIn(table).filter(({ row }) => typeof row[column] === 'string')
      const named = new Set(naming.map(({ row }) => String(row[column])))
      for (const id of [...named]) if (this.stored.get(`${to} ${id}`)) named.delete(id)
      if (named.size === 0) continue
      const found = await this.#tx.query(`SELECT id FROM ${to} WHERE id = ANY(?)`, [...named])
      for (const { id } of found) named.delete(String(id))
      for (const id of named) {
        if (to === 'credentials' || !this.#isSeen(to, id, null)) throw this.#conflict(to, id, null)
        await this.#update(table, { [column]: null }, `${column} = ?`, id)
      }
    }
  }

  #storedIn(table: EditedTable): readonly SealedRow[] {
    return [...this.stored].flatMap(([place, record]) =>
      record !== null && place.startsWith(`${table} `) ? record : [],
    )
  }

  async #storeMeta(key: string, value: string | null): Promise<void> {
    if (value === null) await this.#tx.run('DELETE FROM meta WHERE key = ?', key)
    else await this.#tx.upsert('meta', 'key', { key, value })
  }

  async #saveServiceApp(serviceApp: ServiceApp): Promise<void> {
    await this.#save('credentials', serviceAppRow(this.#key, serviceApp))
  }

  async #saveProfile(profile: Profile): Promise<void> {
    const before = await this.#save('profiles', profileRow(profile))
    // A saved edit must neither bring back an older pair nor forget the one that is stored.
    if (before !== null) await this.#dropUnused(before)
    else if (profile.pair !== null) await this.#addPair('profile', profile.id, profile.pair)
  }

  async #addPair(kind: OwnerKind, id: string, pair: TokenPair): Promise<void> {
    await storeSharedPair(this.#tx, this.#key, { kind, id }, pair)
  }

  /** Its history stays. */
  async #removeProfile(id: string): Promise<void> {
    const profile = await this.#removable('profiles', id)
    if (profile === null) return
    await this.#removeOwner('profiles', { kind: 'profile', id })
    await this.#storeMeta(drillKey(id), null)
    await this.#dropUnused(profile)
  }

  async #removeOwner(table: EditedTable, owner: Owner): Promise<void> {
    await removeSharedPairs(this.#tx, owner)
    await this.#tx.run(`DELETE FROM ${table} WHERE id = ?`, owner.id)
    this.stored.set(`${table} ${owner.id}`, null)
  }

  /** The client credentials go with the last profile that used them. */
  async #dropUnused(profile: Row): Promise<void> {
    const id = String(profile.service_app_id)
    const dropped = await this.#tx.run(
      'DELETE FROM credentials WHERE id = ? AND NOT EXISTS (SELECT 1 FROM profiles WHERE service_app_id = credentials.id)',
      id,
    )
    if (dropped > 0) this.stored.set(`credentials ${id}`, null)
  }

  async #saveManager(manager: TokenManager): Promise<void> {
    if (manager.isDefault) {
      await this.#update('token_managers', { is_default: 0 }, 'is_default = 1 AND id <> ?', manager.id)
    }
    const before = await this.#save('token_managers', managerRow(this.#key, manager))
    await this.#keepOneDefault()
    if (before === null && manager.pair !== null) await this.#addPair('manager', manager.id, manager.pair)
  }

  /** Profiles that named it use the default one; who had it as fallback has none. */
  async #removeManager(id: string): Promise<void> {
    if ((await this.#removable('token_managers', id)) === null) return
    await this.#update('profiles', { manager_id: null }, 'manager_id = ?', id)
    await this.#update('token_managers', { fallback_id: null }, 'fallback_id = ?', id)
    await this.#removeOwner('token_managers', { kind: 'manager', id })
    await this.#keepOneDefault()
  }

  /** There is a default one as long as there is any. */
  async #keepOneDefault(): Promise<void> {
    const id = defaultManagerIn(await this.#tx.rows('token_managers', MANAGERS_IN_ORDER))
    if (id !== null) await this.#update('token_managers', { is_default: 1 }, 'is_default = 0 AND id = ?', id)
  }

  /** Resolves with the row before; null: there was none. */
  async #save(table: EditedTable, values: Values & { readonly id: string }): Promise<Row | null> {
    const key = this.#key
    const before = await this.#tx.row(table, 'WHERE id = ?', values.id)
    const row = sealedRow(key, table, values)
    // What is there already may be this very edit, whose commit was uncertain.
    const isThere = before !== null && isSameRecord(table, { row, key }, { row: before, key })
    if (!isThere && !this.#isSeen(table, values.id, before)) throw this.#conflict(table, values.id, before)
    await this.#tx.upsert(table, 'id', row)
    this.stored.set(`${table} ${values.id}`, { row, key })
    return before
  }

  /** null: nothing is there any more. */
  async #removable(table: EditedTable, id: string): Promise<Row | null> {
    const row = await this.#tx.row(table, 'WHERE id = ?', id)
    if (row !== null && !this.#isSeen(table, id, row)) throw this.#conflict(table, id, row)
    return row
  }

  /** It is as this process has seen it, or as this transaction has made it. */
  #isSeen(table: EditedTable, id: string, row: Row | null): boolean {
    if (this.stored.has(`${table} ${id}`)) return true
    return this.#seen.isCurrent(table, id, row === null ? null : { row, key: this.#key })
  }

  #conflict(table: EditedTable, id: string, row: Row | null): EditConflict {
    return new EditConflict(`${table} ${id}`, row === null ? null : { row, key: this.#key })
  }

  /** What follows from another record's change; nobody's edit is overwritten by it. */
  async #update(
    table: EditedTable,
    changes: Values,
    where: string,
    ...values: readonly Value[]
  ): Promise<void> {
    for (const { before, after } of await updateSharedRows(
      this.#tx,
      this.#key,
      table,
      changes,
      where,
      ...values,
    )) {
      const id = String(after.id)
      if (this.#isSeen(table, id, before)) this.stored.set(`${table} ${id}`, { row: after, key: this.#key })
    }
  }
}

/** Changes these columns of rows with an `id`; resolves with each as it was and as it is then. */
export async function updateSharedRows(
  tx: Statements,
  key: KeyObject,
  table: SealedTable,
  changes: Values,
  where: string,
  ...values: readonly Value[]
): Promise<readonly { readonly before: Row; readonly after: Row }[]> {
  const updated: { readonly before: Row; readonly after: Row }[] = []
  for (const row of await tx.rows(table, `WHERE ${where} FOR UPDATE`, ...values)) {
    const columns = sealedChanges(key, table, row, changes)
    await tx.update(table, columns, 'id = ?', typeof row.id === 'number' ? row.id : String(row.id))
    updated.push({ before: row, after: { ...row, ...columns } })
  }
  return updated
}
