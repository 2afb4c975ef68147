// The webhook's one row: its address and signing secret, both sealed. Each call is durable when it returns.
import type { KeyObject } from 'node:crypto'
import type { WebhookSettings } from '#engine/domain/delivery-model.ts'
import { openField, type Place, sealField } from '../crypto/field-cipher.ts'
import type { Connection } from '../db/connection.ts'
import { bytes, bytesOrNull, number } from '../db/row.ts'
import type { SealedRows } from './delivery-targets.ts'

/** Each throws a `StoreFailure` when nothing could be written. */
export interface WebhookRow {
  /** null: never set, or it cannot be read. */
  load(): WebhookSettings | null
  save(settings: WebhookSettings): void
}

export function webhookRow({ db, key }: SealedRows): WebhookRow {
  return { load: () => loadWebhook(db, key()), save: (settings) => saveWebhook(db, key(), settings) }
}

export function webhookPlace(field: 'url' | 'secret'): Place {
  return { table: 'webhook', record: '1', field }
}

export function loadWebhook(db: Connection, key: KeyObject): WebhookSettings | null {
  const row = db.get('SELECT url, secret, held FROM webhook WHERE id = 1')
  if (row === null) return null
  const secret = openField(key, bytes(row, 'secret'), webhookPlace('secret'))
  const sealedUrl = bytesOrNull(row, 'url')
  const url = sealedUrl === null ? null : openField(key, sealedUrl, webhookPlace('url'))
  return secret === null || (url === null && sealedUrl !== null)
    ? null
    : { url, secret, held: number(row, 'held') === 1 }
}

export function saveWebhook(db: Connection, key: KeyObject, { url, secret, held }: WebhookSettings): void {
  db.run(
    `INSERT INTO webhook (id, url, secret, held) VALUES (1, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET url = excluded.url, secret = excluded.secret, held = excluded.held`,
    url === null ? null : sealField(key, url, webhookPlace('url')),
    sealField(key, secret, webhookPlace('secret')),
    Number(held),
  )
}
