// Token pairs in PostgreSQL: the current one and the one before it.
import { createHash, type KeyObject } from 'node:crypto'
import type { TokenPair } from '#engine/domain/model.ts'
import { IN_SLOT, type Owner, pairColumns } from '../repositories/token-pairs.ts'
import type { Statements } from './postgres-connection.ts'

/** Of the two tokens and the mark: a pair is recognised by it without being opened. */
function pairIdOf({ accessToken, refresh }: TokenPair): string {
  const parts = [accessToken?.reveal(), refresh?.token.reveal(), refresh?.dead]
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22)
}

/** Makes `pair` the current one; the one that was is the previous one. */
export async function storeSharedPair(
  tx: Statements,
  key: KeyObject,
  owner: Owner,
  pair: TokenPair,
): Promise<void> {
  const pairId = pairIdOf(pair)
  const row = { pair_id: pairId, ...pairColumns(key, owner, pairId, pair) }
  const inSlot = (slot: string) => [owner.kind, owner.id, slot] as const
  const current = await tx.row('token_pairs', `WHERE ${IN_SLOT} FOR UPDATE`, ...inSlot('current'))
  if (current?.pair_id === pairId) {
    await tx.update('token_pairs', row, IN_SLOT, ...inSlot('current'))
    return
  }
  await tx.run(`DELETE FROM token_pairs WHERE ${IN_SLOT}`, ...inSlot('previous'))
  await tx.run(`UPDATE token_pairs SET slot = 'previous' WHERE ${IN_SLOT}`, ...inSlot('current'))
  const rev = Number(current?.rev ?? 0) + 1
  await tx.insert('token_pairs', { owner_kind: owner.kind, owner_id: owner.id, slot: 'current', ...row, rev })
}

export async function removeSharedPairs(tx: Statements, owner: Owner): Promise<void> {
  await tx.run('DELETE FROM token_pairs WHERE owner_kind = ? AND owner_id = ?', owner.kind, owner.id)
}
