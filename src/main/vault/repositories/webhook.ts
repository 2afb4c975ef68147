// The webhook's one row: its address and signing secret, both sealed.
import type { KeyObject } from 'node:crypto'
import type { WebhookSettings } from '#engine/domain/delivery-model.ts'
import { openField, type Place, sealField } from '../crypto/field-cipher.ts'
import type { Connection, Row } from '../db/connection.ts'
import { bytes, bytesOrNull, MalformedRow, number, type RowReading, readRow } from '../db/row.ts'
import type { RowAccess } from './row-access.ts'
import { rowSealer, upsertSealed } from './row-seal.ts'

/** Each rejects with a `StoreFailure` when nothing could be read or written. A write is durable when it resolves. */
export interface WebhookRow {
  /** null: never set, or it cannot be read or was altered. */
  load(): Promise<WebhookSettings | null>
  save(settings: WebhookSettings): Promise<void>
}

export function webhookRow({ db, key, read, write }: RowAccess): WebhookRow {
  return {
    load: () => read(() => settingsIn(loadWebhook(db, key()))),
    save: (settings) => write(() => saveWebhook(db, key(), settings)),
  }
}

export function webhookPlace(field: 'url' | 'secret'): Place {
  return { table: 'webhook', record: '1', field }
}

/** null: never set. */
export function loadWebhook(db: Connection, key: KeyObject): RowReading<WebhookSettings> | null {
  return readWebhookRow(key, db.row('webhook', ''))
}

export function readWebhookRow(key: KeyObject, row: Row | null): RowReading<WebhookSettings> | null {
  return row === null
    ? null
    : readRow(row, (one) => readWebhook(key, one), rowSealer(key, 'webhook').isAuthentic)
}

export function settingsIn(reading: RowReading<WebhookSettings> | null): WebhookSettings | null {
  return reading?.kind === 'read' ? reading.value : null
}

function readWebhook(key: KeyObject, row: Row): WebhookSettings {
  const opened = (sealed: Buffer, field: 'url' | 'secret') => {
    const value = openField(key, sealed, webhookPlace(field))
    if (value === null) throw new MalformedRow(field, 'secret')
    return value
  }
  const url = bytesOrNull(row, 'url')
  return {
    url: url === null ? null : opened(url, 'url'),
    secret: opened(bytes(row, 'secret'), 'secret'),
    held: number(row, 'held') === 1,
  }
}

export function saveWebhook(db: Connection, key: KeyObject, settings: WebhookSettings): void {
  upsertSealed({ db, key }, 'webhook', webhookColumns(key, settings))
}

export function webhookColumns(key: KeyObject, { url, secret, held }: WebhookSettings) {
  return {
    id: 1,
    url: url === null ? null : sealField(key, url, webhookPlace('url')),
    secret: sealField(key, secret, webhookPlace('secret')),
    held: Number(held),
  }
}
