// Every sealed field of a shared vault's database, with its place.
import type { Place } from '#vault/crypto/field-cipher.ts'
import type { Row } from '#vault/db/connection.ts'
import { runPlace } from '#vault/repositories/delivery-runs.ts'
import { specPlace } from '#vault/repositories/delivery-targets.ts'
import { clientSecretPlace } from '#vault/repositories/fleet-changes.ts'
import { boundIn, type OwnerKind, type TokenField, tokenPlace } from '#vault/repositories/token-pairs.ts'
import { webhookPlace } from '#vault/repositories/webhook.ts'
import type { PostgresConnection } from '#vault/shared/postgres-connection.ts'
import { answerPlace } from '#vault/shared/shared-rekey.ts'

interface SealedField {
  readonly bytes: Buffer
  readonly place: Place
}

/** By table and column of bytes. */
const PLACES: Readonly<Record<string, (row: Row) => Place>> = {
  'credentials client_secret': ({ id }) => clientSecretPlace('credentials', String(id)),
  'token_managers client_secret': ({ id }) => clientSecretPlace('token_managers', String(id)),
  'delivery_targets spec': ({ id }) => specPlace(String(id)),
  'delivery_runs sentence': (row) => runPlace(String(row.target_id), Number(row.number), 'sentence'),
  'delivery_runs output': (row) => runPlace(String(row.target_id), Number(row.number), 'output'),
  'webhook url': () => webhookPlace('url'),
  'webhook secret': () => webhookPlace('secret'),
  'answers pair': (row) => answerPlace(String(row.attempt_id), String(row.pair_id)),
  'token_pairs access_token': (row) => pairPlace(row, 'access_token'),
  'token_pairs refresh_token': (row) => pairPlace(row, 'refresh_token'),
}

function pairPlace(row: Row, field: TokenField): Place {
  const owner = { kind: row.owner_kind as OwnerKind, id: String(row.owner_id) }
  return tokenPlace(owner, String(row.pair_id), field, boundIn(field, row))
}

export async function sealedFields(db: PostgresConnection): Promise<readonly SealedField[]> {
  const found: SealedField[] = []
  for (const [name, place] of Object.entries(PLACES)) {
    const [table = '', column = ''] = name.split(' ')
    for (const row of await db.rows(table)) {
      const bytes = row[column]
      if (Buffer.isBuffer(bytes)) found.push({ bytes, place: place(row) })
    }
  }
  for (const { key, value } of await db.rows('meta')) {
    const place = { table: 'meta', record: String(key), field: 'value' }
    found.push({ bytes: Buffer.from(String(value), 'base64'), place })
  }
  return found
}
