// The last deliveries of each target as rows. A command's output is redacted and sealed. No backup holds them, since a
// restored target has not delivered anything yet.
import type { KeyObject } from 'node:crypto'
import { type DeliveryRun, type DeliveryTargetId, RUNS_KEPT } from '#engine/domain/delivery-model.ts'
import { Secret } from '#engine/domain/secret.ts'
import { openField, type Place, sealField } from '../crypto/field-cipher.ts'
import type { Connection, Row } from '../db/connection.ts'
import { bytesOrNull, MalformedRow, number, numberOrNull, oneOf, readRow, text } from '../db/row.ts'
import type { RowAccess } from './row-access.ts'
import { insertSealed, rowSealer } from './row-seal.ts'

export interface StoredRun extends DeliveryRun {
  /** Of its target's runs, from 1. */
  readonly number: number
}

/** Each rejects with a `StoreFailure` when the database does not answer. A write is durable when it resolves. */
export interface DeliveryRunRows {
  /** Forgets the oldest one when there are too many. The target has to be stored. */
  add(targetId: DeliveryTargetId, run: DeliveryRun): Promise<void>
  /** The newest first; one that cannot be read or was altered says so in place of what it held. */
  ofTarget(targetId: DeliveryTargetId): Promise<readonly StoredRun[]>
}

export function deliveryRunRows({ db, key, read, write }: RowAccess): DeliveryRunRows {
  return {
    add: (targetId, run) => write(() => addRun(db, key(), targetId, run)),
    ofTarget: (targetId) => read(() => loadRuns(db, key(), targetId)),
  }
}

export type SealedField = 'sentence' | 'output'

export function runPlace(targetId: DeliveryTargetId, run: StoredRun['number'], field: SealedField): Place {
  return { table: 'delivery_runs', record: `${targetId} ${run}`, field }
}

function addRun(db: Connection, key: KeyObject, targetId: DeliveryTargetId, run: DeliveryRun): void {
  db.transaction(() => {
    const last = db.get('SELECT max(number) AS number FROM delivery_runs WHERE target_id = ?', targetId)
    const next = Number(last?.number ?? 0) + 1
    insertSealed({ db, key }, 'delivery_runs', runRow(key, targetId, next, run))
    db.run('DELETE FROM delivery_runs WHERE target_id = ? AND number <= ?', targetId, next - RUNS_KEPT)
  })
}

export function runRow(key: KeyObject, targetId: DeliveryTargetId, number: number, run: DeliveryRun) {
  const sealed = (field: SealedField) => {
    const value = run[field]
    return value === null ? null : sealField(key, new Secret(value), runPlace(targetId, number, field))
  }
  return {
    target_id: targetId,
    number,
    started_at: Math.round(run.startedAt),
    duration: Math.round(run.duration),
    trigger: run.trigger,
    outcome: run.outcome,
    fingerprint: run.fingerprint,
    exit_code: run.exitCode,
    sentence: sealed('sentence'),
    output: sealed('output'),
  }
}

export const RUNS_OF_TARGET = 'WHERE target_id = ? ORDER BY number DESC'

function loadRuns(db: Connection, key: KeyObject, targetId: DeliveryTargetId): readonly StoredRun[] {
  return readRuns(key, db.rows('delivery_runs', RUNS_OF_TARGET, targetId))
}

/** `rows`: of one target. */
export function readRuns(key: KeyObject, rows: readonly Row[]): readonly StoredRun[] {
  const { isAuthentic } = rowSealer(key, 'delivery_runs')
  const found = new Map<number, StoredRun>()
  for (const row of rows) {
    const reading = readRow(row, (one) => readRun(key, one), isAuthentic)
    const run = reading.kind === 'read' ? reading.value : unreadableRun(row)
    found.set(run.number, run)
  }
  // The numbers of those that are kept have no gap.
  const newest = Math.max(0, ...found.keys())
  const count = Math.min(newest, RUNS_KEPT)
  return Array.from({ length: count }, (_, n) => {
    const number = newest - n
    return found.get(number) ?? unreadableRun({ number })
  })
}

function unreadableRun(row: Row): StoredRun {
  const whole = (column: string) => (typeof row[column] === 'number' ? row[column] : 0)
  return {
    number: whole('number'),
    startedAt: whole('started_at'),
    duration: 0,
    trigger: 'retry',
    outcome: 'failed',
    fingerprint: '',
    exitCode: null,
    sentence: 'This entry is damaged and cannot be shown. The delivery itself is not affected.',
    output: null,
  }
}

function readRun(key: KeyObject, row: Row): StoredRun {
  return {
    number: number(row, 'number'),
    startedAt: number(row, 'started_at'),
    duration: number(row, 'duration'),
    trigger: oneOf(row, 'trigger', ['set-up', 'new-token', 'retry', 'asked']),
    outcome: oneOf(row, 'outcome', ['delivered', 'failed', 'broken-off']),
    fingerprint: text(row, 'fingerprint'),
    exitCode: numberOrNull(row, 'exit_code'),
    sentence: opened(key, row, 'sentence'),
    output: opened(key, row, 'output'),
  }
}

function opened(key: KeyObject, row: Row, field: SealedField): string | null {
  const sealed = bytesOrNull(row, field)
  if (sealed === null) return null
  const secret = openField(key, sealed, runPlace(text(row, 'target_id'), number(row, 'number'), field))
  if (secret === null) throw new MalformedRow(field, 'secret')
  return secret.reveal()
}
