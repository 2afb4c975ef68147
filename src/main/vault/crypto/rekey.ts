// Rekeying: seals every secret under another data key, for one that was readable by others until now.
import type { KeyObject } from 'node:crypto'
import type { DeliveryTargetId } from '#engine/domain/delivery-model.ts'
import type { Connection, Row } from '../db/connection.ts'
import { bytes, bytesOrNull, number, oneOf, text } from '../db/row.ts'
import { rekeyCloud } from '../repositories/cloud.ts'
import { runPlace, type SealedField } from '../repositories/delivery-runs.ts'
import { specPlace } from '../repositories/delivery-targets.ts'
import { clientSecretPlace } from '../repositories/fleet-changes.ts'
import { IN_SLOT, type Owner, tokenPlace } from '../repositories/token-pairs.ts'
import { webhookPlace } from '../repositories/webhook.ts'
import { openField, type Place, sealField } from './field-cipher.ts'

type Move = (sealed: Buffer | null, place: Place) => Buffer | null

/** Runs inside the caller's transaction. What the old key does not open stays as it is. */
export function rekey(db: Connection, from: KeyObject, to: KeyObject): void {
  const move: Move = (sealed, place) => {
    const secret = sealed === null ? null : openField(from, sealed, place)
    return secret === null ? sealed : sealField(to, secret, place)
  }
  for (const table of ['credentials', 'token_managers'] as const) {
    for (const row of db.all(`SELECT id, client_secret FROM ${table}`)) {
      const id = text(row, 'id')
      const secret = move(bytesOrNull(row, 'client_secret'), clientSecretPlace(table, id))
      db.update(table, { client_secret: secret }, 'id = ?', id)
    }
  }
  for (const row of db.all('SELECT * FROM token_pairs')) movePair(db, row, move)
  for (const row of db.all('SELECT id, spec FROM delivery_targets')) {
    const id = text(row, 'id')
    db.update('delivery_targets', { spec: move(bytes(row, 'spec'), specPlace(id)) }, 'id = ?', id)
    moveRuns(db, id, move)
  }
  rekeyCloud(db, from, to)
  const webhook = db.get('SELECT url, secret FROM webhook')
  if (webhook === null) return
  const url = move(bytesOrNull(webhook, 'url'), webhookPlace('url'))
  db.update('webhook', { url, secret: move(bytes(webhook, 'secret'), webhookPlace('secret')) }, 'id = 1')
}

function movePair(db: Connection, row: Row, move: Move): void {
  const pairId = text(row, 'pair_id')
  const owner: Owner = { kind: oneOf(row, 'owner_kind', ['profile', 'manager']), id: text(row, 'owner_id') }
  const moved = (field: 'access_token' | 'refresh_token') =>
    move(bytesOrNull(row, field), tokenPlace(owner, pairId, field))
  const tokens = { access_token: moved('access_token'), refresh_token: moved('refresh_token') }
  db.update('token_pairs', tokens, IN_SLOT, owner.kind, owner.id, text(row, 'slot'))
}

/** Target by target: all of them at once would not fit into the memory of a large fleet. */
function moveRuns(db: Connection, targetId: DeliveryTargetId, move: Move): void {
  const all = 'SELECT number, sentence, output FROM delivery_runs WHERE target_id = ?'
  for (const row of db.all(all, targetId)) {
    const run = number(row, 'number')
    const moved = (field: SealedField) => move(bytesOrNull(row, field), runPlace(targetId, run, field))
    const texts = { sentence: moved('sentence'), output: moved('output') }
    db.update('delivery_runs', texts, 'target_id = ? AND number = ?', targetId, run)
  }
}
