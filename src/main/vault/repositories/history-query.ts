// A query of the history: what narrows it, as conditions and statements of the database.
import type { Instant, ManagerId, Outcome, ProfileId, Tier } from '#engine/domain/model.ts'
import type { Row, Value } from '../db/connection.ts'

/** What is null or missing does not narrow. */
export interface HistoryFilter {
  readonly profileId?: ProfileId | null | undefined
  /** One of these profiles. */
  readonly profileIds?: readonly ProfileId[] | null | undefined
  readonly managerId?: ManagerId | null | undefined
  readonly outcome?: Outcome | null | undefined
  readonly tier?: Tier | null | undefined
  /** Started at or after. */
  readonly from?: Instant | null | undefined
  /** Started before. */
  readonly to?: Instant | null | undefined
  /**
   * What began it, its reason, what a call of it came to, or what it was about: "trigger:manual", "reason:drill",
   * "result:grant-dead", "kind:token".
   */
  readonly cause?: string | null | undefined
  /** Found in a name, sentence, tracking ID, fingerprint or answer, in any case. */
  readonly text?: string | null | undefined
  /** Attempts of these profiles count as if the text were found in them. */
  readonly textProfileIds?: readonly ProfileId[] | null | undefined
}

export interface HistoryQuery extends HistoryFilter {
  /** Newest first unless it says otherwise. */
  readonly order?: 'newest-first' | 'oldest-first'
  /** `next` of the page before, in the same order. */
  readonly cursor?: HistoryCursor | null | undefined
  /** Rows of a page. */
  readonly limit: number
}

/** Opaque to everybody else. */
export type HistoryCursor = string

/** Rows looked at in one call for what no index helps to find: some ten milliseconds. */
const SCANNED = 3000
/** Of so many profiles the rows are found by the index of each. */
const FEW_PROFILES = 50
/** … and of fewer where each row has to be looked at as well. */
const FEW_SCANNED = 5

/** No data source; an attempt of an older version has no reason. */
export const OF_TOKEN = `(reason IS NULL OR reason NOT LIKE '{"code":"data-source"%')`

/** What differs from database to database. */
export interface HistoryDialect {
  /** Compares without regard to case. */
  readonly like: string
  /** Before a column, keeps the planner from another index than that of the subject. */
  readonly unindexed: string
  /** The values of a JSON list. */
  readonly listed: string
}

const SQLITE: HistoryDialect = { like: 'LIKE', unindexed: '+', listed: 'SELECT value FROM json_each(?)' }

/** `page`: from WHERE on. `end`: finds the last row that is looked at; null: all of them are. */
export function historyStatements(
  query: HistoryQuery,
  dialect = SQLITE,
): { readonly page: Condition; readonly end: Condition | null; readonly limit: number } {
  const limit = Math.max(1, Math.trunc(query.limit))
  const order = query.order === 'oldest-first' ? 'ASC' : 'DESC'
  const sorted = `ORDER BY started_at ${order}, seq ${order}`
  const { indexed, scanned } = conditions(query, dialect)
  const { where, values } = indexed
  if (scanned !== null) {
    // Only so many rows are looked at in one call, however few of them fit.
    const end = `SELECT started_at, seq FROM attempts ${where} ${sorted} LIMIT 1 OFFSET ${SCANNED - 1}`
    const looked = `seq IN (SELECT seq FROM attempts ${where} ${sorted} LIMIT ${SCANNED})`
    const rest = `WHERE ${looked} AND ${scanned.sql} ${sorted} LIMIT ${limit + 1}`
    return { page: { sql: rest, values: [...values, ...scanned.values] }, end: { sql: end, values }, limit }
  }
  const { profileIds } = query
  if (profileIds == null) {
    return { page: { sql: `${where} ${sorted} LIMIT ${limit + 1}`, values }, end: null, limit }
  }
  // The newest of each along its own index: all rows of all of them would have to be sorted.
  const each = profileIds.map(
    (profileId) => conditions({ ...query, profileIds: null, profileId }, dialect).indexed,
  )
  const newest = each.map(
    (one) => `SELECT seq FROM (SELECT seq FROM attempts ${one.where} ${sorted} LIMIT ${limit + 1}) AS newest`,
  )
  const rest = `WHERE seq IN (${newest.join(' UNION ALL ')}) ${sorted} LIMIT ${limit + 1}`
  return { page: { sql: rest, values: each.flatMap((one) => one.values) }, end: null, limit }
}

