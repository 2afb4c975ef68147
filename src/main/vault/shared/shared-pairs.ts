// Token pairs in the shared vault: several processes write them, so a pair that follows another one takes its place only while
// that one is still there.
import { createHash, type KeyObject } from 'node:crypto'
import type { TokenPair } from '#engine/domain/model.ts'
import { type Owner, pairColumns, readPair } from '../repositories/token-pairs.ts'
import type { Statements } from './postgres-connection.ts'

/** Names the credentials of a pair, whoever holds it: its tokens, and whether its refresh token is marked as dead. */
export function pairIdOf({ accessToken, refresh }: TokenPair): string {
  const parts = [accessToken?.reveal(), refresh?.token.reveal(), refresh?.dead === true]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)
}

/** With the mark of death and without: who follows it may not have known of the mark, or the mark was lost with a failover. */
export function idsOf(pair: TokenPair): readonly string[] {
  const { refresh } = pair
  const otherwise = { ...pair, refresh: refresh === null ? null : { ...refresh, dead: !refresh.dead } }
  return [...new Set([pairIdOf(pair), pairIdOf(otherwise)])]
}

const OF_OWNER = 'owner_kind = ? AND owner_id = ?'

export interface CurrentPair {
  /** As the row says; of a damaged row, another one than its tokens have. */
  readonly storedId: string
  /** null: it cannot be read. */
  readonly pair: TokenPair | null
}

/** Locks the row until the transaction ends. */
export async function currentPair(tx: Statements, key: KeyObject, owner: Owner): Promise<CurrentPair | null> {
  const where = `WHERE ${OF_OWNER} AND slot = 'current' FOR UPDATE`
  const row = await tx.row('token_pairs', where, owner.kind, owner.id)
  if (row === null) return null
  const { pairId, pair } = readPair(key, owner, row)
  return { storedId: pairId, pair }
}

/**
 * Makes `pair` the current one, and keeps the one before it. `follows`: the id of the pair it takes the place of, null of
 * none; where another one is there by now, nothing is changed and the answer is false.
 */
export async function storeSharedPair(
  tx: Statements,
  key: KeyObject,
  owner: Owner,
  pair: TokenPair,
  follows?: string | null,
): Promise<boolean> {
  const ofOwner = [owner.kind, owner.id] as const
  const current = await currentPair(tx, key, owner)
  const currentId = current === null || current.pair === null ? null : pairIdOf(current.pair)
  const pairId = pairIdOf(pair)
  if (current !== null && currentId === pairId) {
    const columns = pairColumns(key, owner, current.storedId, pair)
    await tx.update('token_pairs', columns, `${OF_OWNER} AND slot = 'current'`, ...ofOwner)
    return true
  }
  const currentIds: readonly (string | null)[] = current?.pair == null ? [null] : idsOf(current.pair)
  if (follows !== undefined && !currentIds.includes(follows)) return false
  // What follows it unmarked knows nothing of the mark.
  if (follows !== undefined && currentIds.includes(pairId) && pair.refresh?.dead === false) return false
  if (follows === null && !(await isThere(tx, owner))) return false
  if (current !== null) {
    const isUnreadable = current.pair === null
    if (!isUnreadable)
      await tx.run(`DELETE FROM token_pairs WHERE ${OF_OWNER} AND slot = 'previous'`, ...ofOwner)
    const slot = isUnreadable ? `'unreadable:' || pair_id` : `'previous'`
    await tx.run(`UPDATE token_pairs SET slot = ${slot} WHERE ${OF_OWNER} AND slot = 'current'`, ...ofOwner)
  }
  const row = { owner_kind: owner.kind, owner_id: owner.id, slot: 'current', pair_id: pairId }
  const columns = pairColumns(key, owner, pairId, pair)
  return (await tx.insert('token_pairs', { ...row, ...columns }, 'ON CONFLICT DO NOTHING')) === 1
}

/** Somebody may have removed it meanwhile. */
async function isThere(tx: Statements, { kind, id }: Owner): Promise<boolean> {
  const table = kind === 'profile' ? 'profiles' : 'token_managers'
  return (await tx.row(table, 'WHERE id = ? FOR KEY SHARE', id)) !== null
}

export async function removeSharedPairs(tx: Statements, { kind, id }: Owner): Promise<void> {
  await tx.run(`DELETE FROM token_pairs WHERE ${OF_OWNER}`, kind, id)
  await tx.run(`DELETE FROM in_flight WHERE ${OF_OWNER}`, kind, id)
}
