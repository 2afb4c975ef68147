// Token pairs as rows. The pair before the current one is kept, and so is one that cannot be read.
import { type KeyObject, randomUUID } from 'node:crypto'
import { fingerprint } from '#base/node/fingerprint.ts'
import { type RefreshToken, TOKEN_ORIGINS, type TokenPair } from '#engine/domain/model.ts'
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

/** What a change of the fleet is stored with. */
export interface ChangeContext {
  readonly db: Connection
  readonly key: KeyObject
  /** Ids of pairs that could not be read at the start; they are set aside rather than replaced. */
  readonly unreadablePairs: ReadonlySet<string>
}

export const IN_SLOT = 'owner_kind = ? AND owner_id = ? AND slot = ?'

/** Makes `pair` the current one. The same tokens with other marks are updated where they are. */
export function storePair(context: ChangeContext, owner: Owner, pair: TokenPair): void {
  const { db, key, unreadablePairs } = context
  const refreshFingerprint = pair.refresh === null ? null : fingerprint(pair.refresh.token.reveal())
  const current = rowIn('current', db, owner)
  if (current === null) {
    insertPair(context, owner, pair, refreshFingerprint)
    return
  }
  const inSlot = (slot: string) => [owner.kind, owner.id, slot] as const
  const pairId = text(current, 'pair_id')
  const isUnreadable = unreadablePairs.has(pairId)
  const sameFingerprints =
    textOrNull(current, 'fingerprint') === pair.fingerprint &&
    textOrNull(current, 'refresh_fingerprint') === refreshFingerprint
  // The fingerprint is too short to tell two tokens apart for certain, and mistaking them would lose one.
  if (sameFingerprints && !isUnreadable && isSamePair(readPair(key, owner, current).pair, pair)) {
    db.update('token_pairs', marks(pair), IN_SLOT, ...inSlot('current'))
    return
  }
  if (!isUnreadable) db.run(`DELETE FROM token_pairs WHERE ${IN_SLOT}`, ...inSlot('previous'))
  const slot = isUnreadable ? `unreadable:${pairId}` : 'previous'
  db.update('token_pairs', { slot }, IN_SLOT, ...inSlot('current'))
  insertPair(context, owner, pair, refreshFingerprint)
}

function isSamePair(a: TokenPair | null, b: TokenPair): boolean {
  return (
    a !== null &&
    a.accessToken?.reveal() === b.accessToken?.reveal() &&
    a.refresh?.token.reveal() === b.refresh?.token.reveal()
  )
}

export function removePairs(db: Connection, owner: Owner): void {
  db.run('DELETE FROM token_pairs WHERE owner_kind = ? AND owner_id = ?', owner.kind, owner.id)
}

function insertPair(
  { db, key }: ChangeContext,
  owner: Owner,
  pair: TokenPair,
  refreshFingerprint: string | null,
): void {
  const pairId = randomUUID()
  const { refresh } = pair
  db.insert('token_pairs', {
    pair_id: pairId,
    owner_kind: owner.kind,
    owner_id: owner.id,
    slot: 'current',
    access_token: sealed(key, pair.accessToken, tokenPlace(owner, pairId, 'access_token')),
    fingerprint: pair.fingerprint,
    refresh_token: sealed(key, refresh?.token ?? null, tokenPlace(owner, pairId, 'refresh_token')),
    refresh_fingerprint: refreshFingerprint,
    ...marks(pair),
  })
}

/** Everything but the tokens. */
function marks({ origin, issuedAt, expiresAt, renewAfter, refresh }: TokenPair) {
  return {
    origin,
    issued_at: Math.round(issuedAt),
    expires_at: rounded(expiresAt),
    refresh_issued_at: rounded(refresh?.issuedAt),
    refresh_expires_at: rounded(refresh?.expiresAt),
    refresh_first_lifetime: rounded(refresh?.firstLifetime),
    refresh_dead: refresh === null ? null : Number(refresh.dead),
    renew_after: rounded(renewAfter),
  }
}

export interface ReadPair {
  readonly pairId: string
  /** What could be read; null: neither token could. */
  readonly pair: TokenPair | null
  /** Whether every token of the row could be read. */
  readonly whole: boolean
}

/** The rows of all current pairs by owner, still sealed. */
export function currentPairRows(db: Connection): Record<OwnerKind, Map<string, Row>> {
  const rows: Record<OwnerKind, Map<string, Row>> = { profile: new Map(), manager: new Map() }
  for (const row of db.packed('token_pairs', `token_pairs WHERE slot = 'current'`)) {
    rows[oneOf(row, 'owner_kind', ['profile', 'manager'])].set(text(row, 'owner_id'), row)
  }
  return rows
}

/** Better than nothing when the current pair is lost: its refresh token may still live. */
export function previousPair(db: Connection, key: KeyObject, owner: Owner): TokenPair | null {
  const row = rowIn('previous', db, owner)
  return row === null ? null : readPair(key, owner, row).pair
}

function rowIn(slot: 'current' | 'previous', db: Connection, owner: Owner): Row | null {
  return db.get(`SELECT * FROM token_pairs WHERE ${IN_SLOT}`, owner.kind, owner.id, slot)
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
    origin: oneOf(row, 'origin', TOKEN_ORIGINS),
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
