// Token pairs as rows. The pair before the current one is kept, and so is one that cannot be read. All columns but the slot
// are bound to the sealed tokens: beside another time or another mark they do not open.
import { type KeyObject, randomUUID } from 'node:crypto'
import { fingerprint } from '#base/node/fingerprint.ts'
import { type RefreshToken, TOKEN_ORIGINS, type TokenPair } from '#engine/domain/model.ts'
import { isHeaderText, Secret } from '#engine/domain/secret.ts'
import { openField, type Place, sealField } from '../crypto/field-cipher.ts'
import type { Connection, Row, Values } from '../db/connection.ts'
import {
  bytesOrNull,
  number,
  numberOrNull,
  oneOf,
  type RowDamage,
  readRow,
  rounded,
  textOrNull,
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
    insertPair(context, owner, pair)
    return
  }
  const inSlot = (slot: string) => [owner.kind, owner.id, slot] as const
  const pairId = String(current.pair_id)
  const isUnreadable = unreadablePairs.has(pairId)
  const sameFingerprints =
    textOrNull(current, 'fingerprint') === pair.fingerprint &&
    textOrNull(current, 'refresh_fingerprint') === refreshFingerprint
  // The fingerprint is too short to tell two tokens apart for certain, and mistaking them would lose one.
  if (sameFingerprints && !isUnreadable && isSamePair(readPair(key, owner, current).pair, pair)) {
    db.update('token_pairs', pairColumns(key, owner, pairId, pair), IN_SLOT, ...inSlot('current'))
    return
  }
  if (!isUnreadable) db.run(`DELETE FROM token_pairs WHERE ${IN_SLOT}`, ...inSlot('previous'))
  const slot = isUnreadable ? `'unreadable:' || pair_id` : `'previous'`
  db.run(`UPDATE token_pairs SET slot = ${slot} WHERE ${IN_SLOT}`, ...inSlot('current'))
  insertPair(context, owner, pair)
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

function insertPair({ db, key }: ChangeContext, owner: Owner, pair: TokenPair): void {
  const pairId = randomUUID()
  db.insert('token_pairs', {
    pair_id: pairId,
    owner_kind: owner.kind,
    owner_id: owner.id,
    slot: 'current',
    ...pairColumns(key, owner, pairId, pair),
  })
}

/** The tokens, sealed, and what is stored of them. */
export function pairColumns(key: KeyObject, owner: Owner, pairId: string, pair: TokenPair): Values {
  const marks = marksOf(pair)
  const [access, refresh] = [pair.accessToken, pair.refresh?.token ?? null]
  const has = { access: access !== null, refresh: refresh !== null }
  const seal = (token: Secret | null, field: TokenField) =>
    token === null
      ? null
      : sealField(key, token, tokenPlace(owner, pairId, field, boundTo(field, marks, has)))
  return {
    ...marks,
    access_token: seal(access, 'access_token'),
    refresh_token: seal(refresh, 'refresh_token'),
  }
}

