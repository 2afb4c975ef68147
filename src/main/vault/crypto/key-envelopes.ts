// The data key's envelopes as `meta` keeps them: one per keychain that ever sealed it, and at most one by passphrase.
import { z } from 'zod'
import type { Instant } from '#engine/domain/model.ts'
import type { Connection } from '../db/connection.ts'
import { writeMeta } from '../db/database.ts'
import type { Strength } from './keychain.ts'
import { passphraseBox } from './passphrase.ts'

export interface KeychainEnvelope {
  readonly id: string
  readonly backend: string
  /** The blob's mark when it was sealed; with another mark it is not the blob that was sealed. */
  readonly tag: string
  readonly strength: Strength
  readonly blob: Buffer
  readonly sealedAt: Instant
}

const passphraseEnvelope = z.object({ box: passphraseBox, sealedAt: z.number() })
export type PassphraseEnvelope = z.infer<typeof passphraseEnvelope>

/** What `meta` says of the data key. */
export interface KeyRecord {
  readonly vaultId: string
  /** null: missing in the database, so no key can be verified. */
  readonly check: string | null
  /** Newest first. */
  readonly keychain: readonly KeychainEnvelope[]
  /** `unreadable`: a row is there and is no envelope any more. */
  readonly passphrase: PassphraseEnvelope | 'unreadable' | null
  /** When the person accepted storage that protects nothing; null: never. */
  readonly weakConsentAt: Instant | null
  /** New with each change of what protects the data: a copy with the same one opens as the vault does. */
  readonly protectionId: string | null
}

const KEYCHAIN = 'envelope-keychain:'
const PASSPHRASE = 'envelope-passphrase'
const VAULT_ID = 'vault-id'
const CHECK = 'key-check'
const CONSENT = 'weak-storage-consent'
const PROTECTION = 'protection-id'

/** A row that cannot be read becomes an envelope that cannot be opened: it is reported, never dropped. */
const keychainRow = z.object({
  backend: z.string().catch('unknown'),
  tag: z.string().catch('none'),
  strength: z.enum(['protected', 'weak']).catch('protected'),
  blob: z.string().catch(''),
  sealedAt: z.number().catch(0),
})

/** The rows of `meta` for a key record; an unreadable passphrase row is not among them and stays as it is. */
export function keyRows(record: KeyRecord): ReadonlyMap<string, string> {
  const rows = new Map<string, string>([[VAULT_ID, record.vaultId]])
  if (record.check !== null) rows.set(CHECK, record.check)
  if (record.weakConsentAt !== null) rows.set(CONSENT, new Date(record.weakConsentAt).toISOString())
  if (record.protectionId !== null) rows.set(PROTECTION, record.protectionId)
  if (record.passphrase !== null && record.passphrase !== 'unreadable') {
    rows.set(PASSPHRASE, JSON.stringify(record.passphrase))
  }
  for (const { id, blob, ...rest } of record.keychain) {
    rows.set(KEYCHAIN + id, JSON.stringify({ ...rest, blob: blob.toString('base64') }))
  }
  return rows
}

export function readKeyRecord(db: Connection): KeyRecord {
  return parseKeyRows(new Map(db.rows('meta').map(({ key, value }) => [String(key), String(value)])))
}

/** What `keyRows` gives, and whatever else is among the rows. */
export function parseKeyRows(rows: ReadonlyMap<string, string>): KeyRecord {
  const consent = Date.parse(rows.get(CONSENT) ?? '')
  return {
    vaultId: rows.get(VAULT_ID) ?? '',
    check: rows.get(CHECK) ?? null,
    keychain: [...rows]
      .filter(([key]) => key.startsWith(KEYCHAIN))
      .map(readKeychainRow)
      .sort((one, other) => other.sealedAt - one.sealedAt),
    passphrase: readPassphraseRow(rows.get(PASSPHRASE)),
    weakConsentAt: Number.isNaN(consent) ? null : consent,
    protectionId: rows.get(PROTECTION) ?? null,
  }
}

/** Makes `meta` say exactly this of the key; runs inside the caller's transaction. */
export function writeKeyRecord(db: Connection, record: KeyRecord): void {
  const rows = keyRows(record)
  for (const row of db.rows('meta')) {
    const key = String(row.key)
    const isOurs = key.startsWith(KEYCHAIN) || key === CONSENT || key === PASSPHRASE
    const stays = rows.has(key) || (key === PASSPHRASE && record.passphrase === 'unreadable')
    if (isOurs && !stays) db.run('DELETE FROM meta WHERE key = ?', key)
  }
  for (const [key, value] of rows) writeMeta(db, key, value)
}

function readKeychainRow([key, value]: readonly [string, string]): KeychainEnvelope {
  const fields = keychainRow.parse(jsonObject(value))
  return { ...fields, id: key.slice(KEYCHAIN.length), blob: Buffer.from(fields.blob, 'base64') }
}

function readPassphraseRow(value: string | undefined): PassphraseEnvelope | 'unreadable' | null {
  if (value === undefined) return null
  const result = passphraseEnvelope.safeParse(jsonObject(value))
  return result.success ? result.data : 'unreadable'
}

function jsonObject(value: string): object {
  try {
    const fields: unknown = JSON.parse(value)
    return typeof fields === 'object' && fields !== null ? fields : {}
  } catch {
    return {}
  }
}
