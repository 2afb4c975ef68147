// Settlement: what an attempt brought goes into the shared vault whoever leads by now. A newer pair is never overwritten, an answer
// is never lost, and the same settlement twice is one.
import type { KeyObject } from 'node:crypto'
import type { Attempt, FleetChange, TokenPair } from '#engine/domain/model.ts'
import { Secret } from '#engine/domain/secret.ts'
import { pairOfRevealed, revealedPair } from '../backup/revealed-pair.ts'
import { openField, sealField } from '../crypto/field-cipher.ts'
import { bytes, number, text } from '../db/row.ts'
import { type Owner, pairColumns, readPair } from '../repositories/token-pairs.ts'
import { ownerOf } from './claims.ts'
import type { Statements } from './postgres-connection.ts'
import { idsOf, pairIdOf, storeSharedPair } from './shared-pairs.ts'
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

/** Those that the database does not have, asked in one statement: a spool holds a day. Marks of the others say nothing any more. */
export async function unsettled(
  db: Statements,
  answers: readonly SpooledAnswer[],
): Promise<readonly SpooledAnswer[]> {
  if (answers.length === 0) return answers
  const ids = answers.map(({ attemptId }) => attemptId)
  const rows = await db.query('SELECT attempt_id, pair_id FROM answers WHERE attempt_id = ANY(?)', ids)
  const known = new Set(rows.map(({ attempt_id, pair_id }) => `${attempt_id} ${pair_id}`))
  const isKnown = ({ attemptId, pairId }: SpooledAnswer) => known.has(`${attemptId} ${pairId}`)
  const settled = answers.filter(isKnown).map(({ attemptId }) => attemptId)
  await db.run('DELETE FROM in_flight WHERE attempt_id = ANY(?)', settled)
  return answers.filter((answer) => !isKnown(answer))
}

/** A spool has them for a day, by the clock of its computer. */
const ANSWERS_KEPT = "interval '7 days'"

/**
 * Forgets answers whose owner has a pair that was issued after them, or is gone, once no worker can bring them again. What is
 * current, or was never followed, stays.
 */
export async function pruneAnswers(tx: Statements): Promise<void> {
  await tx.run(
    `DELETE FROM answers AS old WHERE at < clock_timestamp() - ${ANSWERS_KEPT} AND (
       EXISTS (SELECT 1 FROM token_pairs AS pair WHERE pair.owner_kind = old.owner_kind AND pair.owner_id = old.owner_id
         AND slot = 'current' AND pair.pair_id <> old.pair_id AND issued_at > extract(epoch FROM old.at) * 1000)
       OR NOT EXISTS (SELECT 1 FROM profiles WHERE old.owner_kind = 'profile' AND id = old.owner_id
         UNION ALL SELECT 1 FROM token_managers WHERE old.owner_kind = 'manager' AND id = old.owner_id))`,
  )
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
  if (adopted) await adoptNext(tx, key, owner, pair)
}

/**
 * After the database went back, answers come from several workers and from their memories, in any order: one may be there
 * already that follows the pair that is stored now, whose refresh token it has spent.
 */
async function adoptNext(tx: Statements, key: KeyObject, owner: Owner, stored: TokenPair): Promise<void> {
  const next = await tx.row(
    'answers',
    'WHERE owner_kind = ? AND owner_id = ? AND parent = ANY(?) AND NOT adopted ORDER BY at DESC LIMIT 1',
    owner.kind,
    owner.id,
    idsOf(stored),
  )
  if (next === null) return
  const [attemptId, pairId] = [text(next, 'attempt_id'), text(next, 'pair_id')]
  const opened = openField(key, bytes(next, 'pair'), answerPlace(attemptId, pairId))
  const pair = opened === null ? null : pairOfRevealed(JSON.parse(opened.reveal()))
  if (pair === null || pair.issuedAt < stored.issuedAt) return
  if (!(await storePair(tx, key, owner, pair, pairIdOf(stored)))) return
  await tx.update('answers', { adopted: 1 }, 'attempt_id = ? AND pair_id = ?', attemptId, pairId)
  await adoptNext(tx, key, owner, pair)
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
