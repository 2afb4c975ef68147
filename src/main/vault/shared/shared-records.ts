// Where tokens go, who may ask for them, and the sealed rows of `meta`, in PostgreSQL.
import type { KeyObject } from 'node:crypto'
import { RUNS_KEPT } from '#engine/domain/delivery-model.ts'
import { Secret } from '#engine/domain/secret.ts'
import { CLOUD, type CloudRow, CONTENT, cloudChange, cloudMeta, readCloud } from '../repositories/cloud.ts'
import { type ConsumerRows, consumerRow, OLDEST_FIRST, readConsumers } from '../repositories/consumers.ts'
import { type DeliveryRunRows, RUNS_OF_TARGET, readRuns, runRow } from '../repositories/delivery-runs.ts'
import {
  type DeliveryRows,
  described,
  notedColumns,
  readTargets,
  targetRow,
} from '../repositories/delivery-targets.ts'
import {
  FLEET_DELIVERIES,
  type FleetDeliveriesRow,
  readFleetDeliveries,
} from '../repositories/fleet-deliveries.ts'
import { PROBLEM_NOTES, type ProblemNotesRow, readNotes } from '../repositories/problem-notes.ts'
import { sealedRow } from '../repositories/row-seal.ts'
import { sealedMeta } from '../repositories/sealed-meta.ts'
import { readWebhookRow, settingsIn, type WebhookRow, webhookColumns } from '../repositories/webhook.ts'
import type { Statements } from './postgres-connection.ts'
import { updateSharedRows } from './shared-changes.ts'

/** How a repository reaches the shared vault: each call is one transaction, under the data key of that moment. */
export interface SharedAccess {
  read<T>(work: (tx: Statements, key: KeyObject) => Promise<T>): Promise<T>
  /** May run `work` twice: the data key was exchanged. */
  write<T>(work: (tx: Statements, key: KeyObject) => Promise<T>): Promise<T>
}

export function sharedDeliveries({ read, write }: SharedAccess): DeliveryRows {
  const save: DeliveryRows['save'] = (target, held = false) =>
    write(async (tx, key) => {
      const row = sealedRow(key, 'delivery_targets', targetRow(key, target, held))
      await tx.upsert('delivery_targets', 'id', row)
    })
  const removeAll: DeliveryRows['removeAll'] = (ids) =>
    write(async (tx) => {
      await tx.run('DELETE FROM delivery_targets WHERE id = ANY(?)', [...ids])
    })
  return {
    load: () => read(async (tx, key) => described(readTargets(key, await tx.rows('delivery_targets')))),
    save,
    saveAll: (targets) =>
      write(async (tx, key) => {
        for (const target of targets) {
          const row = sealedRow(key, 'delivery_targets', targetRow(key, target, false))
          await tx.upsert('delivery_targets', 'id', row)
        }
      }),
    note: (id, state, spec = null) =>
      write(async (tx, key) => {
        await updateSharedRows(tx, key, 'delivery_targets', notedColumns(key, id, state, spec), 'id = ?', id)
      }),
    remove: (id) => removeAll([id]),
    removeAll,
  }
}

export function sharedRuns({ read, write }: SharedAccess): DeliveryRunRows {
  return {
    add: (targetId, run) =>
      write(async (tx, key) => {
        const [last] = await tx.query(
          'SELECT max(number) AS number FROM delivery_runs WHERE target_id = ?',
          targetId,
        )
        const next = Number(last?.number ?? 0) + 1
        await tx.insert('delivery_runs', sealedRow(key, 'delivery_runs', runRow(key, targetId, next, run)))
        const oldest = next - RUNS_KEPT
        await tx.run('DELETE FROM delivery_runs WHERE target_id = ? AND number <= ?', targetId, oldest)
      }),
    ofTarget: (targetId) =>
      read(async (tx, key) => readRuns(key, await tx.rows('delivery_runs', RUNS_OF_TARGET, targetId))),
  }
}

export function sharedConsumers({ read, write }: SharedAccess): ConsumerRows {
  return {
    load: () =>
      read(async (tx, key) => readConsumers(key, await tx.rows('consumers', OLDEST_FIRST)).consumers),
    add: (consumer) =>
      write(async (tx, key) => {
        await tx.insert('consumers', sealedRow(key, 'consumers', consumerRow(consumer)))
      }),
    confirm: (id) =>
      write(async (tx, key) => {
        await updateSharedRows(tx, key, 'consumers', { held: 0 }, 'id = ?', id)
      }),
    markUsed: (uses) =>
      write(async (tx, key) => {
        for (const { id, lastUsedAt } of uses) {
          const changes = { last_used_at: Math.round(lastUsedAt) }
          await updateSharedRows(tx, key, 'consumers', changes, 'id = ?', id)
        }
      }),
    remove: (id) =>
      write(async (tx) => {
        await tx.run('DELETE FROM consumers WHERE id = ?', id)
      }),
  }
}

export function sharedWebhook({ read, write }: SharedAccess): WebhookRow {
  return {
    load: () => read(async (tx, key) => settingsIn(readWebhookRow(key, await tx.row('webhook', '')))),
    save: (settings) =>
      write(async (tx, key) => {
        await tx.upsert('webhook', 'id', sealedRow(key, 'webhook', webhookColumns(key, settings)))
      }),
  }
}

export async function readMeta(tx: Statements, name: string): Promise<string | null> {
  const row = await tx.row('meta', 'WHERE key = ?', name)
  return row === null ? null : String(row.value)
}

async function writeMeta(tx: Statements, key: string, value: string): Promise<void> {
  await tx.upsert('meta', 'key', { key, value })
}

export function sharedCloud({ read, write }: SharedAccess): CloudRow {
  return {
    load: () => read(async (tx, key) => readCloud(key, await readMeta(tx, CLOUD))),
    record: (baseUrl, only) =>
      write(async (tx, key) => {
        const stored = readCloud(key, await readMeta(tx, CLOUD))
        const isEmpty = (await tx.query(CONTENT)).length === 0
        const change = cloudChange(stored, baseUrl, only, () => !isEmpty)
        if (change === 'recorded') await writeMeta(tx, CLOUD, cloudMeta(key, { baseUrl, restored: false }))
        return change !== 'refused'
      }),
  }
}

export function sharedNotes({ read, write }: SharedAccess): ProblemNotesRow {
  return {
    load: () => read(async (tx, key) => readNotes(key, await readMeta(tx, PROBLEM_NOTES))),
    update: (edit) =>
      write(async (tx, key) => {
        const notes = edit(readNotes(key, await readMeta(tx, PROBLEM_NOTES)))
        await writeSealed(tx, key, PROBLEM_NOTES, notes)
        return notes
      }),
  }
}

export function sharedFleetDeliveries({ read, write }: SharedAccess): FleetDeliveriesRow {
  return {
    load: () => read(async (tx, key) => readFleetDeliveries(key, await readMeta(tx, FLEET_DELIVERIES))),
    save: (deliveries) => write((tx, key) => writeSealed(tx, key, FLEET_DELIVERIES, deliveries)),
  }
}

export async function writeSealed(
  tx: Statements,
  key: KeyObject,
  name: string,
  value: unknown,
): Promise<void> {
  await writeMeta(tx, name, sealedMeta(key, name, new Secret(JSON.stringify(value))))
}
