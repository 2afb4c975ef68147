// Rekeying: seals every secret under another data key, for one that was readable by others until now.
import type { KeyObject } from 'node:crypto'
import type { DeliveryTargetId } from '#engine/domain/delivery-model.ts'
import type { Connection } from '../db/connection.ts'
import { bytes, bytesOrNull, number, oneOf, text } from '../db/row.ts'
import { rekeyCloud } from '../repositories/cloud.ts'
import { runPlace } from '../repositories/delivery-runs.ts'
import { specPlace } from '../repositories/delivery-targets.ts'
import { clientSecretPlace } from '../repositories/fleet-changes.ts'
import { type Owner, tokenPlace } from '../repositories/token-pairs.ts'
import { webhookPlace } from '../repositories/webhook.ts'
import { openField, type Place, sealField } from './field-cipher.ts'

const TOKEN_FIELDS = ['access_token', 'refresh_token'] as const

type Moved = (sealed: Buffer | null, place: Place) => Buffer | null

/** Runs inside the caller's transaction. What the old key does not open stays as it is. */
export function rekey(db: Connection, from: KeyObject, to: KeyObject): void {
  const moved: Moved = (sealed, place) => {
    const secret = sealed === null ? null : openField(from, sealed, place)
    return secret === null ? sealed : sealField(to, secret, place)
  }
  for (const table of ['credentials', 'token_managers'] as const) {
    for (const row of db.all(`SELECT id, client_secret FROM ${table}`)) {
      const id = text(row, 'id')
      const secret = moved(bytesOrNull(row, 'client_secret'), clientSecretPlace(table, id))
      db.run(`UPDATE ${table} SET client_secret = ? WHERE id = ?`, secret, id)
    }
  }
  for (const row of db.all(
    'SELECT owner_kind, owner_id, slot, pair_id, access_token, refresh_token FROM token_pairs',
  )) {
    const pairId = text(row, 'pair_id')
    const owner: Owner = { kind: oneOf(row, 'owner_kind', ['profile', 'manager']), id: text(row, 'owner_id') }
    const [access, refresh] = TOKEN_FIELDS.map((field) =>
      moved(bytesOrNull(row, field), tokenPlace(owner, pairId, field)),
    )
    db.run(
      'UPDATE token_pairs SET access_token = ?, refresh_token = ? WHERE owner_kind = ? AND owner_id = ? AND slot = ?',
      access ?? null,
      refresh ?? null,
      owner.kind,
      owner.id,
      text(row, 'slot'),
    )
  }
  for (const row of db.all('SELECT id, spec FROM delivery_targets')) {
    const id = text(row, 'id')
    db.run('UPDATE delivery_targets SET spec = ? WHERE id = ?', moved(bytes(row, 'spec'), specPlace(id)), id)
    moveRuns(db, id, moved)
  }
  rekeyCloud(db, from, to)
  const webhook = db.get('SELECT url, secret FROM webhook')
  if (webhook === null) return
  db.run(
    'UPDATE webhook SET url = ?, secret = ?',
    moved(bytesOrNull(webhook, 'url'), webhookPlace('url')),
    moved(bytes(webhook, 'secret'), webhookPlace('secret')),
  )
}

/** Target by target: all of them at once would not fit into the memory of a large fleet. */
function moveRuns(db: Connection, targetId: DeliveryTargetId, moved: Moved): void {
  for (const row of db.all(
    'SELECT number, sentence, output FROM delivery_runs WHERE target_id = ?',
    targetId,
  )) {
    const run = number(row, 'number')
    db.run(
      'UPDATE delivery_runs SET sentence = ?, output = ? WHERE target_id = ? AND number = ?',
      moved(bytesOrNull(row, 'sentence'), runPlace(targetId, run, 'sentence')),
      moved(bytesOrNull(row, 'output'), runPlace(targetId, run, 'output')),
      targetId,
      run,
    )
  }
}
