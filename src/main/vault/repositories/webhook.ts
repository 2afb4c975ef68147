// The webhook's one row: its address and signing secret, both sealed.
import type { KeyObject } from 'node:crypto'
import type { WebhookSettings } from '#engine/domain/delivery-model.ts'
import { openField, type Place, sealField } from '../crypto/field-cipher.ts'
import type { Connection } from '../db/connection.ts'
import { bytes, bytesOrNull, number } from '../db/row.ts'
import type { RowAccess } from './row-access.ts'

/** Each rejects with a `StoreFailure` when nothing could be read or written. A write is durable when it resolves. */
export interface WebhookRow {
  /** null: never set, or it cannot be read. */
  load(): Promise<WebhookSettings | null>
  save(settings: WebhookSettings): Promise<void>
}

export function webhookRow({ db, key, read, write }: RowAccess): WebhookRow {
  return {
    load: () => read(() => loadWebhook(db, key())),
    save: (settings) => write(() => saveWebhook(db, key(), settings)),
  }
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
  db.upsert('webhook', 'id', {
    id: 1,
    url: url === null ? null : sealField(key, url, webhookPlace('url')),
    secret: sealField(key, secret, webhookPlace('secret')),
    held: Number(held),
  })
}