/** Everything but the tokens. */
function marksOf({ fingerprint: shown, origin, issuedAt, expiresAt, renewAfter, refresh }: TokenPair): Marks {
  return {
    fingerprint: shown,
    refresh_fingerprint: refresh === null ? null : fingerprint(refresh.token.reveal()),
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

type Marks = Readonly<
  Record<
    | 'fingerprint'
    | 'origin'
    | 'issued_at'
    | 'expires_at'
    | 'renew_after'
    | 'refresh_fingerprint'
    | 'refresh_issued_at'
    | 'refresh_expires_at'
    | 'refresh_first_lifetime'
    | 'refresh_dead',
    string | number | null
  >
>

export type TokenField = 'access_token' | 'refresh_token'

/**
 * What a token is bound to. `has`: which tokens there are, so that none can be taken away. A refresh token without an access
 * token has the marks of both.
 */
function boundTo(
  field: TokenField,
  marks: Marks,
  has: { readonly access: boolean; readonly refresh: boolean },
): string {
  if (field === 'access_token') return `${accessMarks(marks)}\0${has.refresh}`
  const own = `${form(marks.refresh_fingerprint)}\0${form(marks.refresh_issued_at)}\0${form(marks.refresh_expires_at)}\0${form(marks.refresh_first_lifetime)}\0${form(marks.refresh_dead)}`
  return has.access ? own : `${own}\0${accessMarks(marks)}`
}

function accessMarks({ fingerprint: shown, origin, issued_at, expires_at, renew_after }: Marks): string {
  return `${form(shown)}\0${form(origin)}\0${form(issued_at)}\0${form(expires_at)}\0${form(renew_after)}`
}

/** A text says its length, so that none can look like another value, or like several. */
function form(value: string | number | null): string {
  return typeof value === 'string' ? `${value.length}:${value}` : String(value)
}

/** The same of a stored row; other types than these do not open anything. */
export function boundIn(field: TokenField, row: Row): string {
  const has = { access: row.access_token !== null, refresh: row.refresh_token !== null }
  return boundTo(field, row as Marks, has)
}

export interface ReadPair {
  readonly pairId: string
  /** What could be read; null: neither token could. */
  readonly pair: TokenPair | null
  /** null: every token of the row could be read. */
  readonly damage: RowDamage | null
}

/** The rows of all current pairs by owner, still sealed. */
export function currentPairRows(db: Connection): Record<OwnerKind, Map<string, Row>> {
  return byOwner(db.packed('token_pairs', `token_pairs WHERE slot = 'current'`))
}

/** `rows`: of one slot. */
export function byOwner(rows: readonly Row[]): Record<OwnerKind, Map<string, Row>> {
  const owned: Record<OwnerKind, Map<string, Row>> = { profile: new Map(), manager: new Map() }
  for (const row of rows) {
    const kind = row.owner_kind === 'manager' ? 'manager' : 'profile'
    owned[kind].set(String(row.owner_id), row)
  }
  return owned
}

export function rowIn(slot: 'current' | 'previous', db: Connection, owner: Owner): Row | null {
  return db.row('token_pairs', `WHERE ${IN_SLOT}`, owner.kind, owner.id, slot)
}

/** `sealed`: the tokens are added to it and opened when they are wanted; whether they can be is not known before. */
export function readPair(key: KeyObject, owner: Owner, row: Row, sealed: Secret[] | null = null): ReadPair {
  const pairId = String(row.pair_id)
  const reading = readRow(row, () => readColumns(key, owner, pairId, row, sealed))
  return reading.kind === 'read' ? reading.value : { pairId, pair: null, damage: reading.damage }
}

function readColumns(
  key: KeyObject,
  owner: Owner,
  pairId: string,
  row: Row,
  sealed: Secret[] | null,
): ReadPair {
  const opened = (field: TokenField) =>
    unsealed(key, bytesOrNull(row, field), tokenPlace(owner, pairId, field, boundIn(field, row)))
  const token = (field: TokenField) =>
    sealed === null || row[field] === null ? opened(field) : openedLater(() => opened(field), sealed)
  const [access, refresh] = [token('access_token'), token('refresh_token')]
  const isWhole = access !== 'unreadable' && refresh !== 'unreadable'
  const damage: RowDamage | null = isWhole ? null : { kind: 'secret' }
  const accessToken = access === 'unreadable' ? null : access
  const refreshToken = refresh === 'unreadable' ? null : refresh
  if (accessToken === null && refreshToken === null) {
    return { pairId, pair: null, damage: damage ?? { kind: 'altered' } }
  }
  const kept = refreshToken === null ? null : readRefresh(row, refreshToken)
  // Nothing is known of when the access token was issued if it does not open beside these times.
  if (access === 'unreadable' && kept !== null) return { pairId, pair: refreshOnly(kept), damage }
  const renewAfter = numberOrNull(row, 'renew_after')
  const pair: TokenPair = {
    accessToken,
    fingerprint: accessToken === null ? null : textOrNull(row, 'fingerprint'),
    issuedAt: number(row, 'issued_at'),
    expiresAt: numberOrNull(row, 'expires_at'),
    ...(renewAfter === null ? {} : { renewAfter }),
    origin: oneOf(row, 'origin', TOKEN_ORIGINS),
    refresh: kept,
  }
  return { pairId, pair, damage }
}

/** Due at once. */
function refreshOnly(refresh: RefreshToken): TokenPair {
  const { issuedAt } = refresh
  return { accessToken: null, fingerprint: null, issuedAt, expiresAt: null, origin: 'refresh-grant', refresh }
}

function unsealed(key: KeyObject, blob: Buffer | null, place: Place): Secret | 'unreadable' | null {
  if (blob === null) return null
  const token = openField(key, blob, place)
  return token !== null && isHeaderText(token.reveal()) ? token : 'unreadable'
}

function openedLater(open: () => ReturnType<typeof unsealed>, sealed: Secret[]): Secret {
  const token = new Secret(() => {
    const opened = open()
    if (!(opened instanceof Secret)) throw new Error('A stored token cannot be read')
    return opened.reveal()
  })
  sealed.push(token)
  return token
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
export function tokenPlace(owner: Owner, pairId: string, field: TokenField, columns: string): Place {
  return { table: 'token_pairs', record: `${owner.kind}:${owner.id}:${pairId}`, field, columns }
}
