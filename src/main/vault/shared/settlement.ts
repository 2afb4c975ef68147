// Settlement: what an attempt brought goes into the shared vault whoever leads by now. A newer pair is never overwritten, an answer
// is never lost, and the same settlement twice is one.
import type { KeyObject } from 'node:crypto'
import type { Attempt, FleetChange, TokenPair } from '#engine/domain/model.ts'
import { Secret } from '#engine/domain/secret.ts'
import { revealedPair } from '../backup/backup-records.ts'
import { sealField } from '../crypto/field-cipher.ts'
import { number } from '../db/row.ts'
import { type Owner, pairColumns, readPair } from '../repositories/token-pairs.ts'
import { ownerOf } from './claims.ts'
import type { Statements } from './postgres-connection.ts'
import { pairIdOf, storeSharedPair } from './shared-pairs.ts'
import { answerPlace } from './shared-rekey.ts'
import type { SpooledAnswer } from './spool.ts'

type PairChange = Extract<FleetChange, { kind: 'profile-pair' | 'manager-pair' }>

interface Answer {
  readonly attemptId: string
  readonly owner: Owner
  readonly pair: TokenPair
  readonly follows: string | null
}

function isPairChange(change: FleetChange): change is PairChange {
  return change.kind === 'profile-pair' || change.kind === 'manager-pair'
}

function ownerOfChange(change: PairChange): Owner {
  return ownerOf(
    change.kind === 'profile-pair'
      ? { kind: 'profile', profileId: change.profileId }
      : { kind: 'manager', managerId: change.managerId },
  )
}

function followedBy({ follows }: PairChange): string | null | undefined {
  return follows == null ? follows : pairIdOf(follows)
}

export async function settlePair(tx: Statements, key: KeyObject, change: PairChange): Promise<void> {
  const owner = ownerOfChange(change)
  const { pair, attemptId } = change
  const follows = followedBy(change)
  if (attemptId === undefined) await storePair(tx, key, owner, pair, follows)
  else await settleAnswer(tx, key, { attemptId, owner, pair, follows: follows ?? null })
}

/** The last of a transaction. Resolves with how often this worker has stored something. */
export async function endClaims(tx: Statements, node: string, attempts: readonly Attempt[]): Promise<number> {
  for (const attempt of attempts) await endClaim(tx, attempt)
  const sql = 'UPDATE nodes SET seq = seq + 1, seen_at = clock_timestamp() WHERE id = ? RETURNING seq'
  const [row] = await tx.query(sql, node)
  return row === undefined ? 0 : number(row, 'seq')
}

/** What a worker finds in its spool; false: it cannot be read with this key. */
export async function settleSpooled(
  tx: Statements,
  key: KeyObject,
  sealedWith: KeyObject,
  { attemptId, owner, pairId, follows, columns }: SpooledAnswer,
): Promise<boolean> {
  const bytes = (text: string | null) => (text === null ? null : Buffer.from(text, 'base64'))
  const { access_token, refresh_token } = columns
  const row = {
    ...columns,
    pair_id: pairId,
    access_token: bytes(access_token),
    refresh_token: bytes(refresh_token),
  }
  const { pair, damage } = readPair(sealedWith, owner, row)
  if (pair === null || damage !== null) return false
  await settleAnswer(tx, key, { attemptId, owner, pair, follows })
  await tx.run('DELETE FROM in_flight WHERE attempt_id = ?', attemptId)
  return true
}

/** As it goes into the spool. */
export function spooled(
  change: FleetChange,
  key: KeyObject,
): Pick<SpooledAnswer, 'attemptId' | 'owner' | 'pairId' | 'follows' | 'columns'> | null {
  if (!isPairChange(change) || change.attemptId === undefined) return null
  const { pair, attemptId } = change
  const owner = ownerOfChange(change)
  const pairId = pairIdOf(pair)
  const text = (value: unknown) => (Buffer.isBuffer(value) ? value.toString('base64') : null)
  const { access_token, refresh_token, ...marks } = pairColumns(key, owner, pairId, pair)
  const columns = {
    ...(marks as Readonly<Record<string, string | number | null>>),
    access_token: text(access_token),
    refresh_token: text(refresh_token),
  }
  return { attemptId, owner, pairId, follows: followedBy(change) ?? null, columns }
}

async function settleAnswer(tx: Statements, key: KeyObject, answer: Answer): Promise<void> {
  const { attemptId, owner, pair, follows } = answer
  const pairId = pairIdOf(pair)
  const known = 'WHERE attempt_id = ? AND pair_id = ?'
  if ((await tx.row('answers', known, attemptId, pairId)) !== null) return
  const adopted = await storePair(tx, key, owner, pair, follows)
  const row = {
    attempt_id: attemptId,
    pair_id: pairId,
    owner_kind: owner.kind,
    owner_id: owner.id,
    parent: follows,
  }
  const sealed = sealField(
    key,
    new Secret(JSON.stringify(revealedPair(pair))),
    answerPlace(attemptId, pairId),
  )
  await tx.insert('answers', { ...row, pair: sealed, adopted: Number(adopted) }, 'ON CONFLICT DO NOTHING')
}

/** A mark of a pair that has been replaced says nothing any more. */
async function storePair(
  tx: Statements,
  key: KeyObject,
  owner: Owner,
  pair: TokenPair,
  follows: string | null | undefined,
): Promise<boolean> {
  const isStored = await storeSharedPair(tx, key, owner, pair, follows)
  if (isStored) {
    const replaced = 'DELETE FROM in_flight WHERE owner_kind = ? AND owner_id = ? AND parent <> ?'
    await tx.run(replaced, owner.kind, owner.id, pairIdOf(pair))
  }
  return isStored
}

/** Without an answer nobody knows whether the refresh token was spent: its mark stays, and says so. */
async function endClaim(tx: Statements, { id, calls }: Attempt): Promise<void> {
  const isLost = calls.some(({ tier, result }) => tier !== 2 && result === 'answer-lost')
  await tx.run(
    isLost
      ? 'UPDATE in_flight SET ended = true WHERE attempt_id = ?'
      : 'DELETE FROM in_flight WHERE attempt_id = ?',
    id,
  )
}
