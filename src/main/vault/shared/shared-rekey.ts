// The exchange of a shared vault's data key: everything sealed anew, for the members that remain, in one transaction.
import { randomUUID } from 'node:crypto'
import type { Instant } from '#engine/domain/model.ts'
import { mintDataKey } from '../crypto/data-key.ts'
import { openField, sealField } from '../crypto/field-cipher.ts'
import { rekeyedPair, rekeyedRows, SEALED_META } from '../crypto/rekey.ts'
import type { Row, Values } from '../db/connection.ts'
import { bytes, text } from '../db/row.ts'
import { SEALED_TABLES } from '../repositories/row-seal.ts'
import { rekeyedMeta } from '../repositories/sealed-meta.ts'
import { type HeldKey, insertMember, keyProof, type NewMember, sealForMembers } from './members.ts'
import type { Statements } from './postgres-connection.ts'

/** Makes the one vault of a database, with its first member. Runs inside the caller's transaction. */
export async function createVault(
  tx: Statements,
  first: NewMember,
  now: Instant,
  state: 'staged' | 'active' = 'active',
): Promise<HeldKey> {
  const held: HeldKey = { vaultId: randomUUID(), epoch: 1, key: mintDataKey() }
  const key_check = keyProof(held).check
  await tx.insert('vault', { id: held.vaultId, key_epoch: held.epoch, key_check, state })
  await insertMember(tx, held, first, now)
  return held
}

/** Runs inside the caller's transaction, which has the vault's row to itself. */
export async function rekeyShared(tx: Statements, from: HeldKey): Promise<HeldKey> {
  const to: HeldKey = { ...from, epoch: from.epoch + 1, key: mintDataKey() }
  for (const table of SEALED_TABLES) {
    const keys = table === 'delivery_runs' ? ['target_id', 'number'] : ['id']
    await sealAgain(tx, table, keys, rekeyedRows(table, from.key, to.key))
  }
  const pair = (row: Row) => rekeyedPair(row, from.key, to.key)
  await sealAgain(tx, 'token_pairs', ['owner_kind', 'owner_id', 'slot'], pair)
  await sealAgain(tx, 'answers', ['attempt_id', 'pair_id'], (row) => {
    const place = answerPlace(text(row, 'attempt_id'), text(row, 'pair_id'))
    const opened = openField(from.key, bytes(row, 'pair'), place)
    return opened === null ? null : { pair: sealField(to.key, opened, place) }
  })
  for (const { key: name, value } of await tx.rows('meta', 'WHERE key = ANY(?)', SEALED_META)) {
    const changed = rekeyedMeta(from.key, to.key, String(name), String(value))
    if (changed !== null) await tx.update('meta', { value: changed }, 'key = ?', String(name))
  }
  await sealForMembers(tx, from, to)
  await tx.update('vault', { key_epoch: to.epoch, key_check: keyProof(to).check }, 'one')
  return to
}

/** Of a pair that Webex has issued, and that may not be the current one. */
export function answerPlace(attemptId: string, pairId: string) {
  return { table: 'answers', record: `${attemptId}:${pairId}`, field: 'pair' }
}

/** Rows in one statement: all runs of a large fleet would not fit into the memory. */
const AT_ONCE = 500

/** `changes`: sealed fields; null: the row stays as it is. */
async function sealAgain(
  tx: Statements,
  table: string,
  keys: readonly string[],
  changes: (row: Row) => Values | null,
): Promise<void> {
  const order = `ORDER BY ${keys.join(', ')} LIMIT ${AT_ONCE}`
  let last: Values | null = null
  for (;;) {
    const beyond = `WHERE (${keys.join(', ')}) > (${keys.map(() => '?').join(', ')})`
    const rows: readonly Row[] =
      last === null
        ? await tx.rows(table, order)
        : await tx.rows(table, `${beyond} ${order}`, ...Object.values(last))
    const changed = rows.flatMap((row) => {
      const columns = changes(row)
      return columns === null ? [] : [{ ...pick(row, keys), ...columns }]
    })
    await updateTogether(tx, table, keys, changed)
    const end = rows.at(-1)
    if (end === undefined || rows.length < AT_ONCE) return
    last = pick(end, keys)
  }
}

/** `rows`: their keys, and columns of bytes. */
async function updateTogether(
  tx: Statements,
  table: string,
  keys: readonly string[],
  rows: readonly Values[],
): Promise<void> {
  const [first] = rows
  if (first === undefined) return
  const names = [...keys, ...Object.keys(first).filter((column) => !keys.includes(column))]
  const columns = names.slice(keys.length)
  const lists = names.map((name) => {
    if (columns.includes(name)) return '?::bytea[]'
    return typeof first[name] === 'number' ? '?::bigint[]' : '?::text[]'
  })
  await tx.run(
    `UPDATE ${table} AS stored SET ${columns.map((column) => `${column} = sealed.${column}`).join(', ')}
     FROM unnest(${lists.join(', ')}) AS sealed (${names.join(', ')})
     WHERE ${keys.map((key) => `stored.${key} = sealed.${key}`).join(' AND ')}`,
    ...names.map((name) => rows.map((row) => row[name] ?? null)),
  )
}

function pick(row: Row, keys: readonly string[]): Values {
  return Object.fromEntries(
    keys.map((key) => [key, typeof row[key] === 'number' ? row[key] : String(row[key])]),
  )
}
