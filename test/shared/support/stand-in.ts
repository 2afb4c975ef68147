// The least of a shared vault that workers need: records that never change, their pairs and the attempts.
import type { KeyObject } from 'node:crypto'
import type { Attempt, FleetChange, TokenPair } from '#engine/domain/model.ts'
import { number } from '#vault/db/row.ts'
import { type Owner, readPair } from '#vault/repositories/token-pairs.ts'
import type { PostgresConnection, Statements } from '#vault/shared/postgres-connection.ts'
import { settlePair } from '#vault/shared/settlement.ts'
import type { WorkerParts } from '#vault/shared/worker.ts'

export function writeInto(db: PostgresConnection, key: KeyObject): WorkerParts['write'] {
  return (work) =>
    db.transaction(async (tx) => {
      const [row] = await tx.query('UPDATE vault SET seq = seq + 1 RETURNING seq')
      return work(tx, key, number(row ?? {}, 'seq'))
    })
}

export async function storeChange(tx: Statements, key: KeyObject, change: FleetChange): Promise<void> {
  if (change.kind === 'profile-pair' || change.kind === 'manager-pair') await settlePair(tx, key, change)
}

export async function appendAttempt(tx: Statements, attempt: Attempt): Promise<void> {
  const { id, subject, name, orgId, trigger, startedAt, endedAt, outcome, tier, before, after, calls } =
    attempt
  const row = {
    id,
    subject_kind: subject.kind,
    subject_id: subject.kind === 'profile' ? subject.profileId : subject.managerId,
    name,
    org_id: orgId,
    trigger,
    started_at: Math.round(startedAt),
    ended_at: Math.round(endedAt),
    outcome,
    tier,
    fingerprint_before: before,
    fingerprint_after: after,
    calls: JSON.stringify(calls),
  }
  await tx.insert('attempts', row, 'ON CONFLICT (id) DO NOTHING')
}

export async function loadPair(db: Statements, key: KeyObject, owner: Owner): Promise<TokenPair | null> {
  const where = `WHERE owner_kind = ? AND owner_id = ? AND slot = 'current'`
  const row = await db.row('token_pairs', where, owner.kind, owner.id)
  return row === null ? null : readPair(key, owner, row).pair
}
