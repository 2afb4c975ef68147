// Token pairs as rows. The pair before the current one is kept, and so is one that cannot be read.
import { type KeyObject, randomUUID } from 'node:crypto'
import { fingerprint } from '#base/node/fingerprint.ts'
import type { RefreshToken, TokenOrigin, TokenPair } from '#engine/domain/model.ts'
import { isHeaderText, type Secret } from '#engine/domain/secret.ts'
import { openField, type Place, sealField } from '../crypto/field-cipher.ts'
import type { Connection, Row } from '../db/connection.ts'
import {
  bytesOrNull,
  number,
  numberOrNull,
  oneOf,
  rounded,
  text,
  textOrNull,
  unlessMalformed,
} from '../db/row.ts'

export type OwnerKind = 'profile' | 'manager'

export interface Owner {
  readonly kind: OwnerKind
  readonly id: string
}

export const ORIGINS = [
  'refresh-grant',
  'applications-api',
  'authorization-code',
  'pasted',
] as const satisfies readonly TokenOrigin[]

/** Makes `pair` the current one. The same tokens with other marks are updated where they are. */
export function storePair(
  db: Connection,
  key: KeyObject,
  owner: Owner,
  pair: TokenPair,
  unreadable: ReadonlySet<string>,
): void {
  const refreshFingerprint = pair.refresh === null ? null : fingerprint(pair.refresh.token.reveal())
  const current = db.get(
    `SELECT pair_id, fingerprint, refresh_fingerprint FROM token_pairs WHERE owner_kind = ? AND owner_id = ? AND slot = 'current'`,
    owner.kind,
    owner.id,
  )
  if (current === null) {
    insertPair(db, key, owner, pair, refreshFingerprint)
    return
  }
  const pairId = text(current, 'pair_id')
  const isUnreadable = unreadable.has(pairId)
  const sameFingerprints =
    textOrNull(current, 'fingerprint') === pair.fingerprint &&
    textOrNull(current, 'refresh_fingerprint') === refreshFingerprint
  // The fingerprint is too short to tell two tokens apart for certain, and mistaking them would lose one.
  if (sameFingerprints && !isUnreadable && isSamePair(pairIn('current', db, key, owner), pair)) {
    remark(db, owner, pair)
    return
  }
  if (!isUnreadable) {
    db.run(
      `DELETE FROM token_pairs WHERE owner_kind = ? AND owner_id = ? AND slot = 'previous'`,
      owner.kind,
      owner.id,
    )
  }
  db.run(
    `UPDATE token_pairs SET slot = ? WHERE owner_kind = ? AND owner_id = ? AND slot = 'current'`,
    isUnreadable ? `unreadable:${pairId}` : 'previous',
    owner.kind,
    owner.id,
  )
  insertPair(db, key, owner, pair, refreshFingerprint)
}

function isSamePair(a: TokenPair | null, b: TokenPair): boolean {
  return (
    a !== null &&
    isSame(a.accessToken, b.accessToken) &&
    isSame(a.refresh?.token ?? null, b.refresh?.token ?? null)
  )
}

function isSame(a: Secret | null, b: Secret | null): boolean {
  return a?.reveal() === b?.reveal()
}

export function removePairs(db: Connection, owner: Owner): void {
  db.run('DELETE FROM token_pairs WHERE owner_kind = ? AND owner_id = ?', owner.kind, owner.id)
}