/** `where` begins with WHERE, and is empty when nothing narrows. `scanned`: what no index helps with. */
export function conditions(query: HistoryFilter & Partial<HistoryQuery>, dialect = SQLITE) {
  const { profileIds = null } = query
  const other = [
    condition(query.cause, ...causeCondition(query.cause ?? '', dialect)),
    textCondition(query, dialect),
  ]
  const isScanned = other.some((part) => part !== null)
  const few = profileIds !== null && profileIds.length <= (isScanned ? FEW_SCANNED : FEW_PROFILES)
  const ofSome = query.profileId != null || query.managerId != null || few
  // A few subjects have few rows: their own index is the best one, whatever else narrows. The + keeps SQLite to it.
  const plain = ofSome ? dialect.unindexed : ''
  const beyond = query.order === 'oldest-first' ? '>' : '<'
  const parts = [
    condition(query.profileId, `subject_kind = 'profile' AND subject_id = ?`, (id) => [id]),
    condition(
      few ? profileIds : null,
      `subject_kind = 'profile' AND subject_id IN (${(profileIds ?? []).map(() => '?').join(', ')})`,
      (ids) => ids,
    ),
    condition(query.managerId, `subject_kind = 'manager' AND subject_id = ?`, (id) => [id]),
    condition(query.outcome, `${plain}outcome = ?`, (outcome) => [outcome]),
    condition(query.tier, `${plain}tier = ?`, (tier) => [tier]),
    condition(query.from, 'started_at >= ?', (from) => [Math.ceil(from)]),
    condition(query.to, 'started_at < ?', (to) => [Math.ceil(to)]),
    condition(query.cursor, `(started_at, seq) ${beyond} (${TIME_OF_CURSOR}, ?)`, parseCursor),
  ]
  const many = condition(few ? null : profileIds, ofProfiles(dialect), (ids) => [JSON.stringify(ids)])
  const indexed = allOf(parts)
  return {
    indexed: { where: indexed === null ? '' : `WHERE ${indexed.sql}`, values: indexed?.values ?? [] },
    scanned: allOf([many, ...other]),
  }
}

export interface Condition {
  readonly sql: string
  readonly values: readonly Value[]
}

function allOf(parts: readonly (Condition | null)[]): Condition | null {
  const there = parts.filter((part) => part !== null)
  if (there.length === 0) return null
  return { sql: there.map(({ sql }) => sql).join(' AND '), values: there.flatMap(({ values }) => values) }
}

const ofProfiles = ({ listed }: HistoryDialect) => `subject_kind = 'profile' AND subject_id IN (${listed})`

/** By the text of the JSON: the engine writes each of these without blanks, and the code first. */
function causeCondition(cause: string, { like }: HistoryDialect): readonly [string, () => readonly Value[]] {
  const [kind, value = ''] = cause.split(':')
  switch (kind) {
    case 'trigger':
      return ['trigger = ?', () => [value]]
    case 'kind':
      return value === 'token' ? [OF_TOKEN, () => []] : [`NOT ${OF_TOKEN}`, () => []]
    case 'reason':
      return [`reason ${like} ? ESCAPE '\\'`, () => [`{"code":"${plainIn(value)}"%`]]
    default:
      return [`calls ${like} ? ESCAPE '\\'`, () => [`%"result":"${plainIn(value)}"%`]]
  }
}

const SEARCHED = [
  'name',
  'sentence',
  'tracking_id',
  'calls',
  'fingerprint_before',
  'fingerprint_after',
] as const

function textCondition({ text, textProfileIds }: HistoryFilter, dialect: HistoryDialect): Condition | null {
  if (text == null || text === '') return null
  const pattern = `%${plainIn(text)}%`
  const found = SEARCHED.map((column) => `${column} ${dialect.like} ? ESCAPE '\\'`)
  const named = textProfileIds == null || textProfileIds.length === 0 ? [] : [`(${ofProfiles(dialect)})`]
  return {
    sql: `(${[...found, ...named].join(' OR ')})`,
    values: [...SEARCHED.map(() => pattern), ...named.map(() => JSON.stringify(textProfileIds))],
  }
}

/** For LIKE: its wildcards mean themselves. */
function plainIn(text: string): string {
  return text.replaceAll(/[\\%_]/g, (one) => `\\${one}`)
}

/** A damaged time has a place in the order as well, which only SQLite knows. */
const TIME_OF_CURSOR = 'coalesce(CAST(? AS bigint), (SELECT started_at FROM attempts WHERE seq = ?))'

export function cursorOf({ started_at, seq }: Row): HistoryCursor {
  return `${typeof started_at === 'number' ? started_at : 'damaged'}.${Number(seq)}`
}

function condition<T>(
  wanted: T | null | undefined,
  sql: string,
  values: (wanted: T) => readonly Value[],
): Condition | null {
  return wanted === null || wanted === undefined ? null : { sql, values: values(wanted) }
}

function parseCursor(cursor: HistoryCursor): readonly Value[] {
  const [, startedAt, seq] = /^(-?\d+|damaged)\.(\d+)$/.exec(cursor) ?? []
  if (startedAt === undefined || seq === undefined) throw new RangeError('not a cursor of the history')
  return [startedAt === 'damaged' ? null : Number(startedAt), Number(seq), Number(seq)]
}