function insertPair(
  db: Connection,
  key: KeyObject,
  owner: Owner,
  pair: TokenPair,
  refreshFingerprint: string | null,
): void {
  const pairId = randomUUID()
  const { refresh } = pair
  db.run(
    `INSERT INTO token_pairs (pair_id, owner_kind, owner_id, slot, access_token, fingerprint, refresh_token,
       refresh_fingerprint, origin, issued_at, expires_at, refresh_issued_at, refresh_expires_at,
       refresh_first_lifetime, refresh_dead, renew_after)
     VALUES (?, ?, ?, 'current', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    pairId,
    owner.kind,
    owner.id,
    sealed(key, pair.accessToken, tokenPlace(owner, pairId, 'access_token')),
    pair.fingerprint,
    sealed(key, refresh?.token ?? null, tokenPlace(owner, pairId, 'refresh_token')),
    refreshFingerprint,
    ...marks(pair),
  )
}

function remark(db: Connection, owner: Owner, pair: TokenPair): void {
  db.run(
    `UPDATE token_pairs SET origin = ?, issued_at = ?, expires_at = ?, refresh_issued_at = ?, refresh_expires_at = ?,
       refresh_first_lifetime = ?, refresh_dead = ?, renew_after = ? WHERE owner_kind = ? AND owner_id = ? AND slot = 'current'`,
    ...marks(pair),
    owner.kind,
    owner.id,
  )
}

/** Everything but the tokens, in the order both statements use. */
function marks({ origin, issuedAt, expiresAt, renewAfter, refresh }: TokenPair) {
  return [
    origin,
    Math.round(issuedAt),
    rounded(expiresAt),
    rounded(refresh?.issuedAt),
    rounded(refresh?.expiresAt),
    rounded(refresh?.firstLifetime),
    refresh === null ? null : Number(refresh.dead),
    rounded(renewAfter),
  ] as const
}

export interface ReadPair {
  readonly pairId: string
  /** What could be read; null: neither token could. */
  readonly pair: TokenPair | null
  /** Whether every token of the row could be read. */
  readonly whole: boolean
}

const COLUMNS = [
  'owner_kind',
  'owner_id',
  'pair_id',
  'origin',
  'fingerprint',
  'issued_at',
  'expires_at',
  'refresh_issued_at',
  'refresh_expires_at',
  'refresh_first_lifetime',
  'refresh_dead',
  'renew_after',
]

/** The rows of all current pairs by owner, still sealed. */
export function currentPairRows(db: Connection): Record<OwnerKind, Map<string, Row>> {
  const rows: Record<OwnerKind, Map<string, Row>> = { profile: new Map(), manager: new Map() }
  const from = `token_pairs WHERE slot = 'current'`
  for (const row of db.packed(COLUMNS, ['access_token', 'refresh_token'], from)) {
    rows[oneOf(row, 'owner_kind', ['profile', 'manager'])].set(text(row, 'owner_id'), row)
  }
  return rows
}

/** `previous` is better than nothing when the current pair is lost: its refresh token may still live. */
export function pairIn(
  slot: 'current' | 'previous',
  db: Connection,
  key: KeyObject,
  owner: Owner,
): TokenPair | null {
  const row = db.get(
    'SELECT * FROM token_pairs WHERE owner_kind = ? AND owner_id = ? AND slot = ?',
    owner.kind,
    owner.id,
    slot,
  )
  return row === null ? null : readPair(key, owner, row).pair
}

export function readPair(key: KeyObject, owner: Owner, row: Row): ReadPair {
  const pairId = text(row, 'pair_id')
  const read = unlessMalformed(() => readColumns(key, owner, pairId, row))
  return read ?? { pairId, pair: null, whole: false }
}

function readColumns(key: KeyObject, owner: Owner, pairId: string, row: Row): ReadPair {
  const access = unsealed(key, bytesOrNull(row, 'access_token'), tokenPlace(owner, pairId, 'access_token'))
  const refresh = unsealed(key, bytesOrNull(row, 'refresh_token'), tokenPlace(owner, pairId, 'refresh_token'))
  const whole = access !== 'unreadable' && refresh !== 'unreadable'
  const accessToken = access === 'unreadable' ? null : access
  const refreshToken = refresh === 'unreadable' ? null : refresh
  if (accessToken === null && refreshToken === null) return { pairId, pair: null, whole }
  const renewAfter = numberOrNull(row, 'renew_after')
  const pair: TokenPair = {
    accessToken,
    fingerprint: accessToken === null ? null : textOrNull(row, 'fingerprint'),
    issuedAt: number(row, 'issued_at'),
    expiresAt: numberOrNull(row, 'expires_at'),
    ...(renewAfter === null ? {} : { renewAfter }),
    origin: oneOf(row, 'origin', ORIGINS),
    refresh: refreshToken === null ? null : readRefresh(row, refreshToken),
  }
  return { pairId, pair, whole }
}

function sealed(key: KeyObject, token: Secret | null, place: Place): Buffer | null {
  return token === null ? null : sealField(key, token, place)
}

function unsealed(key: KeyObject, blob: Buffer | null, place: Place): Secret | 'unreadable' | null {
  if (blob === null) return null
  const token = openField(key, blob, place)
  return token !== null && isHeaderText(token.reveal()) ? token : 'unreadable'
}

function readRefresh(row: Row, token: Secret): RefreshToken {
  return {
    token,
    issuedAt: number(row, 'refresh_issued_at'),
    expiresAt: numberOrNull(row, 'refresh_expires_at'),
    firstLifetime: numberOrNull(row, 'refresh_first_lifetime'),
    dead: number(row, 'refresh_dead') === 1,
  }
}

/** The pair's own id is part of the place: neither another owner's token nor an older one can be put there. */
export function tokenPlace(owner: Owner, pairId: string, field: 'access_token' | 'refresh_token'): Place {
  return { table: 'token_pairs', record: `${owner.kind}:${owner.id}:${pairId}`, field }
}
